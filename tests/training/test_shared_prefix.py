"""Rows that begin alike and are read as one give what each gives alone."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tarl_app.training.batch.shared_prefix import WORTH, common_beginning, find_beginning, passes
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.samples import Batch, make_batch
from tests.agents.omni_parts import tone
from tests.training import tiny_parts

CPU = torch.device("cpu")
AUDIO = 7


def batch(begins: list[list[int]], tails: list[int], seed: int = 0) -> Batch:
    """Rows of a beginning and so many random tokens, half of which were chosen."""
    generator = torch.Generator().manual_seed(seed)
    rows = [
        [*begin, *torch.randint(20, 250, (tail,), generator=generator).tolist()]
        for begin, tail in zip(begins, tails, strict=True)
    ]
    longest = max(map(len, rows))
    ids_BT = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
    lengths_B = torch.tensor([len(row) for row in rows])
    inside_BT = torch.arange(longest)[None] < lengths_B[:, None]
    action_mask_BT = (torch.rand(ids_BT.shape, generator=generator) < 0.5) & inside_BT
    action_mask_BT[:, 0] = False
    return replace(
        make_batch([]),
        ids_BT=ids_BT,
        lengths_B=lengths_B,
        action_mask_BT=action_mask_BT,
        old_BT=torch.zeros(ids_BT.shape),
        turn_BT=torch.where(action_mask_BT, 0, -1),
        rewards_B=torch.arange(float(len(rows))),
        turn_rewards=[()] * len(rows),
        group_B=torch.zeros(len(rows), dtype=torch.long),
        sounds=[()] * len(rows),
    )


def policy(folder: Path | None = None) -> Policy:
    one = tiny_parts.policy(folder, tiny_parts.config()) if folder else Policy.load(tiny_parts.config(), CPU)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in one.adapters:
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return one


def learnt(one: Policy, parts: list[Batch]) -> tuple[list[Tensor], list[Tensor]]:
    """Log-probabilities and entropies of each part's rows, and the gradient of their weighted sum."""
    for parameter in one.adapters:
        parameter.grad = None
    rows: list[Tensor] = []
    for part in parts:
        states = one.states(part)
        weights_BT = torch.sin(part.ids_BT.float())
        ((states.logprobs_BT + 0.3 * states.entropy_BT) * weights_BT).sum().backward()
        for row, length in enumerate(part.lengths_B.tolist()):
            rows.append(torch.stack([states.logprobs_BT[row, :length], states.entropy_BT[row, :length]]).detach())
    return rows, [parameter.grad.clone() for parameter in one.adapters if parameter.grad is not None]


BEGIN = [30 + 7 * n % 200 for n in range(90)]


def same(one: Policy, made: Batch) -> None:
    together, alone = learnt(one, [made]), learnt(one, [made.select([row]) for row in range(len(made))])
    for found, expected in zip(together[0] + together[1], alone[0] + alone[1], strict=True):
        torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)


def test_log_probabilities_entropies_and_gradients_are_those_of_each_row_alone() -> None:
    made = batch([BEGIN] * 4, [40, 3, 1, 77])
    assert find_beginning(made.ids_BT, made.lengths_B, AUDIO) is not None
    same(policy(), made)


def test_sounds_after_the_beginning_are_each_rows_own(tmp_path: Path) -> None:
    one = policy(tmp_path)
    sounds = [(tone(tmp_path, 300),), (tone(tmp_path, 500), tone(tmp_path, 200))]
    pads = [[[one.audio] * one.positions(ref) for ref in refs] for refs in sounds]
    begins = [[*BEGIN, *(token for pad in row for token in [*pad, 40])] for row in pads]
    made = replace(batch(begins, [12, 9]), sounds=sounds)
    found = find_beginning(made.ids_BT, made.lengths_B, one.audio)
    assert found is not None
    assert found.shared == len(BEGIN)  # although both go on with the same placeholder
    same(one, made)


@pytest.mark.parametrize(
    ("begins", "tails"),
    [([BEGIN], [9]), ([BEGIN[: WORTH - 1]] * 2, [9, 12]), ([BEGIN, [21, *BEGIN]], [9, 12])],
    ids=["one row", "a short beginning", "different beginnings"],
)
def test_rows_are_padded_where_reading_a_beginning_once_saves_nothing(begins: list[list[int]], tails: list[int]) -> None:
    made = batch(begins, tails)
    assert find_beginning(made.ids_BT, made.lengths_B, AUDIO) is None


def test_every_row_keeps_a_token_of_its_own() -> None:
    ids = torch.tensor([BEGIN, BEGIN])
    assert common_beginning(ids, torch.tensor([90, 80]), AUDIO) == 79


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=9),
    st.integers(100, 400),
)
def test_passes_hold_every_row_once_and_no_more_tokens_than_allowed(rows: list[tuple[bool, int]], tokens: int) -> None:
    made = batch([BEGIN if shop else [11] * 70 for shop, _ in rows], [tail for _, tail in rows])
    found = passes(made, tokens, AUDIO)
    assert sorted(row for one in found for row in one) == list(range(len(rows)))
    for one in found:
        part = made.select(one)
        begin = find_beginning(part.ids_BT, part.lengths_B, AUDIO)
        size = part.ids_BT.numel() if begin is None else len(begin.ids_N)
        assert len(one) == 1 or size <= tokens
        kinds = [rows[row][0] for row in one]
        assert len(set(kinds)) == 1 or all([kind for kind, _ in rows].count(own) == 1 for own in kinds)
    longest = [int(made.lengths_B[one].max()) for one in found]
    assert longest == sorted(longest, reverse=True)


def test_groups_that_go_on_alike_are_read_apart_where_that_is_less() -> None:
    ways = [[50 + way] * 40 for way in range(3)]
    made = batch([[*BEGIN, *ways[row % 3]] for row in range(9)], [30 + row for row in range(9)])
    grouped = replace(made, group_B=torch.arange(9) % 3)
    assert {frozenset(rows) for rows in passes(grouped, 2_000, AUDIO)} == {frozenset({n, n + 3, n + 6}) for n in range(3)}
    short = batch([[*BEGIN, *way[:2]] for way in ways for _ in range(3)], [30 + row for row in range(9)])
    assert len(passes(replace(short, group_B=torch.arange(9) // 3), 2_000, AUDIO)) == 1  # not worth reading BEGIN again
