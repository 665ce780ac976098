"""What `regplan images` shows: every image with its status, what is wrong, and the lists that packs should have."""

from __future__ import annotations

from collections import Counter
from shutil import which
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.output import Answer, Column, Table, emit
from regplan.model.finding import Verdict
from regplan.model.profile import FoundBy
from regplan.report.words import WORST_FIRST, marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.profile import Declarations

__all__ = ["emit_images", "emit_patches"]

_NOTHING: Final = "# No list of images needs a change."
_INFO: Final = Verdict.INFO.value
_TEMPLATE: Final = FoundBy.TEMPLATE.value
# What a spreadsheet and a document have beside what fits a terminal.
_MORE: Final = ("reference", "counted", "enabled_by", "problem")
# A finding that informs stands beside the row of its image: the first few tell what the rule is about.
_MOST_OF_A_RULE: Final = 3


def emit_images(document: Mapping[str, Any], form: str, *, with_targets: bool = False) -> None:
    """Write an images document in one of the forms of `emit`; `with_targets` shows the names at the registry too."""
    from regplan.report.mentions import images_summary, named_in

    rows = tuple(document["images"])
    columns = (
        Column("normalized", "IMAGE", _shown_name, of_record=True),
        Column("status", "STATUS", keep=True),
        Column("provenance", "NAMED IN", named_in, of_record=True),
        Column("target", "TARGET", in_table=with_targets),
        *(Column(key, key.replace("_", " ").upper(), _joined, in_table=False) for key in _MORE),
    )
    findings = (Column("verdict", "VERDICT", marked), Column("rule", "RULE", keep=True), Column("message", "WHAT"))
    tables = (Table(columns, rows), Table(findings, tuple(_folded(document["findings"]))))
    emit(Answer(document, tables, (), (images_summary(rows), *_how_read(rows))), form)


def emit_patches(declarations: Declarations, form: str) -> None:
    """Write the lists that packs should have: YAML to be pasted, or data in one of the forms of `emit`."""
    from regplan.report.patches import patches_document, patches_yaml
    from regplan.report.portable import declared_files, portable

    patches = portable(declarations, declared_files(declarations)).patches
    document: Any = patches_document(patches)
    if form in {"table", "md"}:
        text = patches_yaml(patches) or f"{_NOTHING}\n"
        click.echo(text if form == "table" else f"```yaml\n{text}```\n", nl=False)
        return
    records = tuple(
        {"file": patch["file"], "profile": patch["profile"], "pack": patch["pack"], "version": patch["version"], **line}
        for patch in document["patches"]
        for line in patch["lines"]
    )
    columns = tuple(
        Column(key, key.upper()) for key in ("file", "profile", "pack", "version", "image", "active", "new", "why")
    )
    emit(Answer(document, (Table(columns, records),)), form)


def _shown_name(row: Mapping[str, Any]) -> str:
    from regplan.profile.mention import TAG_UNSAID

    why = "no tag is said" if row.get("problem") == TAG_UNSAID else "not understood"
    return row["normalized"] or f"{row['reference'].strip() or '(nothing)'} ({why})"


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)


def _folded(findings: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Tell findings the worst first, and of what only informs the first few of each rule."""
    places = {verdict.value: place for place, verdict in enumerate(WORST_FIRST)}
    ordered = sorted(findings, key=lambda finding: places[finding["verdict"]])
    counts = Counter(finding["rule"] for finding in ordered if finding["verdict"] == _INFO)
    told: Counter[str] = Counter()
    for finding in ordered:
        rule = finding["rule"]
        told[rule] += finding["verdict"] == _INFO
        more = counts[rule] - _MOST_OF_A_RULE
        if told[rule] <= _MOST_OF_A_RULE or more == 1:
            yield finding
        elif told[rule] == _MOST_OF_A_RULE + 1:
            yield {**finding, "message": f"{more} more of these; -o json has them all."}


def _how_read(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say that charts were read without helm, where they were."""
    if which("helm") is None and any(each["found_by"] == _TEMPLATE for row in rows for each in row["mentions"]):
        return ("charts are read as they stand, since helm is not on the PATH; with it they are rendered",)
    return ()
