"""TARL app: talk to, measure and train a voice agent."""

__version__ = "0.1.0"
