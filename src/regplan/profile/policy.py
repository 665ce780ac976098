"""A gate's policy file: text in, the policy out; every problem is told with its line and key."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidQuantity
from regplan.model.finding import Verdict
from regplan.model.gate import Limit, Policy, Waiver
from regplan.profile.composer import Map, Seq
from regplan.profile.hidden import masked, passwords_in
from regplan.profile.meant import suggest
from regplan.profile.tree import BadSyntax, describe, line_of, parse_documents
from regplan.units import parse_bytes, parse_cpu, parse_duration, parse_rate, parse_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.profile.composer import Tree

__all__ = ["parse_policy"]

_KEYS: Final = ("fail_on", "deny", "waive", "limits")
_WAIVER_KEYS: Final = ("rule", "where", "why", "until")
_LIMIT_KEYS: Final = ("key", "most", "least")
_FAIL_ON: Final = {each.value.lower(): each for each in (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL)}
_RULE = re.compile(r"[a-z0-9*-]+(?:\.[a-z0-9*-]+)+|\*")
_COUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
# How a limit is written, by how the name of its number ends.
_ENDINGS: Final[tuple[tuple[str, Callable[[str], float]], ...]] = (
    ("bytes", parse_bytes),
    ("ratio", parse_ratio),
    ("_milli", parse_cpu),
    ("_bps", parse_rate),
    ("_s", parse_duration),
    (".p50", parse_duration),
    (".p95", parse_duration),
    (".max", parse_duration),
)
_MOST_PROBLEMS: Final = 20


class _Reading:
    """Collects what is wrong with a policy, so that one look mends it all."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[tuple[int, str, str]] = []

    def add(self, line: int | None, key: str, problem: str) -> None:
        if any(key == other for _, other, _ in self.problems):
            return
        where = f"line {line}: " if line else ""
        self.problems.append((line or 0, key, f"{where}{key}: {masked(problem)}"))

    def finish(self) -> None:
        if not self.problems:
            return
        told = [problem for _, _, problem in sorted(self.problems)]
        if len(told) == 1:
            raise InputError(f"{self.file}: {told[0]}")
        more = [f"and {len(told) - _MOST_PROBLEMS} more"] if len(told) > _MOST_PROBLEMS else []
        raise InputError("\n".join([f"{self.file}: {len(told)} problems:", *told[:_MOST_PROBLEMS], *more]))


def parse_policy(text: str, file: str, known_rules: Sequence[str]) -> Policy:
    r"""Read a policy; a rule that is none of `known_rules` is a slip, unless a "*" stands in it.

    >>> policy = parse_policy("limits:\n  - {key: storage.unique_bytes, most: 20GB}\n", "policy.yaml", ())
    >>> policy.limits[0].most, policy.fail_on.value
    (20000000000, 'FAIL')

    Raises `InputError` naming file, line and key of every problem.
    """
    try:
        documents = parse_documents(text)
    except BadSyntax as error:
        raise InputError(f"{file}: {error}") from error
    tree = documents[0] if documents else None
    if not isinstance(tree, Map) or len(documents) > 1:
        raise InputError(f"{file}: a policy is one mapping with the keys {', '.join(_KEYS)}")
    reading = _Reading(file)
    for line, key in passwords_in(tree):
        reading.add(line, key, "this address holds a password, and a policy is shown to everybody")
    _check_keys(tree, _KEYS, "", reading)
    policy = Policy(
        fail_on=_fail_on(tree, reading),
        deny=tuple(_rules(tree, known_rules, reading)),
        waivers=tuple(_waivers(tree, known_rules, reading)),
        limits=tuple(_limits(tree, reading)),
        file=file,
    )
    reading.finish()
    return policy


def _check_keys(tree: Map, known: Sequence[str], path: str, reading: _Reading) -> None:
    for key in tree:
        if key not in known:
            near = suggest(key, tuple(known)) or f"; known are {', '.join(known)}"
            reading.add(tree.lines.get(key), f"{path}{key}", f"unknown key{near}")


def _fail_on(tree: Map, reading: _Reading) -> Verdict:
    given = tree.get("fail_on")
    if given is None:
        return Verdict.FAIL
    if isinstance(given, str) and given.lower() in _FAIL_ON:
        return _FAIL_ON[given.lower()]
    told = repr(str(given)) if isinstance(given, str) else describe(given)
    reading.add(tree.lines.get("fail_on"), "fail_on", f"{told} is none of {', '.join(_FAIL_ON)}")
    return Verdict.FAIL


