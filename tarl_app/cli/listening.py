"""The socket that a server of the command line listens at."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tarl_app.core.errors import ConfigError

_BACKLOG = 256


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; port 0 takes a free one. Raises ``ConfigError`` where nothing can listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # asyncio sets it only for sockets that it opens itself; without it an answer's body waits 40 ms for its head's ACK
        place.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            place.bind((host.strip("[]"), port))
            place.listen(_BACKLOG)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "no such address"
            raise ConfigError(f"Nothing can be served at {host}:{port} ({why}). Choose another --port, or --host.") from None
        yield place
