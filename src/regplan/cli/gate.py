"""`gate`: a plan held against a policy, as pipelines read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, declared_option, resolving, rules_option, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.pulled import pulled_plan
from regplan.cli.scenarios import scenario_sentences, scenario_tables
from regplan.cli.shown import amount
from regplan.model.finding import Verdict
from regplan.model.gate import Outcome, Policy
from regplan.report.words import marked, with_escapes
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.verbs.gate import Gated
    from regplan.verbs.options import Options

__all__ = ["gate_command"]

_FORMATS: Final = ("text", "json", "junit", "sarif", "github")
_CODES: Final = {Outcome.BROKEN: ExitCode.FAILED, Outcome.UNKNOWN: ExitCode.UNRESOLVED, Outcome.HELD: ExitCode.DONE}
_MARKS: Final = {Outcome.BROKEN: "✗", Outcome.UNKNOWN: "?", Outcome.WAIVED: "-", Outcome.HELD: "✓"}


@verb(
    "gate",
    "regplan gate site.yaml",
    "regplan gate site.yaml --policy policy.yaml --format sarif > gate.sarif",
    "regplan gate site.yaml --policy policy.yaml --base main/site.yaml --format github",
    "regplan gate site.yaml --base docker://10.0.0.5:30003/plans/store-0421:latest -o md",
    "regplan gate site.yaml --fail-on marginal",
)
@click.argument("site", metavar="SITE")
@click.option(
    "--policy", metavar="FILE", help="What breaks the gate, what is waived, and limits on the plan's numbers."
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="text", help="Form of the judgement; text is -o's."
)
@click.option(
    "--fail-on",
    type=click.Choice(("fail", "incomplete", "marginal")),
    help="The mildest verdict that breaks the gate. Default: the policy's, else fail.",
)
@click.option(
    "--base",
    metavar="SITE|docker://PLAN",
    help="The site before the change: what changes is shown, and held to limits on what is `added.`.",
)
@declared_option
@rules_option
@common
@resolving
def gate_command(  # noqa: PLR0913, PLR0917  one parameter for each option
    site: str, policy: str | None, form: str, fail_on: str | None, base: str | None, common: Common, options: Options
) -> int:
    """Plan a site and end with 1 where a finding fails or the policy is broken, and with 4 where not all is known.

    The policy is a YAML file with `fail_on`, `deny` (rules that may only pass), `waive` (findings that are accepted, each
    with `rule`, `where`, `why`, `until`) and `limits` (`key`, a number of the plan document, with `most` or `least`).

    With `--base` it is told what the change adds and what it comes to, as `compare` tells it; -o md for a pull request.
    """
    from regplan.verbs.gate import gate_site, read_policy
    from regplan.verbs.own_rules import own_rule_ids

    told = Policy() if policy is None else read_policy(policy, own_rule_ids(site, options.rules))
    if fail_on is not None:
        told = replace(told, fail_on=Verdict(fail_on.upper()))
    before = pulled_plan(base, options, common) if base and names_artefact(base) else base
    with progress_line(quiet=common.quiet) as report:
        gated = gate_site(site, told, options, before, report)
    _write(gated, form, common.output)
    return _CODES[gated.judgement.outcome]


def _write(gated: Gated, form: str, output: str) -> None:
    from regplan.report.comparison import comparison_document
    from regplan.report.gate.annotations import annotations_text
    from regplan.report.gate.document import gate_document
    from regplan.report.gate.junit import junit_text
    from regplan.report.gate.sarif import sarif_document
    from regplan.verbs.gate import rule_texts

    judgement = gated.judgement
    changes: Any = None if gated.changes is None else comparison_document(gated.changes)
    said = "" if changes is None else " ".join(scenario_sentences(changes))
    match form:
        case "junit":
            click.echo(junit_text(judgement, said), nl=False)
        case "sarif":
            log = sarif_document(judgement, rule_texts(gated.study), said)
            click.echo(with_escapes(json.dumps(log, indent=2, ensure_ascii=False)))
        case "github":
            click.echo(annotations_text(judgement, said), nl=False)
        case _:
            form = "json" if form == "json" else output
            emit(_answer(gate_document(judgement, changes), form), form)


def _answer(document: Mapping[str, Any], form: str) -> Answer:
    """Lay a judgement out: what it changes of a base, then what does not simply hold, with what to do below it."""
    columns = (
        Column("outcome", "GATE", lambda text: f"{_MARKS[Outcome(text)]} {text}"),
        Column("verdict", "VERDICT", marked),
        Column("rule", "RULE", keep=True),
        Column("where", "WHERE"),
        Column("measured", "HAVE", lambda each: amount(each["measured"], each["unit"]), right=True, of_record=True),
        Column("required", "NEED", lambda each: amount(each["required"], each["unit"]), right=True, of_record=True),
        Column("message", "WHAT", in_table=False),
        Column("why", "WHY", in_table=False),
        Column("fix", "FIX", in_table=False),
        Column("file", "FILE", in_table=False),
        Column("line", "LINE", in_table=False),
    )
    shown = tuple(each for each in document["checks"] if each["outcome"] != Outcome.HELD)
    counts = {name: count for name, count in document["counts"].items() if count}
    told = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing was checked"
    head = f"{document['site']}: gate {document['outcome']} ({told}); the plan is {marked(document['verdict'])}"
    checks, changes = Table(columns, shown, below=_below), document["changes"]
    if changes is None:
        return Answer(document, (checks,), (head,), tuple(document["notes"]))
    compared = scenario_tables(changes, form)
    # CSV and JSON lines hold the first table: there it is the checks, with a base as without.
    tables = (*compared, replace(checks, title="Checks:")) if form in {"table", "md"} else (checks, *compared)
    return Answer(document, tables, (head, *scenario_sentences(changes)), tuple(document["notes"]))


def _below(check: Mapping[str, Any]) -> tuple[str, ...]:
    place = f"{check['file']}:{check['line']}" if check["file"] and not check["where"].startswith(check["file"]) else ""
    return tuple(filter(None, (check["message"], check["why"], f"-> {check['fix']}" if check["fix"] else "", place)))
