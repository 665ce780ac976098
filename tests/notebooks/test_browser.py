"""The notebooks for whoever writes no Python, driven in JupyterLab in a browser: from an upload to a saved report."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notebooks.running import environment
from regplan.verbs.demo import demo_site

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DEMO = demo_site().parent
PROFILES = sorted((DEMO / "profiles").iterdir())
WAIT_MS = 240_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.notebook,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `regplan lab` as a user would, and tell its address with the token."""
    folder = tmp_path_factory.mktemp("lab")
    command = [sys.executable, "-m", "regplan", "lab", "notebooks", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout)
            found = (re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", line) for line in lines)
            yield next(each[0] for each in found if each)
        finally:
            # It asks whether it should end; the second one does not ask.
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(2)
            process.kill()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """Open a page; every address that is not this machine's is kept in its `outside`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], downloads_path=tmp_path)
        opened = browser.new_page(viewport={"width": 1400, "height": 1600}, accept_downloads=True)
        opened.set_default_timeout(WAIT_MS)
        outside: list[str] = []
        ours = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
        opened.on("request", lambda request: None if request.url.startswith(ours) else outside.append(request.url))
        yield opened
        browser.close()
        assert outside == []


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


def saved(page: Any, button: str) -> bytes:
    page.get_by_role("button", name=button).click()
    page.wait_for_selector(".regplan-save")
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
    report = saved(page, "Download report")
    assert report.startswith(b"%PDF-")
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-", "-"], input=report, capture_output=True, check=True).stdout.decode()
        assert "store-0421-single" in text


def test_what_cannot_be_read_is_one_sentence_in_the_page(page: Any, lab: str) -> None:
    run_all(page, lab, "01-site-sizing.ipynb")
    upload(page, "Upload site or profiles", DEMO / "site-single.yaml")
    page.wait_for_selector("[role=alert]:has-text('no such file')")
    assert "Traceback" not in page.content()


def test_a_fleet_goes_from_upload_and_a_dragged_slider_to_saved_verdicts(page: Any, lab: str) -> None:
    run_all(page, lab, "06-fleet-from-a-spreadsheet.ipynb")
    upload(page, "Upload table of sites", DEMO / "sites.csv", DEMO / "recording" / "facts.jsonl", *PROFILES)
    page.wait_for_selector(".regplan:has-text('8 sites: 2 FAIL, 1 MARGINAL, 5 PASS')")
    slider = page.locator(".widget-hslider", has_text="Registry storage").locator(".noUi-handle").first
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_selector(".regplan:has-text('8 sites: 8 FAIL')")
    assert saved(page, "Download verdicts").startswith(b"PK")
