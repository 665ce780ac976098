"""Whether hosts have room for what pods ask for: now, without a host, and while everything is rolled, for the oracle.

facts/models.md 3.2: C2 (the sum on each host, and the linear bound beside it), C3 (unstated requests are listed), C4 (N-1)
and C7 (surge); issue, "Hosts". FAIL where what is stated does not fit, MARGINAL where what is assumed or the headroom does
not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from independent.disks import storage_kind
from independent.placing import content_bytes, unpacked_bytes
from independent.requests import HEADROOM, NO_HEADROOM, Asked, Placed, allocatable, needed, placed
from independent.storage import total, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from independent.case import Case
    from independent.requests import Pod
    from independent.sites import Host

__all__ = ["Seen", "crowding", "drive_bytes"]

GB = 10**9
# The kubelet's image collection (80 and 85 %), k3s' and RKE2's eviction (5 %), and what lies beside images while a bundle
# is uploaded and on an appliance (facts/models.md 1.2, 2.2 and 2.5).
GC_LOW, GC_HIGH, EVICTION = Fraction(80, 100), Fraction(85, 100), Fraction(5, 100)
BUNDLE_COPIES, PARTITIONS = 2, 20 * GB


@dataclass(frozen=True)
class Seen:
    """A finding about room, as the oracle expects it."""

    rule: str
    verdict: str
    measured: int | None = None
    required: int | None = None
    where: str = ""


def crowding(case: Case) -> Iterator[Seen]:
    """Everything that is told of room on hosts."""
    if not case.site.hosts:
        yield Seen("host.requests", "INCOMPLETE")
        return
    now = placed(case)
    for load in now.loads:
        yield from _on_host(load)
    if now.barred:
        yield Seen("host.requests", "FAIL", 0, 1)
    if now.stuck and not now.left:
        yield Seen("host.requests", "MARGINAL", *_own_hosts(now.stuck, now))
    if len(now.pool) > 1 or now.left:
        yield from (_together(now, place) for place in (0, 1))
    if _unstated(case):
        yield Seen("host.unstated-requests", "INFO")
    if not now.left:
        yield from _lost(case, now)
        yield from _rolled(case, now)


def _on_host(load: Asked) -> Iterator[Seen]:
    for have, required, certain in zip(allocatable(load.host), needed(load), load.certain, strict=True):
        fits = have is not None and required <= have
        verdict = "INCOMPLETE" if have is None else "PASS" if fits else "FAIL" if certain > have else "MARGINAL"
        yield Seen("host.requests", verdict, have, required, load.host.name)


def _asked(layout: Placed, place: int) -> int:
    """What pods without a place of their own ask for; one that may share no host, and has none, asks for no room."""
    return sum(each.both[place] for load in layout.pool + _others(layout) for each in load.moved) + sum(
        each.both[place] for each in layout.left
    )


def _others(layout: Placed) -> list[Asked]:
    return [load for load in layout.loads if load not in layout.pool]


def _room(layout: Placed, place: int, headroom: tuple[Fraction, Fraction]) -> int:
    return sum(load.room(headroom)[place] for load in layout.pool)


def _scarcer(layout: Placed) -> int:
    shares = [Fraction(_asked(layout, place), _room(layout, place, NO_HEADROOM) or 1) for place in (0, 1)]
    return 1 if shares[1] > shares[0] else 0


def _together(layout: Placed, place: int) -> Seen:
    """No arrangement does better than the sum of all room for the sum of all requests."""
    asked, room = _asked(layout, place), _room(layout, place, HEADROOM)
    mine = bool(layout.left) and place == _scarcer(layout)
    if asked <= room and not mine:
        return Seen("host.requests", "PASS", room, asked)
    if any(allocatable(load.host)[place] is None for load in layout.pool):
        return Seen("host.requests", "INCOMPLETE", None, asked)
    certain = sum(each.certain[place] for load in layout.loads for each in load.moved)
    certain += sum(each.certain[place] for each in layout.left)
    over = certain > _room(layout, place, NO_HEADROOM)
    return Seen("host.requests", "FAIL" if over or (mine and _too_large(layout)) else "MARGINAL", room, asked)


def _too_large(layout: Placed) -> bool:
    """Tell whether no host could run one of the pods that are left, if it ran nothing else that may move."""
    return any(
        not any(
            (not pod.amd64 or load.host.arch == "amd64")
            and all(want <= have for want, have in zip(pod.certain, load.room(NO_HEADROOM), strict=True))
            for load in layout.loads
        )
        for pod in layout.left
    )


def _unstated(case: Case) -> bool:
    now = placed(case)
    every = [each for load in now.loads for each in load.fixed + load.moved] + now.left + now.stuck
    return any(
        each.stated is not None and each.stated != each.both and each.name not in {"own", "registry"} for each in every
    )


def _lost(case: Case, now: Placed) -> Iterator[Seen]:
    """The largest host that takes pods is lost, and the registry's (C4)."""
    largest = max(now.pool, key=lambda load: tuple(each or 0 for each in allocatable(load.host))).host.name
    registry = next((load.host.name for load in now.loads if any(each.name == "registry" for each in load.moved)), "")
    for name in dict.fromkeys((largest, registry or largest)):
        rest = tuple(host for host in case.site.hosts if host.name != name)
        had_workers = any(host.role == "worker" for host in case.site.hosts)
        if not rest or (had_workers and not any(host.role == "worker" for host in rest)):
            yield Seen("host.n-1", "INFO")
            continue
        then = placed(case, rest)
        if len(then.barred) > len(now.barred):
            yield Seen("host.n-1", "MARGINAL", 0, 1)
            continue
        if name == registry and _is_local(case) and not then.left:
            # There is room for the pod, and no copy of what it had.
            yield Seen("host.n-1", "MARGINAL", 0, 1)
            continue
        yield _summed("host.n-1", then, holds=not then.left)


