"""Seeding done: what is at the target is looked up, what lacks is copied, and what stands there is proved."""
