"""A conversation: the loop, its events, the agent's voice, and undo."""

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
