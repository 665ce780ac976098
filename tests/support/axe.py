"""axe-core, which looks for barriers in a page, as npm has it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["axe_source"]


def axe_source(folder: Path) -> str:
    """Install axe-core into a folder, and give its script; skips where there is no npm. The test has to be marked `installs`."""
    if (npm := shutil.which("npm")) is None:
        pytest.skip("no npm here: apt install npm")
    wanted = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "axe-core@4"]
    subprocess.run(wanted, capture_output=True, check=True, timeout=300)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
