"""The omni agent on a random model of a few thousand parameters: caching, rewinding, streaming, stopping."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.omni.agent import OmniAgent, TextStream
from tarl_app.agents.omni.audio.encoder_input import forward_checked, hear, listen
from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.decoding.batched_decoder import banned_tokens
from tarl_app.agents.omni.decoding.generate import PACKED, KeyValues, decode, pick, prefill, read
from tarl_app.agents.omni.decoding.grammar import CallGrammar
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.model.layout import audio_tower, language_model
from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.omni.prompt.tokens import byte_tokenizer
from tarl_app.core.errors import AgentError, Cancelled, SpeechError
from tarl_app.core.sound.audio import load
from tarl_app.core.types import AgentTurn, AudioRef, ToolTurn, Turn, UserTurn
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded, tone

TOKENS = st.integers(20, 200)


def greedy_without_cache(loaded: LoadedOmni, turns: Sequence[Turn], sampled: dict[int, list[int]]) -> list[int]:
    """The reference: the whole dialogue through transformers' own forward pass for every single token."""

    def positions(ref: AudioRef) -> int:
        return len(hear(loaded.thinker, [loaded.ear.features(ref)])[0])

    rendered = loaded.template.render(turns, SHOP, positions, reply=True, sampled=sampled)
    features = [loaded.ear.features(ref) for ref in rendered.audios]
    special = loaded.tokenizer.special
    speakable = {special.im_end, special.call_open, special.call_close}
    banned = [i for i in loaded.tokenizer.control_ids if i not in speakable]

    def recognised(ref: AudioRef) -> Recognition | None:
        return listen(loaded.thinker, [loaded.ear.features(ref)])[0].recognition

    guide = loaded.grammar.guide(SHOP, turns, recognised if loaded.config.hears else None)
    ids, out = list(rendered.ids), []
    while not guide.is_full(loaded.config.sampling.max_new_tokens):
        batch = torch.tensor([ids])
        with torch.no_grad():
            logits = forward_checked(loaded.thinker, batch, features, attention_mask=torch.ones_like(batch)).logits[0, -1]
        logits[banned] = float("-inf")
        forced = guide.forced()
        out.append(forced[0] if forced else int(guide.restrict(logits).argmax()))
        guide.take(out[-1])
        ids.append(out[-1])
        if out[-1] in (special.im_end, special.call_close):
            break
    return out


def sampled_ids(agent: OmniAgent, index: int) -> list[int]:
    return next(ids for (place, _), ids in agent.replies.sampled.items() if place == index)


