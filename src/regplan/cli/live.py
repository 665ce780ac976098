"""A seeding while it runs, on stderr: drawn on a terminal, in plain lines now and then elsewhere, and not at all if quiet.

What is shown is the run's own log. The bar and its percentage are bytes that the target has confirmed and those of blobs under
way, which a failed attempt loses again; bytes on the wire, of every attempt, stand beside them.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from regplan.report.seed_run.sentences import when
from regplan.report.words import progress_words
from regplan.units import format_bytes, format_count, format_rate
from regplan.verbs.run_words import counts_words, eta_words, share_percent, standing, there_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType

    from regplan.model.progress import Progress
    from regplan.model.run import Forecast
    from regplan.seed.runlog import RunLog, Snapshot
    from regplan.seed.stopping import Stop
    from regplan.verbs.limiting import Outlook

__all__ = ["SeedView", "plain_line", "when"]

_EACH_S: Final = 10.0
_LOOK_S: Final = 0.25
_MOST_STREAMS: Final = 6
_GLYPHS: Final = ("█", "▒", "░")
_LETTERS: Final = ("#", "=", ".")


class SeedView:
    """Shows a run from `start` to `close`; `report` hears what goes before it, and `paused` leaves room for a question."""

    def __init__(self, log: RunLog, outlook: Outlook, stop: Stop) -> None:
        """Show nothing yet."""
        self._log, self._outlook, self._stop = log, outlook, stop
        self._before: Progress | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._live: _Drawn | None = None
        self._said = self._line = ""
        self._next_s = 0.0
        self._quarter = 0

    def report(self, progress: Progress) -> None:
        """Hear how far resolving has come."""
        self._before = progress

    def start(self) -> None:
        """Begin to show, in whatever way stderr can."""
        if _draws():
            self._live = _Drawn(self)
            self._live.start()
            return
        self._thread = threading.Thread(target=self._say_lines, daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Clear what is drawn, so that something can be asked; `resume` goes on."""
        if self._live is not None:
            self._live.stop()

    def resume(self) -> None:
        """Draw again."""
        if self._live is not None:
            self._live.start()

    def close(self) -> None:
        """Show nothing any more."""
        self.pause()
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1)
            self._say(last=True)

    def lines(self, width: int, height: int) -> Iterator[str]:
        """Tell what is drawn on a terminal of this size, one line each, none longer than `width`."""
        told = self._log.snapshot()
        if not self._log.has_begun:
            yield "looking ..." if self._before is None else progress_words(self._before)
            yield from self._notes(told)
            return
        yield from _totals(told, self._outlook.live(told, time.time()), self._outlook.limits.zone, width)
        yield from self._notes(told)
        room = max(0, min(_MOST_STREAMS, height - 8))
        for what, sent, size in told.under_way[:room]:
            yield _stream(what, sent, size, width)
        if len(told.under_way) > room:
            yield f"  and {format_count(len(told.under_way) - room, 'more stream')}"

    def _notes(self, told: Snapshot) -> Iterator[str]:
        """Tell what is out of the common run: what is waited for, and that it was asked to stop."""
        if told.waits:
            until_s = time.time() + told.waits_until_s - time.monotonic()
            until = f", until {when(until_s, self._outlook.limits.zone)}" if math.isfinite(until_s) else ""
            yield f"waiting: {told.waits}{until}"
        if not self._log.has_begun:
            return
        if self._stop.now:
            yield "cutting off what is under way"
        elif self._stop.asked:
            yield "stopping: what is under way may end within 10 s; interrupt again to cut it off"

    def _say_lines(self) -> None:
        while not self._ended.wait(_LOOK_S):
            self._say()

    def _say(self, *, last: bool = False) -> None:
        """Say a line where ten seconds have passed, a quarter more is done, or something else is waited for."""
        told = self._log.snapshot()
        notes = "; ".join(self._notes(told))
        if not self._log.has_begun and not notes:
            return
        quarter = share_percent(told) // 25
        is_due = last or told.seconds >= self._next_s or quarter > self._quarter
        if notes and notes.partition(",")[0] != self._said.partition(",")[0]:
            _write(notes)
        elif is_due and not notes:
            line = plain_line(told, self._outlook.live(told, time.time()), self._outlook.limits.zone)
            if line != self._line:
                _write(line)
            self._line = line
        if is_due:
            self._next_s, self._quarter = told.seconds + _EACH_S, max(quarter, self._quarter)
        self._said = notes


