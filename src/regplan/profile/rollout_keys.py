"""The keys of a rollout file, in one table: what each holds, and what it means where it is left out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.windows import Windows
from regplan.profile import site_kinds as kinds
from regplan.profile.composer import Seq
from regplan.profile.meant import suggest
from regplan.profile.site_key import Key
from regplan.profile.tree import describe
from regplan.units import parse_duration

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["LISTS", "ROLLOUT_KEYS", "SECTIONS"]

_DAY_S: Final = 86_400
_MOST_WAIT_DAYS: Final = 365
_MOST_WINDOW_S: Final = 43_200
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _text(tree: Tree) -> str:
    if not isinstance(tree, str) or not tree.strip():
        raise InputError(f"one value is expected, and here is {describe(tree)}")
    return tree.strip()


def _each(tree: Tree) -> list[str]:
    """Read one text or a list of them."""
    return [_text(each) for each in (tree if isinstance(tree, Seq) else [tree])]


def _windows(tree: Tree) -> object:
    texts = tuple(_each(tree))
    Windows.parse(texts)
    return texts


def _spans(tree: Tree) -> object:
    return tuple(map(_span, _each(tree)))


def _span(text: str) -> tuple[date, date]:
    first, slash, last = text.partition("/")
    begins, ends = (_day(each.strip()) for each in (first, last if slash else first))
    if ends < begins:
        raise InputError(f"{text!r} ends before it begins")
    return begins, ends


def _day(text: str) -> date:
    return date.fromisoformat(str(kinds.DATE.read(text)))


def _weekdays(tree: Tree) -> object:
    found = sorted({_weekday(each) for each in _each(tree)})
    if not found:
        raise InputError("at least one day is expected, and here is an empty list; leave the key out for all days")
    return tuple(found)


def _weekday(text: str) -> int:
    if text.lower() not in _WEEKDAYS:
        raise InputError(f"{text!r} is none of {', '.join(_WEEKDAYS)}{suggest(text, _WEEKDAYS)}")
    return _WEEKDAYS.index(text.lower())


def _days(tree: Tree) -> object:
    text = _text(tree)
    days = parse_duration(text) / _DAY_S
    if days != int(days) or not 1 <= days <= _MOST_WAIT_DAYS:
        raise InputError(f"{text!r} is not 1 to {_MOST_WAIT_DAYS} whole days, such as 7d")
    return int(days)


def _hub_window(tree: Tree) -> object:
    text = _text(tree)
    seconds = parse_duration(text)
    if seconds % 60 or not 60 <= seconds <= _MOST_WINDOW_S:
        raise InputError(f"{text!r} is not whole minutes up to 12h, such as 6h")
    return int(seconds)


def _names(tree: Tree) -> object:
    return tuple(_each(tree))


def _count_or_names(tree: Tree) -> object:
    if isinstance(tree, str) and tree.strip().lstrip("-").isdecimal():
        return kinds.COUNT.read(tree)
    return _names(tree)


_TEXTS: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_WINDOWS: Final = kinds.Kind("one window or a list", _windows, _TEXTS)
_SPANS: Final = kinds.Kind("days, or FIRST/LAST", _spans, _TEXTS)
_NAMES: Final = kinds.Kind("one pattern or a list", _names, _TEXTS)
_WEEK: Final = kinds.Kind("days of the week", _weekdays, _TEXTS)
_WAIT: Final = kinds.Kind("whole days", _days, {"type": "string"})
_WAYS: Final = ("direct", "primary", "bundle", "pull-through", "peer-to-peer")

SECTIONS: Final = ("uplink", "sites", "hub")
LISTS: Final = ("waves", "groups")

ROLLOUT_KEYS: Final = (
    Key("start", "start", kinds.DATE, "the first night, by the day on which it begins", is_required=True, example="2026-12-01"),
    Key("until", "until", kinds.DATE, "the night by which it should be over", otherwise="whenever", example="2027-01-31"),
    Key("event", "event", kinds.choice("bootstrap", "upgrade"), "what the sites get: all images, or what `upgrade_to` brings", default="bootstrap"),
    Key("way", "way", kinds.choice(*_WAYS), "how images come: as `regplan simulate` has them", default="primary"),
    Key("order", "order", kinds.choice("listed", "smallest", "largest"), "who is sent to first, wave by wave", default="listed"),
    Key("wave_column", "wave_column", kinds.TEXT, "the column of the table that names each site's wave", otherwise="none", example="Wave"),
    Key("wait", "wait", _WAIT, "how long after a wave's last night the next one begins", default="1d"),
    Key("blackouts", "blackouts", _SPANS, "days on which no night begins", otherwise="none", example="[2026-12-20/2027-01-06]"),
    Key("weekdays", "weekdays", _WEEK, "days on which a night may begin", otherwise="all", example="[mon, tue, wed, thu]"),
    Key("uplink.rate", "rate", kinds.RATE, "head office's uplink, which all sites share", is_required=True, example="100Mbit/s"),
    Key("uplink.window", "window", _WINDOWS, "when it may be used", default="00:00-24:00", example="22:00-05:00"),
    Key("uplink.timezone", "timezone", kinds.TIMEZONE, "by whose clock, and whose days nights are named by", default="UTC", example="Europe/Berlin"),
    Key("uplink.overhead", "overhead", kinds.SHARE, "what packets add to content", default="3.6%", source="benchmarks/network.py"),
    Key("sites.window", "window", _WINDOWS, "when a site may be sent to, by its own clock", default="00:00-24:00", example="22:00-05:00"),
    Key("sites.at_once", "at_once", kinds.COUNT, "sites in the same minute", otherwise="as many as the uplink feeds", example="20"),
    Key("sites.per_night", "per_night", kinds.COUNT, "sites in one night", otherwise="as many as fit", example="40"),
    Key("hub.pulls", "pulls", kinds.COUNT, "pulls of Docker Hub in one of its windows", is_required=True, example="200"),
    Key("hub.window", "window", kinds.Kind("duration", _hub_window, {"type": "string"}), "how long such a window is", default="6h"),
    Key("hub.per", "per", kinds.choice("account", "site"), "whose pulls are counted together: one account's, or each site's", default="account"),
    Key("waves.name", "name", kinds.TEXT, "the wave's name", is_required=True, example="pilot"),
    Key("waves.sites", "sites", kinds.Kind("a number of sites, or names", _count_or_names, {"type": ["integer", "string", "array"]}), "how many, or which (* stands for anything)", otherwise="the rest", example="5"),
    Key("waves.wait", "wait", _WAIT, "how long after its last night the next one begins", otherwise="`wait` above", example="7d"),
    Key("groups.sites", "sites", _NAMES, "which sites (* stands for anything)", is_required=True, example='"ship-*"'),
    Key("groups.window", "window", _WINDOWS, "when they may be sent to", otherwise="sites.window", example="01:00-04:00"),
    Key("groups.way", "way", kinds.choice(*_WAYS), "how their images come", otherwise="`way` above", example="bundle"),
)  # fmt: skip
