"""The sandbox as a service: agents of others play its tasks over HTTP and MCP (``docs/sandbox-service.md``).

    calls     one environment: a task, its private database, its simulated customer, played by an agent outside
    registry  the environments by their private ids, with limits and times to live
    views     what a client may see of tasks, verdicts and judgements; a grader sees all of it
    api       the HTTP endpoints; ``app`` puts them, the MCP server and the errors together
    mcp_app   the same environments as MCP servers

Everything is built from ``Parts``: no module here names an implementation.
"""
