"""Many dialogues decoded together give what each gives alone, and say truly what was chosen."""

import resource
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.audio.encoder_input import hear
from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder, Reply, Wanted, banned_tokens
from tarl_app.agents.omni.decoding.drafts import Drafts
from tarl_app.agents.omni.decoding.grammar import CallGrammar, CallGuide
from tarl_app.agents.omni.decoding.kv_cache import KVCache, agree, common
from tarl_app.agents.omni.decoding.masks import Masks, unpack
from tarl_app.agents.omni.decoding.packed_pass import Piece, Plan, read_pieces
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.core.errors import AgentError
from tarl_app.core.types import AudioRef, ToolCall, Turn, UserTurn
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded, tone

SAMPLING = Sampling(max_new_tokens=12)


def wanted(loaded: LoadedOmni, slot: int, turns: Sequence[Turn], seed: int = 0) -> Wanted:
    @torch.no_grad()
    def sound(ref: AudioRef) -> Tensor:
        return hear(loaded.thinker, [loaded.ear.features(ref)])[0]

    rendered = loaded.template.render(turns, SHOP, lambda ref: len(sound(ref)), reply=True)
    sounds = torch.cat([sound(ref) for ref in rendered.audios]) if rendered.audios else None
    pad = loaded.tokenizer.special.audio_pad
    marks = [-1 - slot if token == pad else token for token in rendered.ids]  # a sound for each slot
    return Wanted(slot, rendered.ids, marks, sounds, loaded.grammar.guide(SHOP, turns), seed)


def decode(decoder: BatchedDecoder, dialogues: Sequence[Wanted]) -> list[Reply]:
    for one in dialogues:
        decoder.want(one)
    while len(decoder):
        decoder.step()
    return [one.reply for one in dialogues]


