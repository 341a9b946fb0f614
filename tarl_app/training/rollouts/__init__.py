"""Conversations played by the policy, and what is kept of them."""
