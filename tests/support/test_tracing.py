from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.tracing import Tracing, modules_of

ROOT = Path("/somewhere")


class Recorder:
    """A tracer that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def start(self) -> None:
        self.told.append("start")

    def stop(self) -> None:
        self.told.append("stop")


def run(tracing: Tracing, path: str) -> None:
    """Let a test at a path run."""
    item: Any = SimpleNamespace(path=ROOT / path)
    around = tracing.pytest_runtest_protocol(item)
    next(around)
    with pytest.raises(StopIteration):
        around.send(None)


def test_only_tests_below_the_folders_are_traced_and_a_tracer_is_not_told_twice() -> None:
    recorder = Recorder()
    tracing = Tracing(recorder, [ROOT / "tests/unit", ROOT / "src"])
    told = {}
    for path in (
        "tests/tui/test_a.py",
        "tests/tui/test_b.py",
        "tests/unit/oci/test_c.py",
        "src/a.py",
        "tests/unity/test_d.py",
    ):
        run(tracing, path)
        told[path] = list(recorder.told)

    assert list(told.values()) == [["stop"], ["stop"], ["stop", "start"], ["stop", "start"], ["stop", "start", "stop"]]


def test_nothing_traces_a_test_of_another_folder_nor_the_threads_that_it_starts(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--traced") is None:
        pytest.skip("every test is traced, or none is: --traced was not given")

    assert "coverage" not in type(sys.gettrace()).__module__
    assert threading.gettrace() is None


def test_patterns_of_files_and_folders_name_their_modules(tmp_path: Path) -> None:
    inside = tmp_path / "src" / "shop" / "till"
    (inside / "slips").mkdir(parents=True)
    for name in ("__init__.py", "sum.py", "slips/__init__.py", "slips/long.py", "notes.txt"):
        (inside / name).write_text("")

    named = modules_of(["src/shop/errors.py", "src/shop/till/*"], tmp_path)

    assert sorted(named) == ["shop.errors", "shop.till", "shop.till.slips", "shop.till.slips.long", "shop.till.sum"]
