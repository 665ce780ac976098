"""What a fuzz run says: a summary, and for each kind of failure one case, made smaller and kept as files."""

from __future__ import annotations

import secrets
import sys
import time
from typing import TYPE_CHECKING

from fuzz.cases import case
from fuzz.running import Limits, Tally, attempt, fuzz, shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fuzz.cases import Case
    from fuzz.running import Failure

__all__ = ["kept", "main", "summary"]

_MOST_SHOWN = 2_000


def main(arguments: Sequence[str], folder: Path) -> int:
    """Run what the arguments say; tell the exit code."""
    if arguments[:1] == ["--only"]:
        return _again(case(arguments[2], int(arguments[1])))
    count = int(arguments[0]) if arguments else 10_000
    seed = arguments[1] if len(arguments) > 1 else secrets.token_hex(4)
    _say(f"{count:,} cases of the seed {seed}")
    started = time.monotonic()
    tally = fuzz(seed, count)
    _say(f"{summary(tally)}, {time.monotonic() - started:.0f} s")
    for line in kept(tally, seed, folder):
        _say(line)
    return 1 if tally.failures else 0


def summary(tally: Tally) -> str:
    """Tell in one line what came of all cases."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.kinds.items()))
    return (
        f"{tally.cases:,} cases ({kinds}): {tally.structured:,} structures that parse, {tally.read:,} read, "
        f"{tally.refused:,} refused, {len(tally.failures):,} failures; slowest {tally.slowest[0]:.2f} s (case {tally.slowest[1]})"
    )


def kept(tally: Tally, seed: str, folder: Path) -> list[str]:
    """Write one case of each kind of failure, made smaller, and tell how it looks."""
    said: list[str] = []
    first: dict[tuple[str, str], Failure] = {}
    for failure in tally.failures:
        first.setdefault((failure.what, failure.where), failure)
    for (what, where), failure in first.items():
        smaller = shrunk(case(seed, failure.number))
        place = folder / f"{seed}-{failure.number}"
        _write(smaller, place)
        alike = sum((each.what, each.where) == (what, where) for each in tally.failures)
        said.append(
            f"\n{what} at {where or '?'}: {alike} cases; scripts/fuzz --only {failure.number} {seed}; kept in {place}"
        )
        said.append(_shown(smaller))
        said.append(failure.trace.rstrip()[-_MOST_SHOWN:])
    return said


def _again(given: Case) -> int:
    _say(_shown(given))
    what, where, trace = attempt(given, Limits().seconds)
    _say(f"{what} {where}\n{trace}".rstrip())
    return 0 if what in {"read", "refused"} else 1


def _shown(given: Case) -> str:
    parts = [f"--- {name}\n{text[:_MOST_SHOWN]}" for name, text in given.files.items()]
    if given.raw:
        parts.append(f"--- {given.raw[:200]!r}")
    rendered = ", rendered" if given.is_rendered else ""
    return f"({given.kind}{rendered})\n" + "\n".join(parts)


def _write(given: Case, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for number, (name, text) in enumerate(given.files.items()):
        safe = "".join(each if each.isalnum() or each in "._-" else "_" for each in name)[-60:]
        (place / f"{number}-{safe}").write_bytes(text.encode("utf-8", "surrogatepass"))
    if given.raw:
        (place / "raw").write_bytes(given.raw)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n".encode("utf-8", "backslashreplace").decode())
    sys.stdout.flush()
