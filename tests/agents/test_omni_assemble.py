"""Assembling omni-mini's base: from tiny files written here, and (slow) from the real weights."""

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, WhisperConfig
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker
from transformers.models.whisper.modeling_whisper import WhisperEncoder
from transformers.utils import logging

from tarl_app import assets
from tarl_app.agents.omni.audio.encoder_input import log_mel
from tarl_app.agents.omni.model.assemble import assemble_directory, assemble_thinker, load_thinker
from tarl_app.agents.omni.model.checkpoint import base_folder, load_checkpoint
from tarl_app.agents.omni.model.layout import audio_tower
from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer, byte_tokenizer
from tarl_app.assets.ctranslate2 import audio_encoder_state, read_ctranslate2, whisper_sizes
from tarl_app.core.errors import AgentError, AssetError
from tarl_app.core.sound.audio import Audio
from tarl_app.domains.retail.domain import retail

HEADS, GROUPS = 4, 2
HI_IDS = [26843, 1686, 907, 71, 36, 40, 28, 357, 506, 216, 33, 34, 30, 37, 32]  # by transformers' own reading of the GGUF


def tiny_llama() -> LlamaForCausalLM:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=byte_tokenizer().size + 1,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=HEADS,
        num_key_value_heads=GROUPS,
        rope_parameters={"rope_type": "default", "rope_theta": 1e5},
        rms_norm_eps=1e-5,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        initializer_range=0.2,
    )
    return LlamaForCausalLM(config).eval()


