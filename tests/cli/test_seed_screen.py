"""A seeding on a terminal, as it is drawn: what is shown as done never falls, and no line is wider than the screen."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support import images
from support.link import Link
from support.metered import MeteredWay

if TYPE_CHECKING:
    from pathlib import Path

    from support.starter import StartRegistry

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: terminals of Windows"),
]
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHOWN = re.compile(r"(\d+) %  (\S+ \S+) of (\S+ \S+) there")


@pytest.mark.parametrize(
    ("columns", "rows", "environment"),
    [
        pytest.param(80, 24, {"TERM": "xterm-256color"}, id="80x24"),
        pytest.param(120, 40, {"TERM": "xterm", "NO_COLOR": "1"}, id="120x40 without colour"),
        pytest.param(34, 10, {"TERM": "xterm"}, id="narrow"),
        pytest.param(80, 24, {"TERM": "dumb"}, id="dumb"),
    ],
)
def test_what_is_drawn_fits_never_falls_and_ends_with_everything(
    tmp_path: Path, start_registry: StartRegistry, columns: int, rows: int, environment: dict[str, str]
) -> None:
    references = [f"registry.example/shop/part-{number}:1" for number in range(4)]
    trees = {name: images.image([images.layer(400_000, n)], label=name) for n, name in enumerate(references)}
    images.write_layout(tmp_path / "source", trees)
    target = start_registry()
    with MeteredWay(target.address, Link(6_000_000)) as way:
        call = [
            "seed",
            *references,
            "--from",
            "oci:source",
            "--to",
            f"docker://{way.address}/p",
            "--plain-http",
            "--yes",
        ]
        code, text = _on_a_terminal(tmp_path, call, (columns, rows), environment)

    drawn = [CODES.sub("", line) for line in re.split(r"[\r\n]+", text)]
    shown = [int(match[1]) for line in drawn for match in SHOWN.finditer(line)]
    assert code == 0, text
    if environment["TERM"] == "dumb":
        assert "\x1b" not in text
        assert any(line.startswith("100 %: 1.60 MB of 1.60 MB there") for line in drawn)
        return
    if columns > 60:
        assert shown == sorted(shown)
        assert len(shown) > 3
        assert max(shown) <= 100
    if "NO_COLOR" in environment:
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", text)
    progress = [line for line in drawn if line[:1] in {"█", "▒", "░"} or "on the wire" in line]
    assert progress
    assert all(len(line) <= columns for line in progress)


def _on_a_terminal(folder: Path, call: list[str], size: tuple[int, int], more: dict[str, str]) -> tuple[int, str]:
    """Run a verb with stderr on a terminal of a size; tell its exit code and what the terminal got."""
    import fcntl
    import pty
    import termios

    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "regplan", *call], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=inner,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_CACHE_HOME": str(folder / "cache"),
             "XDG_STATE_HOME": str(folder / "state"), "LC_ALL": "C.UTF-8", **more},
    )  # fmt: skip
    os.close(inner)
    got = bytearray()
    try:
        while data := _read(terminal):
            got += data
        return process.wait(60), got.decode()
    finally:
        process.kill()
        os.close(terminal)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux says so where nobody has the other end any more.
        return b""
