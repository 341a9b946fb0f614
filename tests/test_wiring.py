import json
import os

import pytest

from tarl_app import wiring
from tarl_app.core.errors import AgentError, ConfigError, DomainError, SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound import audio
from tarl_app.domains import DEFAULT_DOMAIN, DOMAINS, free_task, load_domain
from tarl_app.jobs import launch

DOMAIN = load_domain("retail")
TASK = DOMAIN.tasks("dev")[0]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def checkpoint(home, name="mine", **config) -> None:
    folder = home / "checkpoints" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"name": name, **config}))


def test_every_agent_without_weights_can_be_made(home):
    for name in wiring.AGENTS:
        assert wiring.make_agent(name, TASK, DOMAIN).reply(()).kind == "agent"


def test_a_checkpoint_under_home_is_an_agent_by_its_name(home):
    assert "mine" not in wiring.agent_names()
    checkpoint(home)
    assert "mine" in wiring.agent_names()


def test_what_a_run_started_from_is_an_agent_to_stand_beside_its_checkpoints(home):
    wiring.make_runs().create("mine", {"base": "Qwen/Qwen2.5-Omni-3B"})
    wiring.make_runs().create("on-top", {"base": "mine@4"})
    assert "Qwen/Qwen2.5-Omni-3B" in wiring.agent_names()
    assert "mine@4" not in wiring.agent_names()  # no such checkpoint is there


def test_the_models_of_the_page_leave_most_threads_to_a_run(home, monkeypatch):
    monkeypatch.setenv("TARL_THREADS", "8")
    settings.cache_clear()
    assert wiring.threads() == 8
    run = wiring.make_runs().create("mine", {})
    launch.set_state(run.folder, "running")
    launch.record(run.folder, launch.describe(os.getppid()))
    assert (wiring.threads(), wiring.run_threads()) == (2, 6)


def test_an_unknown_agent_is_refused_with_the_names_there_are(home):
    with pytest.raises(AgentError, match=r"'nobody'.*scripted"):
        wiring.make_agent("nobody", TASK, DOMAIN)


def test_a_checkpoint_that_changes_has_another_revision(home):
    assert wiring.revision("scripted") == ""
    checkpoint(home)
    before = wiring.revision("mine")
    assert before == wiring.revision("mine") != ""
    checkpoint(home, context=99)
    assert wiring.revision("mine") != before


def test_a_checkpoint_says_what_it_was_trained_from(home):
    (home / "checkpoints" / "broken").mkdir(parents=True)
    (home / "checkpoints" / "broken" / "config.json").write_text("{")
    assert wiring.bases() == {"omni-mini-tarl": "omni-mini-early"}


def test_who_hears_needs_no_transcript(home):
    checkpoint(home, "ears", hears=True)
    checkpoint(home, "reader", hears=False)
    assert wiring.hears("ears")
    assert wiring.hears("Qwen/Qwen2.5-Omni-3B")
    assert not any(map(wiring.hears, ("reader", "scripted", "omni-mini-base")))


def test_a_checkpoint_says_for_which_domains_it_was_trained(home):
    checkpoint(home, "clerk", domains=["retail"])
    checkpoint(home, "own")
    assert wiring.untrained("clerk", "math") == "clerk was trained for retail, not for math."
    known = (("clerk", "retail"), ("own", "math"), ("scripted", "math"), ("Qwen/Qwen2.5-Omni-3B", "math"))
    assert [wiring.untrained(*one) for one in known] == [""] * 4
    assert {wiring.trained_for(name) for name in ("omni-mini-early", "omni-mini-tarl")} == {("retail", "math")}
    assert wiring.trained_for("omni-mini") == ("retail", "airline", "math")


def test_domains_that_have_tasks_are_offered_the_default_one_first():
    names = [domain.name for domain in wiring.playable()]
    assert names[0] == DEFAULT_DOMAIN
    assert names == list(DOMAINS)


def test_a_domain_that_is_added_later_is_offered_too():
    before = wiring.playable()
    DOMAINS["again"] = DOMAINS["math"]
    try:
        assert wiring.playable() == (*before, load_domain("math"))
    finally:
        del DOMAINS["again"]
    assert wiring.playable() == before


def test_tasks_are_found_by_id_in_every_split_and_in_free_talk():
    for task in (TASK, DOMAIN.tasks("test")[0], free_task("retail", 3)):
        assert wiring.find_task(task.id) == (task, DOMAIN)
    with pytest.raises(DomainError, match="There is no task"):
        wiring.find_task("elsewhere-1")


def test_names_that_do_not_exist_are_refused():
    with pytest.raises(ConfigError, match="no wordings"):
        wiring.make_user(TASK, phrasings="unheard")
    assert wiring.make_user(TASK, phrasings="dev").speak(()) == wiring.make_user(TASK, phrasings="held_out").speak(())
    with pytest.raises(ConfigError, match="no judge"):
        wiring.make_judge(DOMAIN, "solomon")
    with pytest.raises(SpeechError, match="no speech engine"):
        wiring.make_voice("parrot")
    with pytest.raises(SpeechError, match="no channel"):
        wiring.make_spoken_user(TASK, voice="pico", channel="string", transcribed=False)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_a_simulated_customer_uses_the_wordings_of_the_tasks_split_by_default(split):
    tasks = DOMAIN.tasks(split)[:12]
    said = [wiring.make_user(task).speak(()) for task in tasks]
    assert said == [wiring.make_user(task, phrasings=split).speak(()) for task in tasks]
    for other in {"train", "dev", "test"} - {split}:
        assert said != [wiring.make_user(task, phrasings=other).speak(()) for task in tasks]


def test_a_spoken_user_says_what_the_written_one_writes(home):
    written = wiring.make_user(TASK, phrasings="held_out").speak(())
    spoken = wiring.make_spoken_user(TASK, phrasings="held_out", voice="pico", channel="phone", transcribed=False).speak(())
    assert written is not None
    assert spoken is not None
    assert spoken.audio is not None
    assert spoken.text == written.text
    assert spoken.audio.seconds > 0.5
    assert audio.locate(spoken.audio).is_relative_to(home)


@pytest.mark.parametrize(
    ("name", "guard"),
    [("omni-mini", "policy"), ("omni-mini-base", "policy"), ("scripted", "off"), ("chat", "off"), ("chat:any/model", "off")],
)
def test_agents_that_decode_under_a_grammar_are_held_by_the_policy_and_others_are_not(name: str, guard: str) -> None:
    assert wiring.default_guard(name) == guard
    assert wiring.chosen_guard(name, wiring.default_guard(name)) is None
    assert wiring.chosen_guard(name, "schema") == "schema"