def _rolled(case: Case, now: Placed) -> Iterator[Seen]:
    """Every Deployment is rolled at once (C7)."""
    deployments = any(pods.spread == "replicas" for pack in case.declared.layers for pods in pack.runs)
    if not deployments and not any("longhorn" in pack.name for pack in case.declared.layers):
        return
    then = placed(case, rolling=True)
    before = {each.name for each in now.stuck}
    stuck = [each for each in then.stuck if each.name not in before]
    if stuck and not then.left:
        yield Seen("host.surge", "MARGINAL", *_own_hosts(stuck, then))
        return
    yield _summed("host.surge", then, holds=not then.left)


def _own_hosts(stuck: list[Pod], layout: Placed) -> tuple[int, int]:
    """The hosts that pods which may not share one may run on, and as many more as the kind lacks that lacks the most."""
    lacking = max(Counter(each.name for each in stuck).values())
    return len(layout.pool), len(layout.pool) + lacking


def _summed(rule: str, layout: Placed, *, holds: bool) -> Seen:
    place = _scarcer(layout)
    unknown = any(None in allocatable(load.host) for load in layout.pool)
    if unknown and layout.left:
        return Seen(rule, "INCOMPLETE", None, _asked(layout, place))
    return Seen(rule, "PASS" if holds else "MARGINAL", _room(layout, place, NO_HEADROOM), _asked(layout, place))


def _is_local(case: Case) -> bool:
    return storage_kind(case) == "local"


def drive_bytes(case: Case, host: Host) -> int:
    """What a main drive must have: 100 GB, or its images and what lies beside them, with what the kubelet keeps free."""
    images = content_bytes(case, host) + unpacked_bytes(case, host)
    now = placed(case)
    has_registry = any(load.host == host and any(each.name == "registry" for each in load.moved) for load in now.loads)
    claim = (case.claimed or 0) if has_registry and _is_local(case) else 0
    content = total(union(case.entries)) + sum(case.declared_sizes.values())
    bundle = BUNDLE_COPIES * content if case.site.text("management", "central") == "local" else 0
    partitions = PARTITIONS if case.site.text("deployment", "appliance") == "appliance" else 0
    delta = case.site.assumed["version_delta"]
    most = max(
        (images + claim) / GC_LOW,
        (images * (1 + delta) + claim) / GC_HIGH,
        (images + claim + bundle) / (1 - EVICTION),
    )
    return max(100 * GB, ceil(most + partitions))
