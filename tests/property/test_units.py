from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import InvalidQuantity
from regplan.units import (
    format_bytes,
    format_duration,
    format_least,
    format_rate,
    parse_bytes,
    parse_cpu,
    parse_duration,
    parse_quantity,
    parse_rate,
    parse_ratio,
    parse_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.property

PEOPLES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
KUBERNETES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
SMALL = {"m": Fraction(1, 10**3), "u": Fraction(1, 10**6), "n": Fraction(1, 10**9)}
PARSERS = (parse_size, parse_quantity, parse_bytes, parse_cpu, parse_rate, parse_duration, parse_ratio)

numbers = st.builds(
    lambda whole, part: f"{whole}.{part}" if part else str(whole),
    st.integers(0, 10**6),
    st.text("0123456789", max_size=30),
)


@given(numbers, st.sampled_from(sorted(PEOPLES)))
def test_a_size_is_exactly_its_number_times_its_unit_rounded_up(number: str, unit: str) -> None:
    expected = math.ceil(Fraction(number) * PEOPLES[unit])

    assert parse_size(f"{number}{unit}") == parse_size(f"{number} {unit}") == parse_bytes(f"{number}{unit}") == expected


@given(numbers, st.sampled_from(sorted(KUBERNETES)))
def test_a_quantity_is_exactly_its_number_times_its_suffix_rounded_up(number: str, unit: str) -> None:
    exact = Fraction(number) * KUBERNETES[unit]

    assert parse_quantity(f"{number}{unit}") == math.ceil(exact)
    assert parse_cpu(f"{number}{unit}") == math.ceil(exact * 1000)


@given(numbers, st.sampled_from(sorted(SMALL)))
def test_a_small_quantity_is_never_rounded_down(number: str, unit: str) -> None:
    assert parse_quantity(f"{number}{unit}") == math.ceil(Fraction(number) * SMALL[unit])


@given(st.integers(0, 10**6), st.integers(-30, 12), st.sampled_from("eE"))
def test_an_exponent_is_a_power_of_ten(number: int, exponent: int, letter: str) -> None:
    assert parse_quantity(f"{number}{letter}{exponent}") == math.ceil(number * Fraction(10) ** exponent)


@given(st.integers(0, 2**63 - 1))
def test_a_count_of_bytes_is_read_back_exactly_in_either_grammar(size_bytes: int) -> None:
    assert parse_size(f"{size_bytes}B") == parse_quantity(str(size_bytes)) == size_bytes


@given(st.integers(0, 10**18), st.booleans())
def test_a_size_that_was_written_for_people_is_read_back_to_half_a_unit_of_its_last_figure(
    size_bytes: int, binary: bool
) -> None:
    text = format_bytes(size_bytes, binary=binary)
    number, unit = text.split()
    factor = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12} | {
        "KiB": 2**10,
        "MiB": 2**20,
        "GiB": 2**30,
        "TiB": 2**40,
    }
    last = Fraction(1, 10 ** len(number.partition(".")[2])) * factor[unit]

    # A float holds 53 bits, so a little more than half.
    assert abs(parse_size(text) - size_bytes) <= last / 2 + Fraction(size_bytes, 2**50) + 1


@given(st.integers(-(2**63), 2**63 - 1), st.booleans())
def test_a_size_has_three_figures_and_the_largest_unit_that_leaves_one_before_the_point(
    size_bytes: int, binary: bool
) -> None:
    number, unit = format_bytes(size_bytes, binary=binary).removeprefix("-").split()
    whole, _, part = number.partition(".")

    if unit == "B":
        assert int(number) == abs(size_bytes)
    elif not unit.startswith("T"):
        assert len(whole + part) == 3 or (binary and part == "" and 1000 <= int(whole) < 1024)
    assert unit.startswith("T") or int(whole) < (1024 if binary else 1000)
    assert unit == "B" or int(whole) >= 1
    assert format_bytes(size_bytes).startswith("-") == (size_bytes < 0)


@given(st.integers(1, 10**15))
def test_a_rate_that_was_written_is_a_rate(rate_bps: int) -> None:
    text = format_rate(rate_bps)

    assert abs(parse_rate(text) - rate_bps) <= rate_bps / 100


@given(st.floats(0, 10**9, allow_nan=False))
def test_a_duration_is_written_with_at_most_two_units_and_is_never_empty(duration_s: float) -> None:
    parts = format_duration(duration_s).split()

    assert len(parts) in {2, 4}
    assert parts[1] in {"s", "min", "h", "d"}
    seconds = sum(
        float(number) * parse_duration(f"1{unit}") for number, unit in zip(parts[::2], parts[1::2], strict=True)
    )
    assert abs(seconds - duration_s) <= max(0.05 + 1e-6, 0.5, duration_s / 20)


def attempt(parse: Callable[[str], float], text: str) -> float | InvalidQuantity:
    """Read a text, or catch the one kind of error that a text may lead to."""
    try:
        return parse(text)
    except InvalidQuantity as error:
        return error


@given(st.text(max_size=20))
def test_whatever_is_written_is_read_or_refused_and_nothing_else(text: str) -> None:
    for parse in PARSERS:
        read = attempt(parse, text)
        assert isinstance(read, InvalidQuantity) or (read >= 0 and text.strip().isascii())


@given(st.text("0123456789.eE+-KMGkmnuiBT% ", max_size=12))
def test_whatever_looks_like_a_quantity_is_read_or_refused_and_nothing_else(text: str) -> None:
    for parse in PARSERS:
        read = attempt(parse, text)
        assert isinstance(read, InvalidQuantity) or read >= 0


@given(st.integers(1, 10**15))
def test_what_is_at_least_needed_is_written_so_that_having_it_is_enough(size_bytes: int) -> None:
    told = parse_bytes(format_least(size_bytes))

    assert size_bytes <= told < size_bytes + 10**9
    assert told <= size_bytes * 1.01 + 1
