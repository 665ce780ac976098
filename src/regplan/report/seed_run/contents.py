"""A seeding's report as a document: the one order of parts that every writer follows, read from its JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.finding import Verdict
from regplan.report.cells import Code, Quantity, prose
from regplan.report.document import tool_document
from regplan.report.front import Front
from regplan.report.sections import Column, Document, Fact, Facts, Paragraph, Section, Table
from regplan.report.seed_run.foresight import damage_blocks, phase_blocks, planned_repositories
from regplan.report.seed_run.timeline import rate_chart
from regplan.units import format_count, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.report.cells import Cell
    from regplan.report.sections import Block

__all__ = ["run_contents", "run_verdict"]

_PLAN: Final = {
    "manifests": ("manifests", ""),
    "tags": ("further tags", ""),
    "blobs": ("unique blobs", ""),
    "pairs": ("(repository, blob) pairs", ""),
    "blob_bytes": ("bytes of blobs, each once", "bytes"),
    "unique_bytes": ("the same with manifests", "bytes"),
    "naive_bytes": ("bytes that an image by image copy sends", "bytes"),
    "requests_min": ("requests at minimum, for what was left to do", ""),
    "requests_probe": ("requests to find out what was there", ""),
}
_STATES: Final = ("sent", "mounted", "present", "skipped", "failed")
_PROOFS: Final = {
    "tags": "every tag by its digest",
    "blobs": "every blob by its last byte",
    "deep": "every byte by its digest",
}


def run_contents(document: Mapping[str, Any], front: Front | None = None) -> Document:
    """Lay out a seeding's document as a report; `front` is what stands on its cover besides."""
    parts = (
        _short(document),
        _section("next", "What to do next", _next(document)),
        _section("rate", "Rate over time", rate_chart(document)),
        _section("repositories", "Repositories", _repositories(document)),
        _section("problems", "What failed or was tried again", _problems(document["items"])),
        _section("missing", "What is not there yet", _listed("Reference", document["blocked"])),
        _section("unresolved", "What could not be resolved", _listed("Reference", document["unresolved"])),
        _section("waits", "What was waited for", _waits(document)),
        _section("limits", "Limits and forecast", _limits(document)),
        _section("nodes", "Nodes of the registry", _nodes(document["nodes"])),
        _section("phases", "Phases", phase_blocks(document)),
        _section("damage", "What was harmed or gone", damage_blocks(document["check"])),
        _section("checks", "Checks before anything was written", _checks(document["findings"])),
        _section("plan", "The plan", _plan(document)),
    )
    tool = " ".join(str(each) for each in tool_document().values())
    began = "" if document["run"] is None else str(document["run"]["began_at"])
    sections = tuple(part for part in parts if part is not None)
    verdict, headline = run_verdict(document)
    about = ("To ", Code(str(document["target"])))
    cover = (
        Fact("Target", Code(str(document["target"]))),
        *((Fact("Began at", began),) if began else ()),
        Fact("Made by", tool),
    )
    made_by = f"{tool}, {began}" if began else tool
    return Document("Seeding", about, verdict, (headline,), sections, made_by, cover, began, front or Front())


def run_verdict(document: Mapping[str, Any]) -> tuple[Verdict, str]:
    """Tell how a seeding ended, in one word and one sentence."""
    failed, blocked = len(document["failed"]), len(document["blocked"])
    endings = (
        (document["error"], Verdict.FAIL, f"It broke off: {document['error']}"),
        (document["interrupted"], Verdict.INCOMPLETE, "It was interrupted; what is there stays there."),
        (
            failed,
            Verdict.FAIL,
            f"{format_count(failed, 'item')} failed, and something is missing of {format_count(blocked, 'image')}.",
        ),
        (document["dry_run"], Verdict.INFO, "Nothing was written."),
        (document["unresolved"], Verdict.INCOMPLETE, "All that could be resolved is there; some images could not be."),
        (document["verified"], Verdict.PASS, "Every image is there under each of its names, with its digest."),
        (True, Verdict.INCOMPLETE, "Not everything is there."),
    )
    return next((verdict, says) for holds, verdict, says in endings if holds)


