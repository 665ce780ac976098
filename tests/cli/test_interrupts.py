"""Ctrl-C in the middle of what takes long: one line, exit code 130, and no waiting for anybody's time limit."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.archives import END, header
from support.raw import Conversation, RawServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: signals to single processes on Windows")
SOURCE = Path(__file__).parents[2] / "src"
# Who runs tests in the background may have SIGINT ignored, which children inherit.
PROGRAM = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from regplan.cli import main; main()"
# Far less than the 30 s of silence after which a registry is given up.
SOON_S = 15.0


def interrupted(folder: Path, arguments: list[str], is_under_way: Callable[[], bool]) -> tuple[int, str]:
    """Run a verb, interrupt it once it is under way, and tell its exit code and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=folder, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "XDG_CACHE_HOME": str(folder / "cache")},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not is_under_way():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=SOON_S)
    finally:
        process.kill()
    return process.returncode, said


@pytest.fixture
def silent() -> Iterator[RawServer]:
    """A registry that takes requests and never answers."""
    ended = threading.Event()

    def wait(_: Conversation) -> None:
        ended.wait(60)

    with RawServer(wait) as server:
        yield server
        ended.set()


@pytest.mark.parametrize(
    "verb",
    [
        "layers HOST/a:1",
        "diff HOST/a:1 HOST/a:2",
        "record HOST/a:1 -O rec",
        "seed HOST/a:1 --to oci:disk --yes",
        "verify HOST/a:1 --at docker://HOST/p",
        "images docker://HOST/chart:1",
        "images oci://HOST/chart:1",
        "plan docker://HOST/plan:1",
        "plan site.yaml",
        "report site.yaml -O plan.html",
        "doctor HOST",
    ],
)
def test_a_registry_that_does_not_answer_is_waited_for_no_longer(silent: RawServer, tmp_path: Path, verb: str) -> None:
    (tmp_path / "site.yaml").write_text(f"name: s\nimages: ['{silent.address}/a:1']\n")
    arguments = verb.replace("HOST", silent.address).split()

    code, said = interrupted(tmp_path, [*arguments, "--plain-http"], lambda: bool(silent.conversations))

    assert (code, said.strip()) == (130, "regplan: interrupted")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["site.yaml"]


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of one layer that takes a minute to be read: 60 GiB in a few MB, each of them a gzip member."""
    path = tmp_path_factory.mktemp("endless") / "bundle.tar.gz"
    noise = gzip.compress(b"\0" * 2**20, mtime=0)
    with path.open("wb") as file:
        file.write(gzip.compress(header(f"blobs/sha256/{0:064x}", 60 * 2**30), mtime=0))
        for _ in range(60):
            file.write(noise * 1024)
        file.write(gzip.compress(END, mtime=0))
    return path


@pytest.mark.parametrize(
    "verb", ["layers bundle:FILE", "layers a:1 --from docker-archive:FILE", "bundle inspect FILE", "serve bundle:FILE"]
)
def test_an_archive_is_not_read_to_its_end(endless: Path, tmp_path: Path, verb: str) -> None:
    began = time.monotonic()

    code, said = interrupted(tmp_path, verb.replace("FILE", str(endless)).split(), lambda: time.monotonic() - began > 2)

    assert (code, said.strip()) == (130, "regplan: interrupted")


def test_an_interrupt_amid_a_text_that_is_executed_ends_with_130_too() -> None:
    # Dataclasses are made so; Python itself would end the process with the signal, whoever has caught it.
    script = (
        "import sys; from regplan.cli import app\n"
        "app.cli.main = lambda *_, **__: exec('raise KeyboardInterrupt')\n"
        "sys.exit(app.main(['layers', 'a:1']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"exec({script!r})"],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (130, "regplan: interrupted\n")


def test_an_interrupt_while_the_program_is_loaded_is_one_line_too() -> None:
    script = (
        "import sys; from regplan.cli import main\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'regplan.cli.app':\n"
        "            exec('raise KeyboardInterrupt')\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (130, "regplan: interrupted\n")


DRAWN = """name: store
images: ["registry.example/shop/app:1"]
declared_sizes: {"registry.example/shop/app:1": 100MB}
hosts: [{name: node, role: worker, count: 20}]
scenario: {years: 50, reimages_per_node_year: 50}
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_draws_end_at_once_and_leave_no_worker_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("TMPDIR", str(own))
    (tmp_path / "site.yaml").write_text(DRAWN)
    began = time.monotonic()
    asked = ["simulate", "site.yaml", "--offline", "--draws", "1000000", "--workers", workers]

    # Workers find what they draw from in a file; a single process is past its plan after some seconds.
    code, said = interrupted(
        tmp_path, asked, lambda: bool([*own.rglob("regplan-*/0")]) if workers == "2" else time.monotonic() - began > 1.5
    )

    assert (code, said.strip()) == (130, "regplan: interrupted")
    assert [*own.iterdir()] == []
    if Path("/proc/self/environ").exists():
        deadline = time.monotonic() + SOON_S
        while left := _children_with(f"TMPDIR={own}"):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)


def _children_with(variable: str) -> list[str]:
    """Name the processes that have this in their environment."""
    found = []
    for each in Path("/proc").glob("[0-9]*/environ"):
        try:
            if variable.encode() in each.read_bytes().split(b"\0"):
                found.append(each.parent.name)
        except OSError:
            continue
    return found
