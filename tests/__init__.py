"""The tests: a package, since others install one of this name that worker processes would find first (ciw)."""