def _section(key: str, title: str, blocks: Iterable[Block]) -> Section | None:
    listed = tuple(blocks)
    return Section(key, title, listed) if listed else None


def _short(document: Mapping[str, Any]) -> Section:
    done, plan, run = document["done"], document["plan"], document["run"]
    if document["dry_run"]:
        return _ahead(document)
    facts = [
        Fact("Bytes sent", Quantity(done["uploaded_bytes"], "bytes"), ("image by image: ", Quantity(plan["naive_bytes"], "bytes"))),
        Fact("Requests", str(done["requests"]), (f"{plan['requests_min']} at minimum and {plan['requests_probe']} to look, {done['overhead_requests']} more for logins and retries",)),
        Fact("Manifests put", str(done["manifests"]), (f"of {plan['manifests']}",)),
        Fact("Proved", "yes" if document["verified"] else "no", (_PROOFS[document["check"]["level"]],)),
    ]  # fmt: skip
    if run is not None:
        blobs = run["states"]["blob"]
        counted = ", ".join(f"{blobs[state]} {state}" for state in _STATES if blobs.get(state)) or "none"
        seconds = run["seconds"]
        rate = run["wire_bytes"] * 8 / seconds if seconds else 0
        facts += [
            Fact("Blobs", counted, (f"of {plan['pairs']} (repository, blob) pairs",)),
            Fact("On the wire", Quantity(run["wire_bytes"], "bytes"), (f"{format_count(run['retries'], 'attempt')} made again",)),
            Fact("Time", Quantity(seconds, "s"), (Quantity(rate, "bps"), " on average")),
            Fact("There now", Quantity(run["confirmed_bytes"], "bytes"), ("of ", Quantity(run["total_bytes"], "bytes"))),
        ]  # fmt: skip
    return Section("short", "In short", (Facts("The figures of the run", tuple(facts)),))


def _ahead(document: Mapping[str, Any]) -> Section:
    """Tell the figures of a plan of which nothing was done."""
    plan = document["plan"]
    most = "at most, since not every blob was asked for; " if document["left_is_upper_bound"] else ""
    facts = (
        Fact("Bytes left to send", Quantity(document["left_bytes"], "bytes"), (f"{most}image by image: ", Quantity(plan["naive_bytes"], "bytes"))),
        Fact("Requests at minimum", str(plan["requests_min"]), (f"for what is left to do, and {plan['requests_probe']} to look",)),
        Fact("Manifests", str(plan["manifests"]), (f"with {plan['tags']} further tags",)),
        Fact("Unique blobs", str(plan["blobs"]), (f"in {plan['pairs']} (repository, blob) pairs",)),
    )  # fmt: skip
    return Section("short", "In short", (Facts("The figures of the plan", facts),))


def _next(document: Mapping[str, Any]) -> Iterator[Block]:
    for step in document["next"]:
        yield Paragraph(prose(step))


def _repositories(document: Mapping[str, Any]) -> Iterator[Block]:
    rows: Sequence[Mapping[str, Any]] = document["repositories"]
    if document["run"] is None:
        yield from planned_repositories(rows)
        return
    names = ("manifests", "put", "blobs", "sent", "mounted", "present", "skipped", "failed")
    columns = (
        Column("Repository"),
        *(Column(name.capitalize(), "number") for name in names),
        Column("On the wire", "number"),
    )
    lines: list[tuple[Cell, ...]] = [
        (Code(row["repository"]), *(str(row[name]) for name in names), Quantity(row["wire_bytes"], "bytes"))
        for row in rows
    ]
    if len(rows) > 1:
        sums = (str(sum(row[name] for row in rows)) for name in names)
        lines.append(("All", *sums, Quantity(sum(row["wire_bytes"] for row in rows), "bytes")))
    if rows:
        yield Table("What became of each repository's items", columns, tuple(lines), total=len(rows) > 1)


