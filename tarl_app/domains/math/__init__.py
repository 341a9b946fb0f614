"""Math problems with whole-number answers: nothing to look up, one user turn, levels of difficulty."""
