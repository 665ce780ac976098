from __future__ import annotations

import pytest

from regplan.model.finding import Verdict
from regplan.report.words import (
    ABSENT,
    GLYPHS,
    MEANINGS,
    WORST_FIRST,
    counted,
    exact,
    exact_bytes,
    marked,
    readable,
    tidy,
)


def test_every_verdict_has_a_glyph_of_its_own_a_meaning_and_a_rank() -> None:
    assert set(GLYPHS) == set(MEANINGS) == set(WORST_FIRST) == set(Verdict)
    assert len(set(GLYPHS.values())) == len(Verdict)
    assert [marked(verdict) for verdict in WORST_FIRST] == ["✗ FAIL", "? INCOMPLETE", "! MARGINAL", "i INFO", "✓ PASS"]
    assert marked("INCOMPLETE") == "? INCOMPLETE"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (300_000_000_000, "bytes", "300 GB"),
        (-1500, "bytes", "-1.50 kB"),
        (4000, "milli", "4 CPU"),
        (7500, "milli", "7.5 CPU"),
        (0.15, "ratio", "15 %"),
        (-0.5, "ratio", "-50 %"),
        (61.0, "s", "1 min 1 s"),
        (20_000_000, "bps", "20.0 Mbit/s"),
        (3, "hosts", "3 hosts"),
        (1, "hosts", "1 host"),
        (1.0, "s", "1.0 s"),
        (2.5, "times", "2.5 times"),
        (1234567, "", "1,234,567"),
        ("4.6.13", "", "4.6.13"),
        (None, "bytes", "unknown"),
        (float("nan"), "s", "unknown"),
    ],
)
def test_a_value_is_written_with_its_unit(value: float | str | None, unit: str, text: str) -> None:
    assert readable(value, unit) == text


def test_sizes_read_in_binary_units_when_asked_and_what_is_absent_as_the_reader_likes_it() -> None:
    assert readable(300_000_000_000, "bytes", binary=True) == "279 GiB"
    assert readable(20_000_000, "bps", binary=True) == "20.0 Mbit/s"
    assert readable(None, "bytes", absent=ABSENT) == "-"


def test_a_size_is_written_to_the_byte_when_asked() -> None:
    assert exact_bytes(28334000) == "28,334,000 B"


def test_forms_of_a_size_that_read_alike_are_written_once() -> None:
    told = {size: exact(size, "bytes") for size in (0, 999, 1000, 1023, 1024, -5)}

    assert told == {
        0: "0 B", 999: "999 B", 1000: "1.00 kB = 1,000 B", 1023: "1.02 kB = 1,023 B",
        1024: "1.02 kB = 1.00 KiB = 1,024 B", -5: "-5 B",
    }  # fmt: skip


def test_a_count_takes_its_noun_in_the_plural_unless_it_is_one() -> None:
    assert [counted(count, "host") for count in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("safe\u202egpj.exe", "safe\ufffdgpj.exe"),
        ("half \ud800 a pair", "half a pair"),
        ("nul\x00l", "nul l"),
        ("äöü 名前", "äöü 名前"),
    ],
)
def test_a_name_cannot_move_the_cursor_or_turn_the_line_around(text: str, expected: str) -> None:
    assert tidy(text) == expected