def _problems(items: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    failed = [item for item in items if item["state"] == "failed"]
    again = [item for item in items if item["attempts"] > 1 and item["state"] != "failed"]
    columns = (
        Column("Repository"),
        Column("Item"),
        Column("Class"),
        Column("Attempts", "number"),
        Column("Why", "prose"),
    )
    for caption, chosen in (("Failed", failed), ("Tried again, and there now or still to come", again)):
        if chosen:
            yield Table(caption, columns, tuple(_problem(item) for item in chosen), head=1, folded=chosen is again)


def _problem(item: Mapping[str, Any]) -> tuple[Cell, ...]:
    return Code(item["repository"]), Code(item["name"]), item["problem"], str(item["attempts"]), item["why"]


def _listed(title: str, names: Sequence[str]) -> Iterator[Block]:
    if names:
        yield Table(f"{len(names)} of them", (Column(title, "prose"),), tuple((Code(name),) for name in names))


def _waits(document: Mapping[str, Any]) -> Iterator[Block]:
    waits = () if document["run"] is None else document["run"]["waits"]
    if waits:
        columns = (Column("After", "number"), Column("For", "number"), Column("Why", "prose"))
        rows = tuple((Quantity(each["at_s"], "s"), Quantity(each["seconds"], "s"), each["why"]) for each in waits)
        yield Table("Times in which nothing was begun", columns, rows)


def _limits(document: Mapping[str, Any]) -> Iterator[Block]:
    limits, ahead = document["limits"], document["forecast"]
    rows: list[tuple[Cell, ...]] = []
    if limits is not None:
        clock = limits["zone"] or "this machine's clock"
        rows += [
            ("At most", Quantity(limits["max_bps"], "bps") if limits["max_bps"] else "no cap"),
            ("Only", f"{', '.join(limits['windows'])} ({clock})" if limits["windows"] else "at any hour"),
            ("Pulls of Docker Hub in its window", str(limits["most_pulls"] or "no limit of ours")),
            ("A stream has stalled below", Quantity(limits["min_bps"], "bps")),
        ]
    if ahead is not None:
        bound = "the cap" if ahead["bound"] == "cap" else "the site's internet link"
        rows += [
            ("Foretold: sending", Quantity(ahead["moving_s"], "s")),
            ("Foretold: rate", f"{format_rate(ahead['rate_bps'])}, {bound}"),
            ("Foretold: done by", ahead["ends_at"]),
        ]
    if rows:
        yield Table(
            "What it might take, and when it should have ended", (Column("What"), Column("Value", "prose")), tuple(rows)
        )


def _nodes(nodes: Mapping[str, Any] | None) -> Iterator[Block]:
    if nodes is None:
        return
    yield Paragraph(("Asked last: ", Code(nodes["asked"])))
    if nodes["passed_over"]:
        rows = tuple((each,) for each in nodes["passed_over"])
        yield Table("Passed over, or died on the way", (Column("What happened", "prose"),), rows)


def _checks(findings: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    if findings:
        columns = (Column("Check"), Column("Verdict"), Column("Found", "prose"))
        rows = tuple((Code(each["rule"]), Verdict(each["verdict"]), _said(each)) for each in findings)
        yield Table("What was found of the target", columns, rows)


def _said(finding: Mapping[str, Any]) -> str:
    return f"{finding['message']} {finding['fix']}".strip()


def _plan(document: Mapping[str, Any]) -> Iterator[Block]:
    plan = document["plan"]
    rows = tuple((says, Quantity(plan[key], unit) if unit else str(plan[key])) for key, (says, unit) in _PLAN.items())
    most = ", at most" if document["left_is_upper_bound"] else ""
    left = (f"bytes that were left to send{most}", Quantity(document["left_bytes"], "bytes"))
    there = document["there"]
    present = (
        ("manifests that were there already", str(there["manifests"])),
        ("blobs that were there already", str(there["blobs"])),
        ("bytes that were there already", Quantity(there["blob_bytes"], "bytes")),
    )
    known = present if there["complete"] or there["manifests"] or there["blobs"] else ()
    yield Table("What was to be done", (Column("What"), Column("How much", "number")), (*rows, *known, left))
