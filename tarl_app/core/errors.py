"""Every exception the app raises on purpose.

TarlError
├── AssetError            a weight file is missing, wrong or cannot be fetched
│   └── HashMismatch      the bytes are not the pinned ones
├── SpeechError           audio that cannot be read, heard or spoken
│   └── SoundTooLong      a sound that is longer than is allowed
├── DomainError           a domain, task or split that does not exist
├── AgentError            an agent that cannot be built or cannot answer
│   └── DialogueTooLong   the dialogue exceeds the agent's context: the agent's own limit, not the infrastructure's
├── LLMError              a model behind an endpoint that cannot be reached, or refuses to answer
│   ├── PromptTooLong     what it was given is longer than it can read
│   ├── UnusableAnswer    its answers repeatedly violate the requested form or rules
│   └── BudgetExceeded    the budget in tokens or money is spent
├── UserFault             a simulated user that does not keep to its role
├── ConversationError     a step that the conversation does not allow now
│   └── Cancelled         the person stopped the turn
├── EventRefused          an event of a realtime client that cannot be carried out
├── StorageError          an episode that cannot be stored or found
├── JobError              a background run that cannot be started, found or changed now
└── ConfigError           settings that contradict one another
    ├── DocumentError     a small untrusted file or text that is invalid
    └── Diverged          a model whose weights or outputs are not finite

A refusal by a tool is *not* an exception: it is a ``ToolResult`` with ``is_error``. Exceptions are caught at named
boundaries only: the conversation (infrastructure failures become data on the episode), the page's handlers, the CLI.
"""


class TarlError(Exception):
    """Base of all errors raised on purpose; its text says what to do."""


class AssetError(TarlError):
    """A weight file is missing, wrong or cannot be fetched."""


class HashMismatch(AssetError):
    """The bytes of an asset are not the pinned ones."""

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(f"{name}: wrong sha256: expected {expected}, found {found}. The file was refused.")
        self.expected, self.found = expected, found


class SpeechError(TarlError):
    """Audio that cannot be read, heard or spoken."""


class SoundTooLong(SpeechError):
    """A sound that is longer than is allowed."""


class DomainError(TarlError):
    """A domain, task or split that does not exist."""


class AgentError(TarlError):
    """An agent that cannot be built or cannot answer."""


class DialogueTooLong(AgentError):
    """The dialogue exceeds the agent's context. It ends the conversation as a failure of the agent."""


class LLMError(TarlError):
    """A model behind an endpoint that cannot be reached, or refuses to answer. Never shows a key."""


class PromptTooLong(LLMError):
    """What the model was given is longer than it can read."""


class UnusableAnswer(LLMError):
    """The model's answers cannot be used. ``rejected``: they had the right form but violated the rules."""

    def __init__(self, text: str, *, rejected: bool = False) -> None:
        super().__init__(text)
        self.rejected = rejected


class BudgetExceeded(LLMError):
    """The budget in tokens or money is spent."""


class UserFault(TarlError):
    """A simulated user that invents facts, swaps roles or ends too soon, after all retries.

    Never counted as the agent's failure.
    """


class ConversationError(TarlError):
    """A step that the conversation does not allow now."""


class Cancelled(ConversationError):
    """The person stopped the turn."""


class EventRefused(TarlError):
    """An event of a realtime client that cannot be carried out. ``code`` and ``param`` as in its error event."""

    def __init__(self, code: str, text: str, param: str | None = None) -> None:
        super().__init__(text)
        self.code, self.param = code, param


class StorageError(TarlError):
    """An episode that cannot be stored or found."""


class JobError(TarlError):
    """A background run that cannot be started, found or changed now."""


class ConfigError(TarlError):
    """Settings that contradict one another."""


class Diverged(ConfigError):
    """A model whose weights or outputs are not finite. ``begun``: they were not finite when the step began."""

    def __init__(self, text: str, *, begun: bool = False) -> None:
        super().__init__(text)
        self.begun = begun


class DocumentError(ConfigError):
    """A small untrusted file or text that is too large, too deep, or not JSON or YAML."""
