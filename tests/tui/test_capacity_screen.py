from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.report.series import growth_levels, storage_steps
from regplan.tui import plot
from regplan.tui.columns_capacity import LEVELS, STEPS, step_rows
from regplan.tui.plot import plot_lines
from regplan.tui.table import facts_of
from regplan.tui.why import explain
from regplan.tui.widgets.growth_plot import growth_words
from tui.driving import Source, press, run_app
from tui.studies import empty_study, growing_study, site_study

STRAIGHT = tuple(range(101))


def write(value: int) -> str:
    return str(value)


def test_levels_tell_the_first_month_beyond_each() -> None:
    levels = {each.label: (each.size_bytes, each.month) for each in growth_levels(growing_study().plan)}

    assert levels == {
        "documented minimum": (300 * 10**9, 101),
        "full": (294_240_000_000, 98),
        "80 %": (235_392_000_000, 68),
    }
    assert growth_levels(site_study().plan) == ()


def test_what_is_never_passed_is_not_in_sight() -> None:
    plan = growing_study().plan
    assert plan.outlook is not None
    still = replace(plan.outlook, used_bytes=(100 * 10**9,) * 121, warn_month=None, full_month=None)
    cell = {column.key: column.cell for column in LEVELS}["month"]

    assert [cell(each, False) for each in growth_levels(replace(plan, outlook=still))] == ["not in sight"] * 3
    assert [cell(each, False) for each in growth_levels(plan)] == ["in 101 months", "in 98 months", "in 68 months"]


def test_a_steady_growth_is_drawn_as_a_line_from_corner_to_corner() -> None:
    lines = plot_lines(STRAIGHT, [("top", 100)], (45, 12), write)
    places = [next((at for at, each in enumerate(line) if "⠁" <= each <= "⣿"), -1) for line in lines[:10]]

    assert len(lines) == 12
    assert lines[0].startswith("100 ┤")
    assert [at for at in places if at >= 0] == sorted((at for at in places if at >= 0), reverse=True)
    assert places[9] == 5
    assert lines[-1].rstrip().endswith("100 months")


def test_levels_have_signs_of_their_own_and_names_that_hide_nothing() -> None:
    lines = plot_lines((10,) * 13, [("full", 100), ("80 %", 80)], (40, 14), write)

    assert [line.split("┤")[1][0] for line in lines if "┤" in line] == ["━", "╌"]
    assert [line.split()[-1] for line in lines if "┤" in line] == ["full", "%"]
    assert "under" not in "".join(plot_lines((100,) * 13, [("under", 100)], (40, 14), write))


@pytest.mark.parametrize("size", [(15, 12), (45, 5), (0, 0)])
def test_what_is_too_small_for_a_picture_has_none(size: tuple[int, int]) -> None:
    assert plot_lines(STRAIGHT, [("top", 100)], size, write) == []


def test_a_full_registry_is_looked_at_where_it_fills_up() -> None:
    assert plot.months_in_view(120, 7) == 12
    assert plot.months_in_view(120, 31) == 48
    assert plot.months_in_view(36, 31) == 36
    assert plot.months_in_view(120, None) == 120


def test_every_step_is_drawn_where_it_begins_and_ends() -> None:
    study = growing_study()
    rows = step_rows(storage_steps(study))
    cells = {column.key: column.cell for column in STEPS}
    by_label = {row.step.label: row for row in rows}

    # 281,380,178 in all, 420,000,000 needed: ten cells of 42 MB.
    assert by_label["required"].most_bytes == 420_000_000
    assert cells["drawn"](by_label["images one by one"], False) == "█" * 7
    assert cells["drawn"](by_label["shared layers"], False) == "    ░░░"
    assert cells["drawn"](by_label["next-version"], False) == "    ▓▓"
    assert cells["size"](by_label["shared layers"], False) == "-105 MB"
    assert facts_of(by_label["next-version"], STEPS)["start_bytes"] == 176_370_178


def test_steps_and_levels_tell_how_they_are_reckoned() -> None:
    study = growing_study()
    rows = {row.step.label: row for row in step_rows(storage_steps(study))}
    levels = {each.label: each for each in growth_levels(study.plan)}

    def words(row: object) -> str:
        return " ".join(" ".join(line) for line in explain(row, study).lines)

    assert "105,010,000 B" in words(rows["shared layers"])
    assert "281,380,178 B" in words(rows["images one by one"])
    assert "420,000,000 B" in words(rows["required"])
    assert "61,729,562 B" in words(rows["next-version"])
    assert "first passed in month 98 from now" in words(levels["full"])
    assert "296,000,000,000 B" in words(levels["full"])
    assert "300,000,000,000 B" in words(levels["documented minimum"])


def test_growth_is_said_in_words_with_its_lower_bounds() -> None:
    assert growth_words(growing_study().plan, binary=False).startswith("≥100 GB now, ≥340 GB in 120 months")
    assert growth_words(empty_study().plan, binary=False) == ""


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_change_of_a_byte_and_the_units_show_on_the_screen() -> None:
    more = site_study(nginx_layer_bytes=45_000_001)
    async with run_app(Source(growing_study(), more), target="site.yaml", size=(120, 40)) as pilot:
        first = await press(pilot, "4", "down", "down", "w")
        await press(pilot, "escape", "r")
        changed = await press(pilot, "home", "down", "down", "w")
        binary = await press(pilot, "escape", "u")

    assert "176,370,178 B" in first
    assert "176,370,179 B" in changed
    assert "168 MiB" in binary
