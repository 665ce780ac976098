"""A site's first bootstrap by the clock: directly, by a registry that is seeded first, and by bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.clock import Boot, Clock, Pulling
from regplan.sim.clock.bounds import least_s
from regplan.sim.clock.compared import APART, compare, tier_1_s, tier_1_times
from regplan.sim.clock.limits import PullLimit
from regplan.sim.clock.pulling import HostPulls, Line, Network, Runtime, Source
from regplan.sim.clock.run import pull_all
from regplan.sim.clock.site_pulls import HUB, INTERNET
from regplan.sim.link import percentile
from regplan.units import transfer_seconds
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.site import Site
    from regplan.sim.clock.finished import Finished, LineUse
    from regplan.sim.clock.site_pulls import SitePulls

__all__ = [
    "CACHE",
    "MOST_WORK",
    "PEERS",
    "REGISTRY",
    "boot_clock",
    "rest_of",
    "seeding_s",
    "site_network",
    "site_runtime",
]

# An event costs as much as there are hosts: layer pulls x hosts beyond this take tens of seconds, and the closed form tells.
MOST_WORK: Final = 1_000_000
_FIVE_MINUTES_S: Final = 300.0
REGISTRY: Final = "registry"
CACHE: Final = "cache"
PEERS: Final = "peers"
# Caches that fetch a cold blob for their store besides what they hand on: Harbor (src/controller/proxy), Debian's
# docker-registry (measured, benchmarks/network.py).
_READ_AGAIN: Final = frozenset({"harbor", "distribution-2"})
# Caches that greet a source which wants no login before whatever they ask of it, one at a time (distribution, registry/proxy).
_GREETING: Final = frozenset({"distribution", "distribution-2"})
# docker-registry asks its source for /v2/ and by HEAD before it fetches (benchmarks/network.py), and then it fetches.
_CACHE_ASKS: Final = 3

Times = tuple[float | None, ...]


def boot_clock(
    site: Site, pulls: SitePulls, content_bytes: int, tier: int | None = None, cache: str = "distribution"
) -> Clock:
    """Tell when the hosts of a site have unpacked their images, for each way to bring these.

    Tier 2 unless `tier` says otherwise or layer pulls times hosts are more than `MOST_WORK`. `content_bytes` is what the
    registry is seeded with, after what runs before it is pulled; then it serves the rest. `cache` is the kind of a
    pull-through cache, which is cold, as peers are. A way whose links the site does not name has no times.
    """
    pulling = site.pulls or Pulling()
    chosen = tier or (1 if pulls.layers * len(pulls.all) > MOST_WORK else 2)
    running = _Running(site_network(site, pulling, cache), site_runtime(pulling), chosen)
    has_internet, has_lan = site.internet_link is not None, site.lan_link is not None
    direct = running.boot("direct", pulls.all) if has_internet else Boot("direct", chosen)
    served = [_from_registry(host) for host in pulls.all]
    bundle = running.boot("bundle", served) if has_lan else Boot("bundle", chosen)
    primary, through, peers = (Boot(name, chosen) for name in ("primary", "pull-through", "peer-to-peer"))
    if has_internet:
        # What runs before all else comes the same way whatever serves the rest.
        early = running.part(pulls.early)
        if has_lan or not any(host.images for host in pulls.all):
            primary = _primary(running, pulls, early, content_bytes)
        if has_lan:
            through = _through(running, pulls, early, ("pull-through", CACHE))
            peers = _through(running, pulls, early, ("peer-to-peer", PEERS))
    return Clock((direct, primary, bundle, through, peers), pulling)


def site_network(site: Site, pulling: Pulling, cache: str = "distribution") -> Network:
    """Tell the lines and registries of a site; every host's port, and the registry's, has the rate of its LAN.

    The registry may also be a cache of a kind: distribution, distribution-2, harbor or zot. Peers take what comes from each other's
    ports, and as much at once as all of them have.
    """
    internet, lan = site.internet_link, site.lan_link
    far = Source(
        INTERNET,
        (INTERNET,),
        0.0 if internet is None else internet.latency_s,
        connection_bps=None if internet is None else internet.connection_bps,
        is_tls=True,
        asks_token=pulling.like_hub,
        redirects_blobs=pulling.like_hub,
        paces=pulling.paces,
    )
    hub = replace(far, name=HUB, limit=PullLimit(pulling.hub_pulls) if pulling.hub_pulls else None)
    near_s = 0.0 if lan is None else lan.latency_s
    near_bps = None if lan is None else lan.connection_bps
    near = Source(REGISTRY, (REGISTRY,), near_s, near_bps, is_tls=pulling.registry_tls, paces=pulling.paces)
    caching = replace(
        near,
        name=CACHE,
        cache_of=INTERNET,
        cache_asks=_CACHE_ASKS,
        cache_greets=cache in _GREETING and not pulling.like_hub,
        cache_again=cache in _READ_AGAIN,
        cache_whole=cache == "zot",
    )
    peers = Source(
        PEERS,
        (),
        near_s,
        near_bps,
        paces=pulling.paces,
        cache_of=INTERNET,
        cache_hands_on=True,
        cache_extra=site.scenario.peer_extra if site.scenario else 0.0,
    )
    lan_bps = None if lan is None else lan.rate_bps
    lines = (Line(INTERNET, None if internet is None else internet.rate_bps), Line(REGISTRY, lan_bps))
    return Network(lines, (far, hub, near, caching, peers), lan_bps, pulling.wire_ratio)


def site_runtime(pulling: Pulling) -> Runtime:
    """Tell how a host of a site pulls; all that it unpacks shares its drive."""
    return Runtime(
        pulling.downloads,
        pulling.downloads_of,
        1 if pulling.one_image_at_a_time else None,
        unpack_bytes_per_s=pulling.unpack_bytes_per_s,
        host_unpack_bytes_per_s=pulling.unpack_bytes_per_s,
        inflate_bytes_per_s=pulling.inflate_bytes_per_s or None,
        layer_overhead_s=pulling.layer_overhead_s,
        image_overhead_s=pulling.image_overhead_s,
        first_window_bytes=pulling.first_window_bytes,
        pulls_per_s=pulling.pulls_per_s or None,
    )


@dataclass(frozen=True, slots=True)
class _Running:
    """What one way after the other is run on."""

    network: Network
    runtime: Runtime
    tier: int

    @property
    def closed(self) -> _Running:
        """The same by the closed form."""
        return replace(self, tier=1)

    def boot(self, name: str, hosts: Sequence[HostPulls]) -> Boot:
        """Let all hosts begin at once."""
        if self.tier == 1:
            return _told(Boot(name, 1), tier_1_times(hosts, self.network, self.runtime))
        finished = pull_all(hosts, self.network, self.runtime)
        apart = compare(hosts, self.network, self.runtime, finished)
        internet = finished.lines[0]
        boot = Boot(
            name,
            2,
            peak_bps=internet.peak_bps,
            busiest_bytes=round(internet.busiest_bytes(_FIVE_MINUTES_S)),
            requests=sum(host.requests for host in finished.hosts),
            least_s=least_s(hosts, self.network, self.runtime, finished),
            ratio=apart.ratio,
            reason=apart.reason,
        )
        return _told(boot, tuple(host.ready_s for host in finished.hosts))

    def part(self, hosts: Sequence[HostPulls]) -> _Part:
        """Let hosts pull a part of what they pull."""
        if self.tier == 1:
            return _Part(tier_1_times(hosts, self.network, self.runtime))
        finished = pull_all(hosts, self.network, self.runtime)
        return _Part(
            tuple(host.ready_s for host in finished.hosts),
            least_s(hosts, self.network, self.runtime, finished),
            sum(host.requests for host in finished.hosts),
            finished.lines[0],
            (hosts, finished),
        )

    def beside(self, told: Boot, closed: Boot, parts: Sequence[_Part]) -> Boot:
        """Put what tier 2 tells of a way beside the closed form of it, with the reason where they are apart."""
        first, second = closed.ready_max_s, told.ready_max_s
        if not first or second is None:
            return told
        reason = self._reason(parts) if abs(second - first) > APART * first else ""
        return replace(told, ratio=second / first, reason=reason)

    def _reason(self, parts: Sequence[_Part]) -> str:
        """Name what the closed form leaves out of that of several parts, one after the other, which it misses by most."""
        late: list[tuple[float, str]] = []
        for part in parts:
            if part.ran is not None:
                hosts, finished = part.ran
                first = tier_1_s(hosts, self.network, self.runtime)
                told = compare(hosts, self.network, self.runtime, finished, 0.0).reason
                late.append((abs((finished.ready_s or first) - first), told))
        return max(late, default=(0.0, ""))[1]


@dataclass(frozen=True, slots=True)
class _Part:
    """When each host has a part, and what tier 2 tells besides."""

    times: Times
    least_s: float = 0.0
    requests: int = 0
    internet: LineUse | None = None
    ran: tuple[Sequence[HostPulls], Finished] | None = None


def _primary(running: _Running, pulls: SitePulls, early: _Part, content_bytes: int) -> Boot:
    """Seed the registry at the internet's rate once what runs before it is there, then let it serve the rest."""
    rate_bps, content = _seeded_at(running.network, content_bytes)
    seeds_s = transfer_seconds(content, rate_bps)
    seeded_s = max((time for time in early.times if time is not None), default=0.0) + seeds_s
    rest = [rest_of(host, first, seeded_s) for host, first in zip(pulls.all, pulls.early, strict=True)]
    later = running.part(rest)
    # Where nobody is known to pull anything, all wait for the seeding.
    is_idle = not any(host.images for host in pulls.all)
    times = tuple(
        seeded_s if is_idle else second if host.images or first is None else first
        for host, first, second in zip(rest, early.times, later.times, strict=True)
    )
    boot = Boot("primary", running.tier)
    if early.internet is not None:
        busiest = min(content, round(rate_bps * _FIVE_MINUTES_S / 8))
        boot = replace(
            boot,
            requests=early.requests + later.requests,
            least_s=early.least_s + seeds_s + later.least_s,
            peak_bps=max(early.internet.peak_bps, float(rate_bps) if content else 0.0),
            busiest_bytes=max(round(early.internet.busiest_bytes(_FIVE_MINUTES_S)), busiest),
        )
    told = _told(boot, times)
    if running.tier == 1:
        return told
    closed = running.closed
    return running.beside(told, _primary(closed, pulls, closed.part(pulls.early), content_bytes), (early, later))


