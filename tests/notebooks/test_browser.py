"""The notebooks for whoever writes no Python, driven in JupyterLab in a browser: from an upload to a saved report."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notebooks.browsing import needs_chromium, opened_page, started_lab
from notebooks.running import environment
from regplan.verbs.demo import demo_site

if TYPE_CHECKING:
    from collections.abc import Iterator

DEMO = demo_site().parent
PROFILES = sorted((DEMO / "profiles").iterdir())

pytestmark = [
    pytest.mark.slow,
    pytest.mark.notebook,
    needs_chromium,
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab of the sources."""
    folder = tmp_path_factory.mktemp("lab")
    command = [sys.executable, "-m", "regplan", "lab", "notebooks", "--no-browser", "--port", "0"]
    with started_lab(command, folder, environment(folder)) as address:
        yield address


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    with opened_page(tmp_path) as opened:
        yield opened


def run_all(page: Any, lab: str, name: str) -> None:
    # Without `reset` the notebook of the test before is opened again beside it.
    page.goto(lab.replace("/lab?", f"/lab/tree/{name}?reset&"))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    # Whoever runs cells sooner is asked which kernel is meant.
    page.wait_for_function("() => document.body.innerText.includes('| Idle')")
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
    # JupyterLab goes down with what it runs, and keeps no more in the page than what is in view.
    page.wait_for_function(
        """() => {
            document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0;
            const isIdle = document.body.innerText.includes('| Idle');
            return isIdle && document.querySelector('.widget-upload') !== null;
        }""",
        polling=1000,
    )


def verdict_of(page: Any) -> str:
    return str(page.locator(".regplan .verdict").first.inner_text())


def press_slider(page: Any, label: str) -> None:
    """Move a slider one step to the right by its keys."""
    handle = page.locator(".widget-hslider", has_text=label).locator(".noUi-handle").first
    handle.focus()
    handle.press("ArrowRight")


def drag_to_the_left_end(page: Any, words: str) -> None:
    handle = page.locator(".widget-hslider", has_text=words).locator(".noUi-handle").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 600, box["y"] + 5, steps=10)
    page.mouse.up()


