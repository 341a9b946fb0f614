"""What words mean, whatever the domain: numbers, ids, spelling, yes and no, facts told, spoken and written forms."""
