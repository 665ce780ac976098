"""What a site needs, held against what it has: storage, rules, growth and seeding plans, as values; no I/O."""
