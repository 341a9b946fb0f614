"""Makes the moving picture at the top of the README from the page as it is.

```
python docs/recording.py --home HOME
```

Starts ``app.py`` on HOME, with the weights that are there, and does in Chromium what a visitor does: plays the recorded pair
of the first screen (its sound is left out, and the middle of both calls), then opens the Compare tab and has both calls
shown there. Writes ``docs/images/tour.webp``, about twenty seconds. Takes a minute or two.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).parent)]  # so that the script runs by its path

from screenshots import HIDDEN, IMAGES, PATIENCE, READY

from benchmarks.serving import chromium, running

SIZE = {"width": 1240, "height": 800}
WIDTH = 930
"""Pixels across of the picture."""
FRAME = 0.2
"""Least seconds for which a frame is shown."""
LARGEST = 10_000_000
"""Bytes: more is not shown everywhere."""
SLOW = 0.25
"""The rate at which the recorded calls are played while pictures are taken."""
LONGEST = 90.0
"""Seconds after which a scene is over."""
SEEK = """([second, rate]) => {
  const player = document.querySelector('[data-example]').tarlPlayer;
  player.currentTime = second;
  player.playbackRate = rate;
}"""
TIMES = "side => JSON.parse(document.querySelector(`[data-side='${side}']`).dataset.times)"


class Camera:
    """Frames of a page, and for how many seconds each is shown."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.frames: list[Image.Image] = []
        self.seconds: list[float] = []

    def hold(self, seconds: float) -> None:
        """What stands still."""
        shot = Image.open(io.BytesIO(self._page.screenshot(style=HIDDEN)))
        self.frames.append(shot.convert("RGB").resize((WIDTH, WIDTH * SIZE["height"] // SIZE["width"])))
        self.seconds.append(seconds)

    def roll(self, over: Callable[[], bool], rate: float = SLOW) -> None:
        """What moves, until it is over. The page is slower than it will be shown, by ``rate``: a picture takes its time."""
        begun = time.monotonic()
        while not over() and time.monotonic() - begun < LONGEST:
            taken = time.monotonic()
            self.hold(0)
            self._page.wait_for_timeout(max(0.0, FRAME / rate - (time.monotonic() - taken)) * 1000)
            self.seconds[-1] = rate * (time.monotonic() - taken)

    def save(self, path: Path) -> None:
        """Writes an animated WebP that begins again at its end."""
        first, *others = self.frames
        lengths = [round(1000 * one) for one in self.seconds]
        first.save(path, save_all=True, append_images=others, duration=lengths, loop=0, quality=70, method=4)


def tour(page: Page, camera: Camera) -> None:
    """What is shown."""
    page.locator(".ex-play").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1000)
    camera.hold(1.5)
    page.locator(".ex-play").click()
    page.wait_for_function("document.querySelector('[data-example]').tarlPlayer?.currentTime > 0.1", timeout=PATIENCE)
    before, after = page.evaluate(TIMES, 0), page.evaluate(TIMES, 1)
    page.evaluate(SEEK, [before["starts"][before["wrong"]] - 1, SLOW])  # shortly before it goes wrong
    camera.roll(lambda: page.locator("[data-side='1'][data-now]").count() > 0)
    page.evaluate(SEEK, [after["seconds"] - 4, SLOW])
    camera.roll(lambda: page.locator("[data-example][data-playing]").count() == 0)
    camera.hold(1.5)
    page.get_by_role("tab", name="Compare").click()
    page.locator(".cmp-show").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1000)
    camera.hold(2)
    page.locator(".cmp-show").click()
    camera.roll(lambda: page.locator("#cmp-sides .ev-end").count() == 2, 0.4)
    page.wait_for_timeout(1000)
    camera.hold(3)


def main() -> None:
    """Makes the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="the folder of TARL_HOME, with the weights in its cache")
    home: Path = parser.parse_args().home
    with running(TARL_HOME=str(home), TARL_OFFLINE="1") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--mute-audio", "--autoplay-policy=no-user-gesture-required"]
        )
        page = browser.new_context(viewport=SIZE, color_scheme="light").new_page()  # pyright: ignore[reportArgumentType]
        page.goto(url, timeout=PATIENCE)
        expect(page.locator("#tarl-states")).to_contain_text(READY, timeout=PATIENCE)
        page.reload()
        camera = Camera(page)
        tour(page, camera)
        browser.close()
    path = IMAGES / "tour.webp"
    camera.save(path)
    print(f"{path.name}: {len(camera.frames)} frames, {sum(camera.seconds):.0f} s, {path.stat().st_size / 1e6:.1f} MB")
    if path.stat().st_size > LARGEST:
        sys.exit(f"That is more than {LARGEST / 1e6:.0f} MB: lower its quality or its width.")


if __name__ == "__main__":
    main()
