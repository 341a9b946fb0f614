"""Reads CTranslate2 weights (a plain list of named tensors) and renames a Whisper's tensors for other implementations.

Format, from CTranslate2's ``model.cc``: version, specification name, revision, then the variables
(name, shape, type, bytes), then aliases (name, variable). Only numpy is needed, nothing is ever executed.
"""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from tarl_app.core.errors import AssetError

Tensors = dict[str, npt.NDArray[np.generic]]

_TYPES: dict[int, type[np.generic]] = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_MAX_RANK = 8

# CTranslate2's name inside a layer -> (transformers' name, openai-whisper's name)
_BLOCK = {
    "self_attention/layer_norm": ("self_attn_layer_norm", "attn_ln"),
    "attention/layer_norm": ("encoder_attn_layer_norm", "cross_attn_ln"),
    "ffn/layer_norm": ("final_layer_norm", "mlp_ln"),
    "ffn/linear_0": ("fc1", "mlp.0"),
    "ffn/linear_1": ("fc2", "mlp.2"),
}
_FIELD = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias"}


class _Reader:
    """A cursor over the file's bytes that refuses to run past their end."""

    def __init__(self, data: memoryview, path: Path) -> None:
        self.data, self.path, self.at = data, path, 0

    def take(self, count: int) -> memoryview:
        if self.at + count > len(self.data):
            raise AssetError(f"{self.path} is not a whole CTranslate2 model: it ends at byte {len(self.data)}.")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, kind: Literal["B", "H", "I"]) -> int:
        return struct.unpack(f"<{kind}", self.take(struct.calcsize(kind)))[0]

    def text(self) -> str:
        raw = bytes(self.take(self.number("H")))
        try:
            return raw.rstrip(b"\0").decode()
        except UnicodeDecodeError as error:
            raise AssetError(f"{self.path} is not a CTranslate2 model: a name is not text.") from error


def read_ctranslate2(path: Path) -> Tensors:
    """The tensors of a CTranslate2 ``model.bin`` by name, aliases included, in the type they are stored in.

    Raises:
        AssetError: the file is not a CTranslate2 model, is cut short, or holds a type unknown here (bfloat16).
    """
    reader = _Reader(memoryview(path.read_bytes()), path)
    if not 4 <= (version := reader.number("I")) <= 6:
        raise AssetError(f"{path} is not a CTranslate2 model of version 4 to 6 (found {version}).")
    reader.text()  # the specification's name
    reader.number("I")  # its revision
    tensors: Tensors = {}
    for _ in range(reader.number("I")):
        name, tensor = _variable(reader)
        tensors[name] = tensor
    for _ in range(reader.number("I")):
        alias, name = reader.text(), reader.text()
        if name not in tensors:
            raise AssetError(f"{path}: {alias} stands for {name}, which is missing.")
        tensors[alias] = tensors[name]
    return tensors


def _variable(reader: _Reader) -> tuple[str, npt.NDArray[np.generic]]:
    name, rank = reader.text(), reader.number("B")
    if rank > _MAX_RANK:
        raise AssetError(f"{reader.path}: {name} has {rank} dimensions.")
    shape = tuple(reader.number("I") for _ in range(rank))
    kind = reader.number("B")
    raw = reader.take(reader.number("I"))
    if kind not in _TYPES:
        raise AssetError(f"{reader.path}: {name} has an unknown type ({kind}).")
    flat = np.frombuffer(raw, dtype=np.dtype(_TYPES[kind]).newbyteorder("<"))
    if flat.size != int(np.prod(shape, dtype=np.int64)):
        raise AssetError(f"{reader.path}: {name} holds {flat.size} values, its shape is {shape}.")
    return name, flat.reshape(shape)


def audio_encoder_state(tensors: Mapping[str, npt.NDArray[np.generic]], naming: Literal["whisper", "omni"]) -> Tensors:
    """A CTranslate2 Whisper's encoder by transformers' key names, as float32.

    Args:
        tensors: from ``read_ctranslate2``.
        naming: ``whisper`` for ``WhisperEncoder`` (``layer_norm``, ``embed_positions.weight``), ``omni`` for
            ``Qwen2_5OmniAudioEncoder`` (``ln_post``; it computes its own sinusoids, which equal Whisper's, and it has
            ``proj`` and ``audio_bos_eos_token`` on top, which no Whisper has).

    Raises:
        AssetError: a tensor of the encoder is missing or has no counterpart.
    """
    final = "layer_norm" if naming == "whisper" else "ln_post"
    state: Tensors = {}
    for name, tensor in _part(tensors, "encoder"):
        for key, value in _transformers_names(name, tensor, final):
            if naming == "whisper" or key != "embed_positions.weight":
                state[key] = value
    return state


