"""``wordings``, ``evaluate --customer`` and ``evaluate --phrasings FILE``."""

import json
from argparse import Namespace

import pytest

from tarl_app.cli import main
from tarl_app.cli.options import customer_kind
from tarl_app.domains import load_domain
from tarl_app.evaluation.evaluate import EvaluationConfig, episode_id, folder_name

OWN = "format: wordings-1\ndomain: retail\nwordings:\n  want.cancel_order:\n    any:\n      - Begone with {order}!\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "home"))


def test_a_file_is_checked(tmp_path, capfd):
    (tmp_path / "mine.yaml").write_text(OWN)
    assert main(["wordings", "check", str(tmp_path / "mine.yaml"), "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"rules": {"want.cancel_order": 1}}
    (tmp_path / "mine.yaml").write_text(OWN.replace("{order}", "{oder}"))
    assert main(["wordings", "check", str(tmp_path / "mine.yaml")]) == 2
    assert "mine.yaml, line 6" in capfd.readouterr().err


def test_an_evaluation_says_whose_customers_it_measured(tmp_path, capfd):
    (tmp_path / "mine.yaml").write_text(OWN)
    asked = ["evaluate", "--agent", "scripted", "--limit", "1", "--json"]
    assert main(asked) == 0  # customers who talk as people do, where the domain has them
    lifelike = json.loads(capfd.readouterr().out)
    assert main([*asked, "--phrasings", str(tmp_path / "mine.yaml")]) == 0
    own = json.loads(capfd.readouterr().out)
    assert (lifelike["customer"], lifelike["wordings"]) == ("lifelike", "")
    assert own["customer"] == "lifelike"
    assert own["wordings"].startswith("mine@")
    assert len({lifelike["folder"], own["folder"]}) == 2
    assert main([*asked, "--phrasings", str(tmp_path / "mine.yaml"), "--customer", "plain"]) == 2
    assert "leave out --customer plain" in capfd.readouterr().err


def test_customers_of_a_domain_without_lifelike_ones_are_plain_by_default(capfd):
    assert main(["evaluate", "--agent", "scripted", "--domain", "math", "--limit", "1", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["customer"] == "plain"
    assert main(["simulate", "--task", "retail-dev-013", "--agent", "scripted", "--no-save", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["customer"] == "lifelike"


@pytest.mark.parametrize(
    ("customer", "user", "domain", "kind"),
    [
        (None, "scripted", "retail", "lifelike"),
        ("plain", "scripted", "retail", "plain"),
        (None, "scripted", "math", "plain"),
        (None, "llm", "retail", "plain"),
        ("lifelike", "react", "retail", "plain"),
    ],
)
def test_a_model_that_plays_the_customer_is_of_neither_kind(customer, user, domain, kind):
    assert customer_kind(Namespace(customer=customer, user=user), domain) == kind


def test_what_was_measured_before_there_were_kinds_of_customers_stays_what_it_is():
    plain = EvaluationConfig(agent="null")
    task = load_domain("retail").tasks("dev")[0]
    assert {"customer", "wordings", "guard"} & plain.identity.keys() == set()
    assert folder_name(plain) == "null-retail-dev-held-out-seed0"
    lifelike = EvaluationConfig(agent="null", customer="lifelike")
    assert folder_name(lifelike) == "null-retail-dev-held-out-seed0-lifelike"
    assert episode_id(plain, task, 0) != episode_id(lifelike, task, 0)
