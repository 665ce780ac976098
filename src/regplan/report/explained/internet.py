"""How the internet's bytes and times follow from what each host pulls and from the links' rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.site import Link, Site
from regplan.report.explained.given import given
from regplan.report.explained.paths import at
from regplan.report.explained.reckoned import Given
from regplan.sim.pulls import HostPulls, Pulls
from regplan.sim.told import boot_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.report.explained.paths import Place

    Document = Mapping[str, Any]
    Parts = tuple[str, tuple[Given, ...]]

__all__ = ["INTERNET"]

# Beyond so many different sizes a sum is told as one.
_MOST_SIZES: Final = 40
_SHARES: Final = {"p50": 0.5, "p95": 0.95, "max": 1.0}
_PATHS: Final = {"content_bytes": "wire.content_bytes", "internet_bps": "site.internet_bps", "lan_bps": "site.lan_bps"}


def _direct(document: Document, _: Place) -> Parts | None:
    return _over_hosts(document, "host_bytes")


def _primary(document: Document, _: Place) -> Parts | None:
    content = given(document, "content_bytes", "wire.content_bytes")
    if content is None:
        return None
    early = _over_hosts(document, "early_bytes")
    return (content.name, (content,)) if early is None else (f"content_bytes + {early[0]}", (content, *early[1]))


def _served(document: Document, _: Place) -> Parts | None:
    direct = given(document, "direct_bytes", "wire.direct_bytes")
    if direct is None:
        return None
    early = _over_hosts(document, "early_bytes")
    return (direct.name, (direct,)) if early is None else (f"direct_bytes - ({early[0]})", (direct, *early[1]))


def _over_hosts(document: Document, key: str) -> Parts | None:
    """Add up what hosts pull; those that pull as much as each other are one addend with their number."""
    sizes: dict[int, list[str]] = {}
    for name, size in ((document.get("wire") or {}).get(key) or {}).items():
        sizes.setdefault(size, []).append(name)
    sizes.pop(0, None)
    if not sizes:
        return None
    if len(sizes) > _MOST_SIZES:
        total, count = sum(size * len(names) for size, names in sizes.items()), sum(map(len, sizes.values()))
        return "hosts_bytes", (
            Given("hosts_bytes", total, "bytes", "measured", f"the sum of wire.{key} over {count} hosts"),
        )
    terms: list[str] = []
    addends: list[Given] = []
    for place, (size, names) in enumerate(sizes.items(), 1):
        found = given(document, f"host_{place}", f"wire.{key}.{names[0]}")
        if found is None:
            return None
        more = (
            f" {len(names) - 1} more host{'s pull' if len(names) > 2 else ' pulls'} as much." if len(names) > 1 else ""
        )
        terms.append(f"{len(names)} * {found.name}" if len(names) > 1 else found.name)
        addends.append(Given(found.name, size, "bytes", "measured", f"{found.source}{more}", found.path))
    return " + ".join(terms), tuple(addends)


def _same(path: str) -> Callable[[Document, Place], Parts | None]:
    def alias(document: Document, _: Place) -> Parts | None:
        found = given(document, path.rpartition(".")[2], path)
        return None if found is None else (found.name, (found,))

    return alias


_WAYS: Final[Mapping[tuple[str, str], Callable[[Document, Place], Parts | None]]] = {
    ("direct", "wan_bytes"): _same("wire.direct_bytes"),
    ("primary", "wan_bytes"): _same("wire.primary_bytes"),
    ("primary", "lan_bytes"): _served,
    ("bundle", "lan_bytes"): _same("wire.direct_bytes"),
    ("bundle", "media_bytes"): _same("wire.content_bytes"),
}


def _carried(document: Document, place: Place) -> Parts | None:
    way = _WAYS.get((place.row.get("name", ""), place.key))
    return None if way is None else way(document, place)


def _boot(document: Document, place: Place) -> Parts | None:
    way = at(document, place.home)
    return None if way is None else _ready(document, str(way.row.get("name")), _SHARES[place.key])


def _last(way: str) -> Callable[[Document, Place], Parts | None]:
    return lambda document, _: _ready(document, way, 1.0)


def _ready(document: Document, way: str, share: float) -> Parts | None:
    """Tell when that share of the hosts have their images, from what a document tells of their pulls and the links."""
    wire, site = document.get("wire") or {}, document.get("site") or {}
    early = wire.get("early_bytes")
    if way not in {"direct", "primary", "bundle"} or early is None or early.keys() != wire.get("host_bytes", {}).keys():
        return None
    hosts = tuple(HostPulls(name, size, early[name]) for name, size in wire["host_bytes"].items())
    days = site.get("measured", {})
    internet, lan = (_link(site.get(f"{name}_bps"), days.get(name, "")) for name in ("internet", "lan"))
    links = Site("", internet_link=internet, lan_link=lan)
    formula = boot_formula(way, links, Pulls(hosts, wire.get("content_bytes", 0)), share)
    if formula is None:
        return None
    return formula.expression, tuple(
        Given(each.name, each.value, each.unit, each.provenance, each.source, _PATHS.get(each.name, ""))
        for each in formula.inputs
    )


def _pays(document: Document, _: Place) -> Parts | None:
    """Tell from how many hosts on a registry pays: what is seeded, over what it spares one host on average."""
    paths = ("life.hosts", "wire.content_bytes", "wire.direct_bytes", "wire.primary_bytes")
    found = [given(document, path.rpartition(".")[2], path) for path in paths]
    if None in found:
        return None
    expression = "floor(hosts * content_bytes / (direct_bytes - primary_bytes + content_bytes)) + 1"
    return expression, tuple(each for each in found if each is not None)


def _booted(document: Document, place: Place) -> Parts | None:
    """Tell of a bootstrap's bytes which number of the plan they are."""
    way = _WAYS.get((place.row.get("topology", ""), place.key)) if place.row.get("event") == "bootstrap" else None
    return None if way is None else way(document, place)


