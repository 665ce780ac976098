"""Rules of the user's own, evaluated over the plan document into findings, as regplan's are over the facts."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.model.formula import Formula, Input
from regplan.model.keyed import parse_keyed
from regplan.model.own_rule import OPERATORS
from regplan.plan.document_keys import find, items_at
from regplan.plan.rules.rule import Observation, Rule, Threshold, compare_versions, finding_of
from regplan.units import format_bytes, parse_bytes, parse_cpu, parse_duration, parse_rate, parse_ratio
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from regplan.model.finding import Finding
    from regplan.model.keyed import Key, Keyed
    from regplan.model.own_rule import OwnRule

    Document = Mapping[str, Any]
    Value = int | float | str

__all__ = ["check_own", "problem_of", "row_of"]

_READ: Final[Mapping[str, Callable[[str], float]]] = {
    "bytes": parse_bytes,
    "milli": parse_cpu,
    "s": parse_duration,
    "bps": parse_rate,
    "ratio": parse_ratio,
}
_SIZED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_UNITS: Final = {"_bytes": "bytes", "bytes": "bytes", "_milli": "milli", "_s": "s", "_bps": "bps", "_ratio": "ratio"}
_VERSION: Final = "version"
_OF_VERSIONS: Final = frozenset({">=", "<", "==", "!=", "in", "not in"})
# Written as one value, and not as arithmetic: it begins with a digit.
_LITERAL = re.compile(r"[0-9][0-9.,_]*\s*[A-Za-z/%]*")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class _UnknownError(Exception):
    """Something that a rule takes is not known; the message says what and why."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A rule in one place: `item` is the item of a list that its stars stand for, None where it has none."""

    rule: OwnRule
    document: Document
    item: int | None = None
    name: str = ""

    @property
    def where(self) -> str:
        return self.name or self.rule.where or self.rule.measured

    def steps(self, key: Key) -> tuple[str | int, ...]:
        if self.item is None or key.stem is None:
            return key.steps
        place = key.steps.index("*")
        return (*key.steps[:place], self.item, *key.steps[place + 1 :])


def check_own(rules: tuple[OwnRule, ...], document: Document) -> tuple[Finding, ...]:
    """Evaluate rules over a plan document, one finding for each place; what is not known is INCOMPLETE."""
    return tuple(finding_of(row_of(rule), seen) for rule in rules for seen in _look(rule, document))


def row_of(rule: OwnRule) -> Rule:
    """Tell the row of a user's rule: the same columns as those of regplan's rules."""
    threshold = None if rule.op in _SIZED and _arithmetic(rule) is not None else _plain(rule)
    kept = () if threshold is None else (Threshold(threshold),)
    marginal = (Verdict.MARGINAL,) if rule.tolerance and rule.broken is not Verdict.MARGINAL else ()
    return Rule(
        id=rule.id,
        title=rule.title or rule.id,
        compares=rule.compares
        or f"`{rule.measured}`: {OPERATORS[rule.op]} {_shown_threshold(rule)}".replace(":  ", ": "),
        source=rule.source or rule.file,
        verdicts=(Verdict.PASS, rule.broken, *marginal, Verdict.INCOMPLETE),
        thresholds=kept,
        unit=rule.unit,
        since=rule.since,
        reading=rule.reading,
        tolerance_percent=round(100 * rule.tolerance),
    )


def _plain(rule: OwnRule) -> int | str | None:
    """Tell a threshold that is one whole number or a text, which a row of regplan's has; else None."""
    value = _literal(rule.threshold, rule.unit) if isinstance(rule.threshold, str) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value


def problem_of(rule: OwnRule) -> tuple[str, str] | None:
    """Tell the column of a rule that cannot be evaluated whatever the plan, and why; None where all can be."""
    try:
        measured = parse_keyed(rule.measured)
    except ValueError as error:
        return "measured", str(error)
    if not measured.keys:
        return "measured", "it names no key of the plan document"
    if rule.unit == _VERSION and rule.op not in _OF_VERSIONS:
        return "op", f"versions are compared by {', '.join(sorted(_OF_VERSIONS))}"
    try:
        threshold = _arithmetic(rule)
        if threshold is None and rule.op in _SIZED and isinstance(rule.threshold, str) and rule.unit != _VERSION:
            _numeric(rule.threshold, rule.unit)
    except (ValueError, InputError) as error:
        return "threshold", str(error)
    stems = {key.stem for each in (measured, threshold) if each is not None for _, key in each.keys}
    if len(stems - {None}) > 1:
        return "measured", "its stars stand for items of different lists"
    return None


