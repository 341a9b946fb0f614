"""The recipe's configuration; each field is explained below it."""

from dataclasses import dataclass, field, replace
from itertools import combinations

from tarl_app.agents.omni.model.adapters import LoraSettings
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.training.batch.audio_batch import Augmentation


@dataclass(frozen=True)
class DialogueConfig:
    """Rolling out the scripted pair, and speaking some of its users."""

    domain: str = DEFAULT_DOMAIN
    tasks: int = 1000
    """Number of tasks of a split that are used; the rest of train is for reinforcement learning."""
    rollouts: int = 3
    """Conversations per train task, each with its own phrasing seed."""
    hard_kinds: tuple[str, ...] | None = None
    """The kinds of task that are learned last; None: those that the domain declares."""
    hard_rollouts: int = 6
    """Conversations per train task of those kinds."""
    clumsiness: float = 0.12
    """In every second conversation: the probability of a mistake a turn, from which the next turns recover."""
    distraction: float = 0.09
    """The probability that a user turn of a train conversation is an aside; about a third of them have one."""
    mishearing: float = 0.08
    """Share of the train conversations in which the first look-up has a wrong name or e-mail, and the customer spells it."""
    lifelike: float = 0.0
    """Share of the train conversations whose customer is a lifelike one, in the wordings of train and with its own remarks
    off the topic.
    """
    speaker: str = ""
    """A checkpoint that speaks in the train conversations, while the scripted agent corrects it (``data.corrected``);
    without mistakes of other kinds. Empty: the scripted agent speaks.
    """
    together: int = 24
    """Conversations of the speaker whose replies are decoded together."""
    typos: float = 0.25
    """Share of the typed conversations whose customer makes typing errors."""
    longest: int = 2600
    """Conversations with more tokens are left out, because they are expensive and teach least."""
    spoken_share: float = 0.25
    """Share of conversations that are also packed with spoken user turns."""
    extra_utterances: int = 2700
    """Single sentences full of ids, names, zips and e-mails, for the alignment only."""
    codes: int = 0
    """Number of further sentences with letter codes and with digits called double, and as many for ``expected``."""
    letter_words: float = 0.0
    """Share of the single sentences with spelled letters whose letters are said with words ("B as in boy")."""
    remarks: bool = False
    """Whether what lifelike customers of all domains say in train is spoken, too, if it has no slot, each in two voices."""
    bulk_voices: tuple[str, ...] = ("pico:en-US", "pico:en-GB")
    voices: tuple[str, ...] = ("kokoro:jm_kumo", "kokoro:jf_gongitsune", "kokoro:jf_alpha", "kokoro:jf_tebukuro")
    """Slower, better voices; ``flite:slt``, the unseen voice of evaluations, and ``dev_voice`` are deliberately left
    out.
    """
    bulk_share: float = 0.92
    """Share of the spoken conversations that a bulk voice speaks."""
    beside: tuple[str, ...] = ()
    """Further domains whose typed dialogues are packed as ``train-<domain>`` and ``dev-<domain>``; those without a recipe
    part, such as ``math``, are rolled out once a task and not probed.
    """
    beside_times: int = 1
    """How many times the ``rollouts`` and ``hard_rollouts`` of the domain itself a task of those domains has: a domain
    that is learned later needs more.
    """
    natural: int = 0
    """Number of conversations, with six times as many sentences, in a separate pack (``train-natural``) for ``voices``.
    """
    babble: int = 0
    """Number of nonsense sentences in a separate pack (``train-babble``) for ``bulk_voices``, against guessing."""
    expected: int = 3000
    """Number of further dictation sentences for the n-gram, which are not spoken (``expected.txt``)."""
    everyday: int = 0
    """The same for everyday sentences, sampled from the untuned language model (250 a minute on a CPU core)."""
    dev_spoken_share: float = 0.15
    dev_voice: str = "kokoro:jf_nezumi"
    """Speaks the held-out dialogues of the probe after a stage."""
    seed: int = 0


_VOICES = ("jm_kumo", "jf_gongitsune", "jf_alpha", "jf_tebukuro")
_NATURAL = (*_VOICES, *(f"{one}+{other}" for one, other in combinations(_VOICES, 2)))


