"""Stored episodes as data sets for training elsewhere, and back (``docs/sandbox-service.md``).

rows     an episode as one row: messages and tools, with its scores and its reward
pairs    two episodes of a task as a preference: where the agents first did something else
tokens   token ids, and the mask of the agent's own, by the template of a tokenizer
files    JSON lines and Parquet, the data set's card, the sounds beside it
reading  a file's episodes, verified again
"""
