"""A report in each format, of sites that differ, opened by a reader of its own: it says what the command line says."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest

from acceptance.sites import VERDICTS, some_site
from cli.running import regplan
from support.reports import KINDS, poppler, read, squeezed

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

CODES: Final = {"PASS": 0, "MARGINAL": 0, "FAIL": 1, "INCOMPLETE": 4}
# A dot of a page's picture is two millimetres wide; below that shade of grey there is ink.
DOTS, PAPER, WHITE = 12, 255, 240
_PAGE: Final = re.compile(rb"P5\n(\d+) (\d+)\n255\n")
_SERVICE: Final = re.compile(r"service-\d+:1\.\d+\.\d+")
_VERDICT: Final = re.compile("FAIL|INCOMPLETE|MARGINAL|PASS")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", VERDICTS)
def test_a_report_says_what_the_plan_says_on_the_command_line(tmp_path: Path, name: str, kind: str) -> None:
    site, file = some_site(name, tmp_path / "site"), tmp_path / f"plan.{kind}"
    planned = regplan("plan", str(site), "--offline", "-o", "json").document

    said = regplan("report", str(site), "--offline", "-O", str(file), "--quiet")

    assert planned["verdict"] == VERDICTS[name]
    assert said.code == CODES[VERDICTS[name]], said.err
    HEADLINES.get(kind, in_words)(kind, file.read_bytes(), planned)
    if kind == "pdf":
        on_pages(file)


def on_pages(file: Path) -> None:
    """Draw every page as a printer does: there is ink on each, none within two millimetres of an edge, and nobody complains."""
    if (program := shutil.which("pdftoppm")) is None:
        pytest.skip("no pdftoppm here: apt install poppler-utils")
    drawn = subprocess.run([program, "-gray", "-r", str(DOTS), str(file)], capture_output=True, check=True, timeout=120)
    pages = list(_PAGE.finditer(drawn.stdout))
    assert drawn.stderr == b""
    assert len(pages) == int(poppler("pdfinfo", str(file)).partition("Pages:")[2].split()[0]) > 5
    for number, page in enumerate(pages, 1):
        width, height = int(page[1]), int(page[2])
        dots = drawn.stdout[page.end() : page.end() + width * height]
        rows = [dots[place : place + width] for place in range(0, width * height, width)]
        edges = (rows[0], rows[-1], bytes(row[0] for row in rows), bytes(row[-1] for row in rows))
        assert sum(dot < WHITE for dot in dots) > width, number
        assert min(map(min, edges)) == PAPER, number


def test_the_page_of_a_site_of_500_images_has_less_than_8_mb(tmp_path: Path) -> None:
    site = benchmark().write_site(tmp_path, 500, 3)
    said = regplan("report", str(site), "--offline", "-O", str(tmp_path / "plan.html"), "--quiet")

    assert said.code in {0, 1}, said.err
    assert len(set(_SERVICE.findall((tmp_path / "plan.html").read_text(encoding="utf-8")))) == 500
    assert (tmp_path / "plan.html").stat().st_size < 8_000_000


def benchmark() -> Any:
    """Load the script that measures reports, which writes such a site."""
    file = Path(__file__).parents[2] / "benchmarks" / "reports.py"
    spec = importlib.util.spec_from_file_location("reports_benchmark", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_words(kind: str, made: bytes, planned: dict[str, Any]) -> None:
    """Hold what can be read to the plan's numbers: rounded in front, to the byte in the tables."""
    text = squeezed(read(kind, made))
    title, behind, rest = text.partition(squeezed(f"Primary registry plan: {planned['site']['name']}"))
    assert behind, title[:200]
    found = _VERDICT.search(rest)
    assert found is not None
    assert found[0] == planned["verdict"]
    absent = [f"{label}: {value}" for label, value in headlines(planned) if not stands(text, label, value)]
    assert absent == []
    assert [name for name in references(planned) if squeezed(name) not in text] == []


