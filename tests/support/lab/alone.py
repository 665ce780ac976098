"""A program run where nothing of it can be left behind: in namespaces of its own for processes, mounts and networks.

All that it starts ends with it, however it ends: the kernel ends every process of a process namespace whose first one is
gone, and then lets go of the mounts and the networks that nobody else sees. Files go to a file system in memory of the same
kind. There is no network but what the program makes, and no way out of that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FOLDER", "is_alone", "may_unshare", "run_alone", "settle", "why_not"]

# Where the file system in memory is mounted. It hides what is there, for us only; `ip netns` keeps its names below.
FOLDER: Final = Path("/run")
_INSIDE: Final = "REGPLAN_LAB_INSIDE"
_BEFORE_OTHERS: Final = -19
_PROGRAMS: Final = ("ip", "tc", "unshare", "setpriv", "mount")


def why_not(*programs: str) -> str:
    """Tell why there can be no such namespaces here, or which of these programs is missing; "" where all is well."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    missing = [program for program in (*_PROGRAMS, *programs) if shutil.which(program) is None]
    if missing:
        return f"{', '.join(missing)} not found on PATH"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    tried = subprocess.run([*_apart(), "true"], capture_output=True, check=False, text=True)
    return "" if tried.returncode == 0 else f"no namespaces of our own: {tried.stderr.strip()}"


def may_unshare() -> bool:
    """Tell whether there can be a network of our own, whatever else is missing."""
    unshare = shutil.which("unshare")
    command = [unshare or "", "--net", sys.executable, "-c", ""]
    return unshare is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


def is_alone() -> bool:
    """Tell whether this process is the one that `run_alone` started."""
    return _INSIDE in os.environ


def run_alone(command: Sequence[str]) -> int:
    """Run a command so, and tell what it ended with; whatever ends us ends it."""
    signal.signal(signal.SIGTERM, _ended)
    words = ["setpriv", "--pdeathsig", "KILL", *_apart(), *command]
    process = subprocess.Popen(words, env=os.environ | {_INSIDE: "1"})
    try:
        return process.wait()
    finally:
        process.kill()
        process.wait()


def settle(size_bytes: int) -> None:
    """Within `run_alone`: mount the file system in memory, and go before others who use the processors.

    A session of our own has its own share of them where the kernel gives each session one; an interrupt of the terminal
    then reaches only who started us, and that ends us.
    """
    os.setsid()
    os.nice(_BEFORE_OTHERS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_BEFORE_OTHERS), encoding="ascii")
    words = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=0755", "regplan-lab", str(FOLDER)]
    subprocess.run(words, check=True)
    (FOLDER / "netns").mkdir()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _apart() -> list[str]:
    return ["unshare", "--fork", "--pid", "--kill-child=KILL", "--mount", "--mount-proc", "--net"]


def _ended(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)
