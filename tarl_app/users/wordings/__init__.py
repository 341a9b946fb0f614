"""Sentences of lifelike customers as data: reading, checking, counting (`docs/wordings.md`)."""
