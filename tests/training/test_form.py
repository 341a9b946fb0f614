"""A training configuration as a form, and back; estimates."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import ConfigError
from tarl_app.training.configuration import form
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.configuration.presets import PRESETS

SMALL = form.Machine(cores=2, memory=12e9, gpu=False)


def values(preset: str = "cpu", **changes: object) -> dict:
    return {**form.values_of(PRESETS[preset]), **changes}


def weights(config: TrainConfig) -> dict[tuple[str, bool], float]:
    found: dict[tuple[str, bool], float] = {}
    for source in config.sources:
        if not source.warmup:
            cell = (source.domain, source.speech)
            found[cell] = found.get(cell, 0.0) + source.weight
    return found


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_comes_back_from_the_form_as_it_was(name):
    preset = PRESETS[name]
    again = form.config_of(form.values_of(preset), preset.name)
    scale = sum(weights(preset).values())
    assert weights(again) == pytest.approx({cell: weight / scale for cell, weight in weights(preset).items()})
    plain, same = preset.model_dump(exclude={"sources"}), again.model_dump(exclude={"sources"})
    assert same == plain
    assert [s.model_dump(exclude={"weight"}) for s in again.sources if s.warmup] == [
        s.model_dump(exclude={"weight"}) for s in preset.sources if s.warmup
    ]


@given(math=st.floats(0, 1), speech=st.floats(0, 1))
def test_the_shares_of_the_form_are_those_of_the_configuration(math, speech):
    asked = values(mix={"retail": 1 - math, "math": math}, speech=speech)
    if speech > 1 - math + form.TOLERANCE:
        with pytest.raises(ConfigError, match="cannot be spoken"):
            form.config_of(asked)
        return
    config = form.config_of(asked)
    found = weights(config)
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)
    assert found.get(("math", False), 0) == pytest.approx(math, abs=1e-4)
    assert found.get(("retail", True), 0) == pytest.approx(min(speech, 1 - math), abs=1e-4)
    assert not any(cell == ("math", True) for cell in found)


def test_what_the_source_was_limited_to_stays():
    config = form.config_of(values("cpu-quick", speech=0.5, mix={"retail": 1.0}))
    assert {source.kinds for source in config.sources} == {PRESETS["cpu-quick"].sources[0].kinds}
    assert len({source.name for source in config.sources}) == len(config.sources)


def test_another_algorithm_has_its_own_defaults_and_the_same_one_keeps_its_settings():
    assert form.config_of(values("cpu", algorithm="ppo")).algorithm.name == "ppo"
    assert form.config_of(values("cpu")).algorithm == PRESETS["cpu"].algorithm


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mix": {"retail": 0.5, "math": 0.2}}, "sums to 0.70"),
        ({"mix": {"retail": 1.5, "math": -0.5}}, "between 0 and 1"),
        ({"steps": 0}, "steps: "),
        ({"group_size": 1}, "group_size must be 2"),
        ({"algorithm": "dpo"}, "algorithm"),
        ({"rest": {"colour": "red"}}, "colour"),
        ({"rest": {"steps": 3}}, "steps: set above"),
        ({"rest": []}, "names with values"),
        ({"learning_rate": -1.0}, "learning_rate"),
    ],
)
def test_what_does_not_go_together_is_refused_with_its_name(changes, told):
    with pytest.raises(ConfigError, match=told):
        form.config_of(values("cpu", **changes))


def test_a_base_that_needs_a_gpu_is_refused_without_one_and_not_with_one():
    large = form.config_of(values("gpu-lora"))
    assert "without a GPU" in form.objections(large, SMALL, ("retail", "math"))[0]
    assert form.objections(large, form.Machine(16, 78e9, True), ("retail", "math")) == []


def test_a_run_that_does_not_fit_into_memory_is_refused_and_fits_with_fewer_tokens_a_pass():
    rest = values("cpu-quick")["rest"]
    large = form.config_of(values("cpu-quick", rest={**rest, "micro_tokens": 60_000}))
    assert "GB are free" in form.objections(large, SMALL, ("retail",))[0]
    assert form.objections(form.config_of(values("cpu-quick")), SMALL, ("retail",)) == []


def test_many_calls_at_once_need_memory_for_what_was_said_in_each():
    def needed(**changed: int) -> float:
        return form.estimate(PRESETS["cpu-quick"].model_copy(update=changed), SMALL).memory or 0

    few, many = needed(processes=1), needed(processes=1, groups=40, concurrent=200)
    assert needed(processes=1, concurrent=96) == pytest.approx(7.5e9, rel=0.15)  # measured: docs/LOG.md
    assert few < 6e9
    assert many - few > 4e9
    assert needed(groups=60, concurrent=200) == pytest.approx(2 * many)  # two processes, 200 calls each


def test_a_domain_that_is_not_there_is_refused():
    config = form.config_of(values("cpu"))
    assert "no domain math" in form.objections(config, SMALL, ("retail",))[0]


def test_the_time_is_that_of_an_earlier_run_with_the_same_base():
    config = form.config_of(values("cpu-quick", steps=10, groups=6, group_size=4))
    past = [form.Past("other", "tiny-random", 4, 1.0), form.Past("mine", "omni-mini-early", 12, 30.0)]
    found = form.estimate(config, SMALL, past)
    assert (found.seconds, found.run) == (600.0, "mine")
    assert form.estimate(config, SMALL).run == ""


def test_the_guess_grows_with_steps_and_shrinks_with_cores():
    short, long = (form.estimate(form.config_of(values("cpu", steps=n)), SMALL).seconds or 0 for n in (10, 20))
    many = form.estimate(form.config_of(values("cpu", steps=10)), form.Machine(8, 12e9, False)).seconds or 0
    assert long == pytest.approx(2 * short)
    assert 0 < many < short


def test_a_run_that_trains_the_upper_layers_on_the_better_rollouts_takes_less_time():
    quick = PRESETS["cpu-quick"]
    whole = quick.model_copy(update={"adapter": PRESETS["cpu"].adapter})
    both = quick.model_copy(update={"algorithm": PRESETS["cpu"].algorithm})
    odd = quick.model_copy(update={"adapter": quick.adapter.model_copy(update={"targets": "("})})
    seconds = [form.estimate(one, SMALL).seconds or 0 for one in (quick, whole, both, odd)]
    assert seconds[0] < min(seconds[1:])
    assert seconds[3] == seconds[1]
    alone = form.estimate(quick, form.Machine(cores=1, memory=12e9, gpu=False)).seconds or 0
    assert 0.5 < alone / 2_900 < 2  # measured: docs/LOG.md


def test_nothing_is_promised_about_a_base_that_is_not_known():
    found = form.estimate(form.config_of(values("cpu", base="someone/model")), SMALL)
    assert (found.seconds, found.memory) == (None, None)


def test_the_manner_of_customers_is_that_of_every_source_but_the_warm_ups() -> None:
    assert form.values_of(PRESETS["cpu-quick"])["customer"] == "plain"
    assert form.values_of(PRESETS["cpu"])["customer"] == "lifelike"
    plain = form.config_of(values("cpu", customer="plain"))
    assert {source.customer for source in plain.sources} == {"plain"}
    lifelike = form.config_of(values("cpu", customer="lifelike"))
    assert {source.customer for source in lifelike.sources if not source.warmup} == {"lifelike"}
    assert {source.customer for source in lifelike.sources if source.warmup} <= {"plain"}
    assert form.values_of(plain)["customer"] == "plain"
    with pytest.raises(ConfigError, match="no 'rude' customers"):
        form.config_of(values("cpu", customer="rude"))


def test_sources_of_both_manners_stay_as_they_are() -> None:
    main = [source for source in PRESETS["cpu"].sources if not source.warmup]
    sources = (main[0].model_copy(update={"name": "one", "weight": 0.5, "speech": False, "customer": "plain"}),)
    both = (*sources, sources[0].model_copy(update={"name": "two", "customer": "lifelike"}))
    config = PRESETS["cpu"].model_copy(update={"sources": both, "warmup_steps": 0})
    shown = form.values_of(config)
    assert shown["customer"] == form.MIXED
    assert [source.customer for source in form.config_of(shown).sources] == ["plain", "lifelike"]
    unsaid = config.model_copy(update={"sources": (sources[0].model_copy(update={"customer": None, "weight": 1.0}),)})
    assert form.values_of(unsaid)["customer"] == form.MIXED
    assert [source.customer for source in form.config_of(form.values_of(unsaid)).sources] == [None]


def test_the_form_does_not_wait_for_what_models_are_made_of() -> None:
    program = """
import sys
from tarl_app import training_service
training_service.open_desk().choices()
print(sorted({"transformers", "peft", "scipy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
