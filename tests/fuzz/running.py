"""Hand cases to the readers, in several processes, and keep what breaks them: crashes, and what takes too long."""

from __future__ import annotations

import hashlib
import json
import signal
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from fuzz.cases import Case, Kind, case, corpus_texts
from fuzz.structures import parses
from regplan.errors import InputError
from regplan.profile.parts import Members, NamedText, Rendered
from regplan.profile.read import Setting, read
from regplan.profile.rollout import parse_rollout
from regplan.profile.site import parse_site
from regplan.report.mentions import images_document
from regplan.store.files import decode_text
from regplan.store.members import read_members

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from regplan.profile.parts import RawChart

__all__ = ["Failure", "Limits", "Tally", "attempt", "fuzz", "shrunk"]

_VARIABLES = {"Registry": "registry.example.com", "Tag": "1.0", "A": "{{.spectro.var.A}}"}
_SYSTEM = {"cluster.name": "store-7"}
_BLOCK = 250
_TODAY = date(2026, 11, 29)
_SHRINK_S = 20.0
_TOO_SLOW = "takes too long"


class TooSlow(BaseException):
    """The time for one case is over; no reader catches this."""


@dataclass(frozen=True)
class Limits:
    """How long one case may take, in processor seconds, and in how many processes they run."""

    seconds: float = 2.0
    processes: int = 2


_LIMITS = Limits()


@dataclass(frozen=True)
class Failure:
    """A case that broke a reader: its number, what came out, and where it came from."""

    number: int
    what: str
    where: str
    trace: str


@dataclass
class Tally:
    """What came of many cases; `slowest` are processor seconds with the number of the case."""

    cases: int = 0
    structured: int = 0
    read: int = 0
    refused: int = 0
    slowest: tuple[float, int] = (0.0, -1)
    kinds: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another tally in."""
        self.cases += other.cases
        self.structured += other.structured
        self.read += other.read
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.kinds += other.kinds
        self.failures += other.failures


def fuzz(seed: str, count: int, limits: Limits = _LIMITS) -> Tally:
    """Run `count` cases of a seed."""
    blocks = [(seed, start, min(start + _BLOCK, count), limits) for start in range(0, count, _BLOCK)]
    whole = Tally()
    if limits.processes == 1:
        for block in blocks:
            whole.add(_run(block))
        return whole
    with ProcessPoolExecutor(limits.processes, mp_context=get_context("spawn")) as pool:
        for tally in pool.map(_run, blocks):
            whole.add(tally)
    return whole


def attempt(given: Case, seconds: float) -> tuple[str, str, str]:
    """Hand a case over; tell what came out ("read", "refused" or a failure), where a failure came from, and its trace."""
    started = time.process_time()
    try:
        with _Clock(3 * seconds):
            what = _hand_over(given)
    except TooSlow as error:
        return _TOO_SLOW, _where(error).partition(":")[0], traceback.format_exc()
    except Exception as error:  # noqa: BLE001  # this is what a fuzz run looks for
        return type(error).__name__, _where(error), traceback.format_exc()
    taken = time.process_time() - started
    return (_TOO_SLOW, "", f"{taken:.1f} s") if taken > seconds else (what, "", "")


def shrunk(given: Case, seconds: float = 2.0) -> Case:
    """Leave out files and pieces of texts for as long as what comes out, and where it comes from, stays the same."""
    wanted = attempt(given, seconds)[:2]
    if wanted[0] == _TOO_SLOW:  # each try would take as long
        return given
    until = time.monotonic() + _SHRINK_S

    def still(files: dict[str, str]) -> bool:
        smaller = Case(given.kind, files, given.raw, is_rendered=given.is_rendered)
        return time.monotonic() < until and attempt(smaller, seconds)[:2] == wanted

    files = dict(given.files)
    for name in list(files):
        without = {other: text for other, text in files.items() if other != name}
        if without and still(without):
            files = without
    for name in files:

        def holds(parts: list[str], name: str = name) -> bool:
            return still({**files, name: "".join(parts)})

        files[name] = "".join(_fewer(files[name].splitlines(keepends=True), holds))
        files[name] = "".join(_fewer(list(files[name]), holds))
    return Case(given.kind, files, given.raw, is_rendered=given.is_rendered)


def _fewer(parts: list[str], holds: Callable[[list[str]], bool]) -> list[str]:
    """Cut halves, quarters and so on out of a list for as long as it holds."""
    size = len(parts) // 2
    while size:
        start = 0
        while start < len(parts):
            kept = parts[:start] + parts[start + size :]
            if holds(kept):
                parts = kept
            else:
                start += size
        size //= 2
    return parts


def _run(block: tuple[str, int, int, Limits]) -> Tally:
    seed, start, end, limits = block
    tally = Tally()
    for number in range(start, end):
        given = case(seed, number)
        tally.cases += 1
        tally.kinds[given.kind] += 1
        tally.structured += given.is_structured and all(
            parses(text) for path, text in given.files.items() if _is_data(path)
        )
        began = time.process_time()
        what, where, trace = attempt(given, limits.seconds)
        tally.slowest = max(tally.slowest, (time.process_time() - began, number))
        if what in {"read", "refused"}:
            tally.read += what == "read"
            tally.refused += what == "refused"
        else:
            tally.failures.append(Failure(number, what, where, trace))
    return tally


def _is_data(path: str) -> bool:
    """Tell whether a file is data: what a chart's templates, manifests and notes hold need not parse."""
    return path.endswith((".yaml", ".json")) and "templates" not in path and "manifests/" not in path


