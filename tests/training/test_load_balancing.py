"""Rows are dealt out so that processes have about as much to compute, and every row is computed once, as it was."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from tarl_app.core.types import AudioRef, Episode, Task
from tarl_app.training.algorithms import Advantages
from tarl_app.training.distributed import ranks
from tarl_app.training.distributed.load_balancing import even_out, shares
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.samples import Batch, Rollout, make_batch

ROOT = Path(__file__).parents[2]
AUDIO = 999
TASK = Task(id="x", domain="x", split="train", kind="x", instruction="x")
EPISODE = Episode(id="x", task=TASK, agent="x", user="x")
LENGTHS = {0: (40, 30, 20, 20, 10), 1: (5,)}
"""Rows of each of two processes."""
SOUND = AudioRef(path="sounds/x.flac", seconds=1.0, sample_rate=16_000)


def rows_of(rank: int, limited: bool = True, sounds: bool = False) -> tuple[Batch, Advantages]:
    """Random rows that tell their process by their ids; every second token that was chosen was so among some."""
    draw = torch.Generator().manual_seed(rank)
    rollouts = []
    for row, length in enumerate(LENGTHS[rank]):
        ids = torch.randint(0, 100, (length,), generator=draw) + 100 * rank
        chosen = torch.arange(length) % 2 == 1
        limits = {place: torch.full((4,), 16 * rank + row, dtype=torch.uint8).numpy() for place in range(1, length, 4)}
        rollouts.append(
            Rollout(
                ids.numpy(),
                chosen.numpy(),
                torch.where(chosen, -torch.rand(length, generator=draw), 0.0).numpy(),
                torch.where(chosen, 0, -1).numpy(),
                (SOUND,) if sounds else (),
                str(row // 2),
                limits=limits if limited and rank == 0 else {},
                episode=EPISODE,
            )
        )
    batch = make_batch(rollouts)
    return batch, Advantages(torch.where(batch.action_mask_BT, batch.ids_BT.float(), 0.0))


def told(batch: Batch, advantages: Advantages) -> list[tuple[object, ...]]:
    """Everything that the loss reads of each row."""
    found = []
    for row, length in enumerate(batch.lengths_B.tolist()):
        limits = []
        for place in range(length):
            at = -1 if batch.limit_BT is None else int(batch.limit_BT[row, place])
            limits.append(None if at < 0 or batch.limits_MB is None else tuple(batch.limits_MB[at].tolist()))
        parts = (batch.ids_BT, batch.action_mask_BT, batch.old_BT, batch.turn_BT, advantages.advantages_BT)
        found.append((*(tuple(one[row, :length].tolist()) for one in parts), tuple(limits)))
    return found


def work(folder: Path) -> None:
    """One of two processes: writes which rows it has after rows were dealt out."""
    processes = Processes("cpu")
    for case in ("limits", "none", "sounds"):
        mine = rows_of(processes.rank, case == "limits", case == "sounds" and processes.rank == 1)
        batch, advantages = even_out(*mine, processes, AUDIO)
        before = told(*rows_of(0, case == "limits")) + told(*rows_of(1, case == "limits"))
        have = told(batch, advantages)
        numbers: Tensor = torch.tensor([before.index(row) for row in have])
        save_file({"rows": numbers, "lengths": batch.lengths_B}, folder / f"{case}-{processes.rank}.safetensors")
    processes.close()


@pytest.mark.slow
def test_two_processes_get_about_as_many_tokens_of_rows_that_are_as_they_were(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tests.training.test_load_balancing", str(tmp_path)], check=True, cwd=ROOT)
    for case in ("limits", "none"):
        first, second = (load_file(tmp_path / f"{case}-{rank}.safetensors") for rank in range(2))
        assert sorted([*first["rows"].tolist(), *second["rows"].tolist()]) == list(range(6))
        assert [int(one["lengths"].sum()) for one in (first, second)] == [70, 55]
    kept = [load_file(tmp_path / f"sounds-{rank}.safetensors")["rows"].tolist() for rank in range(2)]
    assert kept == [[0, 1, 2, 3, 4], [5]]  # sounds lie with the process that played them


def test_a_single_process_keeps_its_rows() -> None:
    batch, advantages = rows_of(0)
    assert even_out(batch, advantages, Processes("cpu"), AUDIO) == (batch, advantages)


ROWS = st.lists(st.tuples(st.integers(1, 100), st.integers(0, 4)), min_size=4, max_size=30)


@given(ROWS, st.integers(1, 4))
def test_shares_have_every_row_once_none_is_empty_and_they_are_about_even(rows: list[tuple[int, int]], count: int) -> None:
    costs, groups = [cost for cost, _ in rows], [group for _, group in rows]
    found = shares(costs, groups, count)
    assert sorted(row for share in found for row in share) == list(range(len(rows)))
    assert all(found)
    if len(rows) >= 3 * count:
        assert max(sum(costs[row] for row in share) for share in found) <= sum(costs) / count + 2 * max(costs)
    divided = sum(
        len({place for place, share in enumerate(found) for row in share if groups[row] == one}) > 1 for one in {*groups}
    )
    assert divided < count


if __name__ == "__main__":
    with ranks.led(2, work, Path(sys.argv[1])):
        work(Path(sys.argv[1]))
