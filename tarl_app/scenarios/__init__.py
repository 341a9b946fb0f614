"""Scenarios for continuous integration: a call, what is expected of it, and in how many trials (``docs/scenarios.md``).

model         what a file says
reading       files -> scenarios; every error with file and line
preparing     a scenario -> its task and domain, checked against the domain's tools
expectations  what an episode does not fulfil, in words
play          the trials
reports       text, JSON and JUnit XML
"""
