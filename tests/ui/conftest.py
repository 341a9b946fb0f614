"""A page's services over the real retail domain: the scripted pair, the reference judge, a store in memory, no models."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.settings import settings
from tarl_app.domains import free_task, load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.storage.memory import MemoryEpisodeStore
from tarl_app.ui.services import AgentChoice, Services
from tarl_app.users.scripted import ScriptedUser


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, for the sounds that are stored."""
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def make_services() -> Callable[..., Services]:
    """The services, with any field replaced."""
    domain = load_domain("retail")

    def make(**more: object) -> Services:
        fields = {
            "agents": (AgentChoice("scripted", "Scripted demo"),),
            "first_agent": "scripted",
            "demo_agent": "scripted",
            "domain": domain,
            "tasks": domain.tasks("dev"),
            "free_task": free_task("retail"),
            "make_agent": lambda name, task: ScriptedAgent(task, domain, 0),
            "make_user": lambda task, spoken: ScriptedUser(task, domain),
            "make_judge": ReferenceJudge,
            "ears": lambda: None,
            "voice": lambda: None,
            "store": MemoryEpisodeStore(),
            **more,
        }
        return Services(**fields)  # type: ignore[arg-type]

    return make
