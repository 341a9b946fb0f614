"""Customers who talk as people do: behaviours with rates, registers, typing and speaking (`docs/wordings.md`)."""
