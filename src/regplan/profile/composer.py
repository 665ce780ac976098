"""Trees built from YAML events: no type is guessed, no recursion, no alias bomb, no key twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

from regplan.errors import InputError
from regplan.profile.pyyaml import events
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml import Event

__all__ = ["BadSyntax", "Composer", "Lines", "Map", "Quoted", "Seq", "TooMuch", "Tree"]

Tree: TypeAlias = "str | Map | Seq | None"

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
# Together these keep what one text becomes below some 150 MB, whatever stands in it; no profile comes near them.
_MOST_DEPTH: Final = 100
_MOST_EVENTS: Final = 800_000
_MOST_ALIASED: Final = 50_000
_MOST_KEY: Final = 1_024
_MOST_SCALAR: Final = 8 * 2**20
_MOST_PROBLEMS: Final = 20


class BadSyntax(InputError):
    """A text that is neither YAML nor JSON; `problems` each name line and column."""

    def __init__(self, *problems: str) -> None:
        """Keep every problem; the message is all of them."""
        super().__init__("; ".join(problems))
        self.problems = problems


class TooMuch(BadSyntax):
    """A text that may be right and is more than is ever read: too long, too deep, too many values or aliases."""


class Lines(NamedTuple):
    """How the lines of a text that stands inside another file are told.

    Each is `shift` more than it is in the text; where that cannot be, as for a text in quotes, all are `fixed`, the
    line where the text begins.
    """

    shift: int = 0
    fixed: int | None = None


class Quoted(str):
    """A text that stood in quotes or in a block, so that it is no number and no truth value.

    `line` is where it begins, 0 where that is not known; `is_block` tells that its lines are lines of the file.
    """

    __slots__ = ("is_block", "line")

    line: int
    is_block: bool

    def __new__(cls, text: str, line: int = 0, *, is_block: bool = False) -> Self:
        """Keep a text with the line where it begins."""
        self = super().__new__(cls, text)
        self.line, self.is_block = line, is_block
        return self


_OWN: Final = Lines()


class Map(dict[str, Tree]):
    """A mapping of text to trees; `lines` tells the line of each key, counted from 1 (nothing where it is not known)."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.lines: dict[str, int] = {}


