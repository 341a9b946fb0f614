"""A domain from a folder, without any knowledge of this code (``docs/own-domain.md``).

    policy.md                                      what the agent is told
    tools.py | openapi.yaml | mcp.yaml             what it can do: functions on a private copy of the seed, or a server
    seed.sql | seed.sqlite                         the data, for tools.py
    tasks.yaml                                     who calls, what they want, and what must have happened

    reading    the files as values with the lines where they stand, and what is wrong with them
    tools      the three sorts of tools, each with an environment
    loading    the files as a ``Domain``; ``check`` plays its tasks; ``installing`` puts it where the app finds it

``tools.py`` runs with the rights of whoever starts the app. It is run only from a folder that somebody at this machine has
named on the command line; what was added is run again only while it is unchanged. No page and no API takes a folder.
"""
