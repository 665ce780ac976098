"""What an expression of a template gives, as far as it can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from regplan.profile.charts.data import UNKNOWN, Data, Node, has_mark, truth
from regplan.profile.charts.expression import Call, Expression, Literal, Path
from regplan.profile.charts.functions import call
from regplan.profile.charts.outcome import Rope, Segment, collapse
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.profile.charts.outcome import Guard

__all__ = ["Frame", "Runner", "Slot", "evaluate", "flat", "origin"]

# Functions that leave a text's pieces apart, so that a condition inside it is still known to be one.
_PIECEWISE: Final = frozenset({"indent", "nindent", "quote", "squote", "toString", "trim"})
_MERGES: Final = frozenset({"merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"})


class Runner(Protocol):
    """What runs templates for an expression; `reads` are the keys that were asked for, `guards` what holds here."""

    reads: list[tuple[str, ...]]
    guards: tuple[Guard, ...]

    def include(self, name: Data, dot: Data, frame: Frame) -> Data:
        """Run a named template."""
        ...

    def text(self, text: Data, dot: Data) -> Data:
        """Run a text as a template."""
        ...


@dataclass(slots=True)
class Slot:
    """A variable: its value, the keys of the values that it came from, and under how many conditions it was made."""

    value: Data
    path: tuple[str, ...] | None = None
    depth: int = 0


@dataclass(slots=True)
class Frame:
    """What an expression sees: the dot, the root, the variables; `is_lean` where only images matter."""

    run: Runner
    root: Data
    dot: Data
    variables: dict[str, Slot]
    is_lean: bool = False
    dot_path: tuple[str, ...] | None = None
    loop: int | None = None

    def but(self, *, is_lean: bool | None = None, variables: dict[str, Slot] | None = None) -> Frame:
        """Tell the same frame with another part."""
        return Frame(
            self.run,
            self.root,
            self.dot,
            self.variables if variables is None else variables,
            self.is_lean if is_lean is None else is_lean,
            self.dot_path,
            self.loop,
        )


def evaluate(expression: Expression, frame: Frame) -> Data:
    """Tell what an expression gives; `UNKNOWN` where nobody can tell."""
    match expression:
        case Literal(value=value):
            return value
        case Path():
            return _followed(expression, frame)[0]
        case Call(function=str(name), arguments=arguments):
            return _called(name, arguments, frame)
        case _:
            return _method(expression, frame)


def origin(expression: Expression, frame: Frame) -> tuple[str, ...] | None:
    """Tell the keys of the values that an expression reads; None where it reads no single one."""
    return _followed(expression, frame)[1] if isinstance(expression, Path) else None


def _followed(path: Path, frame: Frame) -> tuple[Data, tuple[str, ...] | None]:
    if path.base == ".":
        value, place = frame.dot, frame.dot_path
    elif isinstance(path.base, str):
        slot = frame.variables.get(path.base)
        value, place = (UNKNOWN, None) if slot is None else (slot.value, slot.path)
    else:
        value, place = evaluate(path.base, frame), None
        value = flat(value)
    if isinstance(value, Node) and value.path is not None:
        place = value.path
    for key in path.keys:
        if isinstance(value, Node) and value.path is not None:
            place = (*value.path, key)
        elif value is not None or place is None:
            place = None
        else:
            place = (*place, key)
        if isinstance(value, dict):
            value = value.get(key)
        elif value is not None:
            value = UNKNOWN
    if place is not None:
        frame.run.reads.append(place)
    return value, place


def _called(name: str, arguments: tuple[Expression, ...], frame: Frame) -> Data:
    if name in {"and", "or"}:
        return _joined(name, arguments, frame)
    values = [evaluate(each, frame) for each in arguments]
    match name, values:
        case "include", [named, dot]:
            return frame.run.include(flat(named), dot, frame)
        case "tpl", [text, dot]:
            return frame.run.text(flat(text), dot)
        case "set" | "unset", [tree, key, *value]:
            return _set(flat(tree), flat(key), [flat(each) for each in value], frame)
        case _, [*first, Rope() as rope] if name in _PIECEWISE:
            return _piecewise(name, [flat(each) for each in first], rope)
        case _:
            return _computed(name, [flat(each) for each in values], frame)


def _computed(name: str, values: list[Data], frame: Frame) -> Data:
    whole = call(name, values)
    if name in _MERGES and isinstance(values[0], Node) and isinstance(whole, dict) and _is_certain(frame):
        # The first is changed itself, as sprig changes it.
        values[0].update(whole)
        return values[0]
    return whole


def _joined(name: str, arguments: tuple[Expression, ...], frame: Frame) -> Data:
    """Tell what `and` and `or` give: the first value that decides, or the last."""
    decisive = name == "or"
    is_open = False
    value: Data = UNKNOWN
    for each in arguments:
        value = flat(evaluate(each, frame))
        told = truth(value)
        if told is decisive:
            return UNKNOWN if is_open and decisive and value is not True else value
        is_open = is_open or told is None
    return UNKNOWN if is_open else value


def _set(tree: Data, key: Data, value: list[Data], frame: Frame) -> Data:
    """Change a mapping where it is certain that the chart does; `value` is empty where a key is taken away."""
    if not isinstance(tree, dict) or has_mark(key):
        return UNKNOWN
    if _is_certain(frame):
        if value:
            tree[key] = value[0]
        else:
            tree.pop(key, None)
    return tree


def _is_certain(frame: Frame) -> bool:
    return all(guard.verdict is True for guard in frame.run.guards)


def _method(expression: Call, frame: Frame) -> Data:
    for each in expression.arguments:
        evaluate(each, frame)
    return UNKNOWN


def flat(value: Data) -> Data:
    """Make a text of what came in pieces."""
    return collapse(value) if isinstance(value, Rope) else value


def _piecewise(name: str, arguments: list[Data], rope: Rope) -> Data:
    pieces = rope.segments
    if not pieces:
        return call(name, [*arguments, ""])
    first, last = pieces[0], pieces[-1]
    match name:
        case "indent" | "nindent" if isinstance(arguments[0], int):
            pad = " " * min(arguments[0], 200)
            start = Segment(("\n" if name == "nindent" else "") + pad, (), first.line)
            return Rope((start, *(each._replace(text=each.text.replace("\n", f"\n{pad}")) for each in pieces)))
        case "quote" | "squote":
            sign = '"' if name == "quote" else "'"
            return Rope((Segment(sign, (), first.line), *pieces, Segment(sign, (), last.line)))
        case "trim":
            return Rope(_trimmed(pieces))
        case _:
            return rope


def _trimmed(pieces: tuple[Segment, ...]) -> tuple[Segment, ...]:
    kept = list(pieces)
    while kept and not kept[0].text.strip():
        del kept[0]
    while kept and not kept[-1].text.strip():
        del kept[-1]
    if kept:
        kept[0] = kept[0]._replace(text=kept[0].text.lstrip())
        kept[-1] = kept[-1]._replace(text=kept[-1].text.rstrip())
    return tuple(kept)