def headlines(planned: dict[str, Any]) -> list[tuple[str, str]]:
    """Tell the numbers that a report opens with, and the same to the byte where its tables have them."""
    storage, images, wire = planned["storage"], planned["images"], planned["wire"]
    claimed, hosts = storage["claimed_bytes"], len(planned["hosts"])
    resolved = "all resolved" if images["resolved"] == images["unique"] else f"{images['resolved']} resolved"
    exact = [
        ("required", storage["required_bytes"]),
        ("every blob and manifest once (unique)", storage["unique_bytes"]),
        ("without registry", wire["direct_bytes"]),
        ("with registry", wire["primary_bytes"]),
        ("saved", wire["saved_bytes"]),
    ]
    return [
        ("The registry must hold", rounded(storage["required_bytes"])),
        ("The PVC offers", "unknown" if claimed is None else rounded(claimed)),
        ("Images", f"{images['unique']} {resolved}" if images["unique"] else "0"),
        ("Edge hosts", str(hosts)),
        ("Internet at first bootstrap, without the registry", rounded(wire["direct_bytes"])),
        ("Internet at first bootstrap, with it", rounded(wire["primary_bytes"])),
        ("Saved on the internet link", rounded(wire["saved_bytes"])),
        *((label, f"{rounded(size)} ({size:,} B)" if abs(size) >= 1000 else f"{size} B") for label, size in exact),
    ]


def stands(text: str, label: str, value: str) -> bool:
    """Tell whether a value stands behind what it is of, perhaps as a lower bound."""
    return re.search(f"{re.escape(squeezed(label))}(atleast)?{re.escape(squeezed(value))}", text) is not None


def references(planned: dict[str, Any]) -> set[str]:
    return {row["reference"] for row in planned["layers"]} | {
        row["reference"] for row in planned["images"]["unresolved"]
    }


def rounded(size_bytes: int) -> str:
    """Round to three digits, as people write sizes."""
    if abs(size_bytes) < 1000:
        return f"{size_bytes} B"
    steps = [(abs(size_bytes) / 1000**power, unit) for power, unit in enumerate(("kB", "MB", "GB", "TB"), 1)]
    size, unit = next(step for step in steps if step[0] < 999.5)
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{'-' if size_bytes < 0 else ''}{size:.{digits}f} {unit}"


def in_cells(_: str, made: bytes, planned: dict[str, Any]) -> None:
    """Hold the workbook's first sheet to the plan to the byte, as it stands and as planned, and its list of images."""
    book = openpyxl.load_workbook(io.BytesIO(made), data_only=True)
    rows = {row[0]: row[1:] for row in book["Summary"].iter_rows(values_only=True)}
    storage, images, wire = planned["storage"], planned["images"], planned["wire"]
    live = {
        "Verdict": planned["verdict"],
        "The registry claims": storage["claimed_bytes"],
        "The images need": storage["required_bytes"],
        "Each digest once": storage["unique_bytes"],
    }
    stood = {
        "Internet at first bootstrap, without the registry": wire["direct_bytes"],
        "Internet at first bootstrap, with it": wire["primary_bytes"],
        "Saved on the internet link": wire["saved_bytes"],
        "Images resolved": f"{images['resolved']} of {images['unique']}",
    }
    assert {key: rows.get(key, (None, None))[:2] for key in live} == {key: (each, each) for key, each in live.items()}
    assert {key: rows[key][1] for key in stood} == stood
    cells = {cell.value for row in book["Images"] for cell in row}
    assert references(planned) <= cells
    names = {cell.value for row in book["Hosts"] for cell in row}
    assert {host["name"] for host in planned["hosts"]} <= names


def in_values(_: str, made: bytes, planned: dict[str, Any]) -> None:
    """Hold the JSON to the plan, in all that does not tell when it was made or what was asked for beside."""
    told = json.loads(made)
    besides = {"generated_at", "fixes", "way_out", "sensitivity", "life", "simulation", "formulas"}
    assert {key: told[key] for key in planned if key not in besides} == {
        key: each for key, each in planned.items() if key not in besides
    }


HEADLINES: Final[dict[str, Callable[[str, bytes, dict[str, Any]], None]]] = {"json": in_values, "xlsx": in_cells}
