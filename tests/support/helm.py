"""A real helm, where the machine has one: on the PATH, or named by REGPLAN_HELM."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

__all__ = ["helm_folder"]

# Read before any test's environment is emptied.
_NAMED = os.environ.get("REGPLAN_HELM", "")
_PATH = os.environ.get("PATH", "")


def helm_folder() -> str:
    """Tell the folder that helm stands in, or skip the test and say so."""
    found = shutil.which(_NAMED or "helm", path=_PATH)
    if found is None:
        pytest.skip("NOT TESTED: no helm on the PATH and none in REGPLAN_HELM")
    return str(Path(found).resolve().parent)
