"""What every test runs under, and how the tests are shared out between processes (``pytest -n 0``: one process)."""

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

import tarl_app.ui  # noqa: F401 - before any test imports Gradio: see there
from tarl_app import assets
from tarl_app.core import settings as app
from tarl_app.core.process.garbage import uncollected
from tarl_app.jobs import launch

# No deadline for a single example: on a busy two-core machine it says nothing about the code. The same inputs each time, so
# that a failure comes from a change; `--hypothesis-profile explore` draws others, and more of them.
settings.register_profile("tarl", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("tarl")

# The tests start many processes, each of which would otherwise compile anew what it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if "PYTEST_XDIST_WORKER" in os.environ:  # one of several: it and what it starts compute on one core each
    os.environ.update(dict.fromkeys(launch.THREAD_VARIABLES, "1"))


_begun: list[str] = []


def pytest_runtest_logstart(nodeid: str) -> None:
    """The tests of the page wait for what a visitor would see, so the other processes leave them the cores when they ask."""
    if "PYTEST_XDIST_WORKER" in os.environ and not _begun and _shared_by(nodeid) != "browser":
        os.nice(5)
    _begun.append(nodeid)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """``TARL_HOME``, empty."""
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    app.settings.cache_clear()
    yield tmp_path
    app.settings.cache_clear()


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2 as transformers reads it from its GGUF file and saves it; made by the first process that needs it, for all."""
    mine = tmp_path_factory.getbasetemp()
    folder = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "smollm2"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            _convert_smollm2(made := tmp_path_factory.mktemp("smollm2"))
            made.rename(folder)
    return folder


def _convert_smollm2(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    (gguf,) = assets.fetch("smollm2-135m-instruct").glob("*.gguf")
    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    plain = {"dtype": torch.float32, "quantization_config": GgufConfig(dequantize=True)}
    AutoModelForCausalLM.from_pretrained(**source, **plain).save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported for all tests is kept: the collector, which some tests call, does not go through it again."""
    with uncollected(keep=True):
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of the page come first, as they wait much; then files with a slow test; the rest fills what time is left.

    A test of the page that fails is tried once more, and told of as ``R``: with three processes on two cores, a browser may
    be kept waiting for longer than any patience.
    """
    slow = {_shared_by(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (_shared_by(item.nodeid) != "browser", _shared_by(item.nodeid) not in slow))
    for item in items:
        if _shared_by(item.nodeid) == "browser":
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share something costly go to one process: those of a file, and all that need the app and a browser."""
    from xdist.scheduler import LoadScopeScheduling

    class ByWhatIsShared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _shared_by(nodeid)

    config.option.loadscopereorder = False  # otherwise many short tests would come before few long ones
    return ByWhatIsShared(config, log)


def _shared_by(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return "browser" if "/browser/" in file else file
