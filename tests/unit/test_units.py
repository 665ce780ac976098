from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from regplan import units
from regplan.errors import InvalidQuantity
from regplan.units import (
    format_bytes,
    format_duration,
    format_rate,
    parse_bytes,
    parse_cpu,
    parse_duration,
    parse_quantity,
    parse_rate,
    parse_ratio,
    parse_size,
    transfer_seconds,
)

# The powers are written here once more, so that a slip in the module's table shows.
PEOPLES = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "PB": 10**15,
    "EB": 10**18,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
    "PiB": 1024**5,
    "EiB": 1024**6,
}
KUBERNETES = {
    "": Fraction(1),
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 10**3),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(1024),
    "Mi": Fraction(1024**2),
    "Gi": Fraction(1024**3),
    "Ti": Fraction(1024**4),
    "Pi": Fraction(1024**5),
    "Ei": Fraction(1024**6),
}
LETTERS = "BEGKMPTbegkmptinu"
UNITS = {"".join(letters) for count in range(4) for letters in itertools.product(LETTERS, repeat=count)}
NEVER = (
    "",
    " ",
    "-1GB",
    "-1Gi",
    "--1Gi",
    "1,5GB",
    "1_000GB",
    "1.2.3Gi",
    ".",
    ".GB",
    "0x10Gi",
    "1e3GB",
    "nan",
    "inf",
    "NaNGB",
    "GB",
    "Gi",
    "300 Gi",
    "\u0663GB",
    "\u0663Gi",
    "\uff13GB",
    "1\u066b5Gi",
    "300GB/s",
    "300GBGB",
    "300GB\n5",
    "300G iB",
)


def test_the_constants_are_powers_of_ten_and_of_two() -> None:
    assert (units.kB, units.MB, units.GB, units.TB) == (1_000, 1_000_000, 1_000_000_000, 1_000_000_000_000)
    assert (units.KiB, units.MiB, units.GiB, units.TiB) == (1_024, 1_048_576, 1_073_741_824, 1_099_511_627_776)


@pytest.mark.parametrize(("unit", "factor"), PEOPLES.items())
def test_a_size_has_the_factor_of_its_unit(unit: str, factor: int) -> None:
    assert parse_size(f"3{unit}") == parse_size(f" 3 {unit} ") == 3 * factor


@pytest.mark.parametrize(("unit", "factor"), KUBERNETES.items())
def test_a_quantity_has_the_factor_of_its_suffix_and_is_rounded_up(unit: str, factor: Fraction) -> None:
    assert parse_quantity(f"3{unit}") == parse_quantity(f"+3{unit}") == math.ceil(3 * factor)


def test_people_s_sizes_take_their_units_and_no_others() -> None:
    assert {unit for unit in UNITS if _takes(parse_size, f"3{unit}")} == set(PEOPLES)


def test_kubernetes_takes_its_suffixes_and_no_others() -> None:
    assert {unit for unit in UNITS if _takes(parse_quantity, f"3{unit}")} == set(KUBERNETES)


def test_a_site_file_takes_both_but_neither_bare_numbers_nor_fractions_of_a_byte() -> None:
    expected = set(PEOPLES) | set(KUBERNETES) - {"", "n", "u", "m"}

    assert {unit for unit in UNITS if _takes(parse_bytes, f"3{unit}")} == expected


@pytest.mark.parametrize("unit", [*PEOPLES, *(unit for unit in KUBERNETES if unit not in {"", "n", "u", "m"})])
def test_a_site_file_s_size_is_what_its_grammar_says(unit: str) -> None:
    assert parse_bytes(f"2{unit}") == 2 * (PEOPLES[unit] if unit in PEOPLES else KUBERNETES[unit])


