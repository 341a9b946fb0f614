"""Domain-independent language rules: numbers, ids, spelling, yes and no, facts that are told, spoken and written forms."""
