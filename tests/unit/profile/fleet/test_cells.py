from __future__ import annotations

import pytest

from regplan.errors import InvalidQuantity
from regplan.profile import site_kinds as kinds
from regplan.profile.fleet.cells import cell_tree, plain_number
from regplan.profile.site_scenario_keys import RATES


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7,8GB", "7.8GB"),
        ("1,5 TB", "1.5 TB"),
        ("12,5 %", "12.5 %"),
        ("0,125", "0.125"),
        ("2,5Gbit/s", "2.5Gbit/s"),
        ("1.234,5 GB", "1234.5 GB"),
        ("1,234.5 GB", "1234.5 GB"),
        ("12 345,5 GB", "12345.5 GB"),
        ("16\u00a0GiB", "16 GiB"),
        ("300GB", "300GB"),
        ("1.234 GB", "1.234 GB"),
        ("a,b", "a,b"),
        ("1,2,3 GB", "1,2,3 GB"),
    ],
)
def test_numbers_may_have_a_decimal_comma_and_points_between_thousands(written: str, read: str) -> None:
    assert plain_number(written) == read


@pytest.mark.parametrize("written", ["1,234 GB", "12,000"])
def test_what_may_be_thousands_or_a_fraction_is_refused(written: str) -> None:
    with pytest.raises(InvalidQuantity, match="can be read in two ways"):
        plain_number(written)


def test_a_cell_may_hold_several_files_sources_or_addresses() -> None:
    for kind in (kinds.FILES, kinds.TEXTS, kinds.ADDRESSES):
        assert cell_tree("a.json, b.yaml;c.json|d.json\ne.json ; ", kind, 7) == [
            "a.json",
            "b.yaml",
            "c.json",
            "d.json",
            "e.json",
        ]


def test_commas_in_other_texts_stay() -> None:
    assert cell_tree("Berlin, 2,5", kinds.TEXT, 7) == "Berlin, 2,5"


def test_rates_in_a_cell_may_have_decimal_commas() -> None:
    assert cell_tree("8,5Mbit/s; 20Mbit/s, 1,2Gbit/s", RATES, 7) == ["8.5Mbit/s", "20Mbit/s", "1.2Gbit/s"]
    assert cell_tree("8,5Mbit/s", RATES, 7) == ["8.5Mbit/s"]
