"""Where a model is: base URL, key, model, prices."""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import Settings, settings
from tarl_app.llm.address import fault_of, is_local

Role = Literal["user", "judge", "agent"]
NO_KEY = SecretStr("")


@dataclass(frozen=True)
class Endpoint:
    """One model behind one OpenAI-compatible endpoint. The key is in no ``repr``, message, cache or episode.

    Raises:
        ConfigError: an invalid URL, a URL that contains a secret, or no model.
    """

    base_url: str
    model: str
    api_key: SecretStr = NO_KEY
    input_usd: float = 0.0
    """Price of a million input tokens."""
    output_usd: float = 0.0
    """Price of a million output tokens."""
    timeout: float = 60.0
    """Seconds without a response after which a request is tried again."""
    attempts: int = 6
    backoff: float = 1.0
    """Seconds before the second attempt; they double, up to ``client.LONGEST_PAUSE``."""

    def __post_init__(self) -> None:
        if fault := fault_of(self.base_url):
            raise ConfigError(f"The endpoint's address {fault}.")
        if not self.model.strip():
            raise ConfigError("Which model? Give its name as the endpoint knows it (TARL_LLM_MODEL).")
        if not self.model.isprintable():
            raise ConfigError("The model's name has characters in it that cannot be sent: copy it again.")
        if not re.fullmatch(r"[!-~]*", self.api_key.get_secret_value()):
            raise ConfigError(
                "The endpoint's key has blanks or unusual characters in it, where only plain letters, digits and signs are "
                "possible: copy it again."
            )

    @property
    def shown(self) -> str:
        """The model and where it is, for messages."""
        return f"{self.model} at {self.base_url}"

    @property
    def local(self) -> bool:
        """Whether it is on this machine, where requests cost nothing."""
        return is_local(self.base_url)


def configured(chosen: Settings | None = None) -> bool:
    """Whether the owner of this deployment has set an endpoint and a model."""
    chosen = chosen or settings()
    return bool(chosen.llm_base_url and chosen.llm_model)


def endpoint_of(role: Role, model: str = "", chosen: Settings | None = None) -> Endpoint:
    """The endpoint that the settings name for a role; ``model`` overrides theirs.

    Raises:
        ConfigError: no endpoint is set, or a money budget without prices.
    """
    chosen = chosen or settings()
    own = {"user": chosen.llm_user_model, "judge": chosen.llm_judge_model, "agent": ""}[role]
    apart = role == "agent" and bool(chosen.llm_agent_base_url)
    base_url = chosen.llm_agent_base_url if apart else chosen.llm_base_url
    if not base_url:
        raise ConfigError(
            "No model endpoint is set. Set TARL_LLM_BASE_URL (any OpenAI-compatible address), TARL_LLM_MODEL and, where one "
            "is needed, TARL_LLM_API_KEY."
        )
    made = Endpoint(
        base_url=base_url,
        model=model or own or chosen.llm_model,
        api_key=chosen.llm_agent_api_key if apart else chosen.llm_api_key,
        input_usd=chosen.llm_input_usd,
        output_usd=chosen.llm_output_usd,
        timeout=chosen.llm_timeout,
        attempts=chosen.llm_attempts,
    )
    if chosen.llm_max_usd and not made.local and not (made.input_usd or made.output_usd):
        raise ConfigError(
            "TARL_LLM_MAX_USD needs prices to count with: set TARL_LLM_INPUT_USD and TARL_LLM_OUTPUT_USD (a million tokens)."
        )
    return made
