from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.image import Inventory, Unresolved
from regplan.report.html import blocks_html
from regplan.report.render import render
from regplan.report.sections import Paragraph
from unit.report.samples import make_study

if TYPE_CHECKING:
    from regplan.model.plan import Study

NASTY = "</script></td><script>alert('pwned')</script><img src=x onerror=alert(1)>\"' &amp; {{ 7*7 }}"
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """What a browser makes of a page: elements with attributes, and the text of each element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(study: Study) -> tuple[str, Page]:
    text = render(study, "html").decode()
    return text, Page(text)


@pytest.fixture(scope="module")
def sample() -> tuple[str, Page]:
    return page_of(make_study())


def test_no_element_refers_to_anything_outside_the_file(sample: tuple[str, Page]) -> None:
    _, page = sample
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "img", "audio", "video"}
        for name in ("src", "srcset", "data", "action", "poster", "xlink:href"):
            assert name not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]


def test_no_style_loads_a_font_or_a_picture(sample: tuple[str, Page]) -> None:
    _, page = sample
    styles = "".join(page.texts["style"])
    assert "url(" not in styles
    assert "@import" not in styles
    assert "@font-face" not in styles


def test_the_scripts_hold_no_web_address_outside_licence_notices(sample: tuple[str, Page]) -> None:
    _, page = sample
    scripts = "".join(page.texts["script"])
    code, _, notices = scripts.rpartition("/*! Bundled license information")
    assert len(code) > 1_000_000
    assert len(notices) < 10_000
    addresses = {match for match in re.findall(r"https?://[\w.-]+", code) if match != "http://www.w3.org"}
    assert addresses == set()
    assert "cloud.plotly.com" not in scripts


def test_plotly_stands_in_the_file_once(sample: tuple[str, Page]) -> None:
    text, page = sample
    assert len([script for script in page.texts["script"] if len(script) > 1_000_000]) == 1
    assert len(text) < 6_000_000


def test_the_page_allows_itself_only_its_own_scripts(sample: tuple[str, Page]) -> None:
    _, page = sample
    policy = next(each["content"] for each in page.all("meta") if "http-equiv" in each)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    run = [
        text
        for attributes, text in zip(page.all("script"), page.texts["script"], strict=True)
        if "data-chart" not in attributes
    ]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in run}
    assert set(rules["script-src"].split()) == hashes


def test_the_charts_send_nothing_to_a_cloud(sample: tuple[str, Page]) -> None:
    _, page = sample
    figures = [
        json.loads(text)
        for attributes, text in zip(page.all("script"), page.texts["script"], strict=True)
        if "data-chart" in attributes
    ]
    assert len(figures) >= 2
    for figure in figures:
        assert figure["config"]["showSendToCloud"] is False
        assert figure["config"]["displaylogo"] is False
        assert figure["config"]["plotlyServerURL"] == ""
        assert figure["data"]


def test_every_chart_has_its_words_and_its_numbers_beside_it(sample: tuple[str, Page]) -> None:
    text, page = sample
    charts = [each for each in page.all("div") if each.get("class") == "chart"]
    assert len(charts) == 6
    # A picture to a screen reader where it is one; with scripts it has buttons, and a picture has none.
    assert {each["role"] for each in charts} == {"group"}
    assert [each["role"] for each in page.all("svg")] == ["img"] * 6
    assert all(len(chart["aria-label"]) > 40 for chart in charts)
    after = [text.index(f'id="{chart["id"]}"') for chart in charts]
    assert all(text.find("<table ", place) > place for place in after)
    assert "303 MB" in charts[0]["aria-label"]


def test_headings_captions_and_row_headers_let_a_screen_reader_find_its_way(sample: tuple[str, Page]) -> None:
    text, page = sample
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) == len(page.all("section")) >= 9
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(caption.strip() for caption in page.texts["caption"])
    assert {each["scope"] for each in page.all("th")} == {"col", "row"}
    targets = {each["href"].removeprefix("#") for each in page.all("a")}
    assert targets == {each["id"] for each in page.all("section")}
    assert text.startswith("<!DOCTYPE html>")


def test_a_card_on_a_small_screen_has_its_labels_and_stays_a_table_for_a_screen_reader(
    sample: tuple[str, Page],
) -> None:
    _, page = sample
    cells = page.all("td")
    assert len(cells) > 100
    assert all(each["data-label"] and each["role"] == "cell" for each in cells)
    assert {each["role"] for each in page.all("table")} == {"table"}
    assert {each["role"] for each in page.all("th")} == {"columnheader", "rowheader"}


def test_the_key_figures_stand_in_a_list_of_terms(sample: tuple[str, Page]) -> None:
    _, page = sample
    figures = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert figures["The PVC offers"] == "344 GB 320 GiB"
    assert figures["Checks"] == "8 1 INCOMPLETE, 1 MARGINAL, 1 INFO, 5 PASS"


def test_message_fix_and_source_stand_below_each_other_in_one_cell(sample: tuple[str, Page]) -> None:
    text, _ = sample
    assert (
        '<span class="line">node-3 has 7.8 GB of memory.</span>'
        '<span class="line">→ add memory, or take another host.</span>'
        '<span class="line quiet">Source: Palette docs, Deploy Cluster with a Primary Registry, Prerequisites</span>'
    ) in text


def test_tables_say_how_they_are_laid_out(sample: tuple[str, Page]) -> None:
    _, page = sample
    kinds = dict(zip(page.texts["caption"], ({*each["class"].split()} for each in page.all("table")), strict=True))
    assert kinds["2 findings to act on, worst first"] == {"many", "full", "brief"}
    assert kinds["5 checks met"] == {"many", "full", "brief", "compact"}
    assert kinds["What the registry's PVC must hold"] == {"many", "full", "brief", "total"}
    assert kinds["The set of images, compressed"] == {"few"}
    numbers = [text for each, text in zip(page.all("td"), page.texts["td"], strict=True) if each["class"] == "number"]
    assert "7.80 GB" in numbers


def test_the_verdict_is_told_by_glyph_word_and_colour(sample: tuple[str, Page]) -> None:
    _, page = sample
    shown = [
        (attributes["class"], text)
        for attributes, text in zip(page.all("span"), page.texts["span"], strict=True)
        if "verdict" in attributes.get("class", "")
    ]
    assert shown[0] == ("verdict incomplete", "? INCOMPLETE")
    assert ("verdict marginal", "! MARGINAL") in shown
    assert page.texts["title"][0].startswith("INCOMPLETE: ")


def test_the_page_serves_dark_rooms_and_paper(sample: tuple[str, Page]) -> None:
    styles = "".join(sample[1].texts["style"])
    assert "@media (prefers-color-scheme: dark)" in styles
    assert "@media print" in styles


def test_sizes_are_there_to_the_byte_for_machines_too(sample: tuple[str, Page]) -> None:
    values = {int(each["value"]) for each in sample[1].all("data")}
    assert {274_320_045, 343_597_383_680, 1_529_184_054} <= values


def nasty(study: Study) -> Study:
    finding = Finding("host.cpu", Verdict.FAIL, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY)
    hosts = (replace(study.plan.hosts[0], name=NASTY),)
    images = (replace(study.plan.layers.images[0], reference=NASTY),)
    terms = tuple(replace(term, key=NASTY, source=NASTY) for term in study.plan.storage.terms)
    plan = replace(
        study.plan,
        site=replace(study.plan.site, name=NASTY, defaulted=(NASTY,), file=NASTY),
        binding_constraint=NASTY,
        findings=(finding,),
        counts=replace(study.plan.counts, unresolved=(Unresolved(NASTY, NASTY, (NASTY,)),)),
        layers=replace(study.plan.layers, images=images, foreign=(NASTY,)),
        storage=replace(study.plan.storage, terms=terms),
        hosts=hosts,
        generated_at=NASTY,
        inputs_digest=NASTY,
    )
    return replace(study, plan=plan)


def test_what_others_wrote_never_becomes_markup_or_script(study: Study, sample: tuple[str, Page]) -> None:
    _, page = page_of(nasty(study))
    assert "img" not in page.texts
    assert not page.all("img")
    told = [each["data-chart"] for each in page.all("script") if "data-chart" in each]
    assert set(told) < {each["data-chart"] for each in sample[1].all("script") if "data-chart" in each}
    assert len(page.all("script")) == len(told) + 2
    assert "alert('pwned')" in "".join(page.texts["table"])
    assert "{{ 7*7 }}" in "".join(page.texts["table"])
    assert page.texts["h1"][0].count("<script>") == 1


def test_a_site_name_is_no_link_in_a_chart(study: Study) -> None:
    site = replace(study.plan.site, name='<a href="https://evil.example">x</a>')
    _, page = page_of(replace(study, plan=replace(study.plan, site=site)))
    assert "<a href" not in "".join(text for text in page.texts["script"] if len(text) < 100_000)


def test_text_that_no_encoding_holds_does_not_break_the_report(study: Study) -> None:
    site = replace(study.plan.site, name="half \ud800 pair")
    broken = replace(study, plan=replace(study.plan, site=site))
    for kind in ("html", "md", "json"):
        assert b"half" in render(broken, kind)
    assert json.loads(render(broken, "json"))["site"]["name"] == "half \ud800 pair"


def test_one_byte_of_one_layer_and_one_host_less_show() -> None:
    before = "".join(page_of(make_study())[1].texts["table"])
    assert "(274,320,045 B)" in before
    bigger = "".join(page_of(make_study({"nginx": 41_700_124}))[1].texts["table"])
    assert "(274,320,046 B)" in bigger
    fewer = "".join(page_of(make_study(hosts=make_study().plan.site.hosts[:2]))[1].texts["table"])
    assert "node-3" in before
    assert "node-3" not in fewer


def test_a_fragment_for_a_notebook_has_no_script(study: Study) -> None:
    fragment = Page(blocks_html([Paragraph((study.plan.verdict, f" {NASTY}"))]))
    assert not fragment.all("script")
    assert fragment.all("span") == [{"class": "verdict incomplete"}]


def test_a_plan_without_internet_hosts_or_images_still_makes_a_page(study: Study) -> None:
    layers = replace(study.plan.layers, images=())
    storage = replace(study.plan.storage, claimed_bytes=None)
    plan = replace(study.plan, wire=None, upgrade=None, hosts=(), layers=layers, storage=storage, findings=())
    _, page = page_of(replace(study, plan=plan, simulation=None, inventory=Inventory((), (), ())))
    assert len([each for each in page.all("div") if each.get("class") == "chart"]) == 1
    assert "The site file names no hosts." in " ".join(page.texts["p"])
