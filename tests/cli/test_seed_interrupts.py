"""Ctrl-C and SIGTERM while a seeding is under way: once, what is on its way arrives; twice, it ends at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from support import images
from support.link import Link
from support.metered import MeteredWay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: signals to single processes on Windows"),
]
PROGRAM = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from regplan.cli import main; main()"
LAYER_BYTES = 600_000
# Five layers take more than four seconds on this link, and one less than one.
LINK_BPS = 6_000_000


class Scene:
    """A source of five images with a layer each on disk, and a target at the end of a thin link."""

    def __init__(self, folder: Path, target: Registry, way: MeteredWay) -> None:
        self.folder, self.target, self.way = folder, target, way
        self.references = [f"registry.example/shop/part-{number}:1" for number in range(5)]
        trees = {
            name: images.image([images.layer(LAYER_BYTES, n)], label=name) for n, name in enumerate(self.references)
        }
        images.write_layout(folder / "source", trees)

    def start(self, *more: str) -> subprocess.Popen[str]:
        """Begin to seed."""
        call = ["seed", *self.references, "--from", "oci:source", "--to", f"docker://{self.way.address}/p"]
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *call, "--plain-http", "--yes", "-o", "json", *more],
            cwd=self.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": ":".join(sys.path), "XDG_CACHE_HOME": str(self.folder / "cache"),
                 "XDG_STATE_HOME": str(self.folder / "state")},
        )  # fmt: skip

    def wait_for(self, size: int, process: subprocess.Popen[str]) -> None:
        """Wait until so many bytes are on their way."""
        deadline = time.monotonic() + 60
        while sum(each for _, each in list(self.way.up)) < size:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def scene(tmp_path: Path, start_registry: StartRegistry) -> Iterator[Scene]:
    target = start_registry()
    with MeteredWay(target.address, Link(LINK_BPS)) as way:
        yield Scene(tmp_path, target, way)


def ended(process: subprocess.Popen[str], seconds: float) -> tuple[int, dict[str, Any], str]:
    """Wait for the end; tell exit code, document and what was said."""
    try:
        out, said = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, json.loads(out), said


@pytest.mark.parametrize(
    "name", ["SIGINT", *(pytest.param(name, marks=pytest.mark.slow) for name in ("SIGTERM", "SIGHUP"))]
)
def test_asked_once_what_is_on_its_way_arrives_and_the_same_command_goes_on(scene: Scene, name: str) -> None:
    process = scene.start()
    scene.wait_for(LAYER_BYTES // 2, process)
    process.send_signal(signal.Signals[name])
    code, told, said = ended(process, 30)

    assert (code, told["interrupted"], told["verified"]) == (130, True, False)
    assert "stopping: what is under way may end within 10 s" in said
    assert "the same command goes on from there" in said.splitlines()[-1]
    assert "Traceback" not in said
    there = told["done"]["uploaded_blobs"]
    assert 0 < there < 10
    assert len(scene.target.blob_files()) == there + told["done"]["manifests"]

    code, told, said = ended(scene.start(), 60)
    assert (code, told["verified"]) == (0, True), said
    assert told["done"]["uploaded_blobs"] == 10 - there


def test_asked_twice_it_ends_at_once_without_a_traceback(scene: Scene) -> None:
    process = scene.start()
    scene.wait_for(LAYER_BYTES // 2, process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    code, told, said = ended(process, 15)

    assert (code, told["interrupted"]) == (130, True)
    assert "Traceback" not in said
    code, told, said = ended(scene.start(), 60)
    assert (code, told["verified"]) == (0, True), said


def test_a_quiet_run_says_one_line_at_its_end(scene: Scene) -> None:
    process = scene.start("--quiet")
    scene.wait_for(LAYER_BYTES // 2, process)
    process.send_signal(signal.SIGINT)
    code, _, said = ended(process, 30)

    assert code == 130
    assert len(said.splitlines()) == 1
    assert said.startswith("regplan: interrupted: ")


def test_ctrl_c_at_the_question_ends_it_at_once_and_nothing_is_written(scene: Scene) -> None:
    process, terminal = _asked(scene)
    try:
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 130
        assert b"regplan: interrupted" in os.read(terminal, 10_000)
    finally:
        process.kill()
        os.close(terminal)
    assert scene.target.blob_files() == {}


@pytest.mark.parametrize(("answer", "code", "blobs"), [("n", 0, 0), ("", 0, 0), ("what\ny", 0, 15)])
def test_the_question_takes_yes_and_no_and_asks_again_for_anything_else(
    scene: Scene, answer: str, code: int, blobs: int
) -> None:
    process, terminal = _asked(scene)
    try:
        os.write(terminal, f"{answer}\n".encode())
        assert process.wait(60) == code
    finally:
        process.kill()
        os.close(terminal)
    assert len(scene.target.blob_files()) == blobs


def _asked(scene: Scene) -> tuple[subprocess.Popen[bytes], int]:
    """Begin to seed on a terminal of its own, up to the question."""
    import pty

    terminal, inner = pty.openpty()
    call = [
        "seed",
        *scene.references,
        "--from",
        "oci:source",
        "--to",
        f"docker://{scene.way.address}/p",
        "--plain-http",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *call], cwd=scene.folder, stdin=inner, stdout=inner, stderr=inner,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), "XDG_CACHE_HOME": str(scene.folder / "cache"),
             "XDG_STATE_HOME": str(scene.folder / "state"), "TERM": "dumb"},
    )  # fmt: skip
    os.close(inner)
    said = b""
    while b"Seed now? [y/N]: " not in said:
        said += os.read(terminal, 10_000)
    return process, terminal
