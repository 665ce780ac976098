"""A judgement as GitHub's workflow commands, which annotate the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.gate import Outcome
from regplan.report.gate.document import sentence, summary

if TYPE_CHECKING:
    from regplan.model.gate import Judged, Judgement

__all__ = ["annotations_text"]

_COMMANDS: Final = {Outcome.BROKEN: "error", Outcome.UNKNOWN: "warning", Outcome.WAIVED: "notice"}


def annotations_text(judgement: Judgement, changes: str = "") -> str:
    """Write one workflow command a line for each check that does not simply hold, then the summary.

    `changes` says what the site changes of a base, "" where there is none.
    """
    shown = [each for each in judgement.checks if each.finding.verdict is not Verdict.PASS]
    told = [f"::notice title={_property(f'{judgement.site}: changes')}::{_data(changes)}"] if changes else []
    return "".join(f"{line}\n" for line in (*map(_command, shown), *told, summary(judgement)))


def _command(judged: Judged) -> str:
    finding, place = judged.finding, judged.place
    command = _COMMANDS.get(judged.outcome, "warning" if finding.verdict is Verdict.MARGINAL else "notice")
    properties = {"title": f"{finding.rule}: {finding.verdict.value}"}
    if place is not None:
        properties = {"file": place.file, "line": str(place.line), **properties}
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{command} {told}::{_data(sentence(judged))}"


def _data(text: str) -> str:
    """Escape as GitHub's runner reads it (actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
