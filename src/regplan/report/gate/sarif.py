"""A judgement as SARIF 2.1.0 (OASIS), which code hosts show beside the lines that it points at."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from regplan.model.finding import Verdict
from regplan.model.gate import Outcome
from regplan.report.gate.document import sentence, summary
from regplan.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.gate import Judged, Judgement

__all__ = ["RuleText", "sarif_document"]

# Of a rule: its title, and what it compares.
RuleText = tuple[str, str]
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Outcome.BROKEN: "error", Outcome.UNKNOWN: "warning", Outcome.WAIVED: "warning"}


def sarif_document(judgement: Judgement, rules: Mapping[str, RuleText], changes: str = "") -> dict[str, object]:
    """Write a SARIF log with one result for each check that does not simply hold; `rules` are described by their ids.

    A waived finding is a suppressed result. What passed is left out, as other analysers do. `changes` says what the site
    changes of a base.
    """
    shown = [each for each in judgement.checks if each.finding.verdict is not Verdict.PASS]
    ids = list(dict.fromkeys(each.finding.rule for each in shown))
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "regplan",
                        "semanticVersion": VERSION,
                        "rules": [_rule(each, rules) for each in ids],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, ids) for each in shown],
                "properties": {"summary": summary(judgement), **({"changes": changes} if changes else {})},
            }
        ],
    }


def _rule(rule: str, rules: Mapping[str, RuleText]) -> dict[str, object]:
    title, compares = rules.get(rule, (rule, "a bound that the policy sets on a number of the plan"))
    return {"id": rule, "shortDescription": {"text": title}, "fullDescription": {"text": f"Compares {compares}."}}


def _result(judged: Judged, ids: Sequence[str]) -> dict[str, object]:
    finding = judged.finding
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": _LEVELS.get(judged.outcome, "warning" if finding.verdict is Verdict.MARGINAL else "note"),
        "message": {"text": sentence(judged)},
        # The same finding keeps its identity while its numbers and its line change.
        "partialFingerprints": {
            "regplan/v1": sha256(f"{finding.rule}\n{_place_of(finding.where)}".encode()).hexdigest()
        },
        "properties": {"verdict": finding.verdict.value, "where": finding.where, "source": finding.source},
    }
    if judged.place is not None:
        location = {"uri": _uri(judged.place.file)}
        region = {"startLine": judged.place.line}
        result["locations"] = [{"physicalLocation": {"artifactLocation": location, "region": region}}]
    if judged.outcome is Outcome.WAIVED:
        result["suppressions"] = [{"kind": "external", "justification": judged.why}]
    return result


def _uri(file: str) -> str:
    r"""Write a file as a relative reference, or one that is told whole as a file URI (RFC 3986, RFC 8089).

    >>> _uri("profiles/a b.yaml"), _uri("/site.yaml"), _uri("C:\\site.yaml"), _uri("a:b.yaml")
    ('profiles/a%20b.yaml', 'file:///site.yaml', 'file:///C:/site.yaml', './a:b.yaml')
    """
    path = file.replace("\\", "/")
    text = quote(path, safe="/:~")
    if path.startswith("/"):
        return f"file://{text}"
    if path[1:3] == ":/" and path[0].isalpha():
        return f"file:///{text}"
    # A colon in the first part would make a scheme of it.
    return f"./{text}" if ":" in text.partition("/")[0] else text


def _place_of(where: str) -> str:
    """Leave out the line that a place begins with."""
    file, found, rest = where.partition(" > ")
    name, colon, line = file.rpartition(":")
    return f"{name}{found}{rest}" if colon and line.isdigit() else where