def rows_interleaved(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """llama.cpp's order of the rows of a query or key projection."""
    rows, columns = weight.shape
    return weight.view(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_gguf(path: Path, llama: LlamaForCausalLM) -> None:
    names = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.o_proj": "attn_output"}
    names |= {f"self_attn.{part}_proj": f"attn_{part}" for part in "qkv"}
    names |= {f"mlp.{part}_proj": f"ffn_{part}" for part in ("gate", "up", "down")}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(96)
    writer.add_block_count(2)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(GROUPS)
    writer.add_context_length(512)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(1e5)
    vocabulary = byte_tokenizer().full.get_vocab()
    writer.add_token_list([*sorted(vocabulary, key=vocabulary.__getitem__), "\u0120a"])
    writer.add_token_merges(["\u0120 a"])
    for name, tensor in llama.state_dict().items():
        weight = tensor.float()
        if name.startswith("model.layers."):
            _, _, layer, inner = name.removesuffix(".weight").split(".", 3)
            if inner in ("self_attn.q_proj", "self_attn.k_proj"):
                weight = rows_interleaved(weight, HEADS if inner == "self_attn.q_proj" else GROUPS)
            writer.add_tensor(f"blk.{layer}.{names[inner]}.weight", weight.numpy())
        elif name != "lm_head.weight":
            place = "token_embd" if "embed" in name else "output_norm"
            writer.add_tensor(f"{place}.weight", weight.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def whisper_tensors() -> dict[str, np.ndarray]:
    width, inner = 16, 32
    shapes: dict[str, tuple[int, ...]] = {"conv1/weight": (width, 80, 3), "conv2/weight": (width, width, 3)}
    shapes |= {"conv1/bias": (width,), "conv2/bias": (width,), "position_encodings/encodings": (1500, width)}
    layer = {"self_attention/linear_0/weight": (3 * width, width), "self_attention/linear_1/weight": (width, width)}
    layer |= {"self_attention/linear_1/bias": (width,), "ffn/linear_0/weight": (inner, width), "ffn/linear_0/bias": (inner,)}
    layer |= {"ffn/linear_1/weight": (width, inner), "ffn/linear_1/bias": (width,)}
    norms = [f"layer_{i}/{part}/layer_norm" for i in range(2) for part in ("self_attention", "ffn")]
    for norm in ["layer_norm", *norms]:
        shapes |= {f"{norm}/gamma": (width,), f"{norm}/beta": (width,)}
    for i in range(2):
        shapes |= {f"layer_{i}/{name}": shape for name, shape in layer.items()}
    rng = np.random.default_rng(0)
    tensors = {f"encoder/{name}": rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    for i in range(2):
        bias = rng.normal(size=3 * width).astype(np.float32)
        bias[width : 2 * width] = 0  # Whisper's keys have no bias
        tensors[f"encoder/layer_{i}/self_attention/linear_0/bias"] = bias
    tensors["encoder/num_heads"] = np.array(2, np.int16)
    tensors |= {"decoder/num_heads": np.array(2, np.int16), "decoder/embeddings/weight": np.zeros((9, width), np.float32)}
    return tensors | {"decoder/position_encodings/encodings": np.zeros((4, width), np.float32)}


def write_ctranslate2(folder: Path, tensors: dict[str, np.ndarray]) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    parts = [struct.pack("<I", 6), text("WhisperSpec"), struct.pack("<II", 3, len(tensors))]
    for name, array in tensors.items():
        kind = {"float32": 0, "int16": 2}[array.dtype.name]
        parts += [text(name), struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)]
        parts += [struct.pack("<BI", kind, array.nbytes), array.tobytes()]
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"".join([*parts, struct.pack("<I", 0)]))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    write_gguf(tmp_path / "tiny.gguf", tiny_llama())
    write_ctranslate2(tmp_path / "whisper", whisper_tensors())
    return tmp_path / "tiny.gguf", tmp_path / "whisper"


def whisper_encoder(tensors: dict[str, np.ndarray]) -> WhisperEncoder:
    sizes = whisper_sizes(tensors)
    state = audio_encoder_state(tensors, "whisper")
    config = WhisperConfig(
        d_model=sizes["n_audio_state"],
        encoder_layers=sizes["n_audio_layer"],
        encoder_attention_heads=sizes["n_audio_head"],
        encoder_ffn_dim=state["layers.0.fc1.bias"].shape[0],
        num_mel_bins=sizes["n_mels"],
    )
    encoder = WhisperEncoder(config).eval()
    encoder.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    return encoder


def last_layer_outputs(thinker: Thinker, encoder: WhisperEncoder, mel: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """What the last block of the tower and of Whisper's encoder says about the same 30 s, before pooling."""
    tower = audio_tower(thinker)
    seen: list[torch.Tensor] = []
    for module in (tower, encoder):
        layers = module.get_submodule("layers")
        assert isinstance(layers, torch.nn.ModuleList)
        layers[-1].register_forward_hook(lambda _, __, out: seen.append(out[0] if isinstance(out, tuple) else out))
    with torch.no_grad():
        tower(mel[0], feature_lens=torch.tensor([3000]), aftercnn_lens=torch.tensor([1500]))
        encoder(mel)
    return seen[0].reshape(1500, -1), seen[1].reshape(1500, -1)


def sinusoids(width: int) -> np.ndarray:
    """Whisper's positions, [1500, width]."""
    rates = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(1500)[:, None] * rates[None]
    return np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32)


def half_a_minute() -> torch.Tensor:
    rng = np.random.default_rng(0)
    wave = rng.normal(size=16_000 * 30) * np.abs(np.sin(np.arange(16_000 * 30) / 3000)) * 0.1
    return log_mel(Audio(wave.astype(np.float32), 16_000))[None]


def test_text_logits_equal_those_of_the_language_model_put_in(files: tuple[Path, Path], tmp_path: Path) -> None:
    thinker = assemble_thinker(*files, torch.float32, tmp_path / "cache")
    ids = torch.randint(17, 270, (2, 50), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = tiny_llama()(ids).logits
        found = thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    assert (found - expected).abs().max() == 0.0


def test_the_audio_tower_equals_the_whisper_encoder_put_in(files: tuple[Path, Path], tmp_path: Path) -> None:
    thinker = assemble_thinker(*files, torch.float32, tmp_path / "cache")
    tensors = whisper_tensors()
    tensors["encoder/position_encodings/encodings"] = sinusoids(16)
    tower, whisper = last_layer_outputs(thinker, whisper_encoder(tensors), half_a_minute())
    assert torch.allclose(tower, whisper, atol=1e-4)


def test_what_was_assembled_is_kept_for_the_next_time(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = assemble_directory(*files, torch.bfloat16, tmp_path / "cache")
    written = (folder / "model.safetensors").stat().st_mtime_ns
    assert assemble_directory(*files, torch.bfloat16, tmp_path / "cache") == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == written
    assert load_thinker(folder, torch.bfloat16).dtype == torch.bfloat16
    tokenizer = OmniTokenizer.load(folder)
    assert tokenizer.decode(tokenizer.encode("Hi, #W48")) == "Hi, #W48"
    assert assemble_directory(*files, torch.float32, tmp_path / "cache") != folder
    assert [path.name[:14] for path in (tmp_path / "cache").iterdir() if path.is_dir()] == ["omni-mini-base"] * 2


def test_an_assembled_directory_is_a_checkpoint_of_the_real_class(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = assemble_directory(*files, torch.float32, tmp_path / "cache")
    loaded = load_checkpoint(folder, torch.float32)
    assert type(loaded.thinker).__name__ == "Qwen2_5OmniThinkerForConditionalGeneration"
    assert loaded.tokenizer.size == loaded.thinker.config.text_config.vocab_size


def test_other_files_are_refused_and_leave_nothing_behind(files: tuple[Path, Path], tmp_path: Path) -> None:
    model, whisper = files
    cache = tmp_path / "cache"
    with pytest.raises(AgentError, match="does not exist"):
        assemble_directory(tmp_path / "none.gguf", whisper, torch.float32, cache)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(AgentError, match="GGUF"):
        assemble_directory(broken, whisper, torch.float32, cache)
    lacking = {name: array for name, array in whisper_tensors().items() if "layer_1/ffn/linear_1" not in name}
    write_ctranslate2(tmp_path / "lacking", lacking)
    with pytest.raises((AgentError, AssetError)):
        assemble_directory(model, tmp_path / "lacking", torch.float32, cache)
    assert [path.name for path in cache.iterdir()] == [".assembling.lock"]


def test_each_digit_is_a_token_of_its_own() -> None:
    tokenizer = byte_tokenizer()
    assert len(tokenizer.encode("4821")) == 4


@pytest.mark.slow
class TestRealWeights:
    def test_text_logits_equal_smollm2_exactly(self, smollm2: Path) -> None:
        logging.disable_progress_bar()
        smollm = LlamaForCausalLM.from_pretrained(smollm2, dtype=torch.float32).eval()
        base = base_folder(torch.float32)
        thinker = load_thinker(base, torch.float32)
        tokenizer = OmniTokenizer.load(base)
        special = tokenizer.special
        text = "user\nI'd like to cancel order #W4821359, please. My zip is 94107."
        ids = torch.tensor([[special.im_start, *tokenizer.encode(text), special.im_end]])
        with torch.no_grad():
            found = thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            assert (found - smollm(ids).logits).abs().max() == 0.0

    def test_the_tokenizer_is_smollm2s(self) -> None:
        tokenizer = OmniTokenizer.load(base_folder(torch.float32))
        assert tokenizer.size == 49152
        assert tokenizer.encode("Hi order #W48, it's 12.50") == HI_IDS
        assert len({*vars(tokenizer.special).values()}) == 9

    def test_the_system_block_of_the_shop_is_short(self) -> None:
        template = Template(OmniTokenizer.load(base_folder(torch.float32)), "brief")
        assert len(template.system(retail())) <= 450

    def test_the_audio_tower_equals_whisper(self) -> None:
        thinker = load_thinker(base_folder(torch.float32), torch.float32)
        tensors = read_ctranslate2(assets.fetch("whisper-tiny.en") / "model.bin")
        positions = "encoder/position_encodings/encodings"
        assert np.abs(tensors[positions] - sinusoids(384)).max() < 1e-3  # stored in half precision
        tensors[positions] = sinusoids(384)
        tower, whisper = last_layer_outputs(thinker, whisper_encoder(tensors), half_a_minute())
        assert (tower - whisper).norm() < 1e-4 * whisper.norm()
