"""The report in a real browser, behind a proxy that notes whatever leaves the page."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.report.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from regplan.model.plan import Study

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-default-apps", "--disable-extensions", "--disable-domain-reliability",
    "--disable-client-side-phishing-detection", "--disable-features=NetworkTimeServiceQuerying,OptimizationHints",
    "--virtual-time-budget=10000", "--window-size=1200,1600",
)  # fmt: skip


# What the browser itself asks for now and then, whatever the page: its clock, its updates, its accounts. No font is here.
OWN = re.compile(
    r"(https?://)?((clients\d*|accounts|www|android\.clients)\.google\.com|(update|[\w-]+-pa)\.googleapis\.com)\b"
)


class Proxy:
    """Refuses everything, and notes what it was asked for."""

    def __init__(self) -> None:
        asked = self.asked = []  # type: list[str]

        class Handler(BaseHTTPRequestHandler):
            def _refuse(self) -> None:
                asked.append(self.path)
                self.send_error(403)

            do_GET = do_POST = do_CONNECT = do_OPTIONS = _refuse  # noqa: N815  the names that http.server looks for

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def dump(file: Path, proxy: Proxy) -> str:
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt install chromium")
    told = [CHROMIUM, *QUIET, f"--proxy-server={proxy.address}", f"--user-data-dir={file.parent / 'profile'}"]
    done = subprocess.run(
        [*told, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120, check=True, encoding="utf-8"
    )
    return done.stdout


def test_the_report_draws_its_charts_and_asks_nobody(study: Study, proxy: Proxy, tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    file.write_bytes(render(study, "html"))
    page = dump(file, proxy)
    for chart in ("storage", "internet"):
        assert re.search(
            rf'id="chart-{chart}"[^>]*class="[^"]*js-plotly-plot|class="[^"]*js-plotly-plot[^>]*id="chart-{chart}"',
            page,
        )
    assert page.count("cartesianlayer") >= 2
    drawn = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert "minimum 300 GB" in drawn
    buttons = set(re.findall(r'data-title="([^"]*)"', drawn))
    assert "Download plot as a PNG" in buttons
    assert not [title for title in buttons if re.search("cloud|share|send|plotly", title, re.IGNORECASE)]
    assert [asked for asked in proxy.asked if not OWN.match(asked)] == []


def letter_height(text: str, file: Path, proxy: Proxy) -> float:
    """Print a page to PDF and measure the first word that is `text`, in points."""
    if CHROMIUM is None or (pdftotext := shutil.which("pdftotext")) is None:
        pytest.skip("no chromium or no pdftotext here: apt install chromium poppler-utils")
    pdf = file.with_suffix(".pdf")
    told = [CHROMIUM, *QUIET, f"--proxy-server={proxy.address}", f"--user-data-dir={file.parent / 'profile'}"]
    subprocess.run([*told, f"--print-to-pdf={pdf}", file.as_uri()], capture_output=True, timeout=120, check=True)
    done = subprocess.run(
        [pdftotext, "-bbox", str(pdf), "-"], capture_output=True, text=True, timeout=60, check=True, encoding="utf-8"
    )
    word = re.search(rf'yMin="([\d.]+)"[^>]*yMax="([\d.]+)">{text}<', done.stdout)
    assert word is not None
    return float(word[2]) - float(word[1])


def test_long_names_do_not_make_the_page_wider_than_paper(study: Study, proxy: Proxy, tmp_path: Path) -> None:
    # A browser shrinks a page that is wider than the paper, and cuts off what then still hangs over.
    long = f"docker.io/{'long' * 40}:1"
    finding = Finding(
        "image.mutable-tag", Verdict.FAIL, f"{long} is long.", 1, 2, "images", f"{long} > {long}", long, long
    )
    met = replace(finding, verdict=Verdict.PASS)
    heights = []
    for name, findings in (("short", study.plan.findings), ("long", (finding, met, *study.plan.findings))):
        file = tmp_path / f"{name}.html"
        file.write_bytes(render(replace(study, plan=replace(study.plan, findings=findings)), "html"))
        heights.append(letter_height("Findings", file, proxy))
    assert heights[1] == pytest.approx(heights[0], rel=0.01)


def test_a_page_that_does_ask_somebody_is_noticed(proxy: Proxy, tmp_path: Path) -> None:
    file = tmp_path / "leak.html"
    file.write_text('<!DOCTYPE html><script src="http://cdn.example/plotly.js"></script>', encoding="utf-8")
    dump(file, proxy)
    assert "http://cdn.example/plotly.js" in proxy.asked
