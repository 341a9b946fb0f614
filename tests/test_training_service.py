"""What the Train tab is told: who may train, and what judging will cost."""

import re

import pytest

from tarl_app import training_service
from tarl_app.core.settings import Settings, settings
from tarl_app.training.configuration.config import Source, TrainConfig
from tarl_app.training.configuration.presets import PRESETS

CONFIG = PRESETS["cpu-quick"].model_copy(update={"steps": 100, "groups": 10, "group_size": 10, "judge": "llm"})
PRICES = Settings(llm_input_usd=1.0, llm_output_usd=10.0)


def told(config: TrainConfig = CONFIG, prices: Settings = PRICES) -> tuple[float, float]:
    """Millions of tokens, and money."""
    found = re.search(
        r"about ([\d.,]+) million tokens of your API; some \$([\d,]+\.\d\d)", training_service.judging(config, prices)
    )
    assert found
    return float(found[1].replace(",", "")), float(found[2].replace(",", ""))


def test_the_reference_judge_costs_nothing():
    assert "costs nothing" in training_service.judging(CONFIG.model_copy(update={"judge": "reference"}), PRICES)


def test_a_models_judgements_are_told_in_tokens_and_money():
    read, written = training_service.JUDGED["whole"]["service"]
    tokens, money = told()
    assert tokens == pytest.approx(10_000 * (read + written) / 1e6, abs=0.1)
    assert money == pytest.approx(10_000 * (read * 1.0 + written * 10.0) / 1e6, abs=0.01)


def test_judging_turn_by_turn_costs_more_and_word_problems_cost_less():
    tokens, money = told()
    live = told(CONFIG.model_copy(update={"judge": "llm-live"}))
    half = (Source(name="text", weight=1.0), Source(name="math", domain="math", weight=1.0))
    mixed = told(CONFIG.model_copy(update={"sources": half}))
    assert live > (tokens, money) > mixed


def test_without_prices_the_tokens_are_told_and_how_to_have_the_money():
    told_ = training_service.judging(CONFIG, Settings(llm_input_usd=0, llm_output_usd=0))
    assert "million tokens" in told_
    assert "$" not in told_
    assert "TARL_LLM_INPUT_USD" in told_


@pytest.mark.parametrize(
    ("space", "oauth", "owner", "may"),
    [
        ("0", "0", "", None),
        ("1", "0", "ada", "nobody"),
        ("1", "1", "", "nobody"),
        ("1", "1", "ada, grace", {"ada", "grace"}),
    ],
)
def test_on_a_public_space_only_its_owner_trains_and_only_where_people_can_sign_in(
    space, oauth, owner, may, tmp_path, monkeypatch
):
    for name, value in (("HOME", str(tmp_path)), ("SPACE", space), ("OAUTH", oauth), ("OWNER", owner)):
        monkeypatch.setenv(f"TARL_{name}", value)
    settings.cache_clear()
    training = training_service.make_training()
    settings.cache_clear()
    assert ("nobody" if training is None else training.owners) == may
