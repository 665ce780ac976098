"""The report of a seeding's run: one document, true in every form, with nothing from elsewhere."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.preflight import Nodes, Phase, Prospect
from regplan.model.run import Forecast, RunItem, RunRecord, RunWait, SeedLimits
from regplan.model.seed import SeedDone, SeedResult
from regplan.model.verifying import Damage
from regplan.oci.digest import Digest
from regplan.report.document import json_text
from regplan.report.markdown import write_markdown
from regplan.report.schema import seed_schema
from regplan.report.seed_run.contents import run_contents, run_verdict
from regplan.report.seed_run.document import run_document
from regplan.report.seed_run.html import write_run_html
from unit.report.test_seeding import PLAN, PUT

if TYPE_CHECKING:
    from collections.abc import Callable

jsonschema: Any = importlib.import_module("jsonschema")
DIGEST = "sha256:" + "a" * 64
ITEMS = (
    RunItem("blob", PUT.repository, DIGEST, 5, "sent", 2, 9, 1.5, why="the connection broke"),
    RunItem(
        "blob", PUT.repository, "sha256:" + "b" * 64, 7, "failed", 3, 21, 2.0, "bad-source", "other <b>bytes</b> | came"
    ),
    RunItem("manifest", PUT.repository, "1.27", 2, "waiting"),
)
LIMITS = SeedLimits(8_000, ("22:00-05:00",), "Europe/Berlin", 80)
FORECAST = Forecast(5, 8_000, 0.005, 1_800_000_000.0, 1_800_000_060.0, 1, "cap")
PROSPECT = Prospect(
    PLAN, (Finding("seed.reach", Verdict.PASS, "It answers."),), left_bytes=5, limits=LIMITS, forecast=FORECAST
)
RECORD = RunRecord(
    PLAN, None, 1_800_000_000.0, 4.0, 12, 5, 30, 3, ITEMS, (RunWait("outside the window", 1.0, 2.0),), (10, 0, 0, 20),
    LIMITS,
)  # fmt: skip
RESULT = SeedResult(PLAN, SeedDone(1, 5, 0, 0, 0, 3, 1), ("b: other bytes",), ("docker.io/library/nginx:1.27",))


def written(record: RunRecord = RECORD, result: SeedResult | None = RESULT) -> Any:
    return json.loads(json_text(run_document(PROSPECT, result, record, ("quay.io/x/y:1: 401",))))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(written(), id="failed"),
        pytest.param(written(RunRecord(), None), id="only looked at"),
        pytest.param(written(RunRecord(error="the target is gone"), None), id="broke off"),
        pytest.param(written(RECORD, replace(RESULT, failed=(), interrupted=True)), id="interrupted"),
    ],
)
def test_the_document_keeps_to_its_schema_and_to_the_contract(document: Any) -> None:
    jsonschema.Draft202012Validator(seed_schema()).validate(document)
    assert document["kind"] == "seed"
    assert {"plan", "done", "failed", "verified"} <= set(document)


def test_what_each_repository_is_to_get_is_told_where_nothing_was_begun() -> None:
    [row] = written(RunRecord(), None)["repositories"]

    counted = {key: row[key] for key in ("manifests", "put", "blobs", "sent", "failed", "wire_bytes", "size_bytes")}
    assert counted == {
        "manifests": 1, "put": 0, "blobs": 1, "sent": 0, "failed": 0, "wire_bytes": 0, "size_bytes": 7,
    }  # fmt: skip


def test_the_schema_refuses_a_state_that_does_not_exist() -> None:
    document = written()
    document["items"][0]["state"] = "perhaps"

    assert not jsonschema.Draft202012Validator(seed_schema()).is_valid(document)


def test_what_became_of_each_item_and_repository_is_told() -> None:
    document = written()

    row = document["repositories"][0]
    counted = {key: row[key] for key in ("manifests", "put", "blobs", "sent", "failed", "wire_bytes", "size_bytes")}
    assert counted == {
        "manifests": 1, "put": 0, "blobs": 2, "sent": 1, "failed": 1, "wire_bytes": 30, "size_bytes": 14,
    }  # fmt: skip
    assert document["run"]["states"] == {"blob": {"failed": 1, "sent": 1}, "manifest": {"waiting": 1}}
    assert document["run"]["timeline"] == {"step_s": 1, "bytes": [10, 0, 0, 20]}
    assert document["items"][1]["problem"] == "bad-source"
    assert document["forecast"]["ends_at"] == "2027-01-15T08:01:00+00:00"


def test_a_long_run_is_drawn_in_at_most_six_hundred_steps_that_hold_every_byte() -> None:
    timeline = written(replace(RECORD, timeline=(3,) * 30_001))["run"]["timeline"]

    assert len(timeline["bytes"]) <= 600
    assert sum(timeline["bytes"]) == 90_003
    assert timeline["step_s"] * len(timeline["bytes"]) >= 30_001


@pytest.mark.parametrize(
    ("record", "result", "verdict", "step"),
    [
        (RECORD, RESULT, Verdict.FAIL, "A source gives other bytes"),
        (RECORD, replace(RESULT, failed=(), interrupted=True), Verdict.INCOMPLETE, "Run the same command again"),
        (replace(RECORD, error="gone"), None, Verdict.FAIL, "Nothing was done: gone"),
        (RunRecord(), None, Verdict.INFO, "Agree with --yes."),
    ],
)
def test_the_report_says_how_it_ended_and_what_to_do_next(
    record: RunRecord, result: SeedResult | None, verdict: Verdict, step: str
) -> None:
    document = written(record, result)

    assert run_verdict(document)[0] is verdict
    assert any(each.startswith(step) for each in document["next"]), document["next"]
    assert any("1 image could not be resolved" in each for each in document["next"])


def test_what_went_well_is_a_pass_and_proving_more_is_the_next_step() -> None:
    done = run_document(PROSPECT, SeedResult(PLAN, SeedDone(), verified=True), RECORD)

    assert run_verdict(done)[0] is Verdict.PASS
    assert done["next"] == [
        "A source gives other bytes than its digest says: name another with --from, or resolve again.",
        "Prove the bytes too: `regplan verify` with --level blobs, or deep.",
    ]


def test_a_harmed_file_that_the_target_keeps_is_to_be_removed_and_a_deep_look_leaves_nothing_to_prove() -> None:
    kept = RunItem("blob", PUT.repository, DIGEST, 5, "failed", 1, 5, 1.0, "kept", "remove the file x")
    deep = replace(PROSPECT, level="deep")
    document = json.loads(json_text(run_document(deep, RESULT, replace(RECORD, items=(kept,)))))
    assert any("remove those that are named" in each for each in document["next"])

    whole = replace(RESULT, failed=(), rerun=(), verified=True)
    proved = json.loads(json_text(run_document(deep, whole, replace(RECORD, items=()))))
    assert not any("Prove" in each for each in proved["next"])
    assert "every byte by its digest" in write_markdown(run_contents(proved))


@pytest.mark.parametrize(
    ("result", "steps"),
    [
        (replace(RESULT, failed=("shop/web: keeps it",)), ["Mend what is told of each that failed, and run the same command again."]),
        (replace(RESULT, failed=()), ["Run the same command again: what is there is not sent again."]),
        (replace(RESULT, failed=(), blocked=(), verified=True), ["Prove the bytes too: `regplan verify` with --level blobs, or deep."]),
    ],
)  # fmt: skip
def test_running_again_alone_is_advised_only_where_nothing_failed(result: SeedResult, steps: list[str]) -> None:
    assert run_document(PROSPECT, result, replace(RECORD, items=()))["next"] == steps


def test_markdown_has_every_part_and_nothing_in_it_acts_as_a_table_or_a_tag() -> None:
    text = write_markdown(run_contents(written()))

    for title in ("In short", "What to do next", "Rate over time", "Repositories", "What failed or was tried again",
                  "What is not there yet", "What could not be resolved", "What was waited for", "Limits and forecast",
                  "Checks before anything was written", "The plan"):  # fmt: skip
        assert f"\n## {title}\n" in text
    assert "other \\<b>bytes\\</b> \\| came" in text
    assert "20:00" not in text
    assert "22:00-05:00 (Europe/Berlin)" in text
    assert "Foretold: rate | 8.00 kbit/s, the cap" in text


@pytest.mark.parametrize("write", [lambda document: write_markdown(run_contents(document)), write_run_html])
def test_a_node_that_was_passed_over_is_in_the_report(write: Callable[[Any], str]) -> None:
    nodes = Nodes("10.0.0.6:30003", ("10.0.0.5:30003 is passed over: no way there",))
    document = json.loads(json_text(run_document(replace(PROSPECT, nodes=nodes), RESULT, RECORD)))

    assert "10.0.0.5:30003 is passed over: no way there" in write(document)
    assert "Nodes of the registry" in write(document)
    assert "Nodes of the registry" not in write(written())


def test_phases_and_what_a_close_look_found_are_in_the_report() -> None:
    phases = (Phase(0, "before the registry", "content bundle on each host", "done", (), 5_000, 3),)
    damage = Damage(wrong=frozenset({("p/web", Digest.of(b"x"))}))
    seen = replace(PROSPECT, phases=phases, level="deep", damage=damage)
    document = json.loads(json_text(run_document(seen, RESULT, RECORD)))

    for text in (write_markdown(run_contents(document)), write_run_html(document)):
        assert "before the registry" in text
        assert "content bundle on each host" in text
        assert "5.00 kB" in text
        assert "Blobs that are harmed" in text
        assert sha256(b"x").hexdigest() in text


def test_why_no_phase_is_told_is_in_the_report() -> None:
    assert "no profile tells the layers" in write_markdown(run_contents(written()))


def test_the_report_of_a_dry_run_tells_the_plan_and_has_no_table_of_zeros() -> None:
    text = write_markdown(run_contents(written(RunRecord(), None)))

    assert "What became of each repository" not in text
    assert "Proved" not in text
    assert "Bytes sent" not in text
    assert "Bytes left to send" in text
    row = next(line for line in text.splitlines() if line.startswith("| `spectro-images/docker.io/library/nginx`"))
    assert [cell.strip() for cell in row.split("|")[2:-1]] == ["1", "1", "7 B"]


def test_bytes_of_blobs_that_were_not_asked_for_are_told_as_at_most() -> None:
    def told(record: RunRecord, result: SeedResult | None, *, most: bool) -> str:
        prospect = replace(PROSPECT, left_is_upper_bound=most)
        return write_markdown(run_contents(json.loads(json_text(run_document(prospect, result, record)))))

    assert "at most, since not every blob was asked for" in told(RunRecord(), None, most=True)
    assert "at most, since" not in told(RunRecord(), None, most=False)
    assert "bytes that were left to send, at most" in told(RECORD, RESULT, most=True)
    assert "bytes that were left to send, at most" not in told(RECORD, RESULT, most=False)


def test_who_is_told_to_mend_what_fails_is_not_told_to_agree() -> None:
    stopped = replace(PROSPECT, findings=(Finding("seed.space", Verdict.FAIL, "There is no room."),))

    assert run_document(stopped, None, RunRecord())["next"] == [
        "Mend what FAILs among the checks; nothing is written before."
    ]


def test_html_is_one_file_that_loads_nothing_and_runs_nothing() -> None:
    text = write_run_html(written())

    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "default-src 'none'" in text
    assert "other &lt;b&gt;bytes&lt;/b&gt; | came" in text
    assert len(re.findall(r"<h2 ", text)) == 12


def test_the_drawing_is_well_formed_and_shows_cap_and_every_step() -> None:
    text = write_run_html(written())
    drawn = ET.fromstring(re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0])  # noqa: S314  our own text

    steps = drawn.findall("polyline")[0].get("points") or ""
    heights = [float(point.partition(",")[2]) for point in steps.split()]
    assert len(heights) == 8
    # 80, 0, 0 and 160 bit/s below a cap of 8,000, each twice: the begin and the end of its step.
    assert heights[0] == heights[1] < heights[2] == heights[5] == 200
    assert 200 - heights[6] == pytest.approx(2 * (200 - heights[0]), abs=0.2)
    # The cap's line is at 8,000 of the 8,400 bit/s that the drawing is high.
    (cap,) = (each for each in drawn.findall("line") if each.get("class") == "cap")
    assert float(cap.get("y1") or "nan") == pytest.approx(200 * (1 - 8_000 / 8_400), abs=0.1)


def test_the_words_of_the_drawing_stand_beside_it_so_that_no_width_cuts_them_or_lays_one_on_another() -> None:
    text = write_run_html(written())
    (drawn,) = re.findall(r"<svg.*?</svg>", text, re.DOTALL)

    assert "<text" not in drawn
    for words in ("at most 160 bit/s", "cap 8.00 kbit/s", "<span>0 s</span><span>4.0 s</span>"):
        assert words in text.replace(drawn, "")


def test_a_run_in_which_nothing_left_has_no_drawing() -> None:
    text = write_run_html(written(RunRecord(), None))

    assert "<svg" not in text
    assert "Rate over time" not in text
