"""`explain`: why a number is what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.drawing import drawing_options, planned_or_drawn, refuse_draws
from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import (
    Common,
    common,
    declared_option,
    mapping_option,
    referrers_option,
    resolving,
    rules_option,
    unpacked_option,
    verb,
)
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.pulled import planned
from regplan.report.words import exact, tidy
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import Study
    from regplan.verbs.artefacts import PulledPlan
    from regplan.verbs.options import Options

__all__ = ["explain_command"]


def _shown(record: Mapping[str, Any]) -> str:
    return exact(record["value"], record["unit"] or "")


_KEYS = (
    Column("key", "KEY", keep=True),
    Column("value", "VALUE", _shown, right=True, of_record=True),
    Column("provenance", "FROM"),
    Column("unit", "UNIT", in_table=False),
    Column("kind", "KIND", in_table=False),
)
_NUMBERS = (
    Column("name", "NAME", keep=True),
    Column("value", "VALUE", _shown, right=True, of_record=True),
    Column("unit", "UNIT"),
    Column("provenance", "FROM"),
    Column("expression", "FORMULA"),
    Column("path", "PATH"),
    Column("source", "SOURCE"),
)


@verb(
    "explain",
    "regplan explain site.yaml",
    "regplan explain site.yaml storage.required_bytes",
    "regplan explain site.yaml hosts.node-1.image_bytes",
    "regplan explain site.yaml host.memory",
    "regplan explain site.yaml chance.ways.primary.saved_ratio --draws 1000",
    "regplan explain plan.json storage.claim",
    "regplan explain docker://10.0.0.5:30003/plans/store-0421:latest wire.saved_bytes -o json",
)
@click.argument("site", metavar="SITE|PLAN.json|docker://PLAN")
@click.argument("key", required=False, metavar="[KEY]")
@drawing_options
@declared_option
@unpacked_option
@mapping_option
@rules_option
@common
@referrers_option
@resolving
def explain_command(site: str, key: str | None, common: Common, options: Options, **how: Any) -> int:  # noqa: ANN401
    """Tell why a number of a plan is what it is: its formula, the inputs, how each is known, and who says so.

    KEY is a dotted path of the plan document, a rule's id or a key of the storage terms; without one every key is
    listed with its value. Inputs that are reckoned themselves are followed.
    """
    from regplan.report.explained.answers import keys_document
    from regplan.verbs.explaining import book_of, explain, saved_plan

    # What events carry takes as long as the rest of a plan.
    asks = replace(options, life=key is None or tidy(key).startswith(("life", "clock")))
    saved = saved_plan(site)
    if saved is not None:
        refuse_draws(how["asked"])
    elif key is not None and how["asked"] is None and tidy(key).startswith("chance") and not names_artefact(site):
        raise click.UsageError(f"{tidy(key)} is of drawn lives: say how many with --draws, and from which --seed")
    plan = saved or _planned(site, asks, common, how)
    if key is None:
        document: Any = keys_document(book_of(plan))
        emit(Answer(document, (Table(_KEYS, tuple(document["keys"])),)), common.output)
        return ExitCode.DONE
    found = explain(plan, key)
    if common.output == "table":
        click.echo(f"{tidy(found.explanation.title)}\n{_text(found.explanation.lines)}", nl=False)
    else:
        emit(Answer(found.document, (Table(_NUMBERS, found.rows),)), common.output)
    return ExitCode.DONE


def _planned(site: str, options: Options, common_: Common, how: Mapping[str, Any]) -> Study | PulledPlan:
    """Plan a site, and draw its lives where that is asked for."""
    if how["asked"] is None or names_artefact(site):
        refuse_draws(how["asked"])
        return planned(site, how["mapping"], options, common_)
    return planned_or_drawn(site, how["asked"], replace(options, mapping=how["mapping"]), common_)


def _text(lines: tuple[tuple[str, str], ...]) -> str:
    from regplan.cli.output import terminal_width
    from regplan.report.explained.lines import lines_text

    return lines_text(lines, terminal_width())
