"""omni-mini's base: the thinker of Qwen2.5-Omni with the weights of SmolLM2-135M-Instruct and of Whisper's encoder.

The text half computes what SmolLM2 computes, bit for bit: three equal rotary positions make the multimodal rotary embedding
the ordinary one, and the biases that Llama does not have are zero. The hearing half computes what Whisper's encoder computes
(attention over the whole utterance), averages pairs of frames (25 Hz) and projects; that projection is new and has to be
trained (``audio.projector.AudioProjector``).

The result is a plain transformers checkpoint directory in the cache, so that omni-mini and the real Qwen2.5-Omni are read
by the same call.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from filelock import FileLock
from safetensors import SafetensorError
from torch import nn
from transformers import Qwen2_5OmniThinkerConfig, Qwen2_5OmniThinkerForConditionalGeneration
from transformers.utils import logging

from tarl_app import assets
from tarl_app.agents.omni.assembled import PREFIX, seal, sync, trouble
from tarl_app.agents.omni.model.layout import LANGUAGE, TOWER, newer_name, own_name
from tarl_app.agents.omni.prompt.tokens import MINI_SPECIALS, OmniTokenizer, build_bpe, byte_tokenizer
from tarl_app.assets import tell_stderr
from tarl_app.assets.ctranslate2 import audio_encoder_state, read_ctranslate2, whisper_sizes
from tarl_app.core.errors import AgentError
from tarl_app.core.settings import settings
from tarl_app.jobs import launch

FORMAT = "1"  # part of the cache key: raise it when the assembled weights change
_FRAMES = 3000  # Whisper's 30 s at 100 mel frames a second

_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def assemble_thinker(
    smollm_gguf: Path, whisper_dir: Path, dtype: torch.dtype = torch.float32, cache: Path | None = None
) -> Qwen2_5OmniThinkerForConditionalGeneration:
    """The untuned omni-mini on the CPU, in evaluation mode.

    Args:
        smollm_gguf: SmolLM2-135M-Instruct as GGUF.
        whisper_dir: Whisper as CTranslate2 (``model.bin``).
        dtype: of the weights.
        cache: where the assembled directory is kept (default ``Settings.cache``).

    Raises:
        AgentError: the files are not what they should be.
    """
    return load_thinker(assemble_directory(smollm_gguf, whisper_dir, dtype, cache), dtype)


def assemble_directory(
    smollm_gguf: Path, whisper_dir: Path, dtype: torch.dtype, cache: Path | None = None, tell: assets.Progress = tell_stderr
) -> Path:
    """Assembles once and keeps the result as a checkpoint directory with ``tokenizer.json``; answers that directory.

    One that is not whole any more (``assembled``) is assembled anew, and ``tell`` is told so.

    Raises:
        AgentError: the files are not what they should be, or the result cannot be written.
    """
    whisper_bin = whisper_dir / "model.bin"
    for path in (smollm_gguf, whisper_bin):
        if not path.is_file():
            raise AgentError(f"{path} does not exist.")
    kind = str(dtype).removeprefix("torch.")
    target = (cache or settings().cache) / f"{PREFIX}{_key(smollm_gguf, whisper_bin)}-{kind}"
    if not trouble(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / ".assembling.lock"):
            if why := trouble(target):  # otherwise another process was quicker, with the same bytes
                if target.exists():
                    tell(f"omni-mini's base in {target} is not whole ({why}): it is assembled anew.")
                _assemble(smollm_gguf, whisper_bin, dtype, target)
    except OSError as error:
        raise AgentError(launch.in_words(error, target)) from error
    except SafetensorError as error:  # it tells of a full disk in words only
        raise AgentError(
            f"{target} cannot be written ({error}). Free some space, or set TARL_HOME to another disk."
        ) from error
    return target


def _assemble(smollm_gguf: Path, whisper_bin: Path, dtype: torch.dtype, target: Path) -> None:
    """Writes the base under another name, waits until the disk has it, and renames it in one step. The lock is held."""
    for left in target.parent.glob(".assembling-*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".assembling-", ignore_cleanup_errors=True) as folder:
        new = Path(folder) / "new"
        new.mkdir()
        tokenizer, config, state = _read_parts(smollm_gguf, whisper_bin)
        tokenizer.save(new)
        save_quietly(_new_thinker(config, state, dtype), new)
        seal(new)
        if target.exists():
            target.rename(Path(folder) / "old")  # whoever has it open may read on
        new.rename(target)
        sync(target.parent)


def load_thinker(folder: Path | str, dtype: torch.dtype, **options: Any) -> Qwen2_5OmniThinkerForConditionalGeneration:
    """Reads a thinker (also out of a full Qwen2.5-Omni checkpoint) from a directory or hub id, in evaluation mode."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        thinker = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(folder, dtype=dtype, **options)
    except (OSError, ValueError) as error:
        raise AgentError(f"No Qwen2.5-Omni checkpoint can be read from {folder}: {error}") from error
    finally:
        if shown:
            logging.enable_progress_bar()
    return thinker.eval()


