"""What an endpoint answered, read with nothing taken on trust: text, thoughts, tool calls, streams."""
