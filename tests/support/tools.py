"""Programs that a test needs and a machine may lack."""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ["in_ci", "skip_without"]


def in_ci() -> bool:
    """Tell whether a missing program is a failure here (`CI` is set) and not a reason to skip."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def skip_without(*programs: str) -> None:
    """Skip the test, and say what is missing, unless every program is on PATH; in CI, fail it."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    message = f"NOT TESTED: {', '.join(missing)} not found on PATH (Debian: apt-get install {' '.join(missing)})"
    if in_ci():
        pytest.fail(f"{message}; in CI nothing may be skipped", pytrace=False)
    pytest.skip(message)
