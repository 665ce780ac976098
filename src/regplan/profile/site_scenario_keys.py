"""The keys of the site file's section `scenario`: what may happen to a site, how often, and what of it varies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.profile import site_kinds as kinds
from regplan.profile.composer import Seq
from regplan.profile.site_key import Key

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["RATES", "SCENARIO"]


def _rates(tree: Tree) -> tuple[object, ...]:
    """Read one rate, or a list of them."""
    if isinstance(tree, Seq) and not tree:
        raise InputError("at least one rate is expected, and here is an empty list")
    return tuple(kinds.RATE.read(each) for each in (tree if isinstance(tree, Seq) else [tree]))


def _window(tree: Tree) -> tuple[int, int]:
    """Read a daily window as its first second of the day and the first after it, smaller where it goes over midnight."""
    # Few sites have one, and every plan reads this table.
    from regplan.model.windows import Windows

    found = Windows.parse(str(kinds.TEXT.read(tree))).spans
    if len(found) > 1:
        raise InputError(f"{str(tree)!r} are several windows, and one is expected, such as 22:00-05:00")
    return found[0]


RATES: Final = kinds.Kind(
    "rate or a list",
    _rates,
    {"anyOf": [kinds.RATE.schema, {"type": "array", "items": kinds.RATE.schema, "minItems": 1}]},
)
_WINDOW: Final = kinds.Kind("HH:MM-HH:MM", _window, {"type": "string"})


def _outages(what: str, meaning: str) -> tuple[Key, ...]:
    many, long = f"{what}_outages_per_year", f"{what}_outage"
    return (
        Key(f"scenario.{many}", many, kinds.NUMBER, f"how often {meaning}, each year", default="0"),
        Key(f"scenario.{long}", f"{long}_s", kinds.DURATION, f"how long {meaning} each time", default="4h"),
    )


SCENARIO: Final = (
    Key("scenario.years", "years", kinds.YEARS, "how long", default="1"),
    Key("scenario.node_adds", "node_adds", kinds.NATURAL, "hosts that are added in all", default="0"),
    Key(
        "scenario.reimages_per_node_year",
        "reimages_per_node_year",
        kinds.NUMBER,
        "how often a host is set up anew, each year",
        default="0",
    ),
    Key("scenario.upgrades_per_year", "upgrades_per_year", kinds.NUMBER, "upgrades of the profiles", default="0"),
    Key(
        "scenario.reschedules_per_year",
        "reschedules_per_year",
        kinds.NUMBER,
        "how often a pod moves to another host, on the whole site, each year",
        default="0",
    ),
    *_outages("registry", "the registry, or the cache, is away"),
    *_outages("internet", "the internet link is away"),
    Key(
        "scenario.fallback",
        "fallback",
        kinds.choice("none", "agent", "hosts-toml", also={"hosts_toml": "hosts-toml"}),
        "what pulls what the registry lacks, or while it is away: nothing, an agent, or containerd's hosts.toml",
        otherwise="agent where content sync is on, else none",
        example="agent",
    ),
    Key(
        "scenario.cache",
        "cache",
        kinds.choice("distribution", "distribution-2", "harbor", "zot"),
        "what a pull-through cache is; distribution-2 is docker-registry 2.8",
        otherwise="the registry's kind",
        example="zot",
    ),
    Key("scenario.asking", "asking", kinds.COUNT, "hosts that ask a cold cache at once", otherwise="all", example="3"),
    Key("scenario.peer_extra", "peer_extra", kinds.SHARE, "what peers fetch on top, of all that they do", default="0%"),
    Key(
        "scenario.price_per_GB", "price_per_gb", kinds.NUMBER, "what 10^9 bytes over the internet cost", example="0.05"
    ),
    Key("scenario.price_per_visit", "price_per_visit", kinds.NUMBER, "what bringing media once costs", example="120"),
    Key(
        "scenario.missing_images",
        "missing",
        kinds.SHARE,
        "the share of its life in which the registry lacks an image, each image by itself; for `--draws`",
        default="0%",
    ),
    Key(
        "scenario.internet_rates",
        "internet_rates_bps",
        RATES,
        "rates that the internet link was seen at instead of its own, each as likely; for `--draws`",
        example="[8Mbit/s, 20Mbit/s, 20Mbit/s]",
    ),
    Key(
        "scenario.internet_spread",
        "internet_spread",
        kinds.SHARE,
        "how much the internet's rate varies from life to life: the standard deviation of its logarithm",
        default="0%",
    ),
    Key(
        "scenario.unpack_spread",
        "unpack_spread",
        kinds.SHARE,
        "the same of how fast hosts unpack",
        default="0%",
    ),
    Key(
        "scenario.window",
        "window",
        _WINDOW,
        "hours in which the internet link may be filled each day; how many nights that takes is told",
        example="22:00-05:00",
    ),
    Key(
        "scenario.window_rate",
        "window_bps",
        kinds.RATE,
        "what may be taken of the link in that window, where that is less than its rate",
        example="15Mbit/s",
    ),
)
