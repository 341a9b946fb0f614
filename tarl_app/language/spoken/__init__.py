"""What people say aloud: digits and dates in words, spelling, whether they have finished."""
