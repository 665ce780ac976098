"""The grammar of tables and commands, and the colours, as values: without a terminal."""

from __future__ import annotations

import csv
import doctest
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import InputError
from regplan.tui import commands, export, table
from regplan.tui.app import RegplanApp
from regplan.tui.columns import FINDINGS, IMAGES
from regplan.tui.commands import COMMANDS, Order, commands_for, parse
from regplan.tui.export import Sheet, format_of, sheet_bytes
from regplan.tui.table import View, arrange, haystack, visible
from regplan.tui.theme import THEMES, VERDICT_STYLES
from tui.studies import FINDINGS as RULES
from tui.studies import HAPROXY, NGINX, site_study

SIZES = site_study().plan.layers.images


@pytest.mark.parametrize("module", [commands, export, table])
def test_the_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(st.text(alphabet="abcAB1 ", max_size=6), st.text(alphabet="abcAB1 -", max_size=12))
def test_a_fuzzy_filter_finds_letters_in_their_order_with_anything_between(letters: str, text: str) -> None:
    place, found = 0, True
    for letter in letters.lower().replace(" ", ""):
        place = text.lower().find(letter, place) + 1
        found = found and place > 0
        if not found:
            break

    assert View(pattern=f"-f {letters}").matches(text) == found


def test_a_filter_looks_in_columns_that_are_not_shown() -> None:
    texts = haystack(SIZES, IMAGES)

    assert [row.reference for _, row in arrange(SIZES, IMAGES, View(pattern="LINUX/amd64 haproxy"), texts)] == [HAPROXY]


def test_columns_that_were_chosen_are_shown_whether_or_not_they_have_room() -> None:
    assert [column.key for column in visible(IMAGES, 40, ("unpacked", "image"))] == ["image", "unpacked"]


def sheet(**more: object) -> Sheet:
    base = Sheet("store-0421", "Layers", "Images", tuple(IMAGES), SIZES, "unique", "nginx")
    return replace(base, **more)  # type: ignore[arg-type]


def test_json_holds_every_row_with_exact_values_and_how_it_was_looked_at() -> None:
    document = json.loads(sheet_bytes(sheet(), "json"))

    assert {key: document[key] for key in ("kind", "site", "screen", "pane", "sort", "filter")} == {
        "kind": "view",
        "site": "store-0421",
        "screen": "Layers",
        "pane": "Images",
        "sort": "unique",
        "filter": "nginx",
    }
    first, last = document["rows"][0], document["rows"][-1]
    assert (first["image"], first["size_bytes"], first["shared_bytes"], first["unique_bytes"]) == (
        NGINX,
        75_010_000,
        30_000_000,
        45_010_000,
    )
    assert (last["size_bytes"], last["sizes_unknown"]) == (12_352_678, 1)


