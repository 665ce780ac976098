"""The report in a real browser, behind a proxy that notes whatever leaves the page."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.report.contents import contents
from regplan.report.figures.chart import Axis, Bar, Bars, Chart, Panel, marks_of
from regplan.report.html import document_html
from regplan.report.render import render
from regplan.report.sections import ChartBlock, Column, Section, Table, charts_of
from support import pages
from support.axe import axe_source
from support.pages import offline_browser

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


def opened(file: Path, proxy: Proxy, *more: str) -> tuple[str, str]:
    """Give a page as the browser has it after its scripts, and what it logged."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt install chromium")
    told = [CHROMIUM, *QUIET, f"--proxy-server={proxy.address}", f"--user-data-dir={file.parent / 'profile'}", *more]
    done = subprocess.run(
        [*told, "--enable-logging=stderr", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=300, check=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def drawn_marks(page: str) -> dict[str, int]:
    """Count what plotly has drawn for each chart: bars and tiles, dots, and lines."""
    found = {}
    for part in page.split('<div class="drawn">')[1:]:
        key = re.search(r'id="chart-([\w]+)"', part)
        assert key is not None
        drawing = part.partition('<script type="application/json"')[0]
        found[key[1]] = len(re.findall(r'class="point"', drawing)) + len(
            re.findall(r'<g class="lines"><path class="js-line"', drawing)
        )
    return found


def expected_marks(study: Study) -> dict[str, int]:
    """Count what is to be drawn: a row each, those of no bytes as well."""
    return {block.key: marks_of(block.chart) for block in charts_of(contents(study))}


def test_each_chart_has_as_many_marks_as_its_data_and_nothing_complains(
    advised: Study, proxy: Proxy, tmp_path: Path
) -> None:
    file = tmp_path / "plan.html"
    file.write_bytes(render(advised, "html"))
    page, complaints = opened(file, proxy)
    expected = expected_marks(advised)
    assert len(expected) == 8
    assert drawn_marks(page) == expected
    assert complaints == ""
    assert [asked for asked in proxy.asked if not OWN.match(asked)] == []


def test_a_row_of_no_bytes_has_a_bar_as_thin_as_its_outline_and_its_words(study: Study, tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt install chromium")
    ends = {"some": (0, 5), "none": (0, 0), "none of more": (3, 3), "without words": (0, 0)}
    bars = tuple(Bar(at, *both, at, "" if at == "without words" else f"{at} beside") for at, both in ends.items())
    chart = Chart("thin", "Thin", "Four rows.", (Panel(Axis("GB"), Axis("", tuple(ends)), (Bars("", "blue", bars),)),))
    block = ChartBlock(chart, Table("Numbers", (Column("What"),), tuple((at,) for at in ends)))
    file = tmp_path / "thin.html"
    page = document_html(replace(contents(study), sections=(Section("thin", "Thin", (block,)),)))
    file.write_text(page, encoding="utf-8")

    with offline_browser() as browser:
        seen = pages.opened(browser, file)
        shapes = seen.page.evaluate(
            """() => [...document.querySelectorAll('g.point > path')].map(each => [
                Math.round(each.getBBox().width), each.getBBox().height > 9,
                getComputedStyle(each).stroke !== 'none', parseFloat(getComputedStyle(each).strokeWidth)])"""
        )
        said = seen.page.locator("g.point > text").all_text_contents()
        assert pages.drawn_marks(seen.page) == {"thin": len(ends)}

    assert page.partition('class="static"')[2].partition("</svg>")[0].count('class="mark"') == len(ends)
    assert [width > 0 for width, *_ in shapes] == [True, False, False, False]
    assert {tuple(rest) for _, *rest in shapes} == {(True, True, 1)}
    assert said == ["some beside", "none beside", "none of more beside"]
    assert seen.complaints == []


def test_without_scripts_each_chart_stands_there_as_a_drawing(advised: Study, proxy: Proxy, tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    # The page's own policy is made to let no script in at all.
    page = re.sub(r"script-src [^;]*;", "script-src 'none';", render(advised, "html").decode())
    file.write_text(page, encoding="utf-8")
    page, _ = opened(file, proxy)
    assert not re.search(r'class="[^"]*js-plotly-plot', re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL))
    drawings = re.findall(r'<svg[^>]*class="static".*?</svg>', page, flags=re.DOTALL)
    marks = [marks_of(block.chart) for block in charts_of(contents(advised))]
    assert [drawing.count('class="mark"') for drawing in drawings] == marks


@pytest.mark.installs
def test_axe_finds_no_serious_barrier(advised: Study, proxy: Proxy, tmp_path: Path) -> None:
    axe = axe_source(tmp_path)
    page = render(advised, "html").decode()
    # The page's policy lets no script in but its own, and that is what keeps axe out as well.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    run = (
        "axe.run({resultTypes: ['violations']}).then(function (found) {"
        "var told = document.createElement('pre'); told.id = 'axe'; told.textContent = JSON.stringify(found.violations.map("
        "function (each) { return {id: each.id, impact: each.impact, at: each.nodes.map(function (node) {"
        "return node.html.slice(0, 200); }).slice(0, 3)}; })); document.body.appendChild(told); });"
    )
    file = tmp_path / "axe.html"
    file.write_text(page.replace("</body>", f"<script>{axe}</script><script>{run}</script></body>"), encoding="utf-8")
    after, _ = opened(file, proxy, "--virtual-time-budget=120000")
    told = re.search(r'<pre id="axe">(.*?)</pre>', after, flags=re.DOTALL)
    assert told is not None
    violations = json.loads(html.unescape(told[1]))
    assert [each for each in violations if each["impact"] in {"serious", "critical"}] == []


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
