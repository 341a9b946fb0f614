"""The retail and airline domains of tau2-bench, read from the user's own copy, with tools of ours."""
