"""`regplan seed` as a process of its own, which can be killed at any instant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from support.registry import Registry

__all__ = ["Finished", "Seeder", "events", "seeding", "taken"]

_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended: its exit code, its document (empty where there is none), and what it said."""

    code: int
    document: dict[str, Any]
    said: str


@dataclass(slots=True)
class Seeder:
    """A run under way."""

    process: subprocess.Popen[str]

    def kill(self) -> None:
        """End it as a power cut would: it can do nothing about it."""
        self.process.kill()
        self.process.communicate()

    def finish(self) -> Finished:
        """Wait for its end."""
        out, said = self.process.communicate(timeout=_PATIENCE_S)
        return Finished(self.process.returncode, json.loads(out) if out.startswith("{") else {}, said)

    def wait_for(self, holds: Callable[[], bool]) -> bool:
        """Wait until something holds; False where the run ended first."""
        deadline = time.monotonic() + _PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if holds():
                return True
            time.sleep(0.002)
        return False


@contextmanager
def seeding(arguments: Sequence[str], *more: str) -> Iterator[Seeder]:
    """Start `regplan seed ARGUMENTS --yes -o json MORE`; whatever is left at the end is killed."""
    command = [sys.executable, "-m", "regplan", "seed", *arguments, "--yes", "-o", "json", *more]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:  # fmt: skip
        try:
            yield Seeder(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def events(journal: Path, *kinds: str) -> list[dict[str, Any]]:
    """What a journal holds by now, read without our code: the whole lines, of these kinds if any are named."""
    if not journal.exists():
        return []
    lines = journal.read_bytes().split(b"\n")[:-1]
    records = [json.loads(line) for line in lines]
    return [record for record in records if not kinds or record["event"] in kinds]


def taken(target: Registry) -> Counter[str]:
    """How often the registry's own log says that it took each blob."""
    ends = [each for each in target.requests() if each.method in {"PUT", "POST"} and each.status == 201]
    uploads = [each for each in ends if "/blobs/uploads/" in each.path and "mount=" not in each.query]
    return Counter(parse_qs(each.query)["digest"][0] for each in uploads)