def _look(rule: OwnRule, document: Document) -> Iterator[Observation]:
    parts = [each for each in (parse_keyed(rule.measured), _arithmetic(rule)) if each is not None]
    stem = next((key.stem for each in parts for _, key in each.keys if key.stem is not None), None)
    if stem is None:
        yield _see(_Case(rule, document))
        return
    names = items_at(document, stem)
    if not names:
        known = "has no items" if names is not None else "is not known"
        yield _unknown(_Case(rule, document), f"`{'.'.join(map(str, stem))}` {known}")
    for place, name in enumerate(names or ()):
        yield _see(_Case(rule, document, place, name))


def _see(case: _Case) -> Observation:
    rule = case.rule
    try:
        measured, first = _value(parse_keyed(rule.measured), case, "measured")
        required, second = _threshold(case)
        verdict = _verdict(rule, measured, required)
    except _UnknownError as error:
        return _unknown(case, str(error))
    wanted = ", ".join(map(str, required)) if isinstance(required, tuple) else _shown(required, rule.unit)
    says = f"{rule.title or rule.id}: `{rule.measured}` is {_shown(measured, rule.unit)}, and should be "
    return Observation(
        f"{says}{OPERATORS[rule.op]} {wanted}.".replace("  ", " "),
        measured,
        wanted if isinstance(required, tuple) else required,
        where=case.where,
        fix=rule.fix or f"Mend what `{rule.measured}` tells, or the rule in {rule.file or 'its file'}.",
        verdict=verdict,
        formulas=tuple(each for each in (first, second) if each is not None),
        op=rule.op,
    )


def _unknown(case: _Case, why: str) -> Observation:
    return Observation(
        f"{case.rule.title or case.rule.id}: this cannot be checked, {why}.",
        where=case.where,
        fix="Let the site file or its profiles say it, or mend the key in the rule.",
        verdict=Verdict.INCOMPLETE,
        op=case.rule.op,
    )


def _threshold(case: _Case) -> tuple[Value | tuple[str, ...], Formula | None]:
    rule = case.rule
    if isinstance(rule.threshold, tuple):
        return rule.threshold, None
    arithmetic = _arithmetic(rule)
    if arithmetic is not None and _is_meant(arithmetic, case):
        return _value(arithmetic, case, "required")
    return _literal(rule.threshold, rule.unit), None


def _is_meant(arithmetic: Keyed, case: _Case) -> bool:
    """Tell whether a threshold is arithmetic and not a word: for a size always, else where it begins at a known key."""
    return case.rule.op in _SIZED or all(key.steps[0] in case.document for _, key in arithmetic.keys)


def _arithmetic(rule: OwnRule) -> Keyed | None:
    """Read a threshold as arithmetic over keys, None where it is a value; raises `ValueError` for a size that is neither."""
    text = rule.threshold
    if isinstance(text, tuple) or _LITERAL.fullmatch(text) or rule.unit == _VERSION:
        return None
    try:
        return parse_keyed(text)
    except ValueError:
        if rule.op in _SIZED:
            raise
        return None


def _value(keyed: Keyed, case: _Case, name: str) -> tuple[Value, Formula | None]:
    if keyed.key is not None and not keyed.key.over:
        return _at(keyed.key, case), None
    inputs = tuple(Input(each, _number_at(key, case), _unit(key), "measured", _source(key)) for each, key in keyed.keys)
    formula = Formula(name, keyed.expression, inputs, case.rule.unit)
    try:
        return formula.value, formula
    except ArithmeticError as error:
        raise _UnknownError(f"`{keyed.text}` has no value ({error})") from error


def _at(key: Key, case: _Case) -> Value:
    found = find(case.document, case.steps(key))
    if found.problem:
        raise _UnknownError(f"`{key.text}` {found.problem}")
    value = found.value
    return str(value).lower() if isinstance(value, bool) else value if isinstance(value, int | float) else str(value)


