"""Trees built from YAML events: no type is guessed, no recursion, no alias bomb, no key twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from yaml import events

from regplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml import Event

__all__ = ["BadSyntax", "Composer", "Lines", "Map", "Quoted", "Seq", "Tree"]

Tree: TypeAlias = "str | Map | Seq | None"

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_MOST_DEPTH: Final = 100
_MOST_EXPANDED: Final = 200_000
_MOST_PROBLEMS: Final = 20
_MOST_EVENTS: Final = 2_000_000


class BadSyntax(InputError):
    """A text that is neither YAML nor JSON; `problems` each name line and column."""

    def __init__(self, *problems: str) -> None:
        """Keep every problem; the message is all of them."""
        super().__init__("; ".join(problems))
        self.problems = problems


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


@dataclass(slots=True)
class _Frame:
    """A container that is still open; `size` counts what it expands to."""

    container: Map | Seq
    anchor: str | None
    line: int
    size: int = 1
    key: str | None = None
    key_line: int = 0
    is_merge: bool = False
    merges: list[Map] = field(default_factory=list)


class Composer:
    """Takes YAML events and keeps the documents that they make; raises `BadSyntax` at what no tree can hold."""

    def __init__(self, restore: Callable[[str], str], lines: Lines = _OWN) -> None:
        """Start with nothing read; `restore` is applied to every scalar, `lines` tells where the text stands."""
        self.documents: list[Tree] = []
        self.problems: list[str] = []
        self._restore = restore
        self._lines = lines
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Tree, int]] = {}
        self._events = 0

    def feed(self, event: Event) -> None:
        """Take the next event."""
        self._events += 1
        if self._events > _MOST_EVENTS:
            raise BadSyntax(f"line {self._line(event)}: the text holds more than {_MOST_EVENTS:,} values")
        match event:
            case events.ScalarEvent():
                self._scalar(event)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self._start(event)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self._end()
            case events.AliasEvent():
                self._alias(event)
            case events.DocumentStartEvent():
                self._anchors = {}
            case _:
                pass

    def _scalar(self, event: events.ScalarEvent) -> None:
        is_plain = event.implicit[0]
        line = self._line(event)
        frame = self._open[-1] if self._open else None
        if frame is not None and isinstance(frame.container, Map) and frame.key is None:
            self._key(frame, self._restore(event.value), line)
            frame.is_merge = is_plain and event.value == "<<"
            return
        text = self._restore(event.value)
        value = (None if event.value in _NULLS else text) if is_plain else self._quoted(event, text, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, 1, line)

    def _key(self, frame: _Frame, key: str, line: int) -> None:
        if key in frame.container and len(self.problems) < _MOST_PROBLEMS:
            first = frame.container.lines[key]  # type: ignore[call-overload]  # a frame that awaits a key is a Map's
            self.problems.append(f"line {line}: the key {key!r} stands twice, first in line {first}")
        frame.key, frame.key_line = key, line

    def _start(self, event: events.CollectionStartEvent) -> None:
        line = self._line(event)
        if self._open and isinstance(self._open[-1].container, Map) and self._open[-1].key is None:
            raise BadSyntax(f"line {line}: a key must be text, and here is a mapping or a list")
        if len(self._open) >= _MOST_DEPTH:
            raise BadSyntax(f"line {line}: this is nested more than {_MOST_DEPTH} levels deep")
        container = Map() if isinstance(event, events.MappingStartEvent) else Seq()
        self._open.append(_Frame(container, event.anchor, line))

    def _end(self) -> None:
        frame = self._open.pop()
        if self._lines.fixed is not None:
            _fix(frame.container, self._lines.fixed)
        if isinstance(frame.container, Map):
            for merged in frame.merges:
                for key in merged.keys() - frame.container.keys():
                    frame.container[key] = merged[key]
                    frame.container.lines[key] = merged.lines[key]
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.container, frame.size)
        self._add(frame.container, frame.size, frame.line)

    def _alias(self, event: events.AliasEvent) -> None:
        line = self._line(event)
        if event.anchor not in self._anchors:
            raise BadSyntax(f"line {line}: the alias *{event.anchor} names nothing that was complete before it")
        value, size = self._anchors[event.anchor]
        if self._open and isinstance(self._open[-1].container, Map) and self._open[-1].key is None:
            if not isinstance(value, str):
                raise BadSyntax(f"line {line}: a key must be text, and *{event.anchor} is not")
            self._key(self._open[-1], value, line)
            return
        self._add(value, size, line)

    def _add(self, value: Tree, size: int, line: int) -> None:
        if not self._open:
            self.documents.append(value)
            return
        frame = self._open[-1]
        frame.size += size
        if frame.size > max(_MOST_EXPANDED, 4 * self._events):
            raise BadSyntax(f"line {line}: the aliases expand to more than {_MOST_EXPANDED:,} values")
        if isinstance(frame.container, Seq):
            frame.container.append(value)
            frame.container.lines.append(line)
        elif frame.is_merge:
            self._merge(frame, value, line)
        else:
            frame.container[str(frame.key)] = value
            frame.container.lines[str(frame.key)] = frame.key_line
        frame.key, frame.is_merge = None, False

    def _merge(self, frame: _Frame, value: Tree, line: int) -> None:
        merged = value if isinstance(value, Seq) else [value]
        if not all(isinstance(each, Map) for each in merged):
            raise BadSyntax(f"line {line}: << takes a mapping or a list of mappings")
        frame.merges += [each for each in merged if isinstance(each, Map)]

    def _quoted(self, event: events.ScalarEvent, text: str, line: int) -> Quoted:
        # A literal block begins in the line after its bar.
        is_block = event.style == "|" and self._lines.fixed is None
        return Quoted(text, self._told(line) + is_block, is_block=is_block)

    def _line(self, event: Event) -> int:
        return event.start_mark.line + 1 + self._lines.shift if event.start_mark is not None else 0

    def _told(self, line: int) -> int:
        return line if self._lines.fixed is None else self._lines.fixed


def _fix(container: Map | Seq, line: int) -> None:
    if isinstance(container, Map):
        container.lines = dict.fromkeys(container.lines, line)
    else:
        container.lines = [line] * len(container.lines)