def test_csv_holds_the_same_values_and_no_formula() -> None:
    evil = replace(SIZES[0], reference="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(sheet_bytes(sheet(rows=(evil, *SIZES[1:])), "csv").decode())))

    assert rows[0]["image"] == "'=HYPERLINK(1)"
    assert [row["unique_bytes"] for row in rows] == ["45010000", "45010000", "89007500", "12352678"]


def test_what_a_rule_needs_and_has_stands_beside_its_unit() -> None:
    rows = json.loads(sheet_bytes(sheet(columns=tuple(FINDINGS), rows=RULES), "json"))["rows"]

    assert [
        (row["verdict"], row["required"], row["measured"], row["unit"]) for row in rows if row["rule"] == "host.cpu"
    ] == [
        ("PASS", 4000, 8000, "milli"),
        ("FAIL", 4000, 2000, "milli"),
    ]


def test_markdown_is_what_is_read_on_the_screen_and_breaks_no_table() -> None:
    evil = replace(SIZES[0], reference="a|b\n# c")
    text = sheet_bytes(sheet(columns=tuple(IMAGES[:3]), rows=(evil, SIZES[3]), binary=True), "md").decode()

    assert text.splitlines()[0] == "# store-0421: Images"
    assert "| IMAGE | PLATFORM | SIZE |" in text
    assert "| a\\|b " in text
    assert "≥11.8 MiB" in text
    assert len([line for line in text.splitlines() if line.startswith("|")]) == 4


def test_a_view_without_rows_is_a_file_with_its_heading() -> None:
    assert sheet_bytes(sheet(columns=tuple(IMAGES[:2]), rows=()), "csv") == b"image,platform\n"
    assert json.loads(sheet_bytes(sheet(rows=()), "json"))["rows"] == []


def test_a_name_whose_end_is_no_format_is_refused_with_those_there_are() -> None:
    assert format_of("a/b.JSON") == "json"
    with pytest.raises(InputError, match=r"notes\.txt: .*\.csv, \.json, \.md, \.svg"):
        format_of("notes.txt")


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("layers", Order("layers")),
        (":layers /x y", Order("layers", "/x y")),
        ("  :Q ", Order("quit")),
        ("lay", Order("layers")),
        ("sort size desc", Order("sort", "size desc")),
        ("e out.csv", Order("export", "out.csv")),
    ],
)
def test_a_line_is_read_by_name_short_name_or_beginning(line: str, order: Order) -> None:
    assert parse(line) == order


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("layrs", "there is no command :layrs; did you mean :layers?"),
        ("zzzz", "there is no command :zzzz; ctrl\\+p lists them all"),
        ("", "there is no command :; ctrl\\+p"),
        ("sort", ":sort needs COLUMN"),
        ("quit now", ":quit takes nothing after it"),
        ("re", "there is no command :re"),
    ],
)
def test_a_line_that_is_no_command_says_what_is_near(line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(line)


def test_a_place_without_a_screen_is_no_command() -> None:
    some = commands_for(frozenset({"start", "layers"}))

    assert parse("layers", some).name == "layers"
    with pytest.raises(InputError):
        parse("capacity", some)


def test_no_two_commands_share_a_name() -> None:
    names = [name for command in COMMANDS for name in (command.name, *command.short)]

    assert len(set(names)) == len(names)


def test_the_docs_name_every_command_and_theme() -> None:
    text = (Path(__file__).parents[2] / "docs" / "tui.md").read_text(encoding="utf-8")
    there = commands_for(frozenset(RegplanApp.MODES))

    assert [command.name for command in there if f"`:{command.name}" not in text] == []
    assert [theme.name for theme in THEMES if theme.name not in text] == []


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2.1 defines it."""

    def luminance(hexadecimal: str) -> float:
        channels = [int(hexadecimal[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_is_written_can_be_read_on_every_theme(theme: object) -> None:
    least = 7.0 if theme.name == "high-contrast" else 4.5  # type: ignore[attr-defined]
    letters = {name: getattr(theme, name) for name in ("foreground", "primary", "warning", "error")}
    grounds = {name: getattr(theme, name) for name in ("background", "surface")}

    for name, letter in letters.items():
        for ground_name, ground in grounds.items():
            assert contrast(letter, ground) >= least, f"{name} on {ground_name}"
    assert contrast(letters["foreground"], theme.secondary) >= least, "the row under the cursor"  # type: ignore[attr-defined]
    assert contrast(letters["foreground"], theme.panel) >= least, "the line at the top"  # type: ignore[attr-defined]
    for share in (80, 85):  # headings, and what is told of a row
        faint = mixed(letters["foreground"], grounds["background"], share)
        assert contrast(faint, grounds["background"]) >= least, f"letters at {share} %"


def mixed(one: str, other: str, percent: int) -> str:
    """Lay a colour over another, so many percent of it."""
    pairs = [(int(one[place : place + 2], 16), int(other[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{(above * percent + below * (100 - percent)) // 100:02X}" for above, below in pairs)


def test_a_verdict_can_be_read_on_its_colour_with_the_contrast_that_high_contrast_promises() -> None:
    pairs = {verdict: style.removeprefix("bold ").split(" on ") for verdict, style in VERDICT_STYLES.items()}

    assert [verdict for verdict, (letters, ground) in pairs.items() if contrast(letters, ground) < 7.0] == []


def test_there_are_four_themes_and_the_first_is_for_any_colour_vision() -> None:
    assert [theme.name for theme in THEMES] == ["okabe-ito", "dark", "light", "high-contrast"]
