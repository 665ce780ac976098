from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.errors import InputError
from regplan.model.site import Host, Link, RegistrySpec, Site
from regplan.plan.variation import Variation, vary_site

HOSTS = (Host("cp", cpu_milli=8000), Host("w-1", "worker", 4000), Host("w-2", "worker", 2000))
SITE = Site(
    "store",
    hosts=HOSTS,
    registry=RegistrySpec(storage_bytes=300),
    internet_link=Link(10, 0.5, connection_bps=7),
    defaulted=("registry.storage", "assumptions.versions_kept", "timezone"),
)


def test_nothing_that_nobody_names_is_changed() -> None:
    assert vary_site(SITE, Variation()) == SITE


def test_workers_that_are_added_are_like_the_last_and_have_names_of_their_own() -> None:
    taken = replace(SITE, hosts=(*HOSTS, Host("worker-added-1", "worker", 1000)))
    varied = vary_site(taken, Variation(workers=5))
    assert [host.name for host in varied.hosts] == [
        *("cp", "w-1", "w-2", "worker-added-1"),
        *("worker-added-2", "worker-added-3"),
    ]
    assert {host.cpu_milli for host in varied.hosts[-2:]} == {1000}


def test_the_last_workers_go_first_and_the_control_plane_stays() -> None:
    assert [host.name for host in vary_site(SITE, Variation(workers=1)).hosts] == ["cp", "w-1"]


def test_where_every_host_takes_workloads_each_counts() -> None:
    alone = replace(SITE, hosts=(Host("only"),))
    assert [host.name for host in vary_site(alone, Variation(workers=2)).hosts] == ["only", "control-plane-added-1"]


def test_values_take_the_place_of_the_sites_and_are_stated_from_then_on() -> None:
    varied = vary_site(SITE, Variation(storage_bytes=500, versions_kept=4, internet_bps=99))
    assert varied.registry == RegistrySpec(storage_bytes=500)
    assert varied.assumptions.versions_kept == 4
    assert varied.internet_link == Link(99, 0.5, connection_bps=7)
    assert varied.defaulted == ("timezone",)


@pytest.mark.parametrize(
    "variation", [Variation(storage_bytes=1), Variation(internet_bps=1), Variation(workers=2)], ids=repr
)
def test_what_a_site_lacks_has_no_other_value(variation: Variation) -> None:
    with pytest.raises(InputError, match=r"^bare: the site "):
        vary_site(Site("bare"), variation)


@pytest.mark.parametrize("variation", [Variation(workers=0), Variation(versions_kept=-1)], ids=repr)
def test_less_than_one_of_anything_is_refused(variation: Variation) -> None:
    with pytest.raises(InputError, match="is less than 1"):
        vary_site(SITE, variation)


def test_a_size_that_is_taken_for_a_number_of_hosts_makes_none() -> None:
    with pytest.raises(InputError, match="which no cluster has"):
        vary_site(SITE, Variation(300_000_000_000))