@pytest.mark.parametrize("text", ["300", "12e6", "5E3", "500m", "1u", "7n", "0"])
def test_a_site_file_s_size_without_a_unit_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="write it with its unit: 300GB, 300GiB or 300Gi"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("0e999", 0),
        ("1.", 1),
        (".5", 1),
        ("1.5", 2),
        ("1500m", 2),
        ("1000m", 1),
        ("1001m", 2),
        ("1n", 1),
        ("1000000000n", 1),
        ("1000000001n", 2),
        ("1000000u", 1),
        ("1000001u", 2),
        ("1e-999", 1),
        ("12e6", 12_000_000),
        ("12E6", 12_000_000),
        ("1e+3", 1000),
        ("15e-1", 2),
        ("1E", 10**18),
        ("1.5Gi", 1_610_612_736),
        ("0.1Ki", 103),
        ("007Mi", 7 * 1024**2),
        ("9223372036854775807", 2**63 - 1),
        ("7.999999999999999999999999999999999999999Ei", 2**63),
    ],
)
def test_quantities_are_read_exactly_as_kubernetes_reads_them(text: str, expected: int) -> None:
    if expected < 2**63:
        assert parse_quantity(text) == expected
    else:
        with pytest.raises(InvalidQuantity, match="larger than any disk"):
            parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0GB", 0),
        ("0.0000001kB", 1),
        ("1.5GB", 1_500_000_000),
        ("1.5GiB", 1_610_612_736),
        ("1.0000000001GB", 1_000_000_001),
        # More figures than a decimal context of 28 keeps.
        ("1.00000000000000000000000000000000001KiB", 1025),
        ("0.000000000000000000000000000000000001EB", 1),
    ],
)
def test_a_fraction_of_a_byte_is_rounded_up_however_small(text: str, expected: int) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("parse", [parse_size, parse_quantity, parse_bytes, parse_cpu])
def test_what_is_no_quantity_is_refused_with_the_text_and_what_to_write(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(InvalidQuantity) as caught:
        parse(text)

    assert repr(text) in str(caught.value)
    assert "such as" in str(caught.value) or "300GB, 300GiB or 300Gi" in str(caught.value)


@pytest.mark.parametrize("text", ["9223372036854775808B", "10EB", "8EiB", "9" * 90 + "B"])
def test_a_size_that_no_64_bits_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="larger than any disk"):
        parse_size(text)


@pytest.mark.parametrize("text", ["1e19", "1e999", "8Ei", "1" + "0" * 19])
def test_a_quantity_that_no_64_bits_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="larger than any disk"):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["1e1000", "1e999999999", "1e-999999999", "1e" + "9" * 5000, "9" * 100_000])
@pytest.mark.parametrize("parse", [parse_quantity, parse_cpu, parse_bytes, parse_size, parse_duration, parse_ratio])
def test_a_number_made_to_exhaust_the_machine_is_refused_at_once(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(InvalidQuantity) as caught:
        parse(text)

    assert len(str(caught.value)) < 200


def test_a_number_of_up_to_a_hundred_characters_is_read() -> None:
    assert parse_size("0" * 98 + "5B") == 5
    with pytest.raises(InvalidQuantity, match="longer than any quantity"):
        parse_size("0" * 99 + "5B")


def test_each_grammar_points_to_the_other() -> None:
    with pytest.raises(InvalidQuantity, match="Kubernetes writes 300Gi, people write 300GiB"):
        parse_size("300Gi")
    with pytest.raises(InvalidQuantity, match="people write 300GiB, Kubernetes writes 300Gi"):
        parse_quantity("300GB")


@pytest.mark.parametrize(
    ("text", "expected"), [("8", 8000), ("500m", 500), ("1.5", 1500), ("0.0001", 1), ("2k", 2_000_000), ("1u", 1)]
)
def test_processors_are_thousandths_rounded_up(text: str, expected: int) -> None:
    assert parse_cpu(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20Mbit/s", 20_000_000),
        ("20 Mbit/s", 20_000_000),
        ("1.5Gbps", 1_500_000_000),
        ("64kbit/s", 64_000),
        ("64Kbps", 64_000),
        ("1Tbit/s", 10**12),
        ("9600bit/s", 9600),
        ("9600bps", 9600),
        ("0.1bps", 1),
    ],
)
def test_a_rate_is_in_bits_per_second_with_decimal_prefixes(text: str, expected: int) -> None:
    assert parse_rate(text) == expected


