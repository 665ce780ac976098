from __future__ import annotations

from dataclasses import fields, replace

import pytest

from regplan.model.site import Assumptions, Host, Link, Site

CONTROL, FIRST, SECOND = Host("node-1"), Host("node-2", "worker"), Host("node-3", "worker")


def test_ordinary_workloads_run_on_the_workers_in_order() -> None:
    site = Site("store", hosts=(CONTROL, FIRST, SECOND))

    assert site.workers == (FIRST, SECOND)
    assert site.control_plane == (CONTROL,)


def test_without_workers_every_host_is_one() -> None:
    other = Host("node-4")

    assert Site("store", hosts=(CONTROL, other)).workers == (CONTROL, other)
    assert Site("store").workers == Site("store").control_plane == ()


def test_a_host_is_of_the_control_plane_and_amd64_unless_it_is_said() -> None:
    assert (CONTROL.role, CONTROL.arch) == ("control-plane", "amd64")
    assert (CONTROL.cpu_milli, CONTROL.memory_bytes, CONTROL.storage_bytes) == (None, None, None)
    assert Link(20_000_000).latency_s == 0.0


def test_the_assumptions_that_were_changed_are_named() -> None:
    assert Assumptions().changed() == ()
    assert Assumptions(versions_kept=3, free_space=0.2).changed() == ("versions_kept", "free_space")
    assert Assumptions(versions_kept=2).changed() == ()


@pytest.mark.parametrize("assumption", fields(Assumptions), ids=lambda each: each.name)
def test_every_assumption_tells_its_unit_its_meaning_and_where_it_comes_from(assumption: object) -> None:
    metadata = getattr(assumption, "metadata", {})

    assert set(metadata) == {"unit", "doc", "source"}
    assert all(metadata.values())


def test_a_site_cannot_be_changed_in_place() -> None:
    site = Site("store")

    assert replace(site, name="other").name == "other"
    with pytest.raises(AttributeError):
        site.name = "other"  # type: ignore[misc]
    assert hash(site) == hash(Site("store"))
