"""A conversation: the loop, its events, the agent's voice, and undo."""

from tarl_app.conversation.events import Event, Noted, Rewound, Scored, SpeechPiece, Stopped, TextPiece, TurnAdded
from tarl_app.conversation.live import LiveConversation
from tarl_app.conversation.loop import Conversation

__all__ = [
    "Conversation",
    "Event",
    "LiveConversation",
    "Noted",
    "Rewound",
    "Scored",
    "SpeechPiece",
    "Stopped",
    "TextPiece",
    "TurnAdded",
]