def seeding_s(network: Network, content_bytes: int) -> float:
    """Tell how long a site's registry is seeded with so many bytes of content, in seconds."""
    rate_bps, content = _seeded_at(network, content_bytes)
    return transfer_seconds(content, rate_bps)


def _seeded_at(network: Network, content_bytes: int) -> tuple[int, int]:
    """Tell the rate of a seeding, that of the slowest line, and the bytes that it puts on the wire."""
    return min(line.rate_bps for line in network.lines if line.rate_bps), round(content_bytes * network.wire_ratio)


def _through(running: _Running, pulls: SitePulls, early: _Part, way: tuple[str, str]) -> Boot:
    """Pull everything through a cache or peers while they are cold, once what runs before them is there; a way has a name and a source."""
    name, source = way
    since_s = max((time for time in early.times if time is not None), default=0.0)
    rest = [rest_of(host, first, since_s, source) for host, first in zip(pulls.all, pulls.early, strict=True)]
    later = running.part(rest)
    times = tuple(
        second if host.images else first for host, first, second in zip(rest, early.times, later.times, strict=True)
    )
    carried = [each.internet for each in (early, later) if each.internet is not None]
    if not carried:
        return _told(Boot(name, running.tier), times)
    boot = Boot(
        name,
        running.tier,
        requests=early.requests + later.requests,
        least_s=early.least_s + later.least_s,
        peak_bps=max(each.peak_bps for each in carried),
        busiest_bytes=max(round(each.busiest_bytes(_FIVE_MINUTES_S)) for each in carried),
    )
    closed = running.closed
    first = _through(closed, pulls, closed.part(pulls.early), way)
    return running.beside(_told(boot, times), first, (early, later))


def _from_registry(host: HostPulls, source: str = REGISTRY) -> HostPulls:
    return replace(host, images=tuple(replace(image, source=source) for image in host.images))


def rest_of(host: HostPulls, early: HostPulls, starts_s: float, source: str = REGISTRY) -> HostPulls:
    """Take away what a host has pulled and unpacked before."""
    done = set(early.images)
    chains, held = [], []
    for image in early.images:
        chain = ""
        for layer in image.layers:
            chain = f"{chain}/{layer.key}"
            chains.append(chain)
            held.append(layer.key)
    left = replace(host, images=tuple(image for image in host.images if image not in done))
    rest = _from_registry(left, source)
    return replace(rest, starts_s=starts_s, held=tuple(held), unpacked=tuple(chains))


def _told(boot: Boot, times: Times) -> Boot:
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times):
        return boot
    p50, p95, most = (percentile(known, share) for share in (0.5, 0.95, 1.0))
    return replace(boot, ready_p50_s=p50, ready_p95_s=p95, ready_max_s=most)
