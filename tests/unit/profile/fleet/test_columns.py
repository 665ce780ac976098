from __future__ import annotations

import pytest

from regplan.errors import InvalidSite
from regplan.profile.fleet.columns import read_columns, split_map


def paths(*headings: str, **renamed: str) -> list[tuple[str, str]]:
    columns, _ = read_columns(headings, renamed, "s.csv", ["profiles"])
    return [(column.heading, column.path) for column in columns]


def test_columns_are_the_site_files_keys_in_any_case_and_with_blanks_around() -> None:
    found = paths("Name", " Registry.Storage ", "HOSTS.CPU", "links.internet.rate", "assumptions.free_space")

    assert found == [
        ("Name", "name"),
        ("Registry.Storage", "registry.storage"),
        ("HOSTS.CPU", "hosts.cpu"),
        ("links.internet.rate", "links.internet.rate"),
        ("assumptions.free_space", "assumptions.free_space"),
    ]


def test_several_host_groups_are_numbered_or_named() -> None:
    columns, _ = read_columns(
        ["name", "hosts.cpu", "hosts[1].memory", "hosts[2].cpu", "hosts.worker.cpu", "hosts.kiosk.cpu"],
        {}, "s.csv", ["images"],
    )  # fmt: skip

    assert [(each.path, each.group and (each.group.name, each.group.role)) for each in columns[1:]] == [
        ("hosts.cpu", ("node", "")),
        ("hosts.memory", ("node", "")),
        ("hosts[2].cpu", ("node2", "")),
        ("hosts.worker.cpu", ("worker", "worker")),
        ("hosts.kiosk.cpu", ("kiosk", "")),
    ]


def test_names_of_ones_own_keep_their_letters() -> None:
    assert paths("name", "var.StoreNo", "system.cluster.name", "mirrors.docker.io")[1:] == [
        ("var.StoreNo", "variables.StoreNo"),
        ("system.cluster.name", "system.cluster.name"),
        ("mirrors.docker.io", "mirrors.docker.io"),
    ]


def test_other_columns_are_mapped_and_the_rest_is_left_alone() -> None:
    columns, ignored = read_columns(
        ["Store  No", "PVC = size", "Manager", "", "regplan.verdict"],
        split_map(["store no=name", "PVC = size=registry.storage"]), "s.csv", ["profiles"],
    )  # fmt: skip

    assert [(each.place, each.heading, each.path) for each in columns] == [
        (0, "Store  No", "name"),
        (1, "PVC = size", "registry.storage"),
    ]
    assert ignored == ("Manager",)


@pytest.mark.parametrize(
    ("headings", "renamed", "told"),
    [
        (["name", "registry.storge"], {}, "column registry.storge: 'registry.storge' is no key of the site file; did you mean registry.storage?"),
        (["name", "hosts.worker.ram"], {}, "column hosts.worker.ram: 'hosts.worker.ram' is no key of the site file"),
        (["name", "deploymnt"], {}, "did you mean deployment?"),
        (["name", "hosts[0].cpu"], {}, "'hosts[0].cpu' is no key"),
        (["name", "variables"], {}, "write a column for each name, such as variables.NAME"),
        (["name", "NAME"], {}, "column NAME: name gives name already"),
        (["hosts.cpu"], {}, "no column gives `name`; call the one that does so, or map it: --map 'Store No=name' (`renamed` in Python)"),
        (["name"], {"Stor": "name"}, "map of columns: there is no column 'Stor'"),
        (["name", "Store"], {"Stor": "name"}, "did you mean Store?"),
        (["name", "Size"], {"Size": "registry.sice"}, "column Size: 'registry.sice' is no key of the site file; did you mean registry."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_columns_is_told_with_what_was_meant(
    headings: list[str], renamed: dict[str, str], told: str
) -> None:
    with pytest.raises(InvalidSite) as error:
        read_columns(headings, renamed, "s.csv", ["profiles"])

    assert str(error.value).startswith("s.csv: line 1: 1 problem with the columns:")
    assert told in str(error.value)


def test_a_table_without_profiles_says_how_to_give_them_to_all() -> None:
    with pytest.raises(InvalidSite, match=r"--defaults FILE.yaml"):
        read_columns(["name"], {}, "s.csv")


@pytest.mark.parametrize("text", ["name", "=name", "Store=", "Store= "])
def test_a_map_that_maps_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidSite, match="write HEADING=KEY"):
        split_map([text])


def test_a_heading_is_mapped_once() -> None:
    with pytest.raises(InvalidSite, match="mapped twice"):
        split_map(["Store=name", "STORE=profiles"])
