"""`python -m regplan`."""

from __future__ import annotations

from regplan.cli import main

main()
