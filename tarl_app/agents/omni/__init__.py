"""The omni agent: Qwen2.5-Omni's thinker, real or mini, hearing and calling tools."""
