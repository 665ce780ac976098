"""What the screens are made of: sessions, tables and texts, without a terminal."""

from __future__ import annotations

import doctest
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from regplan.errors import DigestMismatch, InputError, Unauthorized
from regplan.model.image import Blob
from regplan.model.progress import Progress
from regplan.oci.descriptor import Descriptor
from regplan.plan.sharing import measure_layers
from regplan.tui import text as texts
from regplan.tui.columns import FINDINGS, IMAGES
from regplan.tui.failures import failure_of
from regplan.tui.rows import Sharing, blob_rows, wire_rows
from regplan.tui.session import Session
from regplan.tui.table import Column, View, arrange, fit, headed, visible
from regplan.tui.text import bar, cell_text, digest_text, end, middle, reference_text
from regplan.tui.theme import VERDICT_STYLES
from regplan.tui.widgets.binding import binding_words
from regplan.tui.widgets.storage_bar import storage_line
from tui.studies import FINDINGS as RULES
from tui.studies import image, site_study

if TYPE_CHECKING:
    from regplan.oci.digest import Digest

NAME: Column[str] = Column("name", "NAME", lambda row, _: row, lambda row: row, flexible=True)
LENGTH: Column[str] = Column("length", "LENGTH", lambda row, _: str(len(row)), len, right=True, largest_first=True)
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def test_the_examples_in_the_texts_hold() -> None:
    assert doctest.testmod(texts).failed == 0


def test_opening_another_target_puts_the_plan_away_and_the_same_one_keeps_it() -> None:
    opened = Session().opening("a").resolved(site_study())

    assert opened.opening("a").study is opened.study
    assert opened.opening("b").study is None
    assert opened.opening("b").busy


def test_every_resolve_and_every_cancelling_has_a_number_of_its_own() -> None:
    first = Session().opening("a")
    stopped = first.progressed(Progress(1, 2, "images")).stopped()

    assert len({Session().attempt, first.attempt, stopped.attempt, stopped.opening("a").attempt}) == 4
    assert (stopped.busy, stopped.cancelled, stopped.progress) == (False, True, None)


def test_the_chosen_units_outlast_the_site() -> None:
    assert Session().in_other_units().opening("a").resolved(site_study()).binary
    assert not Session().in_other_units().in_other_units().binary


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (InputError("x"), "Mend it"),
        (Unauthorized("x"), "try again"),
        (DigestMismatch("x"), "Press r to try again."),
        (OSError("x"), "defect of regplan"),
    ],
)
def test_every_kind_of_error_names_a_next_step(error: Exception, step: str) -> None:
    assert step in failure_of(error).next_step


@given(st.text(), st.integers(0, 60))
def test_what_is_shortened_fits_and_what_fits_is_left_alone(text: str, width: int) -> None:
    for shorten in (middle, end, reference_text, digest_text):
        short = shorten(text, width)
        assert cell_len(short) <= width
        assert short == text or cell_len(text) > width


@given(st.text(), st.integers(0, 60), st.booleans())
def test_a_cell_is_as_wide_as_its_column_and_holds_no_line_end_and_no_control(
    text: str, width: int, right: bool
) -> None:
    drawn = "".join(part for part, _ in cell_text(text, width, right=right, style=Style(), around=Style()))

    assert cell_len(drawn) == width
    assert not set(drawn) & set("\n\r\x1b\x07\x08")


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 80))
def test_the_bar_fills_its_width_and_shows_overflow_only_where_the_need_is_larger(
    need: int, room: int, width: int
) -> None:
    drawn = bar(need, room, width)

    assert len(drawn) == width
    assert drawn.count("│") == 1
    if need <= room:
        assert "▒" not in drawn
    if need > 2 * room and width > 2:
        assert "▒" in drawn


def test_equals_keep_their_order_whichever_way_round_a_table_is_sorted() -> None:
    rows = ["bb", "a", "cc"]

    shown = arrange(rows, (NAME, LENGTH), View().sorted_by(LENGTH))

    assert shown == [(0, "bb"), (2, "cc"), (1, "a")]
    assert arrange(rows, (NAME, LENGTH), View("length")) == [(1, "a"), (0, "bb"), (2, "cc")]
    assert arrange(rows, (NAME, LENGTH), View()) == [(0, "bb"), (1, "a"), (2, "cc")]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("", "abc"), ("B", "b"), ("!b", "ac"), ("b 1", "b"), ("b 2", ""), ("!", "abc"), ("!b 2", "abc")],
)
def test_a_filter_holds_every_word_or_with_a_mark_not_all_of_them(pattern: str, found: str) -> None:
    shown = arrange(["a", "b", "c"], (NAME, LENGTH), View(pattern=pattern))

    assert "".join(row for _, row in shown) == found


def test_only_the_column_that_is_sorted_by_bears_the_mark() -> None:
    view = View().sorted_by(LENGTH)

    assert headed(LENGTH, view) == "LENGTH ▼"
    assert headed(NAME, view) == "NAME"
    assert headed(NAME, view.sorted_by(NAME)) == "NAME ▲"


