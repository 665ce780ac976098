"""Holds a Python that a test starts to loopback: its folder is on that Python's path, which imports this by itself."""

import sys

import loopback  # type: ignore[import-not-found]  # beside this file, once its folder is on the path

# A worker of pytest is such a Python too: its tests must find this very module, and not a second guard beside it.
sys.modules.setdefault("support.guard.loopback", loopback)
loopback.hold()