class _Drawn:
    """Lines redrawn in place four times a second; they are gone when it stops."""

    def __init__(self, view: SeedView) -> None:
        from rich.console import Console

        self._view, self._console = view, Console(stderr=True)
        self._live: object = None

    def start(self) -> None:
        from rich.live import Live

        live = Live(self, console=self._console, refresh_per_second=4, transient=True, redirect_stdout=False)
        live.start()
        self._live = live

    def stop(self) -> None:
        from rich.live import Live

        if isinstance(self._live, Live):
            self._live.stop()
        self._live = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        from rich.text import Text

        for line in self._view.lines(options.max_width, console.size.height):
            # A name may hold brackets, which rich would take for markup; a Text has none.
            yield Text(line, no_wrap=True, overflow="ellipsis")


def plain_line(told: Snapshot, ends: Forecast | None, zone: str | None) -> str:
    """Write a run's progress in one line.

    >>> from regplan.seed.runlog import Snapshot
    >>> plain_line(Snapshot(9, total_bytes=200, confirmed_bytes=50, moving_bytes=30, wire_bytes=90, rate_bps=8000), None, None)
    '40 %: 50 B of 200 B there, 30 B on the way, 90 B sent, 8.00 kbit/s'
    """
    share = share_percent(told)
    there = f"{format_bytes(told.confirmed_bytes)} of {format_bytes(told.total_bytes)} there"
    moving = [f"{format_bytes(told.moving_bytes)} on the way"] if told.moving_bytes else []
    parts = [f"{share} %: {there}", *moving, f"{format_bytes(told.wire_bytes)} sent"]
    # Where all is there a rate says nothing; where something is missing, 0 bit/s says that it stalls.
    parts += [format_rate(int(told.rate_bps))] if told.confirmed_bytes < told.total_bytes else []
    if told.blobs:
        parts += [f"blobs: {counts_words(told)}", f"manifests: {standing(told)} of {told.manifests}"]
    if ends is not None and told.left_bytes:
        parts.append(f"done by {when(ends.ends_at_s, zone)}")
    return ", ".join(parts)


def _totals(told: Snapshot, ends: Forecast | None, zone: str | None, width: int) -> Iterator[str]:
    total = max(1, told.total_bytes)
    bar = _bar(told.confirmed_bytes / total, told.moving_bytes / total, max(8, min(40, width - 34)))
    yield f"{bar} {share_percent(told):3} %  {there_words(told)} there"
    yield f"{format_bytes(told.wire_bytes)} on the wire at {format_rate(int(told.rate_bps))}{eta_words(told, ends, zone)}"
    yield f"blobs {counts_words(told)} of {told.blobs}; manifests {standing(told)} of {told.manifests}"


def _stream(what: str, sent: int, size: int, width: int) -> str:
    told = f"{format_bytes(sent)} of {format_bytes(size)}"
    room = max(10, width - len(told) - 14)
    name = what if len(what) <= room else f"...{what[3 - room :]}"
    return f"  {_bar(0.0, sent / max(1, size), 8)} {told}  {name}"


def _bar(there: float, moving: float, width: int) -> str:
    """Draw a bar: what is there, what is on its way, and what is left."""
    full, half, empty = _GLYPHS if _is_unicode() else _LETTERS
    done = int(width * min(1.0, there))
    more = int(width * min(1.0, there + moving)) - done
    return full * done + half * more + empty * (width - done - more)


def _is_unicode() -> bool:
    return (sys.stderr.encoding or "").lower().replace("-", "") == "utf8"


def _draws() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in {"dumb", "unknown"}


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
