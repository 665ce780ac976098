"""A command run by itself, with what it took: seconds, and the most memory that was resident at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = ["MB", "Taken", "measure", "skip_where_memory_cannot_be_measured"]

MB = 10**6
_SOURCE = Path(__file__).parents[2] / "src"
# A child's peak counts the memory of whoever started it, up to the moment in which the child becomes its own program:
# a test process of 300 MB cannot measure a child of 40 MB, and this small one in between can.
_LAUNCHER = """
import json, os, subprocess, sys, tempfile, time
with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
    started = time.monotonic()
    child = subprocess.Popen(sys.argv[1:], stdout=out, stderr=err)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    texts = [(file.seek(0), file.read().decode("utf-8", "replace"))[1] for file in (out, err)]
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
json.dump([os.waitstatus_to_exitcode(status), *texts, seconds, peak], sys.stdout)
"""


@dataclass(frozen=True)
class Taken:
    """What a command wrote, ended with and took."""

    code: int
    out: str
    err: str
    seconds: float
    peak_bytes: int


def skip_where_memory_cannot_be_measured() -> None:
    """Skip the test on Windows, which tells no peak of a child."""
    if not hasattr(os, "wait4"):
        pytest.skip("NOT TESTED: peaks of memory, which this system does not tell")


def measure(*arguments: str, timeout_s: float = 120, **environment: str) -> Taken:
    """Run `python -m regplan ARGUMENTS` by itself and tell what it took."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LAUNCHER, sys.executable, "-m", "regplan", *arguments],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=timeout_s, check=True,
        env={**os.environ, "PYTHONPATH": str(_SOURCE), **environment},
    )  # fmt: skip
    told: list[Any] = json.loads(done.stdout)
    return Taken(*told)
