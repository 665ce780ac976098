"""A site file edited: keys set, hosts added and taken away, and every other character as it was."""

from __future__ import annotations

import json

import pytest

from regplan.errors import InputError, InvalidSite
from regplan.profile.site import parse_site
from regplan.profile.site_edit import SiteChange, SiteEdit, changes_of, edit_of, edit_site, key_named, value_in
from regplan.profile.site_inputs import inputs_in
from regplan.profile.site_moved import moved_site
from regplan.profile.site_steps import step_of

BLOCK = """\
# our shop
name: store-7   # by the harbour
images: [nginx:1.27]
hosts:
  # the rack
  - name: edge   # bought in 2024
    count: 3
    cpu: 8
    memory: 16GiB  # each
  - {name: till, cpu: 2}   # at the door
links:
  internet: {rate: 1Mbit/s}
"""
ADDED = SiteEdit("hosts", "", "new")
GONE = SiteEdit("hosts", None, "edge-2")


def names(text: str) -> list[str]:
    return [host.name for host in parse_site(text, "site.yaml").hosts]


def test_one_of_several_hosts_is_written_out_before_it_is_changed() -> None:
    after = edit_site(BLOCK, [edit_of("hosts.edge-2.cpu", "4")])

    cpus = {host.name: host.cpu_milli for host in parse_site(after, "site.yaml").hosts}
    assert cpus == {"edge-1": 8000, "edge-2": 4000, "edge-3": 8000, "till": 2000}
    assert "count" not in after
    for line in ("# our shop", "name: store-7   # by the harbour", "  # the rack", "    memory: 16GiB  # each"):
        assert line in after.splitlines()


def test_hosts_are_added_behind_the_others_like_one_of_them_and_taken_away() -> None:
    after = edit_site(BLOCK, [SiteEdit("hosts", "till", "till-2"), SiteEdit("hosts", "edge-1", "edge-9"), GONE])

    assert names(after) == ["edge-1", "edge-3", "till", "till-2", "edge-9"]
    assert "  - {name: till-2, cpu: 2}" in after.splitlines()
    assert after.endswith("links:\n  internet: {rate: 1Mbit/s}\n")


@pytest.mark.parametrize(
    "before",
    ["name: a\nimages: [b]\n", "name: a\nimages: [b]\nhosts: []\n", "name: a\nimages: [b]\nhosts:\n", '{"name": "a", "images": ["b"]}'],
)  # fmt: skip
def test_a_site_without_hosts_gets_its_first_one_and_can_lose_it_again(before: str) -> None:
    after = edit_site(before, [ADDED, edit_of("hosts.new.cpu", "4")])

    assert names(after) == ["new"]
    assert value_in(after, edit_of("hosts.new.cpu", "1")) == "4"
    assert names(edit_site(after, [SiteEdit("hosts", None, "new")])) == []


def test_json_stays_json() -> None:
    before = '{"name": "a", "images": ["b"], "hosts": [{"name": "e", "count": 2, "cpu": "4"}, {"name": "f"}]}'
    after = edit_site(
        before, [edit_of("registry.sync", "true"), SiteEdit("hosts", None, "e-1"), SiteEdit("hosts", "f", "g")]
    )

    told = json.loads(after)
    assert told["registry"] == {"sync": True}
    assert told["hosts"] == [{"name": "e-2", "cpu": "4"}, {"name": "f"}, {"name": "g"}]


@pytest.mark.parametrize("value", ["a: b", "x # y", "[1]", "null", "it's", "- a", "&a b", "{c}", "a, b", "'q'"])
def test_what_yaml_would_read_as_something_else_is_put_in_quotes(value: str) -> None:
    for text in (BLOCK, "registry: {kind: zot}\nname: a\nimages: [b]\n"):
        after = edit_site(text, [edit_of("registry.storage_class", value)])
        registry = parse_site(after, "site.yaml").registry

        assert registry is not None
        assert registry.storage_class == value


