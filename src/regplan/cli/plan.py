"""`demo` and `plan`: a site in, a verdict and the wire out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.advice import cheapest_lines, fixes_table, tornado_table, unsearched_lines, way_out_lines
from regplan.cli.choosing import referrer_lines
from regplan.cli.exitcodes import ExitCode, exit_code_of
from regplan.cli.options import (
    Common,
    common,
    declared_option,
    mapping_option,
    media_option,
    referrers_option,
    resolving,
    rules_option,
    unpacked_option,
    verb,
)
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.prospects import disks_table, media_tables, runway_lines, values_text
from regplan.cli.shown import (
    amount,
    hosting_columns,
    limit_lines,
    size,
    unpacked_columns,
    unpacked_lines,
    unresolved_table,
)
from regplan.cli.survival import survival_table, unchecked_table
from regplan.cli.wired import lower_bound_lines, wire_lines
from regplan.model.finding import Verdict
from regplan.report.words import WORST_FIRST, holds_words, marked, unresolved_words
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import Study
    from regplan.verbs.options import Options

__all__ = ["demo_command", "plan_command"]

_MOST_IN_DEMO = 10
_FOR_PEOPLE = frozenset({"table", "md"})
_SIZES = (
    Column("reference", "IMAGE"),
    Column("size_bytes", "SIZE", size, right=True),
    Column("shared_bytes", "SHARED", size, right=True),
    Column("unique_bytes", "UNIQUE", size, right=True),
)


@verb(
    "plan",
    "regplan plan site.yaml",
    "regplan plan site.yaml -o json | jq .verdict",
    "regplan plan site.yaml --from recording:rec/ --offline",
    "regplan plan site.yaml --unpacked",
    "regplan plan site.yaml --sensitivity",
    "regplan plan site.yaml --media 32GB",
    "regplan plan site.yaml --values",
    "regplan plan docker://10.0.0.5:30003/plans/store-0421:latest",
)
@click.argument("site", metavar="SITE|docker://PLAN")
@declared_option
@unpacked_option
@mapping_option
@rules_option
@media_option
@click.option("--values", is_flag=True, help="Write values to paste: the claim, retention, quota, content sync.")
@click.option("--sensitivity", is_flag=True, help="Tell which assumption moves the verdict most, one at a time.")
@common
@referrers_option
@resolving
def plan_command(site: str, mapping: str, values: bool, common: Common, options: Options) -> int:  # noqa: FBT001  click's own form
    """Read a site file, resolve its images and check every rule; or show a plan that was pushed to a registry.

    Where the verdict is not PASS the cheapest fixes are told, each alone and tried, and the smallest set of them that
    was found to bring the plan to PASS.

    Ends with 0 for PASS and MARGINAL, 1 for FAIL, and 4 where something could not be resolved or checked: the numbers
    are then a lower bound.
    """
    if names_artefact(site):
        if mapping != "host":
            raise click.UsageError("--mapping names images of a site; a plan in a registry was made with its own")
        if options.media:
            raise click.UsageError(
                "--media asks for the drives of a site's images; a plan in a registry has those it was made with"
            )
        from regplan.cli.pulled import pulled_plan

        pulled = pulled_plan(site, options, common)
        study, text = pulled.study, pulled.text
    else:
        study, text = _study(site, replace(options, mapping=mapping, fixes=True), common), ""
    if text and common.output == "json":
        click.echo(text, nl=False)
    else:
        document = _document(study, common)
        foot = (*_foot(study, document), *unsearched_lines(study.plan), *way_out_lines(document["way_out"]))
        emit(Answer(document, _plan_tables(study, document), _head(study), foot), common.output)
        if values and common.output in _FOR_PEOPLE:
            click.echo(values_text(study.plan, common.output), nl=False)
    return exit_code_of(study.plan.verdict)


@verb(
    "demo",
    "regplan demo",
    "regplan demo -o json | jq .binding_constraint",
    "regplan demo --tui",
    "regplan demo --seed",
)
@click.option("--tui", is_flag=True, help="Open the demo in the terminal app.")
@click.option("--seed", is_flag=True, help="Seed images into a registry of this machine, with a kill on the way.")
@common
def demo_command(common: Common, *, tui: bool, seed: bool) -> int:
    """Plan a store with three hosts, a Zot registry and a 20 Mbit/s link.

    The images are real: their digests and sizes
    ship with regplan, so that no network is needed.
    """
    from regplan.verbs.demo import demo_options, demo_site

    if tui:
        from regplan.cli.screen import open_screen

        return open_screen(str(demo_site()), demo_options(), common)
    if seed:
        from regplan.cli.demo_seed import show_demo_seed

        return show_demo_seed(common)
    study = _study(str(demo_site()), replace(demo_options(), fixes=True), common)
    document = _document(study, common)
    foot = (*_foot(study, document), *cheapest_lines(document["fixes"]))
    emit(Answer(document, _demo_tables(document), _head(study), foot), common.output)
    return ExitCode.DONE


def _plan_tables(study: Study, document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Lay out a plan: findings, fixes, sensitivity, storage terms, hosts, what survives, what was not checked and what is unresolved."""
    terms = (Column("key", "STORAGE"), Column("bytes", "BYTES", size, right=True), Column("provenance", "FROM"))
    hosts = (
        Column("name", "HOST"),
        Column("verdict", "VERDICT", marked),
        *hosting_columns(),
        Column("image_bytes", "PULLS", size, right=True),
        *unpacked_columns(),
    )
    return (
        _findings(document["findings"]),
        fixes_table(document["fixes"]),
        tornado_table(document["sensitivity"]),
        Table(terms, tuple(document["storage"]["terms"])),
        Table(hosts, tuple(document["hosts"])),
        disks_table(document["disks"]),
        *media_tables(study.plan),
        survival_table(study.plan.survival),
        unchecked_table(document["unchecked"]),
        unresolved_table(document["images"]["unresolved"]),
    )


