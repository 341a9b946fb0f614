"""A checkpoint of the whole Qwen2.5-Omni architecture with a few thousand weights."""

from pathlib import Path

import torch
from transformers import Qwen2_5OmniConfig, Qwen2_5OmniForConditionalGeneration

from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tests.agents.test_omni_template import qwen_like

SPEAKERS = ("Chelsie", "Ethan")


def tiny_full_omni(folder: Path) -> Path:
    """Writes it, talker, vocoder and speakers included."""
    tokenizer = qwen_like()
    thinker, _ = tiny_random_thinker(3)
    thinker_config = thinker.config.to_dict()
    special = tokenizer.special
    thinker_config |= {
        "audio_token_index": special.audio_pad,
        "audio_start_token_id": special.audio_bos,
        "audio_end_token_id": special.audio_eos,
    }
    thinker_config["text_config"]["vocab_size"] = tokenizer.size
    small = {"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "hidden_size": 16}
    talker = {"vocab_size": 40, "embedding_size": 32, "intermediate_size": 16, "head_dim": 8, **small}
    talker["rope_parameters"] = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 1, 1]}
    talker |= {f"tts_text_{name}_token_id": 50 + i for i, name in enumerate(("start", "end", "pad"))}
    codes = ("start", "end", "pad", "mask")
    talker |= {f"tts_codec_{name}_token_id": 30 + i for i, name in enumerate(codes)}
    dit = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "head_dim": 8,
        "emb_dim": 8,
        "num_embeds": 40,
    }
    dit |= {
        "enc_dim": 8,
        "enc_emb_dim": 8,
        "enc_channels": [8, 8, 8, 8, 24],
        "enc_attention_channels": 8,
        "enc_se_channels": 8,
    }
    vocoder = {"upsample_initial_channel": 16, "upsample_rates": [2, 2], "upsample_kernel_sizes": [4, 4]}
    config = Qwen2_5OmniConfig(
        thinker_config=thinker_config,
        talker_config=talker,
        token2wav_config={"dit_config": dit | {"enc_res2net_scale": 2}, "bigvgan_config": vocoder},
    )
    torch.manual_seed(0)
    Qwen2_5OmniForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save(folder)
    speakers = {
        name: {"bos_token": 40 + i, "cond": torch.randn(1, 8), "ref_mel": torch.randn(1, 12, 80)}
        for i, name in enumerate(SPEAKERS)
    }
    torch.save(speakers, folder / "spk_dict.pt")  # a Qwen2.5-Omni brings one, next to its safetensors
    return folder
