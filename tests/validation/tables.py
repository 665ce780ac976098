"""What was published, from the file that ships with regplan, and what it must be for the bands below to mean anything.

The values are typed in as facts; data/published/measurements.json names where each stands.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

__all__ = ["CHONKS", "CLOUDS", "GIB", "KRAKEN", "VOLCANO"]

_FILE: Final = Path(__file__).parents[2] / "data" / "published" / "measurements.json"
_TABLES: Final[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))

GIB: Final = 2**30
VOLCANO: Final = _TABLES["volcano"]
CHONKS: Final = _TABLES["chonks"]
KRAKEN: Final = _TABLES["kraken"]
CLOUDS: Final = _TABLES["clouds"]