def test_each_reply_is_the_one_that_the_agent_gives_alone(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    spoken = [[UserTurn(text="x", audio=tone(tmp_path, pitch, 0.5 + pitch / 1000))] for pitch in (300, 700)]
    dialogues: list[Sequence[Turn]] = [DIALOGUE[:1], DIALOGUE[:3], DIALOGUE, *spoken]
    alone = []
    for turns in dialogues:
        agent = OmniAgent(loaded, SHOP, SAMPLING)
        agent.reply(turns)
        alone += agent.replies.sampled.values()
    decoder = BatchedDecoder(loaded.thinker, loaded.tokenizer, 5, SAMPLING)
    replies = decode(decoder, [wanted(loaded, slot, turns) for slot, turns in enumerate(dialogues)])
    assert [reply.ids for reply in replies] == alone


def test_a_dialogue_that_goes_on_is_read_from_where_it_was(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    decoder = BatchedDecoder(loaded.thinker, loaded.tokenizer, 2, SAMPLING)
    decode(decoder, [wanted(loaded, 0, DIALOGUE[:1])])
    before = decoder.read_tokens
    (reply,) = decode(decoder, [wanted(loaded, 0, DIALOGUE)])
    new = len(wanted(loaded, 0, DIALOGUE).ids) - len(wanted(loaded, 0, DIALOGUE[:1]).ids)
    assert decoder.read_tokens - before < new + len(reply.ids)
    fresh = BatchedDecoder(loaded.thinker, loaded.tokenizer, 2, SAMPLING)
    assert decode(fresh, [wanted(loaded, 1, DIALOGUE)])[0].ids == reply.ids


def biased(loaded: LoadedOmni) -> Tensor:
    """Makes the model fond of calling; answers what is added to its logits."""
    bias = torch.zeros(loaded.tokenizer.size)
    bias[loaded.tokenizer.special.call_open] = 12.0

    def fond(_module: torch.nn.Module, _inputs: object, logits: Tensor) -> Tensor:
        return logits + bias

    loaded.thinker.lm_head.register_forward_hook(fond)
    return bias


@torch.no_grad()
def test_log_probabilities_are_those_among_what_the_grammar_left_and_what_it_forces_is_not_chosen() -> None:
    loaded = tiny_loaded()
    biased(loaded)
    sampling = Sampling(temperature=0.8, max_new_tokens=60)
    decoder = BatchedDecoder(loaded.thinker, loaded.tokenizer, 6, sampling)
    dialogues = [wanted(loaded, slot, DIALOGUE[: 1 + 2 * (slot % 2)], seed=slot) for slot in range(6)]
    replies = decode(decoder, dialogues)
    called = limited = 0
    for one, reply in zip(dialogues, replies, strict=True):
        ids = torch.tensor([[*one.ids, *reply.ids]])
        logits = loaded.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, len(one.ids) - 1 : -1]
        for place, limit in reply.limits.items():
            logits[place] = logits[place].masked_fill(~unpack(torch.from_numpy(limit)[None], logits.shape[1])[0], -1e30)
        limited += len(reply.limits)
        expected = (logits / sampling.temperature).log_softmax(-1)[range(len(reply.ids)), reply.ids]
        chosen = torch.tensor(reply.chosen)
        assert torch.allclose(torch.tensor(reply.logprobs)[chosen], expected[chosen], atol=1e-4)
        assert all(logprob == 0 for logprob, own in zip(reply.logprobs, reply.chosen, strict=True) if not own)
        if loaded.tokenizer.special.call_open in reply.ids:
            called += 1
            forced = [token for token, own in zip(reply.ids, reply.chosen, strict=True) if not own]
            assert loaded.tokenizer.decode(forced).startswith('{"name": "')
    assert called >= 3
    assert limited > 10


def test_a_greedy_reply_beside_sampled_ones_is_the_most_likely_one_and_changes_none_of_them() -> None:
    loaded = tiny_loaded()
    hot = Sampling(temperature=1.5, max_new_tokens=20)
    (likely,) = decode(
        BatchedDecoder(loaded.thinker, loaded.tokenizer, 1, SAMPLING.model_copy(update={"max_new_tokens": 20})),
        [wanted(loaded, 0, DIALOGUE)],
    )
    sampled = decode(
        BatchedDecoder(loaded.thinker, loaded.tokenizer, 3, hot), [wanted(loaded, n, DIALOGUE, seed=n) for n in range(3)]
    )
    dialogues = [wanted(loaded, n, DIALOGUE, seed=n) for n in range(3)]
    dialogues[1].greedy = True
    mixed = decode(BatchedDecoder(loaded.thinker, loaded.tokenizer, 3, hot), dialogues)
    assert sampled[1].ids != likely.ids
    assert [reply.ids for reply in mixed] == [sampled[0].ids, likely.ids, sampled[2].ids]


def test_a_call_that_was_opened_within_the_limit_is_finished() -> None:
    loaded = tiny_loaded()
    biased(loaded)
    opening = loaded.tokenizer.special.call_open
    short, long = (
        decode(
            BatchedDecoder(loaded.thinker, loaded.tokenizer, 6, Sampling(temperature=1.0, max_new_tokens=limit)),
            [wanted(loaded, slot, DIALOGUE[: 1 + 2 * (slot % 2)], seed=slot) for slot in range(6)],
        )
        for limit in (4, 400)
    )
    called = [number for number, reply in enumerate(short) if opening in reply.ids]
    assert called
    for number in called:
        assert short[number].ids == long[number].ids
        assert len(short[number].ids) > 10
    assert all(len(reply.ids) <= 5 for number, reply in enumerate(short) if number not in called)


def test_a_reply_that_is_cut_off_is_closed_and_the_ends_are_not_chosen() -> None:
    loaded = tiny_loaded()
    loaded.grammar = CallGrammar(loaded.tokenizer, loaded.tokenizer.size, call_tokens=5)
    biased(loaded)
    special = loaded.tokenizer.special
    decoder = BatchedDecoder(loaded.thinker, loaded.tokenizer, 1, Sampling(temperature=1.0, max_new_tokens=5))
    (reply,) = decode(decoder, [wanted(loaded, 0, DIALOGUE[:1], seed=1)])
    assert special.call_open in reply.ids
    assert reply.ids[-2:] == [special.call_close, special.im_end]
    assert reply.chosen[-2:] == [False, False]


def test_a_reply_whose_calls_cannot_be_followed_fails_alone() -> None:
    loaded = tiny_loaded(hears=False)
    opening = loaded.tokenizer.special.call_open

    def call(_: torch.nn.Module, __: object, logits: Tensor) -> Tensor:
        logits[..., opening] += 1e4
        return logits

    handle = loaded.thinker.lm_head.register_forward_hook(call)
    try:
        good, bad = (wanted(loaded, slot, DIALOGUE[:1]) for slot in range(2))
        bad.guide = CallGuide(loaded.grammar, {"type": "no such type"})
        decode(BatchedDecoder(loaded.thinker, loaded.tokenizer, 2, SAMPLING), [good, bad])
    finally:
        handle.remove()
    assert isinstance(bad.failure, AgentError)
    assert good.failure is None
    assert opening in good.reply.ids


def test_sounds_that_do_not_fit_their_places_are_refused(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    one = wanted(loaded, 0, [UserTurn(text="x", audio=tone(tmp_path, 300))])
    one.sounds = None
    with pytest.raises(AgentError, match="places"):
        BatchedDecoder(loaded.thinker, loaded.tokenizer, 1, SAMPLING).want(one)


def test_capacity_grows_and_a_fork_holds_what_its_source_held() -> None:
    loaded = tiny_loaded()
    long = [20 + n % 200 for n in range(700)]
    slots = KVCache(3)
    with torch.no_grad():
        read_pieces(loaded.thinker, slots, [Piece(0, long[:100], long[:100])])
        whole = read_pieces(loaded.thinker, slots, [Piece(0, long[100:], long[100:])])
        slots.fork(0, 2, 600)
        again = read_pieces(loaded.thinker, slots, [Piece(2, long[600:], long[600:])])
        ids = torch.tensor([long])
        plain = loaded.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[:, -1]
    assert torch.allclose(whole, plain, atol=1e-4)
    assert torch.allclose(again, plain, atol=1e-4)


def test_a_long_dialogue_takes_no_memory_in_the_slots_of_short_ones() -> None:
    slots, short, longest = KVCache(64), 100, 4_000
    some = torch.ones(1, 3, 1, 64)

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    before = resident()
    slots.reserve(short)
    keys, _ = slots.layer(0, some)
    slots.marks = [[*range(short)] for _ in slots.marks]
    keys[:, :, :short] = some
    slots.marks[5] = [*range(200)]
    slots.reserve(longest)
    taken = resident() - before
    keys, values = slots.layer(0, some)
    whole = keys.nbytes
    assert keys.shape == (64, 3, 4_352, 64)
    assert taken < whole / 4
    assert torch.equal(keys[:, :, :short], some.expand(64, 3, short, 64))
    assert not keys[:4, :, short:].any()
    assert not values[:4].any()
    keys[:] = 1.0
    filled = resident()
    assert filled - before > whole * 0.9
    slots.clear()
    del keys, values
    assert filled - resident() > whole * 0.9


@given(st.lists(st.integers(0, 2), max_size=150), st.lists(st.integers(0, 2), max_size=150), st.integers(0, 150))
def test_the_common_beginning_is_found_by_runs(first: list[int], tail: list[int], kept: int) -> None:
    other = [*first[:kept], *tail]
    expected = next((n for n, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), min(len(first), len(other)))
    assert common(first, other) == common(tuple(first), other) == expected
    assert [agree(first, other, n) for n in range(200)] == [n <= expected for n in range(200)]


@given(st.lists(st.lists(st.integers(0, 1), max_size=12), min_size=1, max_size=6), st.lists(st.integers(0, 1), max_size=12))
def test_the_first_slot_that_holds_most_is_found(held: list[list[int]], marks: list[int]) -> None:
    slots = KVCache(len(held))
    slots.marks = held
    lengths = [common(one, marks) for one in held]
    assert slots.holds_most(marks, range(len(held))) == (lengths.index(max(lengths)), max(lengths))


def test_what_may_come_next_is_found_for_many_replies_as_for_each() -> None:
    loaded = tiny_loaded()
    size, special = loaded.tokenizer.size, loaded.tokenizer.special
    banned = banned_tokens(loaded.tokenizer)
    guides = [loaded.grammar.guide(SHOP, DIALOGUE[:1]) for _ in range(4)]
    guides[1].take(special.call_open)
    for name in ("get_order", "cancel"):
        guides[2].forbid(ToolCall(id="a", name=name))
    guides[3].take(special.call_open)
    for _ in range(3):
        for token in guides[3].forced() or [int(guides[3].restrict(torch.zeros(size)).argmax())]:
            guides[3].take(token)
    allowed = Masks(size, banned).allowed(guides, torch.device("cpu"))
    for row, guide in zip(allowed, guides, strict=True):
        alone = guide.restrict(torch.zeros(size)) == 0
        alone[banned] = False
        assert torch.equal(row, alone)
    assert 0 < allowed[3].sum() < allowed[1].sum() + size


@torch.no_grad()
def test_pieces_that_attend_in_groups_give_what_each_gives_alone() -> None:
    loaded = tiny_loaded()
    lengths = [(300, 1), (0, 40), (17, 33), (410, 20), (5, 1), (0, 700), (64, 2), (333, 300)]
    found = []
    for grouped in (False, True):
        slots = KVCache(len(lengths) + 3)
        tokens = [[20 + (7 * slot + n) % 200 for n in range(held + new)] for slot, (held, new) in enumerate(lengths)]
        begun = [Piece(slot + 2, tokens[slot][:held], tokens[slot][:held]) for slot, (held, _) in enumerate(lengths) if held]
        read_pieces(loaded.thinker, slots, begun, grouped)
        rest = [Piece(slot + 2, tokens[slot][held:], tokens[slot][held:]) for slot, (held, _) in enumerate(lengths)]
        found.append(read_pieces(loaded.thinker, slots, rest, grouped))
        for own, logits in zip(tokens, found[-1], strict=True):
            ids = torch.tensor([own])
            plain = loaded.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1]
            assert torch.allclose(logits, plain, atol=1e-4)
    assert torch.allclose(*found, atol=1e-5)


@torch.no_grad()
def test_dialogues_with_a_common_beginning_give_what_each_gives_alone() -> None:
    loaded = tiny_loaded()
    shop, sums = [20 + n % 200 for n in range(150)], [30 + 3 * n % 190 for n in range(90)]
    begins = [shop, shop, None, shop, shop[:120], shop, sums, sums, sums, sums, [25], shop, None, None, shop, shop, shop]
    slots = KVCache(len(begins))
    tokens = {
        slot: [*begin, *(20 + (slot + n) % 180 for n in range(7 + 9 * slot))] for slot, begin in enumerate(begins) if begin
    }
    for news in (1, 1, 3):  # one token a dialogue, and several
        read = [Piece(slot, own[:-news], own[:-news]) for slot, own in tokens.items()]
        slots.clear()
        read_pieces(loaded.thinker, slots, read)
        rest = [Piece(slot, own[-news:], own[-news:]) for slot, own in tokens.items()]
        logits = read_pieces(loaded.thinker, slots, rest)
        for own, found in zip(tokens.values(), logits, strict=True):
            ids = torch.tensor([own])
            plain = loaded.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1]
            assert torch.allclose(found, plain, atol=1e-4)


