#!/usr/bin/env python3
"""How long the terminal app takes to its first paint, as a ratio to a bare Textual app in the same run: benchmarks/paint.py [ROUNDS].

Each is a process of its own in a real terminal (pty) of 120 columns and 40 rows, one after the other in every round. It is timed from its
start until its own words are on the terminal: the bare app's are those of one label, ours those of the Start screen, or with a site the
status line. Told are medians of processor time and of wall-clock time; the bound of 1.5 is on processor time, which load on the machine does
not lengthen as it does a clock's. Ends with 1 where it is missed. Needs the extra `tui`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BARE = """from textual.app import App
from textual.widgets import Label

class Bare(App):
    def compose(self):
        yield Label("a bare app stands here")

Bare().run()
"""
BOUND = 1.5
SIZE = struct.pack("HHHH", 40, 120, 0, 0)
MOST_S = 60.0


def painted(command: list[str], words: bytes) -> tuple[float, float]:
    """Start a process in a terminal, end it once `words` stand there, and tell its processor and wall-clock time in seconds."""
    start = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once
        os.execv(command[0], command)  # noqa: S606  what is measured is that process
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, SIZE)
    seen = b""
    while words not in seen:
        if time.perf_counter() - start > MOST_S or not (read := _read(terminal)):
            os.kill(process, signal.SIGKILL)
            raise SystemExit(f"{' '.join(command)} never showed {words!r}: {seen[-500:]!r}")
        seen += read
    wall = time.perf_counter() - start
    os.kill(process, signal.SIGKILL)
    _, _, used = os.wait4(process, 0)
    os.close(terminal)
    return used.ru_utime + used.ru_stime, wall


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the process has ended
        return b""


def main() -> int:
    """Measure, print a table, and tell whether the bound holds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        tui = [sys.executable, "-m", "regplan", "tui"]
        site = [*tui, "data/demo/site.yaml", "--offline", "--cache-dir", f"{folder}/cache"]
        commands = {
            "bare Textual app": ([sys.executable, str(bare)], b"a bare app stands here"),
            "regplan tui": (tui, b"a site file of yours"),
            "regplan tui SITE": (site, b"regplan \xc2\xb7"),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for each in range(rounds + 1):
            for name, (command, words) in commands.items():
                times = painted(command, words)
                taken[name] += [times] if each else []  # the first round fills the machine's caches
    medians = {name: [statistics.median(each) for each in zip(*times, strict=True)] for name, times in taken.items()}
    base, held = medians["bare Textual app"], True
    print(f"{'':<16} {'cpu ms':>8} {'wall ms':>8} {'cpu ratio':>10} {'wall ratio':>11} {'bound':>6}")
    for name, (cpu, wall) in medians.items():
        ratios = cpu / base[0], wall / base[1]
        held = held and ratios[0] <= BOUND
        told = "" if base is medians[name] else f"{BOUND:g}"
        print(f"{name:<16} {1000 * cpu:>8.0f} {1000 * wall:>8.0f} {ratios[0]:>10.2f} {ratios[1]:>11.2f} {told:>6}")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