@pytest.mark.parametrize(
    "text", ["20", "20MB/s", "20Mbit", "20Mibit/s", "20mbps", "-1Mbps", "20GB", "\u0663Mbps", "1e3bps"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="such as 20Mbit/s or 1Gbit/s"):
        parse_rate(text)


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(InvalidQuantity, match="leave the link out"):
        parse_rate("0 Mbit/s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60ms", 0.06),
        ("250us", 0.00025),
        ("1.5s", 1.5),
        ("0s", 0.0),
        ("2m", 120.0),
        ("2min", 120.0),
        ("2h", 7200.0),
        ("1.5 d", 129_600.0),
    ],
)
def test_a_duration_is_in_seconds(text: str, expected: float) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["60", "1h30m", "-1s", "1w", "\u0663s", "s", "1e3s", "inf", "5 S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="such as 60ms, 30s or 2h"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("15%", 0.15), ("0.15", 0.15), ("15 %", 0.15), ("150%", 1.5), ("0", 0.0), ("2.44", 2.44)]
)
def test_a_share_is_a_percentage_or_a_plain_number(text: str, expected: float) -> None:
    assert parse_ratio(text) == expected


@pytest.mark.parametrize("text", ["", "%", "-5%", "15%%", "15 percent", "\u0661\u0665%", "15\u066a", "1e-2", "0,15"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="such as 15%"):
        parse_ratio(text)


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_999, "10.0 kB"),
        (10_000, "10.0 kB"),
        (99_940, "99.9 kB"),
        (99_999, "100 kB"),
        (999_499, "999 kB"),
        (999_999, "1.00 MB"),
        (1_000_000, "1.00 MB"),
        (999_999_999, "1.00 GB"),
        (300 * 10**9, "300 GB"),
        (999_999_999_999, "1.00 TB"),
        (10**15, "1000 TB"),
        (-999, "-999 B"),
        (-1_500, "-1.50 kB"),
        (-999_999, "-1.00 MB"),
    ],
)
def test_a_decimal_size_is_written_to_three_figures(size_bytes: int, expected: str) -> None:
    assert format_bytes(size_bytes) == expected


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (10_239, "10.0 KiB"),
        (1024**2 - 1, "1.00 MiB"),
        (1024**2, "1.00 MiB"),
        (1023 * 1024, "1023 KiB"),
        (1024**3, "1.00 GiB"),
        (8 * 1024**3, "8.00 GiB"),
        (16 * 1024**3, "16.0 GiB"),
        (512 * 1024**3, "512 GiB"),
        (1024**4, "1.00 TiB"),
        (1024**5, "1024 TiB"),
        (300 * 10**9, "279 GiB"),
        (-(1024**2), "-1.00 MiB"),
    ],
)
def test_a_binary_size_is_written_to_three_figures(size_bytes: int, expected: str) -> None:
    assert format_bytes(size_bytes, binary=True) == expected


@pytest.mark.parametrize(
    ("rate_bps", "expected"),
    [(999, "999 bit/s"), (64_000, "64.0 kbit/s"), (20_000_000, "20.0 Mbit/s"), (999_999_999, "1.00 Gbit/s")],
)
def test_a_rate_is_written_to_three_figures(rate_bps: int, expected: str) -> None:
    assert format_rate(rate_bps) == expected


@pytest.mark.parametrize(
    ("duration_s", "expected"),
    [
        (0, "0.0 s"),
        (0.25, "0.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (60, "1 min"),
        (60.4, "1 min"),
        (119.6, "2 min"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (3659, "1 h"),
        (3660, "1 h 1 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (93_784, "1 d 2 h"),
        (400 * 86_400 + 5, "400 d"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(duration_s: float, expected: str) -> None:
    assert format_duration(duration_s) == expected


def test_bytes_become_bits_only_on_the_way_to_seconds() -> None:
    assert transfer_seconds(2_500_000, 20_000_000) == 1.0
    assert transfer_seconds(0, 1) == 0.0


def _takes(parse: object, text: str) -> bool:
    assert callable(parse)
    try:
        parse(text)
    except InvalidQuantity:
        return False
    return True