def tiny_random_thinker(seed: int = 0) -> tuple[Qwen2_5OmniThinkerForConditionalGeneration, OmniTokenizer]:
    """A random thinker of the same architecture with about 20 thousand parameters, and its one-token-a-byte tokenizer."""
    tokenizer = byte_tokenizer()
    text: dict[str, Any] = {
        "vocab_size": tokenizer.size,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_theta": 1e4,
        "initializer_range": 0.2,  # wide, so that so small a model is not indifferent to what it reads
    }
    audio: dict[str, Any] = {"d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32}
    audio |= {"num_mel_bins": 80, "initializer_range": 0.2}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        thinker = Qwen2_5OmniThinkerForConditionalGeneration(thinker_config(text, audio, tokenizer))
    return thinker.eval(), tokenizer


def thinker_config(text: dict[str, Any], audio: dict[str, Any], tokenizer: OmniTokenizer) -> Qwen2_5OmniThinkerConfig:
    """The configuration of a mini thinker; ``text`` and ``audio`` give the sizes, ``rope_theta`` among those of the text."""
    special = tokenizer.special
    sizes = dict(text)
    theta = sizes.pop("rope_theta")
    half = sizes["hidden_size"] // sizes["num_attention_heads"] // 2
    section = [half - 2 * (half // 4), half // 4, half // 4]  # [16, 8, 8] for SmolLM2
    vision = {"depth": 1, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "fullatt_block_indexes": [0]}
    image, video, start, end = (MINI_SPECIALS.index(f"<jupyter_{name}>") for name in ("start", "text", "code", "output"))
    config = Qwen2_5OmniThinkerConfig(
        text_config={
            "max_position_embeddings": 8192,
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": True,
            "bos_token_id": special.im_start,
            "eos_token_id": special.im_end,
            "rope_parameters": {"rope_type": "default", "rope_theta": theta, "mrope_section": section},
            **sizes,
        },
        audio_config={
            "max_source_positions": _FRAMES // 2,
            "n_window": _FRAMES // 2,
            "output_dim": sizes["hidden_size"],
            **audio,
        },
        vision_config={**vision, "out_hidden_size": sizes["hidden_size"]},
        audio_token_index=special.audio_pad,
        audio_start_token_id=special.audio_bos,
        audio_end_token_id=special.audio_eos,
        image_token_index=image,
        video_token_index=video,
        user_token_id=tokenizer.encode("user")[0],
        tie_word_embeddings=True,
    )
    config.vision_start_token_id, config.vision_end_token_id = start, end
    return config


def _key(*paths: Path) -> str:
    digest = hashlib.sha256(FORMAT.encode())
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def _new_thinker(
    config: Qwen2_5OmniThinkerConfig, state: dict[str, torch.Tensor], dtype: torch.dtype
) -> Qwen2_5OmniThinkerForConditionalGeneration:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # the projection and the unused vision part stay random: make them the same everywhere
        thinker = Qwen2_5OmniThinkerForConditionalGeneration(config)
    missing, unexpected = thinker.load_state_dict({own_name(thinker, name): t for name, t in state.items()}, strict=False)
    new = ("lm_head.weight", "model.visual.", TOWER + "proj.", TOWER + "audio_bos_eos_token.")
    lacking = [name for name in missing if not newer_name(thinker, name).startswith(new)]
    if lacking or unexpected:
        raise AgentError(f"The weights do not fit the thinker: lacking {lacking[:3]}, unexpected {unexpected[:3]}.")
    nn.Module.to(thinker, dtype)
    return thinker


def save_quietly(thinker: Qwen2_5OmniThinkerForConditionalGeneration, folder: Path) -> None:
    """Writes a checkpoint directory without showing a progress bar."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        thinker.save_pretrained(folder)
    finally:
        if shown:
            logging.enable_progress_bar()


def _read_parts(
    smollm_gguf: Path, whisper_bin: Path
) -> tuple[OmniTokenizer, Qwen2_5OmniThinkerConfig, dict[str, torch.Tensor]]:
    try:
        reader = gguf.GGUFReader(smollm_gguf)
    except (ValueError, IndexError) as error:
        raise AgentError(f"{smollm_gguf} is not a GGUF file: {error}") from error
    tokenizer = build_bpe(_field(reader, "tokenizer.ggml.tokens"), _field(reader, "tokenizer.ggml.merges"))
    text = {
        "vocab_size": len(_field(reader, "tokenizer.ggml.tokens")),
        "hidden_size": _field(reader, "llama.embedding_length"),
        "intermediate_size": _field(reader, "llama.feed_forward_length"),
        "num_hidden_layers": _field(reader, "llama.block_count"),
        "num_attention_heads": _field(reader, "llama.attention.head_count"),
        "num_key_value_heads": _field(reader, "llama.attention.head_count_kv"),
        "max_position_embeddings": _field(reader, "llama.context_length"),
        "rms_norm_eps": _field(reader, "llama.attention.layer_norm_rms_epsilon"),
        "rope_theta": _field(reader, "llama.rope.freq_base"),
    }
    whisper = read_ctranslate2(whisper_bin)
    sizes = whisper_sizes(whisper)
    tower = audio_encoder_state(whisper, "omni")
    audio = {
        "d_model": sizes["n_audio_state"],
        "num_mel_bins": sizes["n_mels"],
        "encoder_layers": sizes["n_audio_layer"],
        "encoder_attention_heads": sizes["n_audio_head"],
        "encoder_ffn_dim": tower["layers.0.fc1.bias"].shape[0],
    }
    state = {TOWER + name: torch.from_numpy(np.array(array)) for name, array in tower.items()}
    return tokenizer, thinker_config(text, audio, tokenizer), state | _language_weights(reader, text)


def _field(reader: gguf.GGUFReader, name: str) -> Any:
    field = reader.get_field(name)
    if field is None:
        raise AgentError(f"The GGUF file has no {name}: it is not SmolLM2.")
    return field.contents()


def _language_weights(reader: gguf.GGUFReader, text: dict[str, Any]) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        array = np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        parts = tensor.name.split(".")
        if parts[0] != "blk":
            name = {"token_embd": "embed_tokens", "output_norm": "norm"}[parts[0]]
            state[f"{LANGUAGE}{name}.weight"] = torch.from_numpy(array)
            continue
        layer = f"{LANGUAGE}layers.{parts[1]}."
        if parts[2] in ("attn_q", "attn_k"):
            heads = text["num_attention_heads"] if parts[2] == "attn_q" else text["num_key_value_heads"]
            array = _halves_apart(array, heads)
        state[f"{layer}{_LAYER_NAMES[parts[2]]}.weight"] = torch.from_numpy(array)
        if parts[2] in ("attn_q", "attn_k", "attn_v"):
            state[f"{layer}{_LAYER_NAMES[parts[2]]}.bias"] = torch.zeros(array.shape[0])
    return state


def _halves_apart(weight: np.ndarray, heads: int) -> np.ndarray:
    """GGUF interleaves the rows that the rotary embedding pairs; transformers keeps them half a head apart."""
    rows, columns = weight.shape
    return np.ascontiguousarray(weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns))
