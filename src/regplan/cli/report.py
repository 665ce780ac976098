"""`report`: a planning report in a file, or a plan in a registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.drawing import drawing_options, planned_or_drawn, refuse_draws
from regplan.cli.exitcodes import exit_code_of
from regplan.cli.fronting import front_options
from regplan.cli.options import Common, common, resolving, rules_option, unpacked_option, verb
from regplan.cli.output import Answer, emit
from regplan.cli.progress import progress_line
from regplan.cli.pulled import pulled_plan
from regplan.cli.saying import say
from regplan.verbs.arguments import names_artefact
from regplan.verbs.sites import TABLES

if TYPE_CHECKING:
    from regplan.model.comparison import Comparison
    from regplan.model.plan import Plan, Study
    from regplan.report.front import Front
    from regplan.verbs.artefacts import PulledPlan
    from regplan.verbs.drawing import DrawsAsked
    from regplan.verbs.options import Options

__all__ = ["report_command"]

_MOST_BESIDE: Final = 3


@verb(
    "report",
    "regplan report site.yaml -O plan.html",
    "regplan report site.yaml -O plan.xlsx",
    "regplan report site.yaml -O plan.pdf",
    "regplan report site.yaml -O plan.docx --customer 'Example Retail' --logo logo.png --redact hosts,registries",
    "regplan report site.yaml -O plan.md",
    "regplan report site.yaml -O plan.html --compare smaller.yaml --compare larger.yaml",
    "regplan report site.yaml --draws 1000 --seed 7 -O plan.html",
    "regplan report site.yaml --push docker://10.0.0.5:30003/plans/store-0421:latest",
    "regplan report docker://10.0.0.5:30003/plans/store-0421:latest -O plan.html",
)
@click.argument("site", metavar="SITE|SITES.{csv,xlsx}|docker://PLAN")
@click.option(
    "-O", "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.{html,pdf,xlsx,docx,md,json}"
)
@click.option(
    "--compare",
    "others",
    multiple=True,
    metavar="SITE|docker://PLAN",
    help="Hold a scenario beside this one; at most three.",
)
@click.option("--push", metavar="docker://HOST/REPO:TAG", help="Push the plan document to a registry, as an artefact.")
@front_options
@drawing_options
@unpacked_option
@rules_option
@common
@resolving
def report_command(site: str, common: Common, options: Options, **how: Any) -> int:  # noqa: ANN401
    """Plan a site and write the report; the ending tells the format. The file loads nothing from elsewhere.

    With --push the plan document goes to a registry, from which `regplan plan docker://...` shows it anywhere; its
    reference is printed, held to its digest. A table of sites gives the report of a fleet. --redact holds for what is pushed too.
    """
    from regplan.verbs.artefacts import artefact_reference
    from regplan.verbs.reports import check_report_file

    out, push, asked = how["out"], how["push"], how["asked"]
    if out is None and push is None:
        raise click.UsageError("name a file with -O, a registry with --push, or both")
    if common.read_only:
        raise click.UsageError(
            "read-only: a report writes a file or into a registry; plan -o json writes to standard output"
        )
    if out is not None:
        check_report_file(out)
    if site.lower().endswith(TABLES):
        return _fleet(site, common, options, **how)
    if len(how["others"]) > _MOST_BESIDE:
        raise click.UsageError(
            f"--compare: at most {_MOST_BESIDE} scenarios stand beside the site; `compare` takes more"
        )
    if how["others"] and how["redact"]:
        raise click.UsageError("--redact replaces names of one site, and --compare brings others': ask for one of them")
    if push is not None:
        artefact_reference(push)
    study = _redacted(_study(site, asked, options, common), how["redact"])
    if out is not None:
        _write(study, out, (how["front"], _beside(study, how["others"], options, common)), common)
    if push is not None:
        _push(study, push, options, common)
    return exit_code_of(_plan(study).verdict)


def _fleet(site: str, common_: Common, options: Options, **how: Any) -> int:  # noqa: ANN401
    from regplan.cli.fleet import report_fleet

    for name, value in (
        ("--push", how["push"]),
        ("--compare", how["others"]),
        ("--draws", how["asked"]),
    ):
        if value:
            raise click.UsageError(
                f"{name} goes with one site; {site} is a table of them, whose options `fleet --report` takes"
            )
    return report_fleet(site, how["out"], (how["front"], how["redact"]), options, common_)


def _study(site: str, asked: DrawsAsked | None, options: Options, common_: Common) -> Study | PulledPlan:
    if names_artefact(site):
        refuse_draws(asked)
        return pulled_plan(site, options, common_)
    return planned_or_drawn(site, asked, replace(options, fixes=True, sensitivity=True, life=True), common_)


def _redacted(study: Study | PulledPlan, what: tuple[str, ...]) -> Study | PulledPlan:
    from regplan.verbs.reports import redact_study

    return redact_study(study, what) if what else study


def _beside(study: Study | PulledPlan, others: tuple[str, ...], options: Options, common_: Common) -> Comparison | None:
    """Plan what is to be held beside the site; None where nothing is."""
    from regplan.verbs.compare import compare_studies, plan_sites

    if not others:
        return None
    given = [pulled_plan(each, options, common_) if names_artefact(each) else each for each in others]
    with progress_line(quiet=common_.quiet) as report:
        return compare_studies((study, *plan_sites(given, options, report)))


def _write(study: Study | PulledPlan, out: Path, beside: tuple[Front, Comparison | None], common_: Common) -> None:
    from regplan.verbs.reports import write_report

    write_report(study, out, *beside)
    if not common_.quiet:
        say(f"{out} written: {_plan(study).verdict}")


def _push(study: Study | PulledPlan, push: str, options: Options, common_: Common) -> None:
    from regplan.verbs.artefacts import push_plan

    pushed = push_plan(study, push, options)
    verdict = _plan(study).verdict
    document = {
        "kind": "pushed",
        "reference": str(pushed),
        "digest": str(pushed.digest),
        "verdict": verdict.value,
    }
    emit(Answer(document, (), (f"docker://{pushed}",)), common_.output)
    if not common_.quiet:
        say(f"{push} pushed: {verdict}")


def _plan(study: Study | PulledPlan) -> Plan:
    from regplan.model.plan import Study

    return study.plan if isinstance(study, Study) else study.study.plan