def _hand_over(given: Case) -> str:
    try:
        match given.kind:
            case Kind.SITE:
                for name, text in given.files.items():
                    parse_site(text, name)
            case Kind.ROLLOUT:
                for name, text in given.files.items():
                    parse_rollout(text, name, lambda _: _TODAY)
            case Kind.BYTES:
                (name,) = given.files
                _read([NamedText(name, decode_text(given.raw, name))], given)
            case Kind.ARCHIVE:
                _read([_unpacked(given.raw)], given)
            case Kind.MEMBERS:
                _read([Members("folder", given.files)], given)
            case _:
                _read([NamedText(name, text) for name, text in given.files.items()], given)
    except InputError as error:
        said = str(error)
        assert said.strip(), "an error that says nothing"
        said.encode()
        return "refused"
    return "read"


def _read(things: list[NamedText | Members], given: Case) -> None:
    renderer = _render if given.is_rendered else None
    declarations = read(things, Setting(_VARIABLES, _SYSTEM, renderer))
    declarations.references()
    json.dumps(images_document(declarations), ensure_ascii=False, allow_nan=False).encode()


def _render(chart: RawChart, values: str, namespace: str, kube_version: str = "") -> Rendered:
    """Answer as helm might: with manifests that may be broken, or with a failure; the same for the same question."""
    rng = Random(hashlib.sha256(f"{chart.name}{values}{namespace}{kube_version}".encode("utf-8", "replace")).digest())
    text = corpus_texts()["manifests.yaml"]
    if rng.random() < 0.2:
        return Rendered(None, "Error: execution error")
    start = rng.randrange(len(text))
    return Rendered(
        text if rng.random() < 0.5 else text[:start] + rng.choice(("", "{{", "\t", "- a\n")) + text[start + 40 :]
    )


def _unpacked(raw: bytes) -> Members:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "handed.tgz")
        path.write_bytes(raw)
        return read_members(path)


class _Clock:
    """Raises `TooSlow` after so many processor seconds, where the system can."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        with suppress(AttributeError, ValueError):
            signal.signal(signal.SIGPROF, self._over)
            signal.setitimer(signal.ITIMER_PROF, self.seconds)

    def __exit__(self, *_: object) -> None:
        with suppress(AttributeError, ValueError):
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _over(self, _: int, __: FrameType | None) -> None:
        raise TooSlow


def _where(error: BaseException) -> str:
    """Name regplan's innermost line."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "regplan" in Path(frame.filename).parts]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
