"""The bundled Whisper's tensors under other names are the same network."""

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.models.whisper.modeling_whisper import WhisperConfig, WhisperEncoder
from whisper.model import ModelDimensions, Whisper

from tarl_app import assets
from tarl_app.assets.ctranslate2 import Tensors, audio_encoder_state, openai_whisper_state, read_ctranslate2, whisper_sizes
from tarl_app.core.errors import AssetError


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    return read_ctranslate2(assets.fetch("whisper-tiny.en") / "model.bin")


def as_torch(state: Tensors) -> dict[str, torch.Tensor]:
    return {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in state.items()}


def test_the_sizes_are_those_of_tiny_en(tensors: Tensors) -> None:
    sizes = whisper_sizes(tensors)
    assert (sizes["n_audio_state"], sizes["n_audio_layer"], sizes["n_audio_head"], sizes["n_mels"]) == (384, 4, 6, 80)
    assert (sizes["n_text_state"], sizes["n_text_layer"], sizes["n_text_head"], sizes["n_vocab"]) == (384, 4, 6, 51864)
    assert (sizes["n_audio_ctx"], sizes["n_text_ctx"]) == (1500, 448)


def test_two_libraries_compute_the_same_from_the_renamed_encoder(tensors: Tensors) -> None:
    ours = Whisper(ModelDimensions(**whisper_sizes(tensors)))
    ours.load_state_dict(as_torch(openai_whisper_state(tensors)))
    config = WhisperConfig(d_model=384, encoder_layers=4, encoder_attention_heads=6, encoder_ffn_dim=1536)
    theirs = WhisperEncoder(config)
    theirs.load_state_dict(as_torch(audio_encoder_state(tensors, "whisper")))
    mel_BMT = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected, found = ours.encoder.eval()(mel_BMT), theirs.eval()(mel_BMT).last_hidden_state
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)


def test_the_omni_names_hold_the_same_tensors_without_the_positions(tensors: Tensors) -> None:
    whisper, omni = audio_encoder_state(tensors, "whisper"), audio_encoder_state(tensors, "omni")
    renamed = {key.replace("ln_post", "layer_norm"): value for key, value in omni.items()}
    assert set(whisper) - set(renamed) == {"embed_positions.weight"}
    for key, value in renamed.items():
        np.testing.assert_array_equal(value, whisper[key])
        assert value.dtype == np.float32


def test_the_stored_positions_are_the_sinusoids_that_omni_computes(tensors: Tensors) -> None:
    stored = audio_encoder_state(tensors, "whisper")["embed_positions.weight"]
    rates = np.exp(-np.log(10_000) / 191 * np.arange(192))
    angles = np.arange(1500)[:, None] * rates
    np.testing.assert_allclose(stored, np.concatenate([np.sin(angles), np.cos(angles)], axis=1), atol=2e-3)


def text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def model(name: str, shape: tuple[int, ...], kind: int, data: bytes, aliases: tuple[tuple[str, str], ...] = ()) -> bytes:
    head = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, 1)
    variable = text(name) + struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, kind, len(data)) + data
    tail = struct.pack("<I", len(aliases)) + b"".join(text(alias) + text(target) for alias, target in aliases)
    return head + variable + tail


FLOATS = np.arange(6, dtype="<f4").tobytes()


def write(folder: Path, data: bytes) -> Path:
    path = folder / "model.bin"
    path.write_bytes(data)
    return path


def test_a_small_model_is_read_with_its_alias(tmp_path: Path) -> None:
    found = read_ctranslate2(write(tmp_path, model("a/weight", (2, 3), 0, FLOATS, (("b/weight", "a/weight"),))))
    np.testing.assert_array_equal(found["a/weight"], [[0, 1, 2], [3, 4, 5]])
    assert found["b/weight"] is found["a/weight"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x06\x00",
        struct.pack("<I", 99) + b"\0" * 50,
        model("a", (2, 2), 0, FLOATS),
        model("a", (2, 3), 9, FLOATS),
        model("a", (1,) * 9, 0, FLOATS[:4]),
        model("a", (2, 3), 0, FLOATS, (("b", "missing"),)),
        model("a", (2, 3), 0, FLOATS)[:-6],
    ],
    ids=["empty", "cut", "version", "shape", "type", "rank", "alias", "short"],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(AssetError):
        read_ctranslate2(write(tmp_path, data))


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    good = model("a/weight", (2, 3), 0, FLOATS)
    path = write(tmp_path_factory.getbasetemp(), good[:at] + noise + good[at + len(noise) :])
    with contextlib.suppress(AssetError):
        assert isinstance(read_ctranslate2(path), dict)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_model_without_one_half_is_no_whisper(part: str, tensors: Tensors) -> None:
    half = {name: tensor for name, tensor in tensors.items() if not name.startswith(part)}
    with pytest.raises(AssetError, match=f"no {part}"):
        openai_whisper_state(half)


def test_an_unknown_tensor_is_refused(tensors: Tensors) -> None:
    extra = {**tensors, "encoder/layer_0/adapter/linear_0/weight": np.zeros((2, 2), dtype=np.float32)}
    with pytest.raises(AssetError, match="no counterpart"):
        audio_encoder_state(extra, "omni")


def test_a_key_projection_with_a_bias_is_refused(tensors: Tensors) -> None:
    name = "encoder/layer_0/self_attention/linear_0/bias"
    with pytest.raises(AssetError, match="key projection"):
        audio_encoder_state({**tensors, name: np.ones(1152, dtype=np.float32)}, "omni")
