"""What may go otherwise than planned, by what it touches: the findings that are no failure, put together for whoever signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.verdict import worst_of
from regplan.report.cells import Code, Line, Stack, prose
from regplan.report.sections import Column, Paragraph, Section, Table
from regplan.report.words import counted, full_stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.finding import Finding
    from regplan.model.plan import Plan
    from regplan.report.cells import Cell

__all__ = ["risks_section"]

# What a risk is, what comes of it, and the rules that tell of it, by how they begin.
_RISKS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "Images that nobody could answer for",
        "Every sum of bytes is a lower bound, and a host may find nothing to pull.",
        ("image.unresolved", "image.last-seen"),
    ),
    (
        "Images that would come from the internet",
        "Hosts wait, or do not start them, while the internet link is cut.",
        ("survive.", "image.missing", "image.unlisted", "registry.connect", "mapping."),
    ),
    ("Tags that can change", "What is pulled later is not what was planned.", ("image.mutable-tag",)),
    ("Another platform than a host's", "A host finds no image that it can run.", ("image.platform", "host.arch")),
    (
        "Signatures and what else refers to images",
        "What verifies images on site finds nothing there.",
        ("image.referrers", "referrers."),
    ),
    (
        "Too little room",
        "Pushes and pulls fail once a disk is full.",
        ("storage.", "host.disk", "disk."),
    ),
    (
        "Too little left on hosts",
        "Pods wait where a host is lost, or where requests are more than was assumed.",
        ("host.",),
    ),
    ("The registry's certificate", "No host pulls once it has expired.", ("registry.certificate",)),
    (
        "The registry's kind, version and settings",
        "Seeding or serving ends with an error.",
        ("registry.", "version.", "mode."),
    ),
    (
        "What profiles say",
        "Lists and charts are not read as a cluster reads them.",
        ("profile.", "image.", "content.", "bundle."),
    ),
)
_MOST_NAMED: Final = 3


def risks_section(plan: Plan) -> Section:
    """Gather what is no failure and no match either, each finding under the first risk that tells of its rule."""
    left = [each for each in plan.findings if each.verdict not in {Verdict.PASS, Verdict.FAIL}]
    rows: list[tuple[Cell, ...]] = []
    for name, consequence, rules in _RISKS:
        those = [each for each in left if each.rule.startswith(rules)]
        left = [each for each in left if each not in those]
        if those:
            rows.append(_risk(name, consequence, those))
    if left:
        rows.append(_risk("What else was noticed", "", left))
    if not rows:
        return Section("risks", "Risks", (Paragraph(("Every check is met; none could not be made.",)),))
    # What nobody has to act on comes last; within both, what would hurt more comes first.
    rows.sort(key=lambda row: row[0] == Verdict.INFO)
    columns = (
        Column("Worst"),
        Column("Risk", "prose"),
        Column("What was found", "prose"),
        Column("What lowers it", "prose"),
    )
    return Section("risks", "Risks", (Table("What may go otherwise than planned", columns, tuple(rows), head=1),))


def _risk(name: str, consequence: str, those: list[Finding]) -> tuple[Cell, ...]:
    verdicts = [each.verdict for each in those]
    worst = Verdict.INFO if set(verdicts) == {Verdict.INFO} else worst_of(verdicts)
    what = Stack((Line((name,)), *((Line((consequence,), quiet=True),) if consequence else ())))
    return (worst, what, _found(those), _fixes(those))


def _found(those: list[Finding]) -> Cell:
    shown = sorted(those, key=lambda each: each.verdict is Verdict.INFO)[:_MOST_NAMED]
    lines = [Line((Code(each.rule), " ", *prose(full_stop(each.message)))) for each in shown]
    more = len(those) - len(shown)
    return Stack((*lines, *((Line((f"and {counted(more, 'finding')} more",), quiet=True),) if more else ())))


def _fixes(those: Iterable[Finding]) -> Cell:
    fixes = dict.fromkeys(full_stop(each.fix) for each in those if each.fix)
    return Stack(tuple(Line(prose(fix)) for fix in list(fixes)[:_MOST_NAMED]))
