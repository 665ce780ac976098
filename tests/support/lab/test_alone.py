"""What runs alone ends with whoever started it, and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.lab import alone
from support.tools import in_ci

# Whoever runs these tests may have told its children to ignore SIGINT, as a shell does with what it puts behind it.
STARTER = """
import signal
import sys
from support.lab import alone
signal.signal(signal.SIGINT, signal.default_int_handler)
raise SystemExit(alone.run_alone(["sh", "-c", "sleep 987 & sleep 986"]))
"""


def sleepers() -> list[str]:
    commands = [path / "cmdline" for path in Path("/proc").glob("[0-9]*")]
    found = []
    for each in commands:
        try:
            words = each.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [each.parent.name] if words[:1] == [b"sleep"] and words[1] in {b"986", b"987"} else []
    return found


def wait_for(count: int) -> int:
    deadline = time.monotonic() + 10
    while len(sleepers()) != count and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(sleepers())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_runs_alone_is_gone_when_who_started_it_is_ended(number: signal.Signals) -> None:
    if reason := alone.why_not():
        if in_ci() and alone.may_unshare():
            pytest.fail(reason)
        pytest.skip(reason)
    folder = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER], env=os.environ | {"PYTHONPATH": folder}, stderr=subprocess.DEVNULL
    )

    try:
        assert wait_for(2) == 2

        process.send_signal(number)
        process.wait(10)
    finally:
        process.kill()
        process.wait(10)

    assert wait_for(0) == 0
