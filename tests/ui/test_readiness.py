import pytest

from tarl_app.core.errors import AssetError
from tarl_app.ui.layout import comes_with, states_html
from tarl_app.ui.readiness import Loader, Readiness


def failing(message: str) -> Loader:
    def load(tell: object) -> None:
        raise AssetError(message)

    return Loader("voice", "Voice", load)


def test_a_loaded_part_is_ready_and_can_be_had() -> None:
    readiness = Readiness([Loader("hearing", "Hearing", lambda tell: "ears")])
    assert readiness.parts()[0].state == "waiting"
    assert readiness.get("hearing") is None
    readiness.load()
    assert readiness.parts()[0].state == "ready"
    assert readiness.get("hearing") == "ears"
    assert readiness.why_not(("hearing",)) == ""


def test_while_a_part_loads_it_says_what_it_is_doing() -> None:
    seen: list[str] = []

    def load(tell: object) -> str:
        tell("model.bin, 69.2 MB")  # type: ignore[operator]
        seen.append(readiness.why_not(("voice",)))
        seen.append(states_html(readiness, ""))
        return "voice"

    readiness = Readiness([Loader("voice", "Voice", load)])
    readiness.load()
    assert seen[0] == "Voice is still loading. model.bin, 69.2 MB"
    assert "model.bin, 69.2 MB" in seen[1]


def test_a_part_that_fails_says_why_and_the_next_one_still_loads() -> None:
    readiness = Readiness([failing("run: python -m tarl_app assets fetch"), Loader("hearing", "Hearing", lambda tell: 1)])
    readiness.load()
    assert [part.state for part in readiness.parts()] == ["failed", "ready"]
    assert "assets fetch" in readiness.why_not(("voice",))
    assert readiness.finished.is_set()


def test_a_bug_in_a_part_does_not_end_the_loading(caplog: pytest.LogCaptureFixture) -> None:
    def load(tell: object) -> None:
        raise KeyError("surprise")

    readiness = Readiness([Loader("voice", "Voice", load), Loader("hearing", "Hearing", lambda tell: 1)])
    readiness.load()
    assert [part.state for part in readiness.parts()] == ["failed", "ready"]
    assert "surprise" in caplog.text


def test_reasons_are_escaped() -> None:
    readiness = Readiness([failing("<img src=x>")])
    readiness.load()
    assert "<img" not in states_html(readiness, "")


def test_a_part_that_nobody_loads_is_no_obstacle() -> None:
    assert Readiness().why_not(("agent",)) == ""


def test_the_next_page_comes_with_what_is_known_of_one_component() -> None:
    config = {"components": [{"id": 3, "props": {"value": "waiting"}}, {"id": 4, "props": {"value": "other"}}]}
    comes_with(config, 3, "failed")
    assert [one["props"]["value"] for one in config["components"]] == ["failed", "other"]


@pytest.mark.parametrize("error", [None, AssetError("nothing there"), ValueError("a bug")])
def test_what_is_prepared_before_and_after_the_parts_keeps_none_from_loading(error: Exception | None) -> None:
    seen: list[tuple[object, bool]] = []

    def prepare() -> None:
        seen.append((readiness.get("hearing"), readiness.finished.is_set()))
        if error is not None:
            raise error

    readiness = Readiness([Loader("hearing", "Hearing", lambda tell: "ears")], prepare, prepare)
    readiness.start()
    assert readiness.finished.wait(10)
    assert seen == [(None, False), ("ears", False)]
    assert readiness.parts()[0].state == "ready"