def _saved(document: Document, place: Place) -> Parts | None:
    direct = given(document, "direct_bytes", "life.expected.ways.direct.wan_bytes")
    own = given(document, "wan_bytes", f"{place.home}.wan_bytes")
    saved = given(document, "saved_bytes", f"{place.home}.saved_bytes")
    if direct is None or own is None or saved is None:
        return None
    if place.key == "saved_ratio":
        return "saved_bytes / direct_bytes", (saved, direct)
    return "direct_bytes - wan_bytes", (direct, own)


def _drawn_saved(document: Document, place: Place) -> Parts | None:
    """Tell what is saved on average of direct pulls in the same lives, which is the same as of their means."""
    way = place.home if place.key == "saved_ratio" else place.home.rpartition(".")[0]
    direct = given(document, "direct_bytes", "chance.ways.direct.wan_bytes.mean")
    own = given(document, "wan_bytes", f"{way}.wan_bytes.mean")
    if direct is None or own is None:
        return None
    return ("1 - wan_bytes / direct_bytes" if place.key == "saved_ratio" else "direct_bytes - wan_bytes"), (direct, own)


def _link(rate_bps: float | None, measured: str) -> Link | None:
    return Link(int(rate_bps), measured=measured) if rate_bps else None


INTERNET: Final[Mapping[str, Callable[[Document, Place], Parts | None]]] = {
    "wire.direct_bytes": _direct,
    "wire.primary_bytes": _primary,
    "wire.direct_boot_s": _last("direct"),
    "wire.primary_boot_s": _last("primary"),
    "simulation[].wan_bytes": _carried,
    "simulation[].lan_bytes": _carried,
    "simulation[].media_bytes": _carried,
    "simulation[].boot_s.p50": _boot,
    "simulation[].boot_s.p95": _boot,
    "simulation[].boot_s.max": _boot,
    "life.break_even_hosts": _pays,
    "life.events[].wan_bytes": _booted,
    "life.events[].lan_bytes": _booted,
    "life.events[].media_bytes": _booted,
    "life.expected.ways[].saved_bytes": _saved,
    "life.expected.ways[].saved_ratio": _saved,
    "chance.ways[].saved_bytes.mean": _drawn_saved,
    "chance.ways[].saved_ratio": _drawn_saved,
}
