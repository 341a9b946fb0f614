"""The numbers of an evaluation: rates, times, recognition, their intervals."""
