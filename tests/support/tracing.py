"""Runs the coverage tracer in the tests of some folders alone: under it Python 3.11 takes more than twice as long.

What the folders' tests do not reach then counts as not reached, whatever else runs it: a bound on coverage is stricter so.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

__all__ = ["HELP", "Tracer", "Tracing", "modules_of", "trace_only"]

HELP: Final = (
    "with --cov: trace in the tests below these folders alone, and count what is imported (--traced tests/unit,src)"
)


class Tracer(Protocol):
    """What of coverage is used: it goes on where it was stopped."""

    def start(self) -> None:
        """Trace from now on."""

    def stop(self) -> None:
        """Trace no more."""


def modules_of(patterns: Iterable[str], root: Path) -> list[str]:
    """Name the modules that patterns such as src/package/part.py and src/package/part/* stand for."""
    files: list[Path] = []
    for pattern in patterns:
        path = root / pattern.removesuffix("/*")
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    parts = [file.relative_to(root / "src").with_suffix("").parts for file in files]
    return [".".join(part for part in each if part != "__init__") for each in parts]


class Tracing:
    """A plugin of pytest that stops and starts a tracer between tests; `tracer` runs when it is made."""

    def __init__(self, tracer: Tracer, folders: Iterable[Path]) -> None:
        """Trace in the tests below `folders`."""
        self._tracer = tracer
        self._folders = tuple(folders)
        self._runs = True

    def trace(self, *, wanted: bool) -> None:
        """Let the tracer run, or stop it."""
        if wanted != self._runs:
            self._runs = wanted
            self._tracer.start() if wanted else self._tracer.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Trace this test if it is below one of the folders."""
        self.trace(wanted=any(item.path.is_relative_to(folder) for folder in self._folders))
        return (yield)


def trace_only(session: pytest.Session, folders: str) -> None:
    """Trace in the tests below `folders` alone, parted by commas, if there is a tracer in this process."""
    from coverage import Coverage

    tracer = Coverage.current()
    if tracer is None:
        return
    root = session.config.rootpath
    # The lines that run when a module loads are traced here, for all; collecting the tests is then not slowed.
    counted = tracer.get_option("report:include")
    for name in modules_of(counted if isinstance(counted, list) else (), root):
        importlib.import_module(name)
    tracing = Tracing(tracer, [root / folder for folder in folders.split(",")])
    tracing.trace(wanted=False)
    # In a worker of xdist pytest-cov begins twice, and nobody asks for what the first tracer sees: it would go on whenever the
    # second is stopped, for all tests and all their threads.
    while (other := Coverage.current()) is not None:
        other.stop()
    session.config.pluginmanager.register(tracing)
