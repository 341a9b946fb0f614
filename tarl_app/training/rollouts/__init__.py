"""Conversations played by the policy, and their samples."""