def _number_at(key: Key, case: _Case) -> float:
    if key.over:
        return _over_items(key, case)
    value = _at(key, case)
    if isinstance(value, str):
        raise _UnknownError(f"`{key.text}` is a text, and takes no part in arithmetic")
    return value


def _over_items(key: Key, case: _Case) -> float:
    place = key.steps.index("*")
    names = items_at(case.document, key.steps[:place])
    if names is None:
        raise _UnknownError(f"`{key.text}` is over no list")
    if key.over == "count":
        return len(names)
    each = [_Case(case.rule, case.document, number) for number in range(len(names))]
    from_items = [_item_number(key, one) for one in each]
    if not from_items and key.over != "sum":
        raise _UnknownError(f"`{key.text}` has no items")
    if key.over == "sum":
        return sum(from_items)
    return min(from_items) if key.over == "min" else max(from_items)


def _item_number(key: Key, case: _Case) -> float:
    place = key.steps.index("*")
    found = find(case.document, (*key.steps[:place], case.item or 0, *key.steps[place + 1 :]))
    if found.problem:
        raise _UnknownError(f"`{key.text}` of item {case.item} {found.problem}")
    if isinstance(found.value, bool) or not isinstance(found.value, int | float):
        raise _UnknownError(f"`{key.text}` has texts, and takes no part in arithmetic")
    return found.value


def _verdict(rule: OwnRule, measured: Value, required: Value | tuple[str, ...]) -> Verdict:
    if isinstance(required, tuple) or rule.op in {"==", "!=", "in", "not in"}:
        wanted = required if isinstance(required, tuple) else (required,)
        same = any(_same(measured, each) for each in wanted)
        return Verdict.PASS if same is (rule.op in {"==", "in"}) else rule.broken
    if rule.unit == _VERSION:
        return _of_version(rule, str(measured), str(required))
    if isinstance(measured, str) or isinstance(required, str):
        text = measured if isinstance(measured, str) else required
        raise _UnknownError(f"{text!r} is a text, and `{rule.op}` compares numbers")
    if _SIZED[rule.op](measured, required):
        return Verdict.PASS
    slack = abs(required) * rule.tolerance
    return Verdict.MARGINAL if slack and abs(measured - required) <= slack else rule.broken


def _of_version(rule: OwnRule, measured: str, required: str) -> Verdict:
    told = compare_versions(measured, required)
    if told is Verdict.INCOMPLETE:
        raise _UnknownError(f"the version {measured} does not tell whether it is {OPERATORS[rule.op]} {required}")
    return Verdict.PASS if (told is Verdict.PASS) is (rule.op == ">=") else rule.broken


def _same(measured: Value, wanted: Value) -> bool:
    if isinstance(measured, str) or not isinstance(wanted, str):
        return str(measured) == str(wanted) if isinstance(measured, str) else measured == wanted
    return _NUMBER.fullmatch(wanted) is not None and measured == float(wanted)


@lru_cache(maxsize=1_000)
def _literal(text: str, unit: str) -> Value:
    """Read a value as people write it in a unit; raises `InputError` for what is none."""
    if unit in _READ and text[:1].isdigit():
        return _READ[unit](text)
    if unit != _VERSION and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _numeric(text: str, unit: str) -> None:
    if isinstance(_literal(text, unit), str):
        raise InputError(f"{text!r} is no number; name its unit in `unit`: {', '.join(_READ)}")


def _shown(value: Value, unit: str) -> str:
    if isinstance(value, str):
        return value
    if unit == "bytes":
        return format_bytes(round(value))
    if unit == "milli":
        return f"{value / 1000:g} CPU"
    return f"{value:,.6g}{f' {unit}' if unit and unit not in {'ratio', _VERSION} else ''}"


def _shown_threshold(rule: OwnRule) -> str:
    return ", ".join(rule.threshold) if isinstance(rule.threshold, tuple) else rule.threshold


def _unit(key: Key) -> str:
    last = str(key.steps[-1])
    return next((unit for ending, unit in _UNITS.items() if last.endswith(ending)), "")


def _source(key: Key) -> str:
    return f"plan document, {key.over}({key.text})" if key.over else f"plan document, {key.text}"
