"""The shop's simulated customer: what they want, how they read the agent, how they put it."""
