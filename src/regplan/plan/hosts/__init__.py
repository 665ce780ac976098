"""Where pods are placed, what that takes of each host, and what becomes of it when a host is lost."""
