"""Two processes (gloo, CPU) that share a batch give the loss, metrics and gradient of one process, under DDP and FSDP2."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers.models.qwen2_5_omni import modeling_qwen2_5_omni

from tarl_app.training.algorithms import make_algorithm
from tests.training.two_processes import CONFIGS, GROUPS, main, whole_batch

# Three more Python processes import torch.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
ROOT = Path(__file__).parents[2]
Results = tuple[dict[str, Tensor], list[dict[str, Tensor]]]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each of two processes, started by ``accelerate launch``, wrote what it makes of its share of the batch."""
    folder = tmp_path_factory.mktemp("shared")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", "configs/fsdp2.yaml"]
    command += ["--num_processes", "2", "--main_process_port", "0", "-m", "tests.training.two_processes", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    with (folder / "log.txt").open("w") as log:
        launcher = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = launcher.wait(timeout=280)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(launcher.pid, signal.SIGKILL)
            launcher.wait()
    assert code == 0, (folder / "log.txt").read_text()
    return folder


@pytest.fixture(scope="module")
def results(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What a single process makes of the batch, and what each of two makes of its share."""
    alone = tmp_path_factory.mktemp("alone")
    main(0, 1, alone)
    return load_file(alone / "rank-0.safetensors"), [load_file(shared / f"rank-{rank}.safetensors") for rank in range(2)]


def of(results: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    found = {name.removeprefix(prefix): value for name, value in results.items() if name.startswith(prefix)}
    assert found
    return found


@pytest.mark.parametrize("algorithm", list(CONFIGS))
@pytest.mark.parametrize("wrapper", ["ddp", "fsdp2"])
def test_two_processes_give_the_gradient_loss_and_metrics_of_one(results: Results, wrapper: str, algorithm: str) -> None:
    alone, shared = results
    expected = of(alone, f"alone/{algorithm}/")
    advantages = expected.pop("advantages")
    assert any(name.startswith("gradient/") and value.abs().max() > 1e-3 for name, value in expected.items())
    for rank, one in enumerate(shared):
        found = of(one, f"{wrapper}/{algorithm}/")
        rows = [row for row in range(9) if row // 3 in GROUPS[rank]]
        width = found["advantages"].shape[1]
        torch.testing.assert_close(found.pop("advantages"), advantages[rows, :width], atol=1e-6, rtol=1e-6)
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_without_the_other_process_the_advantages_would_differ(results: Results, algorithm: str) -> None:
    batch, reference_BT = whole_batch()
    rows = [row for row in range(9) if row // 3 in GROUPS[0]]
    half = make_algorithm(CONFIGS[algorithm]).advantages(batch.select(rows), torch.zeros(6, 8), reference_BT[rows])
    together = results[1][0][f"ddp/{algorithm}/advantages"]
    assert (half.advantages_BT - together).abs().max() > 0.01


def test_the_shipped_configuration_wraps_a_layer_of_the_thinker(shared: Path) -> None:
    for rank in range(2):
        settings = json.loads((shared / f"fsdp-{rank}.json").read_text())
        assert settings["version"] == 2
        assert settings["wrap"]
        assert all(hasattr(modeling_qwen2_5_omni, name) for name in settings["wrap"])
