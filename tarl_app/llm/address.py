"""Checks addresses before they are used, so that an invalid one does not end in an exception."""

import ipaddress
import re
from urllib.parse import urlsplit

import httpx2

from tarl_app.core.process.proxies import is_this_machine

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_LONGEST_HOST = 253


def fault_of(address: str) -> str:
    """What is wrong with a server's address; empty if nothing is.

    The address is not repeated, since it may hold a secret.
    """
    if not _possible(address):
        return "is no address such as https://api.openai.com/v1 or http://localhost:8000/v1"
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query or parts.fragment:
        return "must not carry a user, a key or a query: give the key by itself"
    return ""


def _possible(address: str) -> bool:
    if not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
        sent = httpx2.URL(address).raw_host.decode("ascii")
    except (ValueError, httpx2.InvalidURL):
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = sent.removesuffix(".").split(".")
        return len(sent) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)
    return True


def is_local(address: str) -> bool:
    """Whether it is on this machine: no costs and no proxy."""
    return is_this_machine(urlsplit(address).hostname or "")