def openai_whisper_state(tensors: Mapping[str, npt.NDArray[np.generic]]) -> Tensors:
    """A CTranslate2 Whisper by the key names of openai-whisper's ``Whisper`` module, as float32.

    Raises:
        AssetError: a tensor has no counterpart there.
    """
    state: Tensors = {}
    for part in ("encoder", "decoder"):
        for name, tensor in _part(tensors, part):
            for key, value in _openai_names(part, name, tensor):
                state[f"{part}.{key}"] = value
    return state


def whisper_sizes(tensors: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, int]:
    """The dimensions of a CTranslate2 Whisper, named as openai-whisper's ``ModelDimensions``."""
    layers = {part: {name.split("/")[1] for name, _ in _part_layers(tensors, part)} for part in ("encoder", "decoder")}
    width, mels, _ = tensors["encoder/conv1/weight"].shape
    vocabulary, text_width = tensors["decoder/embeddings/weight"].shape
    return {
        "n_mels": mels,
        "n_audio_ctx": tensors["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": width,
        "n_audio_head": int(tensors["encoder/num_heads"]),
        "n_audio_layer": len(layers["encoder"]),
        "n_vocab": vocabulary,
        "n_text_ctx": tensors["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": text_width,
        "n_text_head": int(tensors["decoder/num_heads"]),
        "n_text_layer": len(layers["decoder"]),
    }


def _part(tensors: Mapping[str, npt.NDArray[np.generic]], part: str) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The weights of the encoder or decoder, without its settings (integers, single numbers) and the tied projection."""
    prefix = f"{part}/"
    found = False
    for name, tensor in tensors.items():
        if name.startswith(prefix) and tensor.ndim and name != "decoder/projection/weight" and tensor.dtype.kind == "f":
            found = True
            yield name.removeprefix(prefix), np.asarray(tensor, dtype=np.float32)
    if not found:
        raise AssetError(f"These weights have no {part}: they are not a Whisper.")


def _part_layers(tensors: Mapping[str, npt.NDArray[np.generic]], part: str) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    return (
        (name, tensor) for name, tensor in tensors.items() if name.startswith(f"{part}/layer_") and "layer_norm" not in name
    )


def _split(name: str) -> tuple[int, str, str]:
    """``layer_3/ffn/linear_0/weight`` -> (3, "ffn/linear_0", "weight")."""
    layer, _, rest = name.partition("/")
    inside, _, field = rest.rpartition("/")
    return int(layer.removeprefix("layer_")), inside, field


def _attention(inside: str, field: str, tensor: npt.NDArray[np.float32]) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """CTranslate2 fuses q, k, v (self-attention) and k, v (cross-attention); Whisper has no bias on k: zeros stand there."""
    block, _, linear = inside.rpartition("/")
    fused = {"self_attention": (("q", "k", "v"), ("out",)), "attention": (("q",), ("k", "v"), ("out",))}
    if block not in fused or not linear.startswith("linear_"):
        raise AssetError(f"The tensor {inside}/{field} has no counterpart in Whisper.")
    names = fused[block][int(linear.removeprefix("linear_"))]
    for name, piece in zip(names, np.split(tensor, len(names)), strict=True):
        if name == "k" and field == "bias":
            if piece.any():
                raise AssetError(f"{inside}: a key projection with a bias is not Whisper's.")
            continue
        yield name, np.ascontiguousarray(piece)


def _transformers_names(
    name: str, tensor: npt.NDArray[np.float32], final: str
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    if name == "position_encodings/encodings":
        yield "embed_positions.weight", tensor
        return
    if name.startswith("conv"):
        yield name.replace("/", "."), tensor
        return
    if name.startswith("layer_norm/"):
        yield f"{final}.{_FIELD[name.removeprefix('layer_norm/')]}", tensor
        return
    layer, inside, field = _split(name)
    if inside in _BLOCK:
        yield f"layers.{layer}.{_BLOCK[inside][0]}.{_FIELD[field]}", tensor
        return
    for projection, piece in _attention(inside, field, tensor):
        yield f"layers.{layer}.self_attn.{projection}_proj.{field}", piece


def _openai_names(part: str, name: str, tensor: npt.NDArray[np.float32]) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    if name == "position_encodings/encodings":
        yield "positional_embedding", tensor
        return
    if name == "embeddings/weight":
        yield "token_embedding.weight", tensor
        return
    if name.startswith("conv"):
        yield name.replace("/", "."), tensor
        return
    if name.startswith("layer_norm/"):
        yield f"{'ln_post' if part == 'encoder' else 'ln'}.{_FIELD[name.removeprefix('layer_norm/')]}", tensor
        return
    layer, inside, field = _split(name)
    if inside in _BLOCK:
        yield f"blocks.{layer}.{_BLOCK[inside][1]}.{_FIELD[field]}", tensor
        return
    attention = "cross_attn" if inside.startswith("attention") else "attn"
    openai = {"q": "query", "k": "key", "v": "value", "out": "out"}
    for projection, piece in _attention(inside, field, tensor):
        yield f"blocks.{layer}.{attention}.{openai[projection]}.{field}", piece