class Seq(list[Tree]):
    """A list of trees; `lines` tells the line of each item, counted from 1 (nothing where it is not known)."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.lines: list[int] = []


class _Frame:
    """A container that is still open; `since` is what had been counted when it began."""

    __slots__ = ("anchor", "container", "is_map", "is_merge", "key", "key_line", "line", "merges", "since")

    def __init__(self, container: Map | Seq, event: events.CollectionStartEvent, line: int, since: int) -> None:
        self.container: Any = container  # told apart by `is_map`
        self.is_map = type(container) is Map
        self.anchor = event.anchor
        self.line = line
        self.since = since
        self.key: str | None = None
        self.key_line = 0
        self.is_merge = False
        self.merges: list[Map] = []


class Composer:
    """Takes YAML events and keeps the documents that they make; raises `BadSyntax` at what no tree can hold."""

    def __init__(self, restore: Callable[[str], str] | None = None, lines: Lines = _OWN) -> None:
        """Start with nothing read; `restore` is applied to every scalar, `lines` tells where the text stands."""
        self.documents: list[Tree] = []
        self.problems: list[str] = []
        self._restore = restore
        self._lines = lines
        self._first = 1 + lines.shift
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Tree, int]] = {}
        self._events = 0
        self._aliased = 0
        self._take: dict[type[Event], Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._start,
            events.SequenceStartEvent: self._start,
            events.MappingEndEvent: self._end,
            events.SequenceEndEvent: self._end,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._begin,
        }

    def read(self, next_event: Callable[[], Event | None]) -> None:
        """Take events until there are no more."""
        take_of = self._take.get
        while (event := next_event()) is not None:
            self._events += 1
            if self._events > _MOST_EVENTS:
                raise TooMuch(f"line {self._line(event)}: the text holds more than {_MOST_EVENTS:,} values")
            take = take_of(type(event))
            if take is not None:
                take(event)

    def _begin(self, _: events.DocumentStartEvent) -> None:
        self._anchors = {}

    def _scalar(self, event: events.ScalarEvent) -> None:
        value: str = event.value
        mark = event.start_mark
        line = mark.line + self._first if mark is not None else 0
        if len(value) > _MOST_SCALAR:
            raise TooMuch(f"line {line}: a text is longer than {_MOST_SCALAR:,} characters")
        is_plain = event.implicit[0]
        text = value if self._restore is None else self._restore(value)
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.is_map and frame.key is None:
            self._key(frame, text, line)
            frame.is_merge = is_plain and value == "<<"
            return
        found = (None if value in _NULLS else text) if is_plain else self._quoted(event, text, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = (found, 1)
        self._add(frame, found, line)

    def _key(self, frame: _Frame, key: str, line: int) -> None:
        if len(key) > _MOST_KEY:
            raise TooMuch(f"line {line}: a key is longer than {_MOST_KEY:,} characters")
        if key in frame.container and len(self.problems) < _MOST_PROBLEMS:
            first = frame.container.lines[key]
            self.problems.append(f"line {line}: the key {key!r} stands twice, first in line {first}")
        frame.key, frame.key_line = key, line

    def _start(self, event: events.CollectionStartEvent) -> None:
        line = self._line(event)
        if self._awaits_key():
            raise BadSyntax(f"line {line}: a key must be text, and here is a mapping or a list")
        if len(self._open) >= _MOST_DEPTH:
            raise TooMuch(f"line {line}: this is nested more than {_MOST_DEPTH} levels deep")
        container = Map() if type(event) is events.MappingStartEvent else Seq()
        self._open.append(_Frame(container, event, line, self._events + self._aliased))

    def _end(self, _: events.CollectionEndEvent) -> None:
        frame = self._open.pop()
        if self._lines.fixed is not None:
            _fix(frame.container, self._lines.fixed)
        for merged in frame.merges:
            for key, value in merged.items():
                if key not in frame.container:
                    frame.container[key] = value
                    frame.container.lines[key] = merged.lines[key]
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.container, self._events + self._aliased - frame.since)
        self._add(self._open[-1] if self._open else None, frame.container, frame.line)

    def _alias(self, event: events.AliasEvent) -> None:
        line = self._line(event)
        if event.anchor not in self._anchors:
            raise BadSyntax(f"line {line}: the alias *{event.anchor} names nothing that was complete before it")
        value, size = self._anchors[event.anchor]
        # What follows walks an aliased tree as often as it is named: all of it counts, each time.
        self._aliased += size
        if self._aliased > _MOST_ALIASED:
            raise TooMuch(f"line {line}: the aliases expand to more than {_MOST_ALIASED:,} values")
        if not self._awaits_key():
            self._add(self._open[-1] if self._open else None, value, line)
        elif isinstance(value, str):
            self._key(self._open[-1], value, line)
        else:
            raise BadSyntax(f"line {line}: a key must be text, and *{event.anchor} is not")

    def _add(self, frame: _Frame | None, value: Tree, line: int) -> None:
        if frame is None:
            self.documents.append(value)
            return
        if not frame.is_map:
            frame.container.append(value)
            frame.container.lines.append(line)
            return
        if frame.is_merge:
            self._merge(frame, value, line)
        else:
            frame.container[frame.key] = value
            frame.container.lines[frame.key] = frame.key_line
        frame.key, frame.is_merge = None, False

    def _merge(self, frame: _Frame, value: Tree, line: int) -> None:
        merged = value if isinstance(value, Seq) else [value]
        if not all(isinstance(each, Map) for each in merged):
            raise BadSyntax(f"line {line}: << takes a mapping or a list of mappings")
        frame.merges += [each for each in merged if isinstance(each, Map)]

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_map and self._open[-1].key is None

    def _quoted(self, event: events.ScalarEvent, text: str, line: int) -> Quoted:
        # A literal block begins in the line after its bar.
        is_block = event.style == "|" and self._lines.fixed is None
        return Quoted(text, (line if self._lines.fixed is None else self._lines.fixed) + is_block, is_block=is_block)

    def _line(self, event: Event) -> int:
        return event.start_mark.line + self._first if event.start_mark is not None else 0


def _fix(container: Map | Seq, line: int) -> None:
    if isinstance(container, Map):
        container.lines = dict.fromkeys(container.lines, line)
    else:
        container.lines = [line] * len(container.lines)
