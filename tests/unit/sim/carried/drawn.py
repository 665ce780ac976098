"""Drawn sites for tier 0, as plain mappings for the independent ledger and as values for regplan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from regplan.sim.carried.state import CarriedImage, Library, State, Version
from regplan.sim.carried.topology import Direct, PeerToPeer, Primary, PullThrough

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn

    from regplan.sim.carried.topology import Topology

PIECES = [f"sha256:{number}" for number in range(8)]
NAMES = [f"shop/app-{number}" for number in range(5)]


@st.composite
def sites(draw: DrawFn) -> dict[str, Any]:
    """Draw a site: pieces with sizes, images that share them, hosts, and a next version of the same hosts."""
    some = st.lists(st.sampled_from(PIECES), max_size=4, unique=True)
    images = {name: {"pieces": [f"manifest of {name}", *draw(some)], "others": draw(some)} for name in NAMES}
    sizes = {piece: draw(st.integers(0, 1_000)) for piece in PIECES}
    sizes |= {f"manifest of {name}": draw(st.integers(1, 5)) for name in NAMES}
    early = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    hosts = [f"node-{number}" for number in range(draw(st.integers(1, 4)))]
    chosen = st.lists(st.sampled_from(NAMES), max_size=4, unique=True)
    runs = {host: sorted({*early, *draw(chosen)}) for host in hosts}
    after = {host: draw(chosen) for host in hosts}
    return {
        "sizes": sizes,
        "images": images,
        "hosts": runs,
        "early": early,
        "content": _content(draw(chosen), runs),
        "next": {"hosts": after, "content": _content(draw(chosen), after)},
    }


def _content(more: list[str], runs: Mapping[str, list[str]]) -> list[str]:
    """A registry is seeded with all that hosts run, and what the profiles name besides."""
    return sorted({*more, *(name for names in runs.values() for name in names)})


topologies = st.one_of(
    st.just(("direct",)),
    st.sampled_from([("primary", "wan"), ("primary", "bundle")]),
    st.tuples(
        st.just("cache"),
        st.sampled_from(["distribution", "distribution-2", "harbor", "zot"]),
        st.none() | st.integers(1, 3),
    ),
    st.tuples(st.just("peers"), st.sampled_from([0.0, 0.25, 0.6])),
)


def topology_of(told: tuple[Any, ...]) -> Topology:
    """Make regplan's topology of the ledger's words."""
    match told:
        case ("primary", seeded):
            return Primary(seeded)
        case ("cache", kind, asking):
            return PullThrough(kind, asking)
        case ("peers", extra):
            return PeerToPeer(extra)
    return Direct()


def version_of(runs: Mapping[str, list[str]], content: list[str], early: list[str]) -> Version:
    """Make a version of plain lists."""
    return Version(tuple((host, frozenset(images)) for host, images in runs.items()), tuple(content), frozenset(early))


def state_of(site: Mapping[str, Any], *, has_internet: bool = True) -> State:
    """Make a site that nothing has happened to yet."""
    images = {
        name: CarriedImage(frozenset(each["pieces"]), None if each["others"] is None else frozenset(each["others"]))
        for name, each in site["images"].items()
    }
    version = version_of(site["hosts"], site["content"], site["early"])
    return State.of(Library(images, site["sizes"]), version, has_internet=has_internet)


def next_of(site: Mapping[str, Any]) -> Version:
    """Make the next version of a site."""
    return version_of(site["next"]["hosts"], site["next"]["content"], site["early"])
