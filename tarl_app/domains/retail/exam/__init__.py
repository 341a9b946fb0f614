"""Faults and wordings of the judge exam in the shop."""
