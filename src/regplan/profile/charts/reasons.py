"""What would have to be set before a condition is true, in words of the pack's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import Node, as_text, has_mark, truth
from regplan.profile.charts.evaluate import evaluate, flat, origin
from regplan.profile.charts.expression import Call, Expression, Literal, Path

if TYPE_CHECKING:
    from regplan.profile.charts.evaluate import Frame

__all__ = ["reason"]

# What a value passes through without its truth being changed.
_THROUGH: Final = frozenset({"bool", "int", "int64", "len", "lower", "quote", "required", "toString", "trim", "upper"})
_MEASURES: Final = frozenset({"ge", "gt", "le", "lt"})
_EMPTY: Final = {bool: "false", str: '""', Node: "{}", list: "[]"}
_SWITCHES: Final = ("enable", "enabled", "create", "install", "deploy", "use")


def reason(expression: Expression, frame: Frame, *, wanted: bool = True) -> str:
    """Tell what makes an expression true (or false): "charts.web.metrics.enabled: true"; "" where nobody can tell."""
    mark = len(frame.run.reads)
    evaluate(expression, frame)
    reads = frame.run.reads[mark:]
    return _reason(expression, frame, wanted=wanted) or _of_reads(reads)


def _reason(expression: Expression, frame: Frame, *, wanted: bool) -> str:
    match expression:
        case Path():
            return _of_path(expression, frame, wanted=wanted)
        case Call(function=str(name), arguments=parts):
            return _of_call(name, parts, frame, wanted=wanted)
        case _:
            return ""


def _of_call(name: str, parts: tuple[Expression, ...], frame: Frame, *, wanted: bool) -> str:
    match name, parts:
        case (("not" | "empty"), (inner,)):
            return _reason(inner, frame, wanted=not wanted)
        case (("and" | "or"), _):
            return _of_parts(parts, frame, wanted=wanted, is_every=(name == "and") is wanted)
        case (("eq" | "ne"), (_, _)):
            return _of_equal(parts, frame, wanted=(name == "eq") is wanted)
        case (("hasKey" | "get"), (tree, Literal(value=str(key)))):
            node = evaluate(tree, frame)
            return ".".join((*node.path, key)) if isinstance(node, Node) and node.path is not None else ""
        case _:
            passed = _passed(name, parts, wanted=wanted)
            return "" if passed is None else _reason(passed, frame, wanted=wanted)


def _passed(name: str, parts: tuple[Expression, ...], *, wanted: bool) -> Expression | None:
    """Tell the argument whose truth is the call's own."""
    if (name in _THROUGH and len(parts) == 1) or (name == "default" and len(parts) == 2):
        return parts[-1]
    is_measure = name in _MEASURES and len(parts) == 2 and isinstance(parts[1], Literal) and wanted
    return parts[0] if is_measure else None


def _of_path(path: Path, frame: Frame, *, wanted: bool) -> str:
    place = origin(path, frame)
    if place is None:
        return ""
    value = evaluate(path, frame)
    name = ".".join(place)
    if wanted:
        return f"{name}: true" if value is False or (value is None and _is_switch(place[-1])) else name
    return f"{name}: {_EMPTY[type(value)]}" if type(value) in _EMPTY else name


def _of_parts(parts: tuple[Expression, ...], frame: Frame, *, wanted: bool, is_every: bool) -> str:
    """Join what each part needs that is not as it should be, or tell one, a switch if there is any."""
    needed = [each for each in parts if truth(flat(evaluate(each, frame))) is not wanted]
    reasons = [found for each in needed if (found := _reason(each, frame, wanted=wanted))]
    if is_every:
        return " and ".join(dict.fromkeys(reasons))
    return min(reasons, key=lambda each: not each.endswith((": true", ": false")), default="")


def _of_equal(parts: tuple[Expression, ...], frame: Frame, *, wanted: bool) -> str:
    for side, against in (parts, parts[::-1]):
        place = origin(_bare(side), frame)
        value = flat(evaluate(against, frame))
        if place is not None and not has_mark(value) and not isinstance(value, dict | list):
            return f"{'.'.join(place)}: {as_text(value)}" if wanted else ".".join(place)
    return ""


def _bare(expression: Expression) -> Expression:
    while isinstance(expression, Call) and expression.function in _THROUGH and len(expression.arguments) == 1:
        expression = expression.arguments[0]
    return expression


def _of_reads(reads: list[tuple[str, ...]]) -> str:
    """Guess from what a condition read: its first switch, or whatever it read first."""
    switches = [path for path in reads if _is_switch(path[-1])]
    return ".".join(next(iter(switches or reads), ()))


def _is_switch(key: str) -> bool:
    return key.lower().startswith(_SWITCHES) or key.lower().endswith(("enabled", "enable"))
