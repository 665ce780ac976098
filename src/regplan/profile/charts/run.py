"""Runs a template with what is known: both ways where a condition is not, and the other way too where it is.

Nothing is ever written or looked up. Work is bounded: a chart that asks for more is told in part.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.blocks import Action, Block, Body, Jump, Text, parse_template
from regplan.profile.charts.data import UNKNOWN, Data, Node, as_text, truth
from regplan.profile.charts.evaluate import Frame, Slot, evaluate, flat, origin
from regplan.profile.charts.expression import BadTemplate, Pipeline, parse_pipeline
from regplan.profile.charts.outcome import Guard, Rope, Segment, verdict
from regplan.profile.charts.reasons import reason
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
__all__ = ["Exhausted", "Run"]

_MOST_STEPS: Final = 60_000
_MOST_SHOWN: Final = 80
_MOST_DEPTH: Final = 40
_MOST_ITEMS: Final = 200
_ENDLESS: Final = 3_000_000


class Exhausted(Exception):
    """A chart asks for more work than anyone reads it for."""


class _Jumped(Exception):
    """A loop goes on to its next item, or ends."""

    def __init__(self, *, is_break: bool) -> None:
        super().__init__()
        self.is_break = is_break


@dataclass(slots=True)
class Run:
    """The named templates of a chart and all below it, and what was read on the way.

    `reads` are the keys of the values that any expression asked for.
    """

    named: dict[str, Body]
    reads: list[tuple[str, ...]] = field(default_factory=list)
    pieces: list[Segment] = field(default_factory=list)
    guards: tuple[Guard, ...] = ()
    line: int = 0
    depth: int = 0
    steps: int = 0
    chains: int = 0
    written: int = 0
    told: dict[str, bool] = field(default_factory=dict)
    known: dict[tuple[str, int], tuple[Rope, tuple[tuple[str, ...], ...], Data]] = field(default_factory=dict)

    def manifest(self, body: Body, dot: Data, guards: tuple[Guard, ...]) -> tuple[Segment, ...]:
        """Run a template for what may be an image in it; raises `Exhausted`."""
        self.pieces, self.guards, self.depth, self.written = [], guards, 0, 0
        if self.is_telling(body):
            self.body(body, Frame(self, dot, dot, {"$": Slot(dot)}, is_lean=True))
        return tuple(self.pieces)

    def include(self, name: Data, dot: Data, frame: Frame) -> Data:
        """Run a named template; what it gives is unknown where there is none of that name or it calls itself."""
        body = self.named.get(name) if isinstance(name, str) else None
        if body is None or self.depth >= _MOST_DEPTH:
            return UNKNOWN
        key = (str(name), id(dot))
        if not frame.is_lean and key in self.known:
            rope, reads, _ = self.known[key]
            self.reads += reads
            return rope
        mark = len(self.reads)
        rope = self.aside(body, Frame(self, dot, dot, {"$": Slot(dot)}, is_lean=frame.is_lean))
        if not frame.is_lean and isinstance(dot, Node):
            self.known[key] = (rope, tuple(dict.fromkeys(self.reads[mark:])), dot)
        return rope

    def text(self, text: Data, dot: Data) -> Data:
        """Run a text as a template, as `tpl` does."""
        if not isinstance(text, str) or "{{" not in text:
            return text
        if self.depth >= _MOST_DEPTH:
            return UNKNOWN
        try:
            body, _ = parse_template(text)
        except BadTemplate:
            return UNKNOWN
        return self.aside(body, Frame(self, dot, dot, {"$": Slot(dot)}, is_lean=False))

    def aside(self, body: Body, frame: Frame) -> Rope:
        """Run a body and keep its text from what is being written."""
        pieces, guards, line = self.pieces, self.guards, self.line
        self.pieces, self.guards, self.depth = [], (), self.depth + 1
        try:
            self.body(body, frame)
            return Rope(tuple(self.pieces))
        finally:
            self.pieces, self.guards, self.depth, self.line = pieces, guards, self.depth - 1, line

    def is_telling(self, body: Body) -> bool:
        """Tell whether a body may write an image, itself or through what it includes."""
        return body.is_telling or any(map(self.tells, body.calls))

    def tells(self, name: str) -> bool:
        """Tell whether a named template may write an image."""
        if name not in self.told:
            self.told[name] = False
            body = self.named.get(name)
            self.told[name] = body is not None and self.is_telling(body)
        return self.told[name]

    def body(self, body: Body, frame: Frame) -> None:
        """Run the nodes of a body."""
        prefix = ""
        for node in body.nodes:
            self.steps += 1
            if self.steps > _MOST_STEPS or self.written > _ENDLESS:
                raise Exhausted
            match node:
                case Text(text=text, line=line):
                    self.line = line if not self.depth else self.line
                    self.write(text, step=0 if self.depth else 1)
                    start, is_line, end = text.rpartition("\n")
                    prefix = end if is_line else prefix + start + end
                case Action():
                    self.line = node.line if not self.depth else self.line
                    self.action(node, frame, prefix)
                case Jump(is_break=is_break):
                    if frame.loop is not None and verdict(self.guards[frame.loop :]) is True:
                        raise _Jumped(is_break=is_break)
                case Block():
                    self.line = node.line if not self.depth else self.line
                    is_lean = frame.is_lean and not _is_telling_line(prefix)
                    self.block(node, frame if is_lean is frame.is_lean else frame.but(is_lean=False))

    def write(self, value: Data, step: int = 0) -> None:
        """Write a value under the conditions that hold here; `step` is 1 for the template's own text."""
        if isinstance(value, Rope):
            self.pieces += (
                Segment(piece.text, self.guards + piece.guards, self.line) for piece in value.segments if piece.text
            )
            self.written += sum(len(piece.text) for piece in value.segments)
        else:
            text = as_text(value)
            self.written += len(text)
            if text:
                self.pieces.append(Segment(text, self.guards, self.line, step))

    def action(self, action: Action, frame: Frame, prefix: str) -> None:
        """Run an action: set a variable or write a value."""
        try:
            pipeline = parse_pipeline(action.text)
        except BadTemplate:
            self.write(UNKNOWN)
            return
        if pipeline.names:
            slot = Slot(evaluate(pipeline.value, frame.but(is_lean=False)), origin(pipeline.value, frame))
            self.assign(pipeline, slot, frame)
        elif not frame.is_lean:
            self.write(evaluate(pipeline.value, frame))
        elif _is_telling_line(prefix):
            self.write(evaluate(pipeline.value, frame.but(is_lean=False)))
        elif action.is_telling or action.is_dump or any(map(self.tells, action.calls)):
            self.write(evaluate(pipeline.value, frame))
        else:
            self.write(UNKNOWN)

    def assign(self, pipeline: Pipeline, slot: Slot, frame: Frame) -> None:
        """Set a variable; in a branch that may not be taken, nobody outside knows what it is."""
        name = pipeline.names[0]
        outer = frame.variables.get(name)
        if pipeline.is_new or outer is None or outer.depth == len(self.guards):
            frame.variables[name] = replace(slot, depth=len(self.guards))
            if not pipeline.is_new and outer is not None:
                outer.value, outer.path = slot.value, slot.path
                frame.variables[name] = outer
            return
        told = verdict(self.guards[outer.depth :])
        if told is True:
            outer.value, outer.path = slot.value, slot.path
            return
        frame.variables[name] = replace(slot, depth=len(self.guards))
        if told is None and outer.value != slot.value:
            outer.value, outer.path = UNKNOWN, None

    def block(self, block: Block, frame: Frame) -> None:
        """Run the branches of a block, each under what is known of its condition."""
        bodies = [body for _, _, body in block.branches]
        if frame.is_lean and not any(
            body.has_kind or body.is_inline or _sets(body) or self.is_telling(body) for body in bodies
        ):
            return
        self.chains += 1
        chain = self.chains
        # What the branches before leave: this one is reached (True), is not (False), or may be.
        reached: bool | None = True
        before = ""
        for index, (kind, text, body) in enumerate(block.branches):
            is_last = index == len(block.branches) - 1
            value, told, why = self.condition(text, frame, is_bare=index > 0 and not text, is_last=is_last)
            taken = told if reached is True or told is False else reached
            reasons = [each for each in (before, why[0]) if each] if taken is False else []
            guard = Guard(chain, index, taken, " and ".join(dict.fromkeys(reasons)))
            self.branch((kind, text, body), guard, value, frame)
            if told is True and reached is not False:
                reached, before = False, why[1]
            elif told is None and reached is True:
                reached = None

    def condition(
        self, text: str, frame: Frame, *, is_bare: bool, is_last: bool
    ) -> tuple[Data, bool | None, tuple[str, str]]:
        """Tell a condition's value, its truth, and what would make it true and what would make it false."""
        if is_bare:
            return None, True, ("", "")
        # A condition needs all of a text, and not only what an image may stand in.
        whole = frame.but(is_lean=False)
        try:
            asked = parse_pipeline(text).value
            value = flat(evaluate(asked, whole))
        except BadTemplate:
            return UNKNOWN, None, ("", "")
        told = truth(value)
        if told is None or (told and is_last):
            return value, told, ("", "")
        why = reason(asked, whole, wanted=not told) or f"a change of `{text[:_MOST_SHOWN]}`"
        return value, told, ("", why) if told else (why, "")

    def branch(self, branch: tuple[str, str, Body], guard: Guard, value: Data, frame: Frame) -> None:
        """Run a branch with the dot and the variables that its word gives it."""
        word, text, body = branch
        outer, self.guards = self.guards, (*self.guards, guard)
        inner = frame.but(variables=dict(frame.variables))
        try:
            if word == "range" and text:
                self.loop(body, parse_pipeline(text), value, inner)
            else:
                if word == "with" and text:
                    inner.dot, inner.dot_path = value, origin(parse_pipeline(text).value, frame)
                self.declare(text, value, inner, frame)
                self.body(body, inner)
        except BadTemplate:
            self.write(UNKNOWN)
        finally:
            self.guards = outer

    def declare(self, text: str, value: Data, inner: Frame, frame: Frame) -> None:
        """Set the variable that a condition sets, as in `{{ with $x := .Values.x }}`."""
        if ":=" in text:
            pipeline = parse_pipeline(text)
            for name in pipeline.names[-1:]:
                inner.variables[name] = Slot(value, origin(pipeline.value, frame), len(self.guards))

    def loop(self, body: Body, pipeline: Pipeline, value: Data, frame: Frame) -> None:
        """Run a body for each item; once with an unknown one where the items are not known or there are none."""
        names = pipeline.names
        depth = len(self.guards)
        for key, item in _items(value):
            inner = frame.but(variables=dict(frame.variables))
            inner.dot, inner.dot_path, inner.loop = item, None, depth
            if names:
                inner.variables[names[-1]] = Slot(item, None, len(self.guards))
            if len(names) == 2:
                inner.variables[names[0]] = Slot(key, None, len(self.guards))
            try:
                self.body(body, inner)
            except _Jumped as jumped:
                # Whatever follows a jump that may be taken is taken to follow.
                self.guards = self.guards[:depth]
                if jumped.is_break:
                    return


def _items(value: Data) -> Iterable[tuple[Data, Data]]:
    if isinstance(value, dict) and value:
        return sorted(value.items())[:_MOST_ITEMS]
    if isinstance(value, list) and value:
        return list(enumerate(value))[:_MOST_ITEMS]
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return [(each, each) for each in range(min(value, _MOST_ITEMS))]
    return [(UNKNOWN, UNKNOWN)]


def _is_telling_line(prefix: str) -> bool:
    low = prefix.lower()
    return any(word in low for word in ("image", "kind", "repository", "version", "tag", "registry", "hook"))


def _sets(body: Body) -> bool:
    return any(isinstance(node, Action) and "=" in node.text for node in body.nodes)
