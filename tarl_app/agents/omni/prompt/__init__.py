"""The chat template, its tokens, and tool results in few of them."""
