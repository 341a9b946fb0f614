"""Proxies: this machine never reaches itself through one, whatever the environment sets.

``HTTP_PROXY`` and similar variables are meant for other hosts. Gradio requests its own address to see whether the page
is up, models are served on ``localhost``, and a trainer uses rollout servers on the same machine; a network's proxy can
reach none of them.
"""

import os
import re
import urllib.request
from collections.abc import MutableMapping
from ipaddress import ip_address

HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 - nothing is bound to it
"""Names of this machine in ``NO_PROXY``; the last two never refer to another machine."""

_PLAIN = re.compile(r"[\w.*-]+(:[0-9]{1,5})?(/[0-9]{1,3})?", re.ASCII)


def spare_this_machine(environ: MutableMapping[str, str] = os.environ) -> None:
    """Adds this machine to ``NO_PROXY``, for this process and those that it starts; existing entries are kept.

    Call it before any library's client is created, since clients read it then. ``TARL_HOST`` is this machine too.
    """
    if environ is os.environ and not urllib.request.getproxies_environment():
        # Once NO_PROXY is set, Python no longer asks macOS or Windows for its proxies: they are put where it looks.
        environ.update({f"{scheme}_proxy": url for scheme, url in urllib.request.getproxies().items() if scheme != "no"})
    written = ",".join(environ.get(name, "") for name in ("no_proxy", "NO_PROXY")).split(",")
    hosts = (_readable(host.strip()) for host in (*written, *HERE, environ.get("TARL_HOST", "")))
    environ["no_proxy"] = environ["NO_PROXY"] = ",".join(dict.fromkeys(filter(None, hosts)))


def _readable(host: str) -> str:
    """An entry of ``NO_PROXY`` if httpx, Gradio's client, can read it: it fails for IPv6 in brackets and for IPv6 nets."""
    if _PLAIN.fullmatch(host):
        return host
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return ""


def unusable() -> str:
    """Why the configured proxies cannot be used; empty if they can."""
    import httpx2

    try:
        httpx2.Client().close()
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        return (
            f"HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that cannot be used ({str(error).split('.')[0]}). "
            "Correct it, such as http://proxy:3128, or unset it."
        )
    return ""


def is_this_machine(host: str) -> bool:
    """Whether the host of an address is this machine: ``localhost``, all of 127.0.0.0/8, and what a server is bound to."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
