#!/usr/bin/env python3
"""Time key presses in the terminal app while it seeds: benchmarks/keys.py [KEYS] [ROWS]. Needs docker-registry and the extra `tui`.

The app runs in a terminal of its own (a pty of 120 columns and 40 rows), opens a site of ROWS images by keys, and seeds real images
to a real registry behind a cap of 4 Mbit/s. Meanwhile `down` is pressed KEYS times in the table of all images. The time of one is
from the byte that is written to the bytes that draw the row it leads to, found by its name; what the seeding redraws is passed over.
Prints p50, p95 and the longest, and the same less the time in which the app's thread stood in line for a processor that other
processes had, as the kernel tells it; ends with 1 where the p95 of that is above 50 ms, or where the seeding was over before the keys were.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import images, registry

ROOT = Path(__file__).parents[1]
MOST_MS = 50.0
CAP = "4Mbit/s"
CODES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def name_of(row: int) -> str:
    """The image of a row: sorted as it is numbered."""
    return f"registry.example/many/app-{row:05}:1"


class Terminal:
    """The app on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._end, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
            "XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache"),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "regplan", "tui", *arguments],
            cwd=folder, stdin=inner, stdout=inner, stderr=inner, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(inner)
        self._got = b""

    def press(self, keys: bytes) -> None:
        """Write keys, and forget what was drawn before."""
        self._got = b""
        os.write(self._end, keys)

    def until(self, text: str, seconds: float = 300.0) -> float:
        """Read until a text is drawn, and tell how long that took; raises RuntimeError where it is not in time."""
        wanted, began_s = text.encode(), time.perf_counter()
        while wanted not in self._got and wanted not in CODES.sub(b"", self._got):
            left_s = seconds - (time.perf_counter() - began_s)
            if left_s <= 0 or not select.select([self._end], [], [], left_s)[0]:
                message = f"{text!r} was not drawn; the last of it: {CODES.sub(b'', self._got)[-2000:].decode(errors='replace')}"
                raise RuntimeError(message)
            self._got += os.read(self._end, 65_536)
        return time.perf_counter() - began_s

    def in_line(self) -> float:
        """Tell for how many seconds the thread that hears the keys was ready to run and had no processor; 0.0 where no kernel tells."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/schedstat")
        return int(told.read_text().split()[1]) / 1e9 if told.exists() else 0.0

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        os.close(self._end)


def site_in(folder: Path, rows: int, target: registry.Registry) -> Path:
    """A site of so many images, of which the first eight are real ones of 4 MB."""
    trees = {name_of(row): images.image([images.layer(4_000_000, row)], label=str(row)) for row in range(8)}
    images.write_layout(folder / "source", trees)
    site = {
        "name": "many",
        "images": [name_of(row) for row in range(rows)],
        "from": ["oci:source"],
        "registry": {"kind": "other", "address": target.address, "project": "p", "storage": "300GB"},
    }
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    return folder / "site.yaml"


def measure(folder: Path, keys: int, rows: int) -> list[tuple[float, float]]:
    """Press the keys, and tell how many milliseconds each took, and how many of them were not spent in line."""
    target = registry.start(folder / "registry", registry.Options())
    terminal = Terminal(folder, str(site_in(folder, rows, target)), "--plain-http")
    try:
        terminal.until("Rules")
        terminal.press(b"8")
        terminal.until("nobody was asked")
        terminal.press(b"l")
        terminal.until("all streams together")
        terminal.press(CAP.encode() + b"\r")
        terminal.until("at most 4.00 Mbit/s")
        terminal.press(b"R")
        terminal.until("Seed now?")
        terminal.press(b"y")
        terminal.until("RUNNING")
        terminal.press(b"i")
        terminal.until("Images")
        terminal.press(b"\t")
        time.sleep(2)  # until what was drawn for the change of panes has come
        took = []
        for row in range(1, keys + 1):
            time.sleep(0.05)
            waited_s = terminal.in_line()
            terminal.press(b"\x1b[B")
            took_s = terminal.until(name_of(row), 30.0)
            took.append((took_s * 1000, max(0.0, took_s - (terminal.in_line() - waited_s)) * 1000))
        terminal.press(b"8")
        terminal.until("RUNNING", 30.0)
        return took
    finally:
        terminal.close()
        target.stop()


def main(keys: int = 200, rows: int = 20_000) -> int:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        took = measure(Path(folder), keys, rows)
    print(f"{rows:,} rows, {keys} keys, seeding at {CAP}")
    for name, times in zip(("by the clock", "less the time in line"), zip(*took, strict=True), strict=True):
        ordered = sorted(times)
        p95 = ordered[len(ordered) * 95 // 100]
        print(f"{name:<22} p50 {ordered[len(ordered) // 2]:.1f} ms, p95 {p95:.1f} ms, longest {ordered[-1]:.1f} ms")
    return int(p95 > MOST_MS)


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in sys.argv[1:])))
