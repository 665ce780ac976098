"""Holds a Python that a test starts to loopback: its folder is on that Python's path, which imports this by itself."""

import loopback  # type: ignore[import-not-found]  # beside this file, once its folder is on the path

loopback.hold()