LANGUAGE_LORA = LoraSettings(
    targets=r"model\.language_model\.layers\.\d+\.\w+\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)",
    rank=32,
    alpha=64,
)
TOWER_LORA = LoraSettings(
    targets=r"model\.audio_tower\.layers\.\d+\.(self_attn\.)?(q_proj|k_proj|v_proj|out_proj|fc1|fc2)", rank=64, alpha=128
)


@dataclass(frozen=True)
class StageConfig:
    """One training stage; the stages of ``SftConfig`` run in order."""

    name: str
    steps: int
    learning_rate: float
    text_tokens: int = 0
    """Tokens of text dialogues per step."""
    speech_tokens: int = 0
    """Tokens of spoken dialogues per step (audio positions count)."""
    ctc_utterances: int = 0
    """Single utterances per step, for the CTC loss alone."""
    alternate: bool = False
    """A step takes typed or spoken dialogues, drawn by their share of tokens, instead of both."""
    ctc_weight: float = 1.0
    own_words: bool = False
    """The projector is frozen and its n-gram excludes the customers' wordings, so the language model learns to read its
    recognition of unseen wordings.
    """
    warmup: int = 50


@dataclass(frozen=True)
class SftConfig:
    """Supervised fine-tuning of the assembled thinker."""

    stages: tuple[StageConfig, ...]
    lora: tuple[LoraSettings, ...]
    """Without adapters on the audio tower its states are computed once and kept."""
    micro_tokens: int
    """Tokens per forward pass; a step accumulates several."""
    longest: int
    """Dialogues with more tokens are left out: the cost of attention grows with the square."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    layers: tuple[int, ...] = ()
    """The language model keeps only these layers of the base, and all their weights are trained; empty: all layers,
    with the adapters of ``lora``.
    """
    first_tuned: int = 0
    """The language adapters of the layers below this one stay as they are; it saves the backward pass through them."""
    variants: int = 1
    """Number of augmented versions of an utterance that are kept when the audio tower is frozen."""
    projector: tuple[int, int] = (512, 4)
    """The projector's width, and its number of blocks that see neighbouring states (0: each state alone)."""
    gradient_clip: float = 1.0
    weight_decay: float = 0.0
    seed: int = 0
    save_every: int = 10
    probed: int = 12
    """Held-out dialogues of each sort in the probe after a stage."""


_TOWERS = (
    DialogueConfig(
        tasks=200,
        rollouts=1,
        hard_rollouts=1,
        spoken_share=0.6,
        extra_utterances=1200,
        codes=500,
        bulk_voices=("pico:en-US", "pico:en-GB", "flite:rms", "flite:awb", "flite:kal16"),
        bulk_share=1.0,
        dev_spoken_share=0.0,
    ),
    SftConfig(
        stages=(StageConfig("align", steps=600, learning_rate=2e-3, ctc_utterances=16),),
        lora=(LANGUAGE_LORA,),
        micro_tokens=2_600,
        longest=2_600,
        augmentation=Augmentation(noise_probability=0.65, noise_snr_min_db=4.0, phone_probability=0.3),
        save_every=100,
    ),
)
"""A projector from nothing on little sound, to compare what it is trained on."""

