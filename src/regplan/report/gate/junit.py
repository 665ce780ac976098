"""A judgement as JUnit XML: one test case for each check, as CI servers show them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from regplan.model.gate import Outcome
from regplan.report.gate.document import sentence

if TYPE_CHECKING:
    from regplan.model.gate import Judged, Judgement

__all__ = ["junit_text"]

# Characters that XML 1.0 cannot hold, not even escaped.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(judgement: Judgement, changes: str = "") -> str:
    """Write JUnit XML: a broken check is a failure, what could not be told an error, a waived one is skipped.

    `changes` says what the site changes of a base, and stands as a property of the suite.
    """
    counts = {each: len(judgement.of(each)) for each in Outcome}
    suite = ET.Element(
        "testsuite",
        name=_fit(judgement.site),
        tests=str(len(judgement.checks)),
        failures=str(counts[Outcome.BROKEN]),
        errors=str(counts[Outcome.UNKNOWN]),
        skipped=str(counts[Outcome.WAIVED]),
    )
    if changes:
        ET.SubElement(ET.SubElement(suite, "properties"), "property", name="changes", value=_fit(changes))
    for each in judgement.checks:
        suite.append(_case(each))
    root = ET.Element("testsuites", name="regplan gate")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(judged: Judged) -> ET.Element:
    finding = judged.finding
    where = f" at {finding.where}" if finding.where else ""
    case = ET.Element("testcase", classname=_fit(f"regplan.{finding.rule}"), name=_fit(f"{finding.rule}{where}"))
    if judged.place is not None:
        case.set("file", _fit(judged.place.file))
        case.set("line", str(judged.place.line))
    tags = {Outcome.BROKEN: "failure", Outcome.UNKNOWN: "error", Outcome.WAIVED: "skipped"}
    text = _fit(sentence(judged))
    if judged.outcome in tags:
        child = ET.SubElement(case, tags[judged.outcome], message=text)
        if judged.outcome is not Outcome.WAIVED:
            child.set("type", finding.verdict.value)
            child.text = _fit(f"{text}\nSource: {finding.source}")
    else:
        ET.SubElement(case, "system-out").text = text
    return case


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)
