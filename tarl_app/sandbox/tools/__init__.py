"""Tools: made from functions, shared by domains, guarded."""