def test_changes_are_what_differs_in_the_end_and_not_what_was_typed() -> None:
    edits = [edit_of("hosts.till.cpu", "4"), edit_of("registry.gc", "daily"), ADDED, edit_of("hosts.till.cpu", "2")]

    assert changes_of(BLOCK, edits) == (SiteChange("registry.gc", "", "daily"), SiteChange("hosts.new", "", "there"))
    assert changes_of(BLOCK, [GONE]) == (SiteChange("hosts.edge-2", "there", ""),)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("registry.storge", "1GB", "did you mean registry.storage"),
        ("registry.storage", "1gb", "did you mean 1GB"),
        ("hosts.cpu", "4", "name the host too"),
        ("hosts.a.name", "b", "under another name"),
        ("assumptions.free_space", "100%", "leaves nothing"),
    ],
)
def test_a_key_or_value_that_cannot_be_is_told_before_anything_is_planned(name: str, value: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        edit_of(name, value)


@pytest.mark.parametrize(
    ("text", "edit", "says"),
    [
        (BLOCK, SiteEdit("hosts", None, "nobody"), "no host nobody"),
        ("hosts: {name: a}\n", edit_of("hosts.a.cpu", "1"), "one mapping here"),
        ("x: &x {name: a}\nhosts: [*x]\n", edit_of("hosts.a.cpu", "1"), "written elsewhere"),
    ],
)
def test_a_host_that_cannot_be_edited_is_told(text: str, edit: SiteEdit, says: str) -> None:
    with pytest.raises(InvalidSite, match=says):
        edit_site(text, [edit])


@pytest.mark.parametrize(
    ("key", "value", "less", "more"),
    [
        ("registry.storage", "320GiB", "310GiB", "330GiB"),
        ("registry.storage", "100GB", "99GB", "110GB"),
        ("registry.storage", "1GB", "0.9GB", "1.1GB"),
        ("links.internet.rate", "20Mbit/s", "19Mbit/s", "21Mbit/s"),
        ("assumptions.growth_per_year", "0%", "0%", "1%"),
        ("assumptions.free_space", "99%", "98%", "99%"),
        ("registry.retention", "none", "none", "keep 1 version"),
        ("registry.retention", "keep 2 versions", "keep 1 version", "keep 3 versions"),
        ("registry.replicas", "1", "1", "2"),
        ("registry.gc", "daily", "hourly", "weekly"),
        ("registry.sync", "true", "false", "true"),
        ("assumptions.unpacked_ratio", "2.44", "2.34", "2.54"),
        ("hosts.cpu", "8", "7", "9"),
        ("hosts.memory", "7.8GB", "7.7GB", "7.9GB"),
        ("registry.project", "spectro-images", "spectro-images", "spectro-images"),
    ],
)
def test_a_step_is_the_next_value_that_the_key_can_have(key: str, value: str, less: str, more: str) -> None:
    assert step_of(key_named(key), value, up=False) == less
    assert step_of(key_named(key), value, up=True) == more


def test_every_key_that_holds_one_value_can_be_set_and_hosts_each_have_theirs() -> None:
    found = {each.name: each for each in inputs_in(BLOCK, "site.yaml", {"registry.storage": "5B"})}

    assert found["registry.storage"].value == "5B"
    assert not found["registry.storage"].is_written
    assert (found["links.internet.rate"].value, found["links.internet.rate"].is_written) == ("1Mbit/s", True)
    assert found["assumptions.warn_share"].value == "80%"
    assert (found["hosts.edge-3.cpu"].value, found["hosts.till.cpu"].value) == ("8", "2")
    assert "profiles" not in found
    assert next(iter(found)) == "registry.storage"


def test_in_another_folder_paths_name_the_same() -> None:
    text = "profiles: [a.json, /b.json]\nfrom: [recording:rec, origin]\nimages: [nginx:1.27, ./list.txt]\nupgrade_from: [[old/c.json]]\n"

    assert moved_site(text, "/sites/x", "/sites") == (
        "profiles: [x/a.json, /b.json]\nfrom: [recording:x/rec, origin]\nimages: [nginx:1.27, x/list.txt]\nupgrade_from: [[x/old/c.json]]\n"
    )