def test_a_common_beginning_is_read_once() -> None:
    slots = KVCache(8)
    slots.marks = [[*range(20, 120), 7 + number] for number in range(6)] + [[9] * 80, [*range(20, 120)]]
    plan = Plan(slots, [Piece(slot, [5], [5]) for slot in range(8)], torch.device("cpu"))
    assert plan.shared == [([0, 1, 2, 3, 4, 5, 7], 100)]


@torch.no_grad()
@pytest.mark.parametrize("grouped", [False, True])
def test_logits_after_several_of_the_last_tokens_are_those_of_each(grouped: bool) -> None:
    loaded = tiny_loaded()
    begin = [20 + n % 200 for n in range(100)]
    tokens = {slot: [*begin, *(20 + (slot + 3 * n) % 180 for n in range(60))] for slot in range(5)}
    news, wanted_each = [1, 3, 8, 40, 5], [1, 2, 8, 4, 1]
    slots = KVCache(5)
    read_pieces(
        loaded.thinker, slots, [Piece(slot, own[:-n], own[:-n]) for (slot, own), n in zip(tokens.items(), news, strict=True)]
    )
    rest = [
        Piece(slot, own[-n:], own[-n:], wanted=w)
        for (slot, own), n, w in zip(tokens.items(), news, wanted_each, strict=True)
    ]
    logits = read_pieces(loaded.thinker, slots, rest, grouped).split(wanted_each)
    for own, found in zip(tokens.values(), logits, strict=True):
        ids = torch.tensor([own])
        plain = loaded.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -len(found) :]
        assert torch.allclose(found, plain, atol=1e-4)


