"""What the internet link carries, with and without the primary registry, as values; no I/O."""
