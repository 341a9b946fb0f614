"""Paths of the repository and of the shipped checkpoints."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "checkpoints"
"""The adapters that come with the app, a folder each."""
