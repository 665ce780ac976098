"""Lives of a site drawn by the verb: progress, one error for what cannot be, and a cluster that tells the same bit for bit."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError, InvalidSite
from regplan.model.site import Host, Link, Scenario, Site, SiteFrom
from regplan.verbs.drawing import DrawsAsked, draw_site
from regplan.verbs.options import Options

if TYPE_CHECKING:
    from regplan.model.chance import Chance
    from regplan.model.progress import Progress

pytest.importorskip("numpy")

APP = "registry.example/shop/app:1"
SITE = Site(
    "store",
    SiteFrom(
        images=(APP,), sources=("oci:nowhere",), declared_sizes=((APP, 100_000_000),), variables=(("token", "x"),)
    ),
    (Host("a", role="worker"), Host("b", role="worker")),
    internet_link=Link(20_000_000),
    scenario=Scenario(reimages_per_node_year=3),
)


def drawn(asked: DrawsAsked, site: Site = SITE, report: Any = None) -> Chance:
    found = draw_site(site, asked, Options(), report).chance
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _empty(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout with nothing in it, so that sizes are those that the site declares."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "nowhere" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (tmp_path / "nowhere" / "index.json").write_text('{"schemaVersion": 2, "manifests": []}')


def test_progress_counts_lives_and_names_the_seed() -> None:
    told: list[Progress] = []
    found = drawn(DrawsAsked(120, 4), report=told.append)

    lives = [each for each in told if each.unit == "lives"]
    assert [(each.done, each.total, each.what) for each in lives] == [(done, 120, "seed 4") for done in (50, 100, 120)]
    assert (found.draws, found.workers) == (120, (os.getpid(),))


def test_a_seed_of_its_own_is_another_one_each_time_and_draws_the_same_again() -> None:
    one, two = drawn(DrawsAsked(20)), drawn(DrawsAsked(20))

    assert one.seed != two.seed
    assert drawn(DrawsAsked(20, one.seed)) == one


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (DrawsAsked(0), "draws: 0 is not a whole number from 1"),
        (DrawsAsked(9, workers=-1), "workers: -1 is not a whole number from 1"),
        (DrawsAsked(9, -2), "seed: -2 is not a whole number from 0"),
    ],
)
def test_numbers_that_draw_nothing_are_refused(asked: DrawsAsked, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        draw_site(SITE, asked)


def test_a_site_without_hosts_or_a_scenario_is_refused() -> None:
    with pytest.raises(InvalidSite, match="the site names no hosts"):
        draw_site(replace(SITE, hosts=()), DrawsAsked(9))
    with pytest.raises(InvalidSite, match="the site has none: add one"):
        draw_site(replace(SITE, scenario=None), DrawsAsked(9))


@pytest.mark.slow
def test_a_cluster_tells_the_same_bit_for_bit_also_when_a_worker_is_killed() -> None:
    distributed: Any = pytest.importorskip("distributed")
    # Twenty blocks, most of which come after one worker is killed.
    site = replace(SITE, scenario=Scenario(years=2, reimages_per_node_year=2, reschedules_per_year=20))
    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    here = drawn(DrawsAsked(1_000, 5), site)
    with distributed.LocalCluster(**local) as cluster:
        there = drawn(DrawsAsked(1_000, 5, scheduler=cluster.scheduler_address), site)
        begun = threading.Event()

        def kill() -> None:
            begun.wait(60)
            os.kill(there.workers[0], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        again = drawn(
            DrawsAsked(1_000, 5, scheduler=cluster.scheduler_address),
            site,
            lambda told: begun.set() if told.unit == "lives" else None,
        )
        killer.join()

    assert len(there.workers) >= 2
    assert os.getpid() not in there.workers
    for found in (there, again):
        assert replace(found, workers=()) == replace(here, workers=())
