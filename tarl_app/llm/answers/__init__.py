"""Parsing of an endpoint's untrusted answers: text, reasoning, tool calls, streams."""
