"""A call over a WebSocket, in the events of the OpenAI Realtime API (docs/realtime.md).

server        the route, and who may use it
session       the state machine of one connection, on the event loop
turns         the caller's turns: where they begin and end
client_items  the items of its dialogue
filler        a few words while a tool is at work
response      one response, as events
reports       our own events: tools, verdicts, timing, the verifier
wire          events, items, configuration and formats of sound
listening     the sound that comes in, and where the caller's turns are in it
call          the conversation, in a thread of its own, and what it tells
"""
