from __future__ import annotations

import base64
import datetime as dt
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

import regplan
from regplan.errors import InputError
from regplan.notebook.panels.parts import saving_link
from regplan.units import GiB
from regplan.verbs.demo import demo_options, demo_site

DEMO = demo_site().parent
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def panel(shell: Any, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001  what is shown is shown in it
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    return regplan.widgets.site_sizing(options=demo_options())


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Everything that is displayed, or put in the place of something, in order."""
    found: list[dict[str, Any]] = []

    class Handle:
        def update(self, bundle: dict[str, Any], *, raw: bool) -> None:
            assert raw
            found.append(bundle)

    def display(bundle: Any, *, raw: bool = False, display_id: bool = False) -> Handle:
        assert raw == display_id
        if raw:
            found.append(bundle)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    return found


def slider(panel: Any, words: str) -> Any:
    return next(each for each in panel._sliders.children if each.description == words)


def verdict_of(panel: Any) -> str:
    return str(panel.study.plan.verdict.value)


def upload(panel: Any, *files: str) -> None:
    panel._upload.value = [
        {"name": Path(file).name, "type": "", "size": 0, "content": memoryview((DEMO / file).read_bytes()), "last_modified": NOW}
        for file in files
    ]  # fmt: skip


def test_the_panel_shows_ordinary_outputs_too_so_that_an_export_is_never_blank(
    panel: Any, shown: list[dict[str, Any]]
) -> None:
    panel._ipython_display_()
    verdict, *figures = (each for each in shown if "text/plain" in each or "application/vnd.plotly.v1+json" in each)
    assert "MARGINAL" in verdict["text/html"]
    assert len(figures) == 2
    assert all("text/html" in figure for figure in figures)


def test_sliders_stand_at_the_sites_values_and_a_moved_one_asks_the_core_again(
    panel: Any, shown: list[dict[str, Any]]
) -> None:
    panel._ipython_display_()
    assert [each.value for each in panel._sliders.children] == [2, 320, 2, 20_000_000]
    shown.clear()
    slider(panel, "Registry storage, GiB").value = 2
    assert verdict_of(panel) == "FAIL"
    assert panel.study.plan.storage.claimed_bytes == 2 * GiB
    assert "storage.minimum" in shown[0]["text/plain"]
    slider(panel, "Registry storage, GiB").value = 400
    assert verdict_of(panel) == "MARGINAL"
    slider(panel, "Hosts for workloads").value = 1
    assert len(panel.site.hosts) == 2
    slider(panel, "Internet link").value = 1_000_000
    assert panel.site.internet_link.rate_bps == 1_000_000
    slider(panel, "Versions kept").value = 5
    assert panel.site.assumptions.versions_kept == 5


def test_the_report_is_of_what_the_sliders_say(panel: Any, shown: list[dict[str, Any]]) -> None:
    panel._ipython_display_()
    slider(panel, "Registry storage, GiB").value = 2
    panel._kind.value = "json"
    panel._make.click()
    name = re.search(r'download="([^"]+)"', panel._link.value)
    data = re.search(r"base64,([^\"]+)", panel._link.value)
    assert name is not None
    assert data is not None
    assert name[1] == "store-0421.json"
    assert json.loads(base64.b64decode(data[1]))["storage"]["claimed_bytes"] == 2 * GiB
    more = panel.planned(regplan.Options(sensitivity=True)).plan
    assert more.storage.claimed_bytes == 2 * GiB
    assert more.sensitivity
    slider(panel, "Registry storage, GiB").value = 3
    assert panel._link.value == ""
    assert shown


def test_what_is_written_into_the_covers_fields_stands_in_the_report(shown: list[dict[str, Any]]) -> None:
    panel = regplan.widgets.site_sizing(options=demo_options(), front=regplan.Front(customer="Retail"))
    assert shown == []
    panel._front["author"].value = "A. Planner"
    panel._kind.value = "md"
    report = saved(panel)
    assert "Retail" in report
    assert "A. Planner" in report
    assert "node-3" in report


def test_names_that_are_ticked_are_replaced_in_the_report(shown: list[dict[str, Any]]) -> None:
    panel = regplan.widgets.site_sizing(options=demo_options(), front=regplan.Front())
    assert shown == []
    panel._kind.value = "md"
    panel._redact["hosts"].value = True
    report = saved(panel)
    assert "node-3" not in report
    assert "host-3 has" in report
    assert "quay.io" in report


def saved(panel: Any) -> str:
    """Press the button, and read what it offers."""
    panel._make.click()
    data = re.search(r"base64,([^\"]+)", panel._link.value)
    assert data is not None
    return base64.b64decode(data[1]).decode()


def test_an_upload_takes_the_place_of_the_site(panel: Any, shown: list[dict[str, Any]]) -> None:
    panel._ipython_display_()
    shown.clear()
    upload(
        panel,
        "site-single.yaml",
        "recording/facts.jsonl",
        *(f"profiles/{each.name}" for each in (DEMO / "profiles").iterdir()),
    )
    assert panel.study.plan.site.name == "store-0421-single"
    assert slider(panel, "Hosts for workloads").value == 1
    assert "store-0421-single" in shown[0]["text/plain"]


def test_what_cannot_be_planned_is_one_sentence_and_leaves_what_was_there(
    panel: Any, shown: list[dict[str, Any]]
) -> None:
    panel._ipython_display_()
    shown.clear()
    upload(panel, "site-single.yaml")
    said = html.unescape(re.sub("<[^>]+>", "", panel.message.widget.value))
    assert said.removeprefix("✗ ") == (
        "site-single.yaml: line 4, column 12: profiles[0]: profiles/retail-infra-1.0.0.json: no such file;"
        " pick it together with the others"
    )
    assert 'role="alert"' in panel.message.widget.value
    assert panel.study.plan.site.name == "store-0421"
    assert shown == []


def test_a_site_that_cannot_be_read_is_the_cells_error() -> None:
    with pytest.raises(InputError, match="no such file"):
        regplan.widgets.site_sizing("absent.yaml")


def test_a_hostile_name_is_no_markup_in_the_link() -> None:
    link = saving_link('a"><script>x</script>.html', b"")
    assert "<script" not in link
    assert link.count('"') == 6
