"""The grammar of every table, driven by keys: one loaded app for each of a few walks, since starting one costs the most."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from regplan.tui.session import Flags
from tui.driving import Source, press, run_app, seen, settle
from tui.studies import CALICO, NGINX, STABLE, large_study, site_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.tui]


def files_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def command(pilot: Pilot[None], line: str) -> str:
    """Type a command, as fast as one pastes."""
    await press(pilot, "colon")
    pilot.app.screen.query_one("Input").value = line  # type: ignore[attr-defined]
    return await press(pilot, "enter")


async def export(pilot: Pilot[None], path: Path) -> str:
    """Export the focused pane to a file."""
    await press(pilot, "e")
    pilot.app.screen.query_one("Input").value = str(path)  # type: ignore[attr-defined]
    return await press(pilot, "enter")


async def test_what_is_seen_can_be_written_to_files_and_copied(tmp_path: Path) -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        await press(pilot, "2", "down")
        marked = await press(pilot, "space", "down", "space")
        copied = await press(pilot, "y")
        clipboard = pilot.app.clipboard
        proposed = await press(pilot, "e")
        await press(pilot, "escape")
        written = await export(pilot, tmp_path / "two.csv")
        refused = await export(pilot, tmp_path / "two.csv")
        await press(pilot, "enter")
        unknown = await export(pilot, tmp_path / "two.txt")
        await press(pilot, "escape")
        await command(pilot, "mark none")
        await command(pilot, f"export {tmp_path / 'all.json'}")
        await export(pilot, tmp_path / "screen.svg")
        nowhere = await command(pilot, f"export {tmp_path / 'two.csv' / 'x.csv'}")

    assert "● docker.io/library/nginx:1.30.5" in marked
    assert "· 2 marked ·" in marked
    assert clipboard.splitlines() == [NGINX, STABLE]
    assert "Copied 2 names" in copied
    assert "store-0421-images.csv" in proposed
    assert "Written:" in written
    assert "enter again replaces it" in refused
    assert ".csv, .json, .md, .svg" in unknown
    assert [row["image"] for row in csv.DictReader((tmp_path / "two.csv").read_text().splitlines())] == [NGINX, STABLE]
    rows = json.loads((tmp_path / "all.json").read_text())["rows"]
    assert [row["unique_bytes"] for row in rows] == [89_007_500, 45_010_000, 45_010_000, 12_352_678]
    words = "".join(ET.fromstring((tmp_path / "screen.svg").read_text()).itertext())  # noqa: S314  made right here
    assert "Images" in words
    assert "Export" not in words
    assert "cannot be written" in nowhere


async def test_commands_do_what_keys_do_and_take_what_keys_cannot() -> None:
    source = Source()
    async with run_app(source, target="site.yaml", size=(120, 40)) as pilot:
        filtered = await command(pilot, "layers calico")
        every = await command(pilot, "filter")
        fuzzy = await command(pilot, "filter -f dlnst")
        await command(pilot, "filter")
        by_size = await command(pilot, "sort size asc")
        turned = await command(pilot, "sort size")
        columns = await command(pilot, "columns image,unpacked")
        automatic = await command(pilot, "columns auto")
        binary = await command(pilot, "units GiB")
        same = await command(pilot, "units GiB")
        await command(pilot, "theme light")
        theme = pilot.app.theme
        wrong = [await command(pilot, line) for line in ("theme pink", "sort colour", "units TB", "verdct", "nowhere")]
        why = await command(pilot, "why")
        await press(pilot, "escape")
        back = await command(pilot, "back")
        await command(pilot, "open other.yaml")

    assert "1 of 4" in filtered
    assert CALICO in filtered
    assert "1 of 4" not in every
    assert "1 of 4" in fuzzy
    assert "SIZE ▲" in by_size
    assert "SIZE ▼" in turned
    assert "UNPACKED" in columns
    assert "SHARED" not in columns.split("Blobs")[0]
    assert "SHARED" in automatic
    assert "MiB" in binary
    assert "MiB" in same
    assert theme == "light"
    for text, words in zip(
        wrong,
        ("there is no theme pink", "there is no column colour", "it is GB or GiB", ":verdict?", "no command :nowhere"),
        strict=True,
    ):
        assert words in text.replace("\n", " ")
    assert "Why: " in why
    assert "Binding constraint" in back
    assert source.targets[-1].endswith("other.yaml")


async def test_read_only_writes_no_file_by_key_or_command(tmp_path: Path) -> None:
    async with run_app(target="site.yaml", flags=Flags(read_only=True)) as pilot:
        by_key = await press(pilot, "e")
        by_command = await command(pilot, f"export {tmp_path / 'x.csv'}")

    assert "READ-ONLY: no file is written." in by_key
    assert "READ-ONLY: no file is written." in by_command
    assert files_in(tmp_path) == []


async def test_the_palette_lists_the_commands_and_does_them() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        await press(pilot, "ctrl+p")
        pilot.app.screen.query_one("Input").value = "layers"  # type: ignore[attr-defined]
        for _ in range(40):
            await pilot.pause(0.05)
            if "What images cost" in seen(pilot):
                break
        listed = seen(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        text = seen(pilot)

    assert "What images cost, and who shares what." in listed
    assert "UNIQUE ▼" in text


async def test_an_export_of_a_capped_table_holds_every_row(tmp_path: Path) -> None:
    async with run_app(Source(large_study(2500)), target="site.yaml") as pilot:
        await press(pilot, "2")
        await export(pilot, tmp_path / "all.csv")

    assert len((tmp_path / "all.csv").read_text().splitlines()) == 2501


async def test_marks_and_columns_outlast_a_change_of_units_and_marks_end_with_the_rows() -> None:
    async with run_app(Source(site_study(), site_study(nginx_layer_bytes=1)), target="site.yaml") as pilot:
        await press(pilot, "2")
        await command(pilot, "columns image,unique")
        marked = await press(pilot, "space", "u")
        reloaded = await press(pilot, "r")

    assert "· 1 marked ·" in marked
    assert "SIZE" not in marked.split("Blobs")[0]
    assert "marked" not in reloaded
    assert "SIZE" not in reloaded.split("Blobs")[0]
