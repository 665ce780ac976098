"""What others measured and published, which the simulation is held against."""

from __future__ import annotations

import json
from typing import Any

from regplan.store.shipped import published_folder

__all__ = ["published"]


def published() -> dict[str, Any]:
    """Read the tables that ship with regplan: by study, what was measured, how, and where it was published.

    `volcano` (bytes and seconds of Dragonfly on Volcano Engine), `chonks` (unpacking), `clouds` (a knee), `kraken`; data/README.md tells more.
    """
    text = (published_folder() / "measurements.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