def test_flexible_columns_share_what_the_others_leave_and_take_no_more_than_they_need() -> None:
    wide = replace(NAME, key="wide")
    cells = [["x" * 5, "1", "y" * 90], ["x" * 12, "100", "y"]]

    assert fit((NAME, LENGTH, wide), cells, 60) == [12, 8, 40]
    assert fit((NAME, LENGTH, wide), cells, 200) == [12, 8, 90]
    assert fit((NAME, LENGTH, wide), cells, 10) == [8, 8, 8]
    assert fit((replace(NAME, most=9), LENGTH, wide), cells, 60) == [9, 8, 43]


def test_columns_give_way_on_narrow_screens() -> None:
    assert [column.key for column in visible(FINDINGS, 76)] == ["verdict", "rule", "where", "need", "have"]
    assert [column.key for column in visible(FINDINGS, 116)][-1] == "message"
    assert "platform" not in [column.key for column in visible(IMAGES, 76)]


def test_a_foreign_layer_is_listed_and_said_not_to_count() -> None:
    study = site_study()
    made = study.inventory.entries[0].images[0]
    foreign = replace(made, layers=(*made.layers, *(Descriptor(FOREIGN, made.digest, 9),) * 2, *made.layers[:1]))
    foreign = replace(foreign, layers=tuple(replace(each, digest=_other(each)) for each in foreign.layers))
    sharing = Sharing.of(replace(study.inventory, entries=(replace(study.inventory.entries[0], images=(foreign,)),)))

    rows = blob_rows(foreign, sharing)

    assert [row.kind for row in rows] == ["manifest", "config", "layer 1", "layer 2", "foreign"]
    assert [row.counts for row in rows] == [True, True, True, True, False]


def _other(layer: Descriptor) -> Digest:
    return image("f0", 1, 1).digest if layer.media_type == FOREIGN else layer.digest


def test_an_images_blobs_add_up_to_what_the_plan_says_it_costs() -> None:
    inventory = site_study().inventory
    sharing = Sharing.of(inventory)

    for row in measure_layers(inventory).images:
        blobs = blob_rows(sharing.images[row.digest], sharing)
        assert sum(blob.size_bytes or 0 for blob in blobs) == row.size_bytes
        assert sum(blob.size_bytes or 0 for blob in blobs if not blob.others) == row.unique_bytes


def test_a_size_that_only_another_image_knows_is_shown_for_both() -> None:
    known, unknown = image("1a", 5, 6, ("2b", 7)), image("3c", None, 8)
    unknown = replace(unknown, config=Blob(known.layers[0].digest, None))
    base = site_study().inventory
    entries = tuple(
        replace(entry, digest=made.digest, images=(made,))
        for entry, made in zip(base.entries, (unknown, known), strict=False)
    )
    sharing = Sharing.of(replace(base, entries=entries))

    assert [row.size_bytes for row in blob_rows(unknown, sharing)] == [None, 7]


def test_the_saving_is_a_range_only_where_placements_are_unknown() -> None:
    wire = site_study().plan.wire
    assert wire is not None
    certain = replace(wire, saved_low_bytes=wire.saved_bytes, saved_high_bytes=wire.saved_bytes)

    assert [row.size_bytes for row in wire_rows(wire)] == [
        320_740_356,
        176_370_178,
        144_370_178,
        119_017_500,
        176_370_178,
    ]
    assert [row.label for row in wire_rows(certain)] == ["without", "with", "saved"]


def test_the_binding_constraint_is_the_worst_finding_of_its_rule_and_says_how_many_are_like_it() -> None:
    plan = site_study().plan
    failed = next(finding for finding in RULES if finding.verdict == "FAIL")
    twice = replace(plan, findings=(*RULES, replace(failed, where="node-3")))

    assert str(binding_words(plan)).startswith(" ✗ FAIL  host.cpu · node-2 · The host has fewer CPUs")
    assert "node-2 · and 1 finding like it" in str(binding_words(twice))
    assert "Fix: Give node-2 at least 4 CPUs." in str(binding_words(twice))


def test_every_verdict_has_a_colour_dark_letters_can_be_read_on() -> None:
    def luminance(hexadecimal: str) -> float:
        channels = [int(hexadecimal[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for style in VERDICT_STYLES.values():
        _, letters, _, ground = style.split()
        assert (luminance(ground) + 0.05) / (luminance(letters) + 0.05) >= 4.5


def test_the_storage_line_tells_what_the_pvc_holds_where_there_is_room() -> None:
    study = site_study()
    plan = replace(study.plan, storage=replace(study.plan.storage, holds_bytes=181 * 10**9))

    assert storage_line(plan, 100, binary=False).endswith(" PVC 300 GB, holds 181 GB live")
    assert storage_line(plan, 40, binary=False).endswith(" PVC 300 GB")
    assert storage_line(study.plan, 100, binary=False).endswith(" PVC 300 GB")
    assert len(storage_line(plan, 100, binary=False)) == 100
