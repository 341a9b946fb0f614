"""What pages that were opened and closed leave behind in the server: memory over thousands of them, without a browser.

A page is opened as Gradio's own script opens it (the document, the sign of life, the events of loading, a call with one
typed message and its answer), then it is closed; or it is left without a word, as a robot does (``silent``). The peer is
Gradio as it comes: the same pages, left without a word, without this app's caps (``uncapped``). Each in a server process of
its own.

Memory is the server's resident set after half of the pages and after all of them, and what it grew by in between for each.
Run: ``python benchmarks/page_memory.py [--pages 2000] [--json]``.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.serving import PageWithoutBrowser

WAYS = ("closed", "silent", "uncapped")
LOADING = ("opened", "look", "asked_tab")
"""Events with which a page begins, by the names of their handlers."""
UNCAPPED = 1_000_000


def serve(way: str, port: int, told: Path) -> None:
    """The page with the scripted pair, until the process is ended; writes the numbers of the events that pages need."""
    import app
    from tarl_app.ui import layout
    from tarl_app.ui.components import page_memory

    capped = way != "uncapped"
    demo, seen = layout.build(app.services(), **({} if capped else {"most": UNCAPPED}))
    how: dict[str, Any] = layout.SERVING | ({} if capped else {"state_session_capacity": UNCAPPED})
    memory = page_memory.PageMemory(demo, seen)
    demo.launch(server_name="127.0.0.1", server_port=port, quiet=True, ssr_mode=False, prevent_thread_lock=True, **how)
    sends = {block._id for block in demo.blocks.values() if getattr(block, "elem_id", "") == "tarl-send"}
    events = {fn.name: number for number, fn in demo.fns.items() if fn.name in LOADING and not fn.collects_event_data}
    events["say"] = next(number for number, fn in demo.fns.items() if any(one in sends for one, _ in fn.targets))
    inputs = {name: [getattr(one, "value", None) for one in demo.fns[number].inputs] for name, number in events.items()}
    told.write_text(json.dumps({"events": events, "inputs": inputs}))
    while True:
        time.sleep(1)
        if capped:
            memory.sweep()


def megabytes(process: psutil.Process) -> float:
    """The resident set."""
    return process.memory_info().rss / 1e6


def measure(way: str, pages: int) -> dict[str, float]:
    """Megabytes of the server before any page, after half and after all; kilobytes that each of the later pages left."""
    with tempfile.TemporaryDirectory() as folder, closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port, told = probe.getsockname()[1], Path(folder) / "events.json"
        probe.close()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TARL_", "SPACE_"))}
        given = {"TARL_HOME": folder, "TARL_AGENT": "scripted", "TARL_OFFLINE": "1", "TARL_PAUSE": "0"}
        command = [sys.executable, __file__, "--serve", way, str(port), str(told)]
        server = subprocess.Popen(command, env={**kept, **given}, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            while not told.exists() or not told.read_text():
                if server.poll() is not None:
                    raise SystemExit("the server ended")
                time.sleep(0.1)
            return _live_call(way, pages, port, json.loads(told.read_text()), psutil.Process(server.pid))
        finally:
            server.kill()  # it keeps nothing, in a home of its own
            server.wait()


def _live_call(way: str, pages: int, port: int, said: dict[str, Any], server: psutil.Process) -> dict[str, float]:
    events, inputs, marks = said["events"], said["inputs"], []
    for number in range(pages):
        if number in (0, pages // 2):
            marks.append(megabytes(server))
        page = PageWithoutBrowser(port, f"page{number}")
        page.open(heartbeat=way == "closed")
        for name in LOADING:
            page.send(events[name], inputs[name])
        page.send(events["say"], ["Hello, where is my order?", *inputs["say"][1:]])
        page.close()
    time.sleep(3)  # what was closed last is let go
    marks.append(megabytes(server))
    before, half, after = marks
    return {
        **{"before_mb": round(before, 1), "half_mb": round(half, 1), "after_mb": round(after, 1)},
        "kb_per_page": round(1000 * (after - half) / (pages - pages // 2), 1),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve[0], int(given.serve[1]), Path(given.serve[2]))
    found = {way: measure(way, given.pages) for way in given.ways}
    if given.json:
        print(json.dumps({"pages": given.pages, **found}))
        return
    for way, row in found.items():
        print(
            f"{way:9} {row['before_mb']:7.1f} MB, after {given.pages // 2} pages {row['half_mb']:7.1f} MB, "
            f"after {given.pages} {row['after_mb']:7.1f} MB: {row['kb_per_page']:.1f} kB a page"
        )


if __name__ == "__main__":
    main()
