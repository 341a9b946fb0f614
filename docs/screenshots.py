"""Makes the pictures of the README from the app as it is.

```
python docs/screenshots.py --home HOME --run RUN  # all of them; RUN is a finished run in HOME/runs
python docs/screenshots.py --home HOME --only talk
```

Starts ``app.py`` on HOME with the weights that are there, opens it in Chromium and plays what a visitor would: a watched
call of omni-mini, the sentence that Compare offers to omni-mini-early and omni-mini-tarl, a head to head of the two, a
finished run. Takes about ten minutes on two cores.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the script runs by its path

from benchmarks.serving import chromium, running

IMAGES = ROOT / "docs" / "images"
READY = re.compile(r"omni-mini\s+ready")
PATIENCE = 1_800_000
"""Milliseconds to wait for a call or a head to head."""
PICTURES = ("first", "talk", "compare", "train")
HIDDEN = ".st-home { visibility: hidden; }"
"""The folder in the header is that of the machine on which the pictures are made."""


def first(page: Page) -> None:
    """The first screen with the recorded pair, as a desktop and as a phone."""
    page.set_viewport_size({"width": 1400, "height": 900})
    page.locator(".ex-play").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(800)
    in_both_schemes(page, "first")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    picture(page, "first-phone")


def talk(page: Page) -> None:
    """A simulated customer calls omni-mini aloud; the picture shows the call's end, as a desktop and as a phone."""
    page.locator("#tarl-watch").click()
    expect(page.locator(".ev-end")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#tarl-stop")).to_be_disabled(timeout=PATIENCE)
    page.wait_for_timeout(1500)
    picture(page, "talk", full=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(800)
    in_both_schemes(page, "talk-phone")


def compare(page: Page, tasks: int) -> None:
    """One message to the two checkpoints, and the outcome of a head to head on so many tasks."""
    page.get_by_role("tab", name="Compare").click()
    page.locator("#cmp-agent-a input").wait_for(timeout=PATIENCE)
    choose(page, "#cmp-agent-a", "omni-mini-early")
    choose(page, "#cmp-agent-b", "omni-mini-tarl")
    page.locator("#cmp-limit input").fill(str(tasks))
    page.locator("#cmp-start").click()
    expect(page.locator("#cmp-outcome")).to_contain_text(f"Finished: {2 * tasks} of {2 * tasks} calls", timeout=PATIENCE)
    page.reload()  # so that the tab opens with the pair and the sentence that is offered
    page.get_by_role("tab", name="Compare").click()
    say_to_both(page)  # loads the two agents
    page.locator("#cmp-new").click()
    say_to_both(page)
    page.locator("#cmp-vote-b").click()
    expect(page.locator("#cmp-standings tbody tr")).to_have_count(2, timeout=PATIENCE)
    in_both_schemes(page, "compare", full=True)


def say_to_both(page: Page) -> None:
    """The sentence that is offered while nothing was said."""
    page.locator("#cmp-prepared [data-pick=say]").click(timeout=PATIENCE)
    for side in "ab":
        page.locator(f"#cmp-transcript-{side} [data-key^=t] .ev-agent").first.wait_for(timeout=PATIENCE)
    expect(page.locator("#cmp-stop")).to_be_disabled(timeout=PATIENCE)


def train(page: Page, run: str) -> None:
    """A finished run with its curves."""
    page.set_viewport_size({"width": 1360, "height": 1000})
    page.get_by_role("tab", name="Train").click()
    page.get_by_text(run, exact=True).first.click()
    expect(page.locator("#train-view .ru-head h2")).to_have_text(run, timeout=PATIENCE)
    page.wait_for_timeout(1500)
    in_both_schemes(page, "train")


def choose(page: Page, dropdown: str, title: str) -> None:
    """Picks ``title`` in a drop-down list."""
    page.locator(f"{dropdown} input").click()
    page.get_by_role("option", name=title, exact=True).click()
    expect(page.get_by_role("option")).to_have_count(0)


def in_both_schemes(page: Page, name: str, full: bool = False) -> None:
    """A picture in light and one in dark."""
    picture(page, name, full)
    page.locator(".he-theme").click()
    picture(page, f"{name}-dark", full)
    page.locator(".he-theme").click()


def picture(page: Page, name: str, full: bool = False) -> None:
    """Writes what the page shows to ``docs/images``."""
    page.wait_for_timeout(400)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, full_page=full, animations="disabled", style=HIDDEN)
    print(path.relative_to(ROOT), f"{path.stat().st_size / 1000:.0f} kB")


def visit(browser: Browser, url: str, played: Callable[[Page], None]) -> None:
    """A page of its own for what ``played`` does."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#tarl-states")).to_contain_text(READY, timeout=PATIENCE)
    page.reload()  # so that the page opens with omni-mini as its agent
    page.locator("#tarl-watch").wait_for(timeout=PATIENCE)
    played(page)
    context.close()


def main() -> None:
    """Reads the command line and makes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="the folder of TARL_HOME, with the weights in its cache")
    parser.add_argument("--run", default="", help="the run for the picture of the Train tab")
    parser.add_argument("--only", choices=PICTURES, nargs="+", default=PICTURES)
    parser.add_argument("--tasks", type=int, default=6, help="tasks of the head to head (default: %(default)s)")
    given = parser.parse_args()
    if "train" in given.only and not given.run:
        parser.error("name a finished run with --run, or leave the picture out with --only first talk compare")
    plays: dict[str, Callable[[Page], None]] = {
        "first": first,
        "talk": talk,
        "compare": lambda page: compare(page, given.tasks),
        "train": lambda page: train(page, given.run),
    }
    with running(TARL_HOME=str(given.home), TARL_OFFLINE="1") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        for name in given.only:
            visit(browser, url, plays[name])
        browser.close()


if __name__ == "__main__":
    main()