def test_replies_with_cached_keys_and_values_equal_those_without(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    agent = OmniAgent(loaded, SHOP)
    turns: list[Turn] = []
    sampled: dict[int, list[int]] = {}
    said = [
        UserTurn(text="Hello"),
        UserTurn(text="meant", audio=tone(tmp_path, 300)),
        UserTurn(text="meant", audio=tone(tmp_path, 700, 1.3)),
        UserTurn(text="again", audio=tone(tmp_path, 300)),
    ]
    for user in said:
        turns.append(user)
        expected = greedy_without_cache(loaded, turns, sampled)
        turn = agent.reply(turns)
        ids = sampled_ids(agent, len(turns))
        assert ids[: len(expected)] == expected
        sampled[len(turns)] = ids
        turns.append(turn)


def test_after_an_undo_the_reply_is_that_of_the_shorter_dialogue(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    agent = OmniAgent(loaded, SHOP)
    first = agent.reply(DIALOGUE[:1])
    agent.reply(DIALOGUE)
    assert agent.reply(DIALOGUE[:1]).text == first.text
    other = (UserTurn(text="meant", audio=tone(tmp_path, 300)),)
    agent.reply((UserTurn(text="meant", audio=tone(tmp_path, 900)),))
    assert sampled_ids(agent, 1) is not None
    assert agent.reply(other).text == OmniAgent(loaded, SHOP).reply(other).text


def test_what_was_heard_ahead_is_neither_heard_nor_read_again(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    plain, agent = OmniAgent(loaded, SHOP), OmniAgent(loaded, SHOP)
    turns = (UserTurn(text="", audio=tone(tmp_path, 300)),)
    expected = plain.reply(turns)
    heard: list[int] = []
    audio_tower(loaded.thinker).register_forward_hook(lambda *_: heard.append(1))
    words: list[str] = []
    agent.hear_ahead((), load(tone(tmp_path, 300), tmp_path), words.append)
    read: list[int] = []
    language_model(loaded.thinker).register_forward_pre_hook(
        lambda _, args, kwargs: read.append(kwargs["inputs_embeds"].shape[1]), with_kwargs=True
    )
    reply = agent.reply(turns)
    assert (reply.text, reply.heard, words) == (expected.text, expected.heard, [expected.heard])
    assert len(heard) == 1
    assert read[0] == 1  # the last token of the prompt; what follows was sampled


def test_what_was_heard_ahead_is_forgotten_when_more_comes(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    turns = (UserTurn(text="", audio=tone(tmp_path, 700, 1.3)),)
    expected = OmniAgent(loaded, SHOP).reply(turns)
    agent = OmniAgent(loaded, SHOP)
    for pitch in (300, 500):
        agent.hear_ahead((), load(tone(tmp_path, pitch), tmp_path), lambda text: None)
    with pytest.raises(Cancelled):
        agent.hear_ahead((), load(tone(tmp_path, 900), tmp_path), lambda text: None, _after(1))
    heard: list[int] = []
    audio_tower(loaded.thinker).register_forward_hook(lambda *_: heard.append(1))
    assert agent.reply(turns).text == expected.text
    for pitch in (300, 500, 900):  # each is heard anew: nothing of it was kept
        agent.hear_ahead((), load(tone(tmp_path, pitch), tmp_path), lambda text: None)
    assert len(heard) == 4


def _after(times: int) -> Callable[[], bool]:
    """Cancelled when it has been asked so often."""
    asked = iter(range(times))
    return lambda: next(asked, None) is None


def test_only_what_is_new_is_read() -> None:
    loaded = tiny_loaded()
    agent = OmniAgent(loaded, SHOP)
    counts: list[int] = []
    language_model(loaded.thinker).register_forward_pre_hook(
        lambda _, args, kwargs: counts.append(kwargs["inputs_embeds"].shape[1]), with_kwargs=True
    )
    system = len(loaded.template.system(SHOP))
    turn = agent.reply(DIALOGUE[:1])
    assert counts[0] == system
    first = counts[1]
    counts.clear()
    longer = [DIALOGUE[0], turn, UserTurn(text="Yes")]
    agent.reply(longer)
    assert turn.timing is not None
    assert turn.timing.tokens is not None
    known = system + first + turn.timing.tokens - 1  # the last sampled token was never fed back
    assert counts[0] == len(agent.replies.prompt(longer, agent).ids) - known
    counts.clear()
    OmniAgent(loaded, SHOP).reply(DIALOGUE[:1])  # another conversation with the same model
    assert counts[0] == first


def test_each_sound_goes_through_the_audio_tower_once(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    frames: list[int] = []
    audio_tower(loaded.thinker).register_forward_pre_hook(lambda _, inputs: frames.append(inputs[0].shape[1]))
    agent = OmniAgent(loaded, SHOP)
    turns: list[Turn] = []
    for sound in (tone(tmp_path, 300), tone(tmp_path, 700, 1.3)):
        turns.append(UserTurn(text="x", audio=sound))
        turns.append(agent.reply(turns))
    assert frames == [50, 130]  # ten milliseconds each
    agent.reply([*turns, UserTurn(text="typed")])
    assert len(frames) == 2


def test_what_is_heard_changes_what_is_said(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    logits = []
    for pitch in (200, 2000):
        agent, read = OmniAgent(loaded, SHOP, Sampling(max_new_tokens=1)), list[torch.Tensor]()
        agent.reply([UserTurn(text="typed")])  # what both have in common is read here
        handle = loaded.thinker.lm_head.register_forward_hook(lambda _module, _inputs, found, read=read: read.append(found))
        agent.reply([UserTurn(text="the same", audio=tone(tmp_path, pitch))])
        handle.remove()
        logits.append(read[0])
    assert (logits[0] - logits[1]).abs().max() > 1e-4


def test_a_model_that_cannot_hear_reads_the_transcript() -> None:
    gone = AudioRef(path="gone.wav", seconds=1.0, sample_rate=16_000)
    deaf = OmniAgent(tiny_loaded(hears=False), SHOP)
    spoken = deaf.reply([UserTurn(text="meant", heard="where is it", audio=gone)])
    typed = OmniAgent(tiny_loaded(hears=False), SHOP).reply([UserTurn(text="where is it")])
    assert spoken.text == typed.text
    with pytest.raises(SpeechError):
        OmniAgent(tiny_loaded(), SHOP).reply([UserTurn(text="meant", audio=gone)])


def test_a_sound_that_is_too_long_is_refused(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    loaded.ear.longest = 1.0
    with pytest.raises(AgentError, match="at most"):
        OmniAgent(loaded, SHOP).reply([UserTurn(text="x", audio=tone(tmp_path, 300, 1.2))])


def test_a_dialogue_beyond_the_context_is_refused() -> None:
    with pytest.raises(AgentError, match="too long"):
        OmniAgent(tiny_loaded(context=400), SHOP).reply([UserTurn(text="word " * 100)])


@pytest.mark.parametrize("after", [0, 1, 3])
def test_cancelling_stops_at_the_next_token_and_leaves_the_agent_usable(after: int) -> None:
    loaded = tiny_loaded(sampling=Sampling(max_new_tokens=200))
    agent = OmniAgent(loaded, SHOP, Sampling(max_new_tokens=12))
    expected = agent.reply(DIALOGUE[:1])
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    stopped = OmniAgent(loaded, SHOP)
    with pytest.raises(Cancelled):
        stopped.reply(DIALOGUE[:1], cancelled=cancelled)
    assert asked == after + 1
    stopped.sampling = Sampling(max_new_tokens=12)
    assert stopped.reply(DIALOGUE[:1]).text == expected.text


def test_who_waits_for_the_model_can_be_cancelled() -> None:
    loaded = tiny_loaded()
    outcome: list[str] = []

    def wait() -> None:
        try:
            OmniAgent(loaded, SHOP).reply(DIALOGUE[:1], cancelled=lambda: True)
        except Cancelled:
            outcome.append("cancelled")

    with loaded.lock:
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(timeout=10)
    assert outcome == ["cancelled"]


def test_the_turn_tells_what_the_ear_recognised_in_the_sound_that_it_answers(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    sound = tone(tmp_path, 400)
    turns: list[Turn] = [UserTurn(text="x", audio=sound)]
    turn = OmniAgent(loaded, SHOP).reply(turns)
    (heard,) = listen(loaded.thinker, [loaded.ear.features(sound)])
    assert heard.recognition is not None
    assert turn.heard == heard.recognition.text != ""
    assert OmniAgent(loaded, SHOP).reply([*turns, turn, UserTurn(text="typed")]).heard is None
    assert OmniAgent(tiny_loaded(hears=False), SHOP).reply(turns).heard is None


def test_two_conversations_with_one_model_do_not_disturb_one_another() -> None:
    loaded = tiny_loaded()
    dialogues = [DIALOGUE[:1], DIALOGUE[:3], DIALOGUE]
    expected = [OmniAgent(loaded, SHOP).reply(turns).text for turns in dialogues]
    found: dict[int, str] = {}

    def talk(index: int) -> None:
        found[index] = OmniAgent(loaded, SHOP).reply(dialogues[index]).text

    threads = [threading.Thread(target=talk, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[index] for index in range(3)] == expected


def test_streamed_pieces_joined_are_the_text_and_timing_is_filled_in(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path, sampling=Sampling(max_new_tokens=40))
    pieces: list[str] = []
    turn = OmniAgent(loaded, SHOP).reply([UserTurn(text="x", audio=tone(tmp_path, 400))], pieces.append)
    assert "".join(pieces) == turn.text
    assert turn.text
    assert turn.timing is not None
    assert turn.timing.tokens is not None
    assert turn.timing.tokens <= 40
    assert turn.timing.hearing is not None
    assert turn.timing.first_token is not None
    assert turn.timing.total is not None
    assert 0 < turn.timing.hearing <= turn.timing.first_token <= turn.timing.total


class TestTextStream:
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
    def test_pieces_joined_are_the_stripped_text_and_hold_no_half_character(self, text: str) -> None:
        tokenizer = byte_tokenizer()
        pieces: list[str] = []
        stream = TextStream(tokenizer, pieces.append)
        for token in tokenizer.encode(text):
            stream.add(token)
            assert text.strip().startswith("".join(pieces))
        stream.finish()
        assert "".join(pieces) == text.strip()

    def test_nothing_is_spoken_after_the_speech_has_ended(self) -> None:
        tokenizer = byte_tokenizer()
        pieces: list[str] = []
        stream = TextStream(tokenizer, pieces.append)
        stream.add(tokenizer.encode("a")[0])
        stream.finish()
        for token in tokenizer.encode('{"name": 1}'):
            stream.add(token)
        stream.finish()
        assert pieces == ["a"]


class Unguided:
    """Everything may follow."""

    taken = 0

    def forced(self) -> list[int]:
        return []

    def restrict(self, logits: torch.Tensor) -> torch.Tensor:
        return logits

    def take(self, token: int) -> None:
        self.taken += 1

    def is_full(self, limit: int) -> bool:
        return self.taken >= limit


def speak(loaded: LoadedOmni, agent: OmniAgent, ids: list[int], pieces: list[str]) -> list[int]:
    """The agent's reply as it was sampled, while the model's output layer forces every next token to be the given one."""
    OmniAgent(loaded, SHOP).reply(DIALOGUE[:1])  # the domain's prefix is read without being forced
    agent.drafts = False  # one output at a time
    wanted = iter(ids)

    def force(_: torch.nn.Module, __: object, logits: torch.Tensor) -> torch.Tensor:
        forced = torch.zeros_like(logits)
        forced[..., next(wanted)] = 1
        return forced

    handle = loaded.thinker.lm_head.register_forward_hook(force)
    try:
        agent.reply(DIALOGUE[:1], pieces.append)
        return sampled_ids(agent, 1)
    finally:
        handle.remove()


def test_generation_stops_at_the_end_of_a_call_and_the_call_is_not_spoken() -> None:
    loaded = tiny_loaded(sampling=Sampling(max_new_tokens=200))
    agent = OmniAgent(loaded, SHOP, guard="off")
    special, encode = loaded.tokenizer.special, loaded.tokenizer.encode
    call = [special.call_open, *encode('{"name": "get_order", "arguments": {"order_id": "#W1"}}'), special.call_close]
    pieces: list[str] = []
    ids = speak(loaded, agent, [*encode("One moment."), *call, *encode("and more")], pieces)
    assert ids == [*encode("One moment."), *call, special.im_end]
    assert "".join(pieces) == "One moment."
    turn = agent.template.parse_agent(ids)
    assert (turn.text, turn.tool_calls[0].arguments) == ("One moment.", {"order_id": "#W1"})


def test_a_call_that_no_grammar_finishes_is_malformed_and_closed_for_the_next_turn() -> None:
    loaded = tiny_loaded(sampling=Sampling(max_new_tokens=10))
    loaded.grammar = CallGrammar(loaded.tokenizer, loaded.tokenizer.size, call_tokens=9)
    agent = OmniAgent(loaded, SHOP, guard="off")
    special = loaded.tokenizer.special
    ids = speak(loaded, agent, [special.call_open, *loaded.tokenizer.encode('{"name": "get_order"')], [])
    assert ids[10:] == [special.call_close, special.im_end]
    assert agent.template.parse_agent(ids[:10]).malformed == '{"name": '.strip()


@contextmanager
def insisting(loaded: LoadedOmni) -> Iterator[None]:
    """The model calls whenever it may, and ends strings at once."""
    bias = torch.zeros(loaded.tokenizer.size)
    bias[loaded.tokenizer.special.call_open] = 1e4
    bias[loaded.tokenizer.encode('"')[0]] = 1e3
    handle = loaded.thinker.lm_head.register_forward_hook(lambda _module, _inputs, logits: logits + bias)
    try:
        yield
    finally:
        handle.remove()


def test_a_call_that_was_opened_within_the_limit_is_finished() -> None:
    loaded = tiny_loaded(hears=False)
    with insisting(loaded):
        short, long = (OmniAgent(loaded, SHOP, Sampling(max_new_tokens=limit)).reply(DIALOGUE[:3]) for limit in (2, 500))
    assert short.malformed is None
    assert short.tool_calls == long.tool_calls != ()
    assert short.timing is not None
    assert (short.timing.tokens or 0) > 20


def test_a_call_beyond_what_the_grammar_allows_is_cut_off_and_closed_for_the_next_turn() -> None:
    loaded = tiny_loaded(hears=False)
    loaded.grammar = CallGrammar(loaded.tokenizer, loaded.tokenizer.size, call_tokens=9)
    agent = OmniAgent(loaded, SHOP, Sampling(max_new_tokens=2))
    with insisting(loaded):
        turn = agent.reply(DIALOGUE[:3])
    assert turn.malformed == '{"name":'
    special = loaded.tokenizer.special
    assert sampled_ids(agent, 3)[-2:] == [special.call_close, special.im_end]


def test_control_tokens_other_than_the_agents_own_are_never_sampled() -> None:
    loaded = tiny_loaded()
    cache = KeyValues()
    logits = prefill(loaded.thinker, [1, 50, 60], [1, 50, 60], None, cache)
    hot = Sampling(temperature=50.0, max_new_tokens=300)
    generator = torch.Generator().manual_seed(0)
    tokens = list(
        decode(loaded.thinker, logits, cache, hot, frozenset(), generator, Unguided(), banned_tokens(loaded.tokenizer))
    )
    special = loaded.tokenizer.special
    assert not (set(loaded.tokenizer.control_ids) - {special.im_end, special.call_open, special.call_close}) & set(tokens)


class TestSampling:
    def test_the_same_seed_says_the_same_and_another_something_else(self) -> None:
        loaded, hot = tiny_loaded(), Sampling(temperature=1.0, max_new_tokens=30)
        texts = [OmniAgent(loaded, SHOP, hot, seed=seed).reply(DIALOGUE[:1]).text for seed in (1, 1, 2)]
        assert texts[0] == texts[1] != texts[2]

    def test_the_nucleus_leaves_unlikely_tokens_out(self) -> None:
        logits = torch.tensor([3.0, 2.9, -1.0, -2.0])
        generator = torch.Generator().manual_seed(0)
        picked = {pick(logits, Sampling(temperature=1.0, top_p=0.9), generator) for _ in range(200)}
        assert picked == {0, 1}

    def test_temperature_zero_takes_the_likeliest(self) -> None:
        assert pick(torch.tensor([0.1, 0.3, 0.2]), Sampling(), torch.Generator()) == 1


def test_packed_attention_computes_what_ordinary_attention_does() -> None:
    packed, (plain, _) = tiny_loaded().thinker, tiny_random_thinker(3)
    assert language_model(packed).config._attn_implementation == PACKED
    assert language_model(plain).config._attn_implementation != PACKED
    ids = list(range(20, 90))
    logits = []
    for thinker in (packed, plain):
        cache = KeyValues()
        prefill(thinker, ids, ids, None, cache)
        logits.append(read(thinker, [99], cache))
    assert torch.allclose(logits[0], logits[1], atol=1e-5)


class TestKeyValues:
    @settings(max_examples=25)
    @given(st.lists(st.integers(20, 200), min_size=1, max_size=40), st.lists(st.integers(20, 200), max_size=20), st.data())
    def test_rewinding_and_reading_on_equals_reading_afresh(
        self, old: list[int], new: list[int], data: st.DataObject
    ) -> None:
        thinker = tiny_loaded().thinker
        cache = KeyValues()
        prefill(thinker, old, old, None, cache)
        kept = old[: data.draw(st.integers(0, len(old)))] + new or [20]
        again = prefill(thinker, kept, kept, None, cache)
        assert torch.allclose(again, prefill(thinker, kept, kept, None, KeyValues()), atol=1e-5)
        assert cache.marks == kept

    def test_buffers_grow_over_their_first_size(self) -> None:
        thinker = tiny_loaded().thinker
        ids = [20 + i % 200 for i in range(1300)]
        grown, cache = KeyValues(), KeyValues()
        for end in range(100, 1301, 100):
            logits = prefill(thinker, ids[:end], ids[:end], None, grown)
        assert torch.allclose(logits, prefill(thinker, ids, ids, None, cache), atol=1e-5)

    def test_a_copy_is_independent(self) -> None:
        thinker = tiny_loaded().thinker
        ids = list(range(20, 60))
        cache = KeyValues()
        prefill(thinker, ids, ids, None, cache)
        copy = cache.copy()
        prefill(thinker, [20, 21, 99, 98], [20, 21, 99, 98], None, copy)
        longer = [*ids, 70]
        assert torch.allclose(
            prefill(thinker, longer, longer, None, cache), prefill(thinker, longer, longer, None, KeyValues()), atol=1e-5
        )

    def test_places_without_their_sound_are_refused(self) -> None:
        loaded = tiny_loaded()
        ids = [20, loaded.tokenizer.special.audio_pad]
        with pytest.raises(AgentError):
            prefill(loaded.thinker, ids, ids, None, KeyValues())


def test_calls_have_ids_of_their_own_in_every_turn() -> None:
    template: Template = tiny_loaded().template
    turn = next(turn for turn in DIALOGUE if isinstance(turn, AgentTurn) and turn.tool_calls)
    ids = template.agent(turn)
    assert template.parse_agent(ids, "call_3").tool_calls[0].id != template.parse_agent(ids, "call_5").tool_calls[0].id
    assert isinstance(DIALOGUE[4], ToolTurn)