def _rules(tree: Map, known: Sequence[str], reading: _Reading) -> Iterator[str]:
    for place, item, line in _items(tree, "deny", reading):
        if isinstance(item, str):
            yield _rule(item, known, (line, f"deny[{place}]"), reading)
        else:
            reading.add(line, f"deny[{place}]", f"a rule id is expected, and here is {describe(item)}")


def _rule(text: str, known: Sequence[str], where: tuple[int | None, str], reading: _Reading) -> str:
    if _RULE.fullmatch(text) is None or ("*" not in text and known and text not in known):
        reading.add(*where, f"{text!r} is no rule id{suggest(text, tuple(known)) or '; docs/rules.md lists them'}")
    return text


def _waivers(tree: Map, known: Sequence[str], reading: _Reading) -> Iterator[Waiver]:
    for place, item, line in _items(tree, "waive", reading):
        path = f"waive[{place}]"
        if not isinstance(item, Map):
            reading.add(
                line, path, f"a mapping with {', '.join(_WAIVER_KEYS)} is expected, and here is {describe(item)}"
            )
            continue
        _check_keys(item, _WAIVER_KEYS, f"{path}.", reading)
        texts = {key: _text(item, key, path, reading) for key in _WAIVER_KEYS}
        for key in ("rule", "why"):
            if not texts[key]:
                reading.add(
                    line, f"{path}.{key}", "this key is needed: a waiver names its rule, and why it is accepted"
                )
        if texts["until"] and not _is_day(texts["until"]):
            reading.add(item.lines.get("until"), f"{path}.until", f"{texts['until']!r} is not a day such as 2027-01-31")
        if texts["rule"]:
            _rule(texts["rule"], known, (item.lines.get("rule"), f"{path}.rule"), reading)
        yield Waiver(texts["rule"], texts["where"] or "*", texts["why"], texts["until"])


def _limits(tree: Map, reading: _Reading) -> Iterator[Limit]:
    for place, item, line in _items(tree, "limits", reading):
        path = f"limits[{place}]"
        if not isinstance(item, Map):
            reading.add(
                line, path, f"a mapping with {', '.join(_LIMIT_KEYS)} is expected, and here is {describe(item)}"
            )
            continue
        _check_keys(item, _LIMIT_KEYS, f"{path}.", reading)
        key = _text(item, "key", path, reading)
        most, least = (_bound(item, name, key, path, reading) for name in ("most", "least"))
        if not key:
            reading.add(line, f"{path}.key", "this key is needed: the dotted path of a number in the plan document")
        if item.get("most") is None and item.get("least") is None:
            reading.add(line, path, "a limit needs `most`, `least` or both")
        if most is not None and least is not None and least > most:
            reading.add(line, path, f"no number is at least {item['least']} and at most {item['most']}")
        yield Limit(key, least, most, line)


def _bound(item: Map, name: str, key: str, path: str, reading: _Reading) -> float | None:
    text = _text(item, name, path, reading)
    if not text:
        return None
    parse = next((parse for ending, parse in _ENDINGS if key.endswith(ending)), _count)
    try:
        return parse(text)
    except InvalidQuantity as error:
        reading.add(item.lines.get(name), f"{path}.{name}", str(error))
        return None


def _count(text: str) -> float:
    if _COUNT.fullmatch(text) is None:
        raise InvalidQuantity(f"{text!r} is not a number")
    return float(text) if "." in text else int(text)


def _text(item: Map, key: str, path: str, reading: _Reading) -> str:
    value = item.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    reading.add(item.lines.get(key), f"{path}.{key}", f"one value is expected, and here is {describe(value)}")
    return ""


def _items(tree: Map, key: str, reading: _Reading) -> Iterator[tuple[int, Tree, int | None]]:
    value = tree.get(key)
    if isinstance(value, Seq):
        yield from ((place, item, line_of(value, place)) for place, item in enumerate(value))
    elif value is not None:
        reading.add(tree.lines.get(key), key, f"a list is expected, and here is {describe(value)}")


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
