"""The rollout file: text in, what a rollout goes by out; every problem with its line, column and key."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, InvalidSite
from regplan.model.rollout import HubShare, RolloutRules
from regplan.model.rollout_file import RolloutFile, RolloutGroup, WaveWish
from regplan.model.windows import Windows
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.meant import suggest
from regplan.profile.rollout_keys import LISTS, ROLLOUT_KEYS, SECTIONS
from regplan.profile.site_read import Reading, find_secrets
from regplan.profile.spots import columns_of
from regplan.profile.tree import describe, line_of, parse_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.profile.composer import Tree

__all__ = ["parse_rollout"]

_MOST_YEARS: Final = 10


def parse_rollout(text: str, file: str, today: Callable[[str], date]) -> RolloutFile:
    r"""Read a rollout file, YAML or JSON; `today` tells the day in a time zone, before which nothing begins.

    >>> told = parse_rollout("start: 2026-12-01\nuplink: {rate: 100Mbit/s}", "rollout.yaml", lambda _: date(2026, 11, 29))
    >>> told.rules.uplink_bps, told.order
    (100000000, 'listed')

    Raises `InvalidSite` with every problem, each with its line, column and key.
    """
    tree = _document(text, file)
    reading = Reading(file, columns_of(text))
    find_secrets(tree, reading)
    top = _values(tree, "", reading)
    told = {name: _section(tree, name, reading) for name in SECTIONS}
    waves, groups = (list(_items(tree, name, reading)) for name in LISTS)
    _check_days(top, tree, today((told["uplink"] or {}).get("timezone", "UTC")), reading)
    _check_waves(waves, top.get("wave_column", ""), reading)
    reading.finish()
    return _file(top, told, (waves, groups), reading)


def _file(
    top: dict[str, Any],
    told: dict[str, dict[str, Any] | None],
    lists: tuple[list[tuple[str, int | None, dict[str, Any]]], ...],
    reading: Reading,
) -> RolloutFile:
    uplink, sites, hub = (told[name] or {} for name in SECTIONS)
    waves, groups = lists
    rules = RolloutRules(
        start=date.fromisoformat(top["start"]),
        uplink_bps=uplink["rate"],
        hours=Windows.parse(uplink.get("window", "00:00-24:00"), uplink.get("timezone", "UTC")),
        until=date.fromisoformat(top["until"]) if "until" in top else None,
        overhead=uplink.get("overhead", 0.036),
        at_once=sites.get("at_once"),
        per_night=sites.get("per_night"),
        hub=HubShare(hub["pulls"], hub.get("window", 21_600), hub.get("per", "account") == "account") if hub else None,
        blackouts=top.get("blackouts", ()),
        waves=(),
    )
    if "weekdays" in top:
        rules = replace(rules, weekdays=top["weekdays"])
    wait = top.get("wait", 1)
    return RolloutFile(
        rules,
        **{key: top[key] for key in ("event", "way", "order", "wave_column") if key in top},
        default_wait_days=wait,
        waves=tuple(_wave(values, wait) for _, _, values in waves),
        windows=sites.get("window", ("00:00-24:00",)),
        groups=tuple(RolloutGroup(each["sites"], each.get("window", ()), each.get("way", "")) for _, _, each in groups),
        defaulted=tuple(reading.defaulted),
        file=reading.file,
    )


def _wave(values: dict[str, Any], wait_days: int) -> WaveWish:
    sites = values.get("sites", ())
    wait = values.get("wait", wait_days)
    return (
        WaveWish(values["name"], wait, sites) if isinstance(sites, int) else WaveWish(values["name"], wait, None, sites)
    )


def _document(text: str, file: str) -> Map:
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax as error:
        raise InvalidSite(f"{file}: {'; '.join(error.problems)}") from error
    if len(documents) != 1 or not isinstance(documents[0], Map):
        what = describe(documents[0]) if len(documents) == 1 else "several documents" if documents else "empty"
        raise InvalidSite(
            f"{file}: this is no rollout file: it is {what}, where keys such as `start` and `uplink` are expected"
        )
    return documents[0]


def _section(tree: Map, name: str, reading: Reading) -> dict[str, Any] | None:
    given = tree.get(name)
    if given is None:
        if name == "uplink":
            reading.add(None, "uplink.rate", "this key is needed: the rate that all sites share")
        return None
    if not isinstance(given, Map):
        reading.add(tree.lines.get(name), name, f"a mapping is expected, and here is {describe(given)}")
        return None
    return _values(given, name, reading)


def _items(tree: Map, name: str, reading: Reading) -> Iterator[tuple[str, int | None, dict[str, Any]]]:
    """Read a list of mappings: how each is named, its line, and its values."""
    given = tree.get(name)
    if given is None:
        return
    if not isinstance(given, Seq):
        reading.add(tree.lines.get(name), name, f"a list is expected, and here is {describe(given)}")
        return
    for place, item in enumerate(given):
        label, line = f"{name}[{place}]", line_of(given, place)
        if isinstance(item, Map):
            yield label, line, _values(item, name, reading, label)
        else:
            reading.add(line, label, f"a mapping is expected, and here is {describe(item)}")


def _values(tree: Map, section: str, reading: Reading, label: str = "") -> dict[str, Any]:
    """Read the keys of a mapping by the table."""
    keys = {key.name: key for key in ROLLOUT_KEYS if key.section == section}
    known = (*keys, *(() if section else (*SECTIONS, *LISTS)))
    shown = label or section
    for name in tree:
        if name not in known:
            near = suggest(name, known) or _elsewhere(name) or f"; known are {', '.join(known)}"
            reading.add(tree.lines.get(name), _join(shown, name), f"unknown key{near}")
    found: dict[str, Any] = {}
    for name, key in keys.items():
        given: Tree = tree.get(name)
        if given is None:
            if key.is_required:
                first = min(tree.lines.values(), default=None)
                reading.add(first, _join(shown, name), f"this key is needed: {key.meaning}")
            elif not label:
                reading.defaulted.append(key.path)
            continue
        try:
            found[name] = key.kind.read(given)
        except InputError as error:
            reading.add(tree.lines.get(name), _join(shown, name), str(error))
    return found


def _elsewhere(name: str) -> str:
    path = next((key.path for key in ROLLOUT_KEYS if key.name == name and key.section), "")
    return f"; did you mean {path}?" if path else ""


def _check_days(top: dict[str, Any], tree: Map, today: date, reading: Reading) -> None:
    """Refuse days that are over, too far away, or in the wrong order."""
    if "start" not in top:
        return
    start = date.fromisoformat(top["start"])
    if start < today:
        reading.add(tree.lines.get("start"), "start", f"{start} is over: today is {today}")
    elif start.year > today.year + _MOST_YEARS:
        reading.add(tree.lines.get("start"), "start", f"{start} is more than {_MOST_YEARS} years away")
    if "until" in top and date.fromisoformat(top["until"]) < start:
        reading.add(tree.lines.get("until"), "until", f"{top['until']} lies before the start, {start}")


def _check_waves(waves: list[tuple[str, int | None, dict[str, Any]]], column: str, reading: Reading) -> None:
    """Refuse two waves of one name, two for the rest, and sites of waves that a column names."""
    seen: set[str] = set()
    for place, (label, line, values) in enumerate(waves):
        name = values.get("name", "")
        if name in seen:
            reading.add(line, f"{label}.name", f"another wave is called {name} already")
        seen.add(name)
        if column and "sites" in values:
            reading.add(line, f"{label}.sites", f"the column {column} says which sites are in this wave")
        if not column and "sites" not in values and place < len(waves) - 1:
            reading.add(line, f"{label}.sites", "this key is needed: only the last wave may take the rest")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