def _findings(findings: list[dict[str, Any]]) -> Table:
    columns = (
        Column("verdict", "VERDICT", marked),
        Column("rule", "RULE", keep=True),
        Column("where", "WHERE"),
        Column(
            "measured", "HAVE", lambda record: amount(record["measured"], record["unit"]), right=True, of_record=True
        ),
        Column(
            "required", "NEED", lambda record: amount(record["required"], record["unit"]), right=True, of_record=True
        ),
        Column("message", "WHAT", in_table=False),
        Column("fix", "FIX", in_table=False),
        Column("unit", "UNIT", in_table=False),
        Column("source", "SOURCE", in_table=False),
    )
    ordered = sorted(findings, key=lambda finding: WORST_FIRST.index(Verdict(finding["verdict"])))
    return Table(columns, tuple(ordered), below=_why)


def _why(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell what is the case and what to do, under a finding that is not simply met."""
    if finding["verdict"] == "PASS":
        return ()
    return (finding["message"], f"-> {finding['fix']}") if finding["fix"] else (finding["message"],)


def _demo_tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    notable = [each for each in document["findings"] if each["verdict"] != "PASS"]
    passed = len(document["findings"]) - len(notable)
    largest = sorted(document["layers"], key=lambda image: (-image["size_bytes"], image["reference"]))
    columns = (Column("verdict", "VERDICT", marked), Column("rule", "RULE", keep=True), Column("message", "WHAT"))
    return (
        Table(
            columns,
            _findings(notable).records,
            title=f"{passed} checks pass; the others:",
            brief=True,
        ),
        Table(_SIZES, tuple(largest[:_MOST_IN_DEMO]), title=f"The {_MOST_IN_DEMO} largest of {len(largest)} images:"),
    )


def _head(study: Study) -> tuple[str, ...]:
    from regplan.report.bounds import later_unresolved
    from regplan.report.words import exact_bytes

    plan = study.plan
    is_low = bool(plan.counts.unresolved) or later_unresolved(plan)
    need, claim = _least(plan.storage.required_bytes, low=is_low), plan.storage.claimed_bytes
    bound = f", bound by {plan.binding_constraint}" if plan.verdict is not Verdict.PASS else ""
    # To the byte here, so that the smallest change of an image shows.
    sums = f"{exact_bytes(plan.layers.referenced_bytes)} referenced, {exact_bytes(plan.layers.unique_bytes)} unique"
    lines = [
        *lower_bound_lines(study),
        f"{plan.site.name}: {marked(plan.verdict)}{bound}",
        f"{plan.counts.resolved} of {plan.counts.unique} images resolved: {sums}",
        f"storage: {need} needed" + (", nothing claimed" if claim is None else f" of {size(claim)} claimed"),
        *filter(None, [holds_words(plan.storage)]),
    ]
    if plan.storage.unresolved is not None:
        lines.append(unresolved_words(plan.storage.unresolved))
    if plan.layers.sizes_unknown:
        lines.append(f"{plan.layers.sizes_unknown} sizes of manifests and configs are unknown and count 0 bytes")
    return tuple(lines)


def _least(size_bytes: int, *, low: bool) -> str:
    return f"at least {size(size_bytes)}" if low else size(size_bytes)


def _foot(study: Study, document: Mapping[str, Any]) -> tuple[str, ...]:
    from regplan.report.bounds import growth_lows

    plan = study.plan
    lines = [
        *runway_lines(plan),
        *wire_lines(study),
        *_unpacked_lines(study, document),
        *limit_lines(document["rate_limits"]),
    ]
    if plan.upgrade is not None:
        grown, (new_low, peak_low) = plan.upgrade, growth_lows(plan)
        changes = f"{_least(grown.new_bytes, low=new_low)} new, {size(grown.dropped_bytes)} dropped"
        lines.append(f"upgrade: {changes}, {_least(grown.peak_bytes, low=peak_low)} while both are kept")
    lines += referrer_lines(document["referrers"])
    return tuple(lines)


def _unpacked_lines(study: Study, document: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell of the unpacked sizes where any was measured; what is all assumed stands in the assumptions."""
    unpacking = study.plan.layers.unpacking
    measured = unpacking is not None and unpacking.measured_layers > 0
    return unpacked_lines(document["unpacked"]) if measured else ()


def _document(study: Study, common_: Common) -> dict[str, Any]:
    """Write the plan document; only JSON shows its formulas."""
    from regplan.report.document import numbers_document, plan_document

    return plan_document(study) if common_.output == "json" else numbers_document(study)


def _study(site: str, options: Options, common_: Common) -> Study:
    from regplan.verbs.study import plan_site

    with progress_line(quiet=common_.quiet) as report:
        return plan_site(site, options, report)
