"""Dialogues for the judge exam: flawless ones, and the same with a fault planted at a known turn.

script      a flawless dialogue, followed up to a step and continued by hand
planting    helpers for the planters of any domain
faults      planters that fit any domain
noise       simulated speech recognition
generate    the episodes with their true scores

A domain declares the faults and the wordings (``core.domain.exam``); ``evaluation.exam`` grades judges.
"""
