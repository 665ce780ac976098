"""Cold caches and peers by closed forms: by hand, beside tier 2, and over arrays."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from regplan.model.clock import Pulling
from regplan.model.site import Link, Scenario
from regplan.sim.chance.closed import kinds_of, kinds_ready
from regplan.sim.chance.of_site import boot_of_site
from regplan.sim.clock.booting import boot_clock
from regplan.sim.clock.cold import answered_s, cold_of
from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull
from regplan.sim.clock.site_pulls import SitePulls
from unit.plan.builders import hosts, site
from unit.sim.clock.drawn import MB

np = pytest.importorskip("numpy")

CACHES = ("distribution", "distribution-2", "harbor", "zot")
# Bytes over rates alone.
BARE = Pulling(unpack_bytes_per_s=10**15, image_overhead_s=0.0, wire_ratio=1.0)


def app(name: str, *sizes: int, copied: int = 0) -> ImagePull:
    layers = tuple(LayerPull(f"{name}-{place}", size, 3 * size) for place, size in enumerate(sizes))
    return ImagePull(name, layers, copied_bytes=copied)


def sited(*images: tuple[ImagePull, ...], early: tuple[ImagePull, ...] = ()) -> SitePulls:
    names = [f"node-{number + 1}" for number in range(len(images))]
    every = tuple(HostPulls(name, (*early, *pulled)) for name, pulled in zip(names, images, strict=True))
    return SitePulls(every, tuple(HostPulls(name, early) for name in names))


def told(pulls: SitePulls, cache: str, tier: int, extra: float = 0.0, **links: Link) -> tuple[float, float]:
    given = {"internet_link": Link(8 * MB), "lan_link": Link(80 * MB)} | links
    found = site(hosts=hosts(len(pulls.all)), **given, scenario=Scenario(peer_extra=extra))
    through, peers = boot_clock(replace(found, pulls=BARE), pulls, 0, tier, cache).boots[3:]
    assert through.ready_max_s is not None
    assert peers.ready_max_s is not None
    return through.ready_max_s, peers.ready_max_s


@pytest.mark.parametrize(("cache", "times"), [("distribution", 3), ("distribution-2", 4), ("harbor", 4)])
def test_a_cold_cache_takes_as_long_as_a_blob_crosses_the_link(cache: str, times: int) -> None:
    pulls = sited(*[(app("shop", 6 * MB),)] * 3)

    # 6 MB over 1 MB/s for each of three hosts, and once more for the store of some; among peers once.
    assert [told(pulls, cache, tier)[0] for tier in (1, 2)] == pytest.approx([6 * times] * 2)
    assert [told(pulls, cache, tier, 0.5)[1] for tier in (1, 2)] == pytest.approx([9, 9])


def test_a_cache_that_copies_images_whole_is_asked_again_until_it_has_them() -> None:
    pulls = sited(*[(app("shop", 10 * MB, copied=35 * MB),)] * 2)

    # 35 s to copy: asked at 0 until 30, and at 40 s again; then 2 x 10 MB over 10 MB/s.
    assert told(pulls, "zot", 1)[0] == pytest.approx(42)
    assert told(pulls, "zot", 2)[0] == pytest.approx(42, rel=0.01)
    assert [answered_s(each, 30.0) for each in (0, 30, 31, 70, 71, 120.5, 190, 300)] == [
        0,
        30,
        40,
        70,
        90,
        160,
        190,
        300,
    ]


def test_the_largest_image_of_a_host_is_the_last_that_a_cache_has_copied() -> None:
    small, large = app("small", 2 * MB, copied=4 * MB), app("large", 2 * MB, copied=10 * MB)
    cold = cold_of(sited((small,), (small, large)).all)

    assert (cold.copied_bytes, cold.last_bytes) == ((4 * MB, 10 * MB), (4 * MB, 10 * MB))
    # Both share the link until the small one is there after 8 s; the large one is after 14; 2 and 4 MB by 10 MB/s, shared.
    boot = boot_of_site(replace(site(hosts=hosts(2), internet_link=Link(8 * MB), lan_link=Link(80 * MB)), pulls=BARE),
                        sited((small,), (small, large)), 0, "zot")  # fmt: skip
    assert boot is not None
    found = kinds_ready([kinds_of(boot)], np.ones((1, 1)), np.ones((1, 1)))
    assert found["pull-through"].ravel().tolist() == pytest.approx([8 + 0.4, 14 + 0.6])


def test_hosts_share_in_what_several_of_them_want() -> None:
    base = LayerPull("base", 6 * MB)
    one, two = (ImagePull(name, (base, LayerPull(name, size))) for name, size in (("one", MB), ("two", 4 * MB)))
    cold = cold_of(sited((one,), (two,), (two,)).all)

    assert cold.union_bytes == 11 * MB
    assert cold.fair_bytes == pytest.approx((3 * MB, 4 * MB, 4 * MB))


def test_peers_take_no_less_than_their_own_ports_and_connections() -> None:
    pulls = sited(*[(app("shop", 6 * MB, 6 * MB),)] * 2)

    assert told(pulls, "zot", 1, internet_link=Link(800 * MB), lan_link=Link(8 * MB))[1] == pytest.approx(12)
    # Three connections of 0.1 MB/s a host, two hosts.
    assert told(pulls, "zot", 1, internet_link=Link(800 * MB, 0, 800_000))[1] == pytest.approx(20)


@pytest.mark.parametrize("seed", range(12))
def test_a_life_in_which_nothing_varies_is_ready_when_the_closed_form_says(seed: int) -> None:
    rng = random.Random(seed)
    shelf = [app(f"app-{n}", *(rng.randrange(1, 40) * MB for _ in range(rng.randint(1, 4))), copied=rng.choice([0, 90 * MB]))
             for n in range(5)]  # fmt: skip
    early = (app("cni", 3 * MB),) if seed % 2 else ()
    pulls = sited(*[tuple(rng.sample(shelf, rng.randint(0, 4))) for _ in range(rng.randint(1, 5))], early=early)
    cap = rng.choice([None, 2 * MB, 700_000])
    made = site(hosts=hosts(len(pulls.all)), internet_link=Link(rng.choice([4, 30]) * MB, 0, cap), lan_link=Link(90 * MB, 0, cap),
                scenario=Scenario(peer_extra=0.25))  # fmt: skip
    given, cache = replace(made, pulls=Pulling(unpack_bytes_per_s=20 * MB)), rng.choice(CACHES)

    boot = boot_of_site(given, pulls, 50 * MB, cache)
    assert boot is not None
    kinds = kinds_of(boot)
    found = kinds_ready([kinds], np.ones((1, 1)), np.ones((1, 1)))
    for undrawn in boot_clock(given, pulls, 50 * MB, 1, cache).boots:
        drawn = np.repeat(found[undrawn.name][0], kinds.counts, axis=0).max()
        assert drawn == pytest.approx(undrawn.ready_max_s, rel=1e-6, abs=1e-6), undrawn.name
