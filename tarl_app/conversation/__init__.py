"""A conversation: the loop, what it tells, the agent's voice, and taking turns back."""

from tarl_app.conversation.events import Event, Noted, Rewound, Scored, SpeechPiece, Stopped, TextPiece, TurnAdded
from tarl_app.conversation.loop import Conversation

__all__ = [
    "Conversation",
    "Event",
    "Noted",
    "Rewound",
    "Scored",
    "SpeechPiece",
    "Stopped",
    "TextPiece",
    "TurnAdded",
]
