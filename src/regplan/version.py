"""The version, which the package's metadata is made from: looking it up there takes longer than many a verb."""

from __future__ import annotations

from typing import Final

__all__ = ["VERSION"]

VERSION: Final = "0.1.0"
