"""Two processes (gloo, CPU) that share a batch give the loss, metrics and gradient of one process, under DDP and FSDP2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tarl_app.training.algorithms import make_algorithm
from tests.training.two_processes import CONFIGS, GROUPS, main, whole_batch

pytestmark = pytest.mark.slow  # two more Python processes import torch
ROOT = Path(__file__).parents[2]
Results = tuple[dict[str, Tensor], list[dict[str, Tensor]]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What a single process makes of the batch, and what each of two makes of its share."""
    alone, shared = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("shared")
    main(0, 1, alone)
    command = [sys.executable, "-m", "tests.training.two_processes"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    processes = []
    for rank in range(2):
        log = (shared / f"log-{rank}.txt").open("w")
        with log:
            arguments = [*command, str(rank), "2", str(shared)]
            processes.append(subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT))
    try:
        codes = [process.wait(timeout=240) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert codes == [0, 0], "\n".join((shared / f"log-{rank}.txt").read_text() for rank in range(2))
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