PRESETS: dict[str, tuple[DialogueConfig, SftConfig]] = {
    "cpu": (
        DialogueConfig(everyday=2000),
        SftConfig(
            stages=(
                StageConfig("align", steps=1500, learning_rate=2e-3, ctc_utterances=16),
                StageConfig("text", steps=400, learning_rate=1e-3, text_tokens=2_400, warmup=8),
                StageConfig(
                    "practice",
                    steps=800,
                    learning_rate=6e-4,
                    text_tokens=2_400,
                    speech_tokens=1_600,
                    alternate=True,
                    ctc_utterances=16,
                    warmup=5,
                ),
            ),
            lora=(LANGUAGE_LORA,),
            micro_tokens=2_600,
            longest=2_600,
        ),
    ),
    "gpu": (
        DialogueConfig(
            rollouts=8,
            hard_rollouts=14,
            longest=4000,
            spoken_share=0.2,
            extra_utterances=5000,
            babble=19_000,
            everyday=5000,
            bulk_voices=("pico:en-US", "pico:en-GB", "flite:rms", "flite:awb", "flite:kal16"),
            voices=tuple(f"kokoro:{name}" for name in _NATURAL),
            bulk_share=1.0,
            beside=("math",),
            natural=150,
        ),
        SftConfig(
            stages=(
                StageConfig("text", steps=700, learning_rate=1e-3, text_tokens=24_000, warmup=20),
                StageConfig("align", steps=600, learning_rate=1e-3, ctc_utterances=128, warmup=30),
                StageConfig(
                    "listen",
                    steps=240,
                    learning_rate=6e-4,
                    text_tokens=16_000,
                    speech_tokens=16_000,
                    ctc_utterances=32,
                    warmup=10,
                ),
            ),
            lora=(LANGUAGE_LORA, TOWER_LORA),
            micro_tokens=24_000,
            longest=4_000,
            save_every=100,
            probed=60,
        ),
    ),
    "ear": (
        DialogueConfig(
            rollouts=1,
            hard_rollouts=1,
            spoken_share=0.6,
            extra_utterances=5000,
            codes=4000,
            letter_words=0.7,
            remarks=True,
            babble=3000,
            bulk_voices=("pico:en-US", "pico:en-GB", "flite:rms", "flite:awb", "flite:kal16"),
            bulk_share=0.985,
        ),
        SftConfig(
            stages=(StageConfig("align", steps=3200, learning_rate=8e-4, ctc_utterances=32, warmup=30),),
            lora=(LANGUAGE_LORA,),
            micro_tokens=2_600,
            longest=2_600,
            augmentation=Augmentation(noise_probability=0.65, noise_snr_min_db=4.0, phone_probability=0.5),
            save_every=100,
        ),
    ),
    "towers": _TOWERS,
    "rooms": (
        _TOWERS[0],
        replace(
            _TOWERS[1],
            augmentation=replace(
                _TOWERS[1].augmentation, room_probability=0.3, talk_probability=0.3, microphone_probability=0.5
            ),
        ),
    ),
    "lifelike": (
        DialogueConfig(
            rollouts=2,
            hard_rollouts=3,
            lifelike=0.75,
            beside=("airline", "math"),
            beside_times=2,
            typos=0.1,
            spoken_share=0.0,
            extra_utterances=0,
            expected=0,
            dev_spoken_share=0.0,
        ),
        SftConfig(
            stages=(StageConfig("text", steps=2000, learning_rate=4e-4, text_tokens=2_600, warmup=20),),
            lora=(LANGUAGE_LORA,),
            micro_tokens=2_600,
            longest=2_600,
            first_tuned=10,
            save_every=50,
            probed=30,
        ),
    ),
    "corrections": (
        DialogueConfig(
            tasks=500,
            rollouts=1,
            hard_rollouts=1,
            lifelike=0.75,
            speaker="omni-mini",
            beside=("airline",),
            spoken_share=0.0,
            extra_utterances=0,
            expected=0,
            dev_spoken_share=0.0,
        ),
        SftConfig(
            stages=(StageConfig("text", steps=600, learning_rate=2e-4, text_tokens=2_600, warmup=10),),
            lora=(LANGUAGE_LORA,),
            micro_tokens=2_600,
            longest=2_600,
            first_tuned=10,
            save_every=50,
            probed=30,
        ),
    ),
    "ten-layers": (
        DialogueConfig(),
        SftConfig(
            stages=(StageConfig("text", steps=680, learning_rate=8e-4, text_tokens=2_400, warmup=20),),
            lora=(),
            layers=(0, 1, 2, 3, 4, 12, 20, 27, 28, 29),
            micro_tokens=2_600,
            longest=2_600,
            save_every=40,
            probed=30,
        ),
    ),
}
"""``cpu`` is for two cores and an hour or two; ``gpu`` is for one GPU with 80 GB and a few minutes; ``ear`` continues
with the projector of a checkpoint (``--ear omni-mini --adapters omni-mini``), for one core and an hour; ``towers`` trains a
projector from nothing on little sound, to compare audio towers (``--base``), and ``rooms`` the same in rooms, with others
who talk and by other microphones; ``lifelike`` continues with the language adapters of a checkpoint on customers who talk
as people do (``--ear omni-mini --adapters omni-mini --deadline text=SECONDS``); ``corrections`` continues in the same way
on conversations in which the checkpoint itself speaks and the scripted agent corrects it; ``ten-layers`` is a smaller
omni-mini (``docs/decisions/omni-mini-size.md``) with the projector of a checkpoint, for one core and an hour.
"""