def upload(page: Any, button: str, *files: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files(list(files))


def saved(page: Any, button: str, ending: str) -> bytes:
    page.get_by_role("button", name=button).click()
    page.wait_for_selector(f".regplan-save:has-text('.{ending}')")
    with page.expect_download() as download:
        page.click(".regplan-save")
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("name", ["01-site-sizing.ipynb", "10-report-template.ipynb"])
def test_a_site_goes_from_upload_and_a_dragged_slider_to_a_saved_pdf(page: Any, lab: str, name: str) -> None:
    run_all(page, lab, name)
    assert "MARGINAL" in verdict_of(page)
    drag_to_the_left_end(page, "Registry storage")
    page.wait_for_selector(".regplan .verdict:has-text('FAIL')")
    assert "FAIL" in verdict_of(page)
    upload(page, "Upload site or profiles", DEMO / "site-single.yaml", DEMO / "recording" / "facts.jsonl", *PROFILES)
    page.wait_for_selector("text=store-0421-single is planned")
    page.wait_for_selector(".regplan .verdict:has-text('PASS')")
    # Both charts were drawn anew, of the site that was uploaded.
    page.wait_for_selector(".js-plotly-plot .gtitle:has-text('store-0421-single')")
    report = saved(page, "Download report", "pdf")
    assert report.startswith(b"%PDF-")
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-", "-"], input=report, capture_output=True, check=True).stdout.decode()
        assert "store-0421-single" in text


SITE = (DEMO / "site.yaml").read_bytes()
TABLE = (DEMO / "sites.csv").read_bytes()
# More than what a web socket takes without being told.
LARGE = b"# " + b"x" * 20_000_000
BROKEN_SITES = (
    ("site-single.yaml", (DEMO / "site-single.yaml").read_bytes(), "no such file; pick it together with the others"),
    ("cut.yaml", SITE[: SITE.index(b"hosts:")] + b"hosts: [{name: node-1", "cut.yaml: line "),
    ("empty.yaml", b"", "empty.yaml: the file is empty"),
    ("large.yaml", b"name: store\nprofiles: [a.yaml]\n" + LARGE, "large.yaml: is larger than the 16,777,216 bytes"),
    ("key.yaml", SITE.replace(b"registry:", b"registri:"), "registri: unknown key; did you mean registry?"),
    ("photo.png", b"\x89PNG", "upload a site file (.yaml), or profiles"),
)
BROKEN_TABLES = (
    ("column.csv", TABLE.replace(b"hosts.memory", b"hosts.memry"), "did you mean hosts.memory?"),
    ("none.xlsx", b"Store;Hosts", "none.xlsx: this is no XLSX file"),
    ("empty.csv", b"", "empty.csv: it is empty"),
    ("large.csv", b"store\n" + LARGE, "large.csv: line 1: "),
    ("site.yaml", SITE, "upload a table of sites (.xlsx or .csv)"),
)


@pytest.mark.parametrize(
    ("name", "button", "broken"),
    [
        ("01-site-sizing.ipynb", "Upload site or profiles", BROKEN_SITES),
        ("06-fleet-from-a-spreadsheet.ipynb", "Upload table of sites", BROKEN_TABLES),
        ("10-report-template.ipynb", "Upload site or profiles", BROKEN_SITES),
    ],
)
def test_what_cannot_be_read_is_one_sentence_in_the_page(
    page: Any, lab: str, tmp_path: Path, name: str, button: str, broken: tuple[tuple[str, bytes, str], ...]
) -> None:
    run_all(page, lab, name)
    before = page.locator(".regplan").first.inner_text()
    for file, content, said in broken:
        (tmp_path / file).write_bytes(content)
        upload(page, button, tmp_path / file)
        complaint = page.locator("[role=alert]", has_text=said)
        complaint.wait_for()
        assert len(complaint.inner_text()) < 300
        # Where files lie on the machine that runs Jupyter is nothing to those who picked them.
        assert "regplan-" not in complaint.inner_text()
    assert "Traceback" not in page.content()
    assert page.locator(".regplan").first.inner_text() == before


def test_a_fleet_goes_from_upload_and_a_moved_slider_to_saved_verdicts_and_a_pdf(page: Any, lab: str) -> None:
    run_all(page, lab, "06-fleet-from-a-spreadsheet.ipynb")
    upload(page, "Upload table of sites", DEMO / "sites.csv", DEMO / "recording" / "facts.jsonl", *PROFILES)
    page.wait_for_selector(".regplan:has-text('8 sites: 2 FAIL, 1 MARGINAL, 5 PASS')")
    press_slider(page, "Registry storage")
    page.wait_for_selector(".regplan:has-text('8 sites: 8 FAIL')")
    assert saved(page, "Download verdicts", "xlsx").startswith(b"PK")
    page.locator(".widget-dropdown select").select_option(label="report (.pdf)")
    assert saved(page, "Download verdicts", "pdf").startswith(b"%PDF-")


def test_what_stands_below_the_panel_of_a_fleet_is_of_the_uploaded_table(page: Any, lab: str, tmp_path: Path) -> None:
    run_all(page, lab, "06-fleet-from-a-spreadsheet.ipynb")
    # A table of three sites, of which one has too little memory; a slider makes all of them too small.
    lines = TABLE.decode().splitlines(keepends=True)
    few = [lines[0], *(line for line in lines if line.startswith(("store-0421", "store-0425", "store-0426")))]
    (tmp_path / "few.csv").write_text("".join(few), encoding="utf-8")
    upload(page, "Upload table of sites", tmp_path / "few.csv", DEMO / "recording" / "facts.jsonl", *PROFILES)
    page.wait_for_selector(".regplan:has-text('3 sites: 1 FAIL, 2 PASS')")
    press_slider(page, "Registry storage")
    page.wait_for_selector(".regplan:has-text('3 sites: 3 FAIL')")

    page.locator(".jp-Cell", has_text="rows = []").first.click()
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run Selected Cell and All Below')")

    page.wait_for_selector(".jp-OutputArea-output:has-text('1 of 3 sites do not fit')")
    assert "Traceback" not in page.content()
