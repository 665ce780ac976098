"""What refuses a pull: CF9 (back-off) and CF13 (a hub's limit), alone and in the fluid model."""

from __future__ import annotations

import dataclasses
import random
from itertools import accumulate, islice

import pytest

from regplan.sim.clock.limits import HUB_ANONYMOUS, HUB_PERSONAL, Bucket, PullLimit, attempts_s, overshoot_s
from regplan.sim.clock.pulling import HostPulls, ImagePull, Line, Network, Runtime, Source
from regplan.sim.clock.run import pull_all
from unit.sim.clock.drawn import MB, host, image, layers


def test_attempts_double_their_distance_up_to_five_minutes() -> None:
    distances = [10, 20, 40, 80, 160, 300, 300, 300]

    assert list(islice(attempts_s(), 9)) == [0, *accumulate(distances)]


@pytest.mark.parametrize(("outage_s", "late_s"), [(0, 0), (1, 9), (10, 0), (11, 19), (200, 110), (311, 299), (610, 0)])
def test_a_pod_is_late_by_what_is_left_of_its_wait(outage_s: float, late_s: float) -> None:
    assert overshoot_s(outage_s) == late_s


def test_a_pod_is_late_by_150_seconds_in_the_mean_after_long_outages() -> None:
    rng = random.Random(9)
    late = [overshoot_s(rng.uniform(310, 310 + 40 * 300)) for _ in range(20_000)]

    assert sum(late) / len(late) == pytest.approx(150, rel=0.02)


@pytest.mark.parametrize("outage_s", [5, 45, 200, 700])
def test_an_image_asked_for_over_a_line_that_is_cut_comes_when_it_is_tried_again(outage_s: float) -> None:
    network = Network((Line("internet", 0, ((outage_s, 8 * MB),)),), (Source(),))
    tried_s = min(time for time in (0, 10, 30, 70, 150, 310, 610, 910) if time >= outage_s)

    assert pull_all([host("a", image(2 * MB))], network, Runtime(dial_s=0)).ready_s == pytest.approx(tried_s + 2)


def test_an_attempt_in_vain_takes_as_long_as_a_connection_is_waited_for() -> None:
    network = Network((Line("internet", 0, ((50, 8 * MB),)),), (Source(),))
    finished = pull_all([host("a", image(2 * MB))], network, Runtime(dial_s=30))

    # Tried at 0 and at 40, in vain for 30 s each, and, after 20 s more, at 90.
    assert finished.ready_s == pytest.approx(90 + 2)


def test_a_limit_grants_a_windows_pulls_at_its_beginning() -> None:
    times = [0, 21_599, 21_600, 43_200]

    assert [HUB_ANONYMOUS.allowed(time) for time in times] == [100, 100, 200, 300]
    assert [HUB_ANONYMOUS.time_s(pulls) for pulls in (0, 1, 100, 101, 300)] == [0, 0, 0, 21_600, 43_200]
    assert HUB_PERSONAL.time_s(300) == 21_600


def hub(limit: PullLimit) -> Network:
    return Network((Line("internet", 800 * MB),), (Source(limit=limit),))


def test_ten_hosts_of_thirty_images_pass_a_limit_of_a_hundred_no_sooner_than_in_twelve_hours() -> None:
    images = tuple(ImagePull(f"image-{number}", layers(1000, name=f"{number}-")) for number in range(30))
    hosts = [HostPulls(f"node-{number}", images) for number in range(10)]
    finished = pull_all(hosts, hub(HUB_ANONYMOUS), Runtime(parallel_images=None))
    ends = sorted(each.end_s or 0 for times in finished.hosts for each in times.images)

    assert HUB_ANONYMOUS.time_s(300) == 12 * 3600
    # kubelet tries every five minutes.
    assert 12 * 3600 <= ends[-1] <= 12 * 3600 + 301
    for time_s in (10.0, 6 * 3600 - 1.0, 6 * 3600 + 301.0):
        assert sum(end <= time_s for end in ends) == HUB_ANONYMOUS.allowed(time_s)


def test_an_index_counts_besides_its_manifest_where_both_count() -> None:
    images = tuple(ImagePull(f"image-{number}", (), 0, 100, 100) for number in range(3))
    once = PullLimit(3, 1000.0)
    twice = dataclasses.replace(once, counts_index=True)
    one, two = (pull_all([HostPulls("a", images)], hub(limit), Runtime()) for limit in (once, twice))

    assert one.ready_s == pytest.approx(0, abs=1e-3)
    assert two.ready_s is not None
    assert two.ready_s >= 1000


def test_pulls_beyond_kubelets_rate_fail_and_come_again() -> None:
    images = [image(1000, name=f"image-{number}") for number in range(25)]
    finished = pull_all([host("a", *images)], hub(PullLimit(1000)), Runtime(parallel_images=None, pulls_per_s=5))
    ends = [round(each.end_s or 0) for each in finished.hosts[0].images]

    # Ten at once, ten of the others after 10 s, and the rest after 20 s more.
    assert sorted(ends) == [0] * 10 + [10] * 10 + [30] * 5


def test_a_bucket_fills_again_at_its_rate() -> None:
    bucket = Bucket(5, 10)

    assert [bucket.admits(0) for _ in range(11)] == [True] * 10 + [False]
    assert [bucket.admits(0.2), bucket.admits(0.2), bucket.admits(0.41)] == [True, False, True]
    assert all(Bucket(None, 1).admits(0) for _ in range(50))


def test_an_image_that_waits_lets_the_next_one_have_its_turn() -> None:
    cut = Network(
        (Line("internet", 0, ((5.0, 8 * MB),)), Line("lan", 8 * MB)), (Source(), Source("registry", ("lan",)))
    )
    far = image(MB, name="far")
    near = dataclasses.replace(image(MB, name="near"), source="registry")
    first, second = pull_all([host("a", far, near)], cut, Runtime(dial_s=0)).hosts[0].images

    assert second.end_s == pytest.approx(1)
    assert first.end_s == pytest.approx(11)