def passes(decoder: BatchedDecoder, dialogues: Sequence[Wanted]) -> int:
    """Forward passes until all are answered."""
    for one in dialogues:
        decoder.want(one)
    count = 0
    while len(decoder):
        decoder.step()
        count += 1
    return count


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_right_guesses_save_passes_and_wrong_ones_nothing_and_neither_changes_a_reply(temperature: float) -> None:
    loaded = tiny_loaded()
    biased(loaded)
    sampling = Sampling(temperature=temperature, max_new_tokens=40)

    def asked() -> list[Wanted]:
        return [wanted(loaded, slot, DIALOGUE[: 1 + 2 * (slot % 2)], seed=slot) for slot in range(6)]

    plain = asked()
    slow = passes(BatchedDecoder(loaded.thinker, loaded.tokenizer, 6, sampling), plain)
    right, wrong = Drafts(), Drafts()
    for one in plain:
        right.learn([*one.marks[-8:], *one.reply.ids])
        wrong.learn([mark for token in one.reply.ids for mark in (token, token + 1, token + 2)])
    for drafts in (right, wrong, Drafts()):
        again = asked()
        count = passes(BatchedDecoder(loaded.thinker, loaded.tokenizer, 6, sampling, drafts), again)
        assert count <= slow
        if drafts is right:
            assert count < 0.8 * slow
        for one, other in zip(plain, again, strict=True):
            assert other.reply.ids == one.reply.ids
            assert other.reply.chosen == one.reply.chosen
            assert other.reply.limits.keys() == one.reply.limits.keys()
            assert torch.allclose(torch.tensor(other.reply.logprobs), torch.tensor(one.reply.logprobs), atol=1e-4)
