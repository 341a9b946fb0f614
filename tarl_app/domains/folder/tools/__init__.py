"""The three sorts of tools: functions of a file on a private copy of the seed, an HTTP server, an MCP server."""
