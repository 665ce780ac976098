"""A fleet and a row of it, named in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from regplan.errors import InputError
from regplan.verbs.fleet_words import fleet_of_words, row_target, site_of_row

HEAD = "Store;profiles;hosts.count;hosts.cpu;hosts.memory\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "my stores.csv"
    path.write_text(f"{HEAD}berlin;a.yaml;3;8;16GB\nparis;a.yaml;1;many;16GB\n", encoding="utf-8")
    return path


def test_a_fleet_is_named_with_what_the_command_line_takes() -> None:
    file, asked = fleet_of_words("'my stores.xlsx' --map=Store=name --map Size=registry.storage --sheet 'all of them'")

    assert file == "my stores.xlsx"
    assert asked.renamed == ("Store=name", "Size=registry.storage")
    assert (asked.sheet, asked.defaults) == ("all of them", "")
    assert fleet_of_words(r"C:\sites\a.csv")[0] == r"C:\sites\a.csv"


def test_demo_names_the_sites_that_ship_and_each_row_of_them() -> None:
    file, _ = fleet_of_words("demo --sheet x")
    site = site_of_row(row_target("demo", 2))

    rows = Path(file).read_text(encoding="utf-8").splitlines()
    assert site is not None
    assert site.name == rows[1].partition(",")[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("a.csv b.csv", "name one file"),
        ("--sheet x", "name one file"),
        ("a.csv --defaults", "something after them"),
        ("a.csv --workers 3", "--workers: a fleet is read with --defaults"),
        ("'a.csv", "quotation mark"),
    ],
)
def test_what_names_no_fleet_is_told(words: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        fleet_of_words(words)


def test_a_row_is_a_site_of_its_own_and_other_rows_are_not_read(table: Path) -> None:
    site = site_of_row(row_target(f"'{table}' --map Store=name", 2))

    assert site is not None
    assert (site.name, len(site.hosts), site.hosts[0].cpu_milli) == ("berlin", 3, 8000)


def test_a_row_that_is_none_is_told_with_its_line_and_other_targets_are_left_alone(table: Path) -> None:
    with pytest.raises(InputError, match=r"line 3: hosts.cpu: .*many"):
        site_of_row(row_target(f"'{table}' --map Store=name", 3))
    with pytest.raises(InputError, match="line 9: no site stands there any more"):
        site_of_row(row_target(f"'{table}' --map Store=name", 9))
    assert site_of_row("fleet.yaml") is None
    assert site_of_row("fleet:x.yaml") is None
