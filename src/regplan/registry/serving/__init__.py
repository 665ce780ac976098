"""A registry of our own: the distribution specification 1.1 over any shelf, on the standard library and threads."""
