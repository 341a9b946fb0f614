"""The airline domain: customer service of an airline."""
