"""What torch's CPU library keeps is bounded, whoever imports the package first."""

import os
import subprocess
import sys

SCRIPT = "import os, tarl_app; print(os.environ['ONEDNN_PRIMITIVE_CACHE_CAPACITY'])"


def capacity(**variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "ONEDNN_PRIMITIVE_CACHE_CAPACITY"}
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**kept, **variables}, capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


def test_few_compiled_shapes_are_kept_unless_somebody_wants_more() -> None:
    assert capacity() == "64"
    assert capacity(ONEDNN_PRIMITIVE_CACHE_CAPACITY="1024") == "1024"
