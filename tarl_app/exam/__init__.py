"""Dialogues to examine judges on: flawless ones, and the same with a fault planted at a known turn.

script      a flawless dialogue, followed as far as wanted and continued by hand
planting    what the planters of any domain can use
faults      planters that fit any domain
noise       what speech recognition makes of the customer's words
generate    the episodes with their true scores

A domain gives the faults and the words (``core.domain.exam``); ``evaluation.exam`` grades judges.
"""
