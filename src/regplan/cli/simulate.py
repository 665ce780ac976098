"""`simulate`: what a site's links carry, event by event, with and without the primary registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.clocked import clock_lines, clock_table, tier_option, with_clock
from regplan.cli.drawing import drawing_options, planned_or_drawn, refuse_draws
from regplan.cli.drawn import DRAWN_PARTS, drawn_lines, drawn_tables
from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.shown import duration, size, unresolved_table
from regplan.cli.wired import lower_bound_lines, wire_lines
from regplan.cli.written import check_answer_file, out_option, write_answer
from regplan.errors import InvalidSite
from regplan.report.words import counted
from regplan.units import format_count
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.life import Life
    from regplan.model.plan import Study
    from regplan.verbs.drawing import DrawsAsked
    from regplan.verbs.options import Options

    Records = Sequence[Mapping[str, Any]]

__all__ = ["simulate_command"]

_PARTS: Final = ("ways", "times", "events", "outages", "expected", *DRAWN_PARTS)
# Too long to be read unless somebody asks.
_LONG: Final = frozenset({"drawn-months", "drawn-from"})
_SPREAD_OUT: Final = frozenset({"csv", "jsonl"})
_WAYS: Final = (
    Column("name", "SCENARIO"),
    Column("wan_bytes", "INTERNET", size, right=True),
    Column("lan_bytes", "LAN", size, right=True),
    Column("media_bytes", "MEDIA", size, right=True),
    Column("boot_p50_s", "READY p50", duration, right=True),
    Column("boot_p95_s", "READY p95", duration, right=True),
    Column("boot_max_s", "READY max", duration, right=True),
)
_EVENTS: Final = (
    Column("event", "EVENT"),
    Column("topology", "TOPOLOGY"),
    Column("wan_bytes", "INTERNET", size, right=True),
    Column("wan_low_bytes", "LEAST", size, right=True),
    Column("wan_high_bytes", "MOST", size, right=True),
    Column("lan_bytes", "LAN", size, right=True),
    Column("media_bytes", "MEDIA", size, right=True),
)
_OUTAGES: Final = (
    Column("outage", "AWAY"),
    Column("event", "EVENT"),
    Column("topology", "TOPOLOGY"),
    Column("blocked_images", "WAIT", right=True),
    Column("fallback_images", "PAST THE REGISTRY", right=True),
)
_EXPECTED: Final = (
    Column("name", "TOPOLOGY"),
    Column("wan_bytes", "INTERNET", size, right=True),
    Column("month_bytes", "A MONTH", size, right=True),
    Column("month_most_bytes", "BUSIEST", size, right=True),
    Column("saved_bytes", "SAVED", size, right=True),
    Column("saved_low_bytes", "LEAST", size, right=True),
    Column("saved_high_bytes", "MOST", size, right=True),
    Column("media_bytes", "MEDIA", size, right=True),
    Column("visits", "VISITS", right=True),
    Column("cost", "COST", lambda cost: "" if cost is None else f"{cost:,.2f}", right=True),
)
_TOPOLOGIES: Final = ("direct", "primary", "bundle", "pull-through", "peer-to-peer")


@verb(
    "simulate",
    "regplan simulate site.yaml",
    "regplan simulate site.yaml -o json | jq .saved_bytes",
    "regplan simulate site.yaml --part events -o csv",
    "regplan simulate site.yaml --draws 1000 --seed 7 --workers 2",
    "regplan simulate site.yaml --draws 1000 --part drawn -O drawn.csv",
)
@click.argument("site", metavar="SITE|docker://PLAN")
@click.option(
    "--part",
    type=click.Choice(_PARTS),
    help="Show one part alone: it is what CSV and JSON lines hold (else the ways, or what was drawn).",
)
@tier_option
@drawing_options
@out_option
@common
@resolving
def simulate_command(site: str, part: str | None, common: Common, options: Options, **how: Any) -> int:  # noqa: ANN401
    """Reckon what a site's links carry: at the first bootstrap, at every event after it, and over the site's scenario.

    Each with every host pulling directly, with a primary registry seeded over the internet or by a bundle, with a
    pull-through cache, and with hosts that give each other images; and what waits while the internet or the registry is away.

    With --draws the scenario is drawn so many times, the same lives for every topology: what they carry, save and cost, when hosts
    are ready and how long they wait, each with between what it is. The seed draws the same again, whoever draws.
    """
    tier, asked, out = how["tier"], how["asked"], how["out"]
    check_answer_file(out, site, common)
    study = _study(site, replace(options, life=True, tier=None if tier is None else int(tier)), asked, common)
    if study.simulation is None:
        raise InvalidSite(f"{site}: the site names no hosts, so nobody pulls anything here: add `hosts:`")
    life = study.life
    if life is not None and life.why:
        raise InvalidSite(life.why)
    document = with_clock(_document(study), study)
    emit(_answer(study, document, part, common.output), common.output)
    write_answer(lambda form: _answer(study, document, part, form), out, common)
    is_low = study.plan.counts.unresolved or (life is not None and life.upgrade_unresolved)
    return ExitCode.UNRESOLVED if is_low else ExitCode.DONE


def _answer(study: Study, document: dict[str, Any], part: str | None, form: str) -> Answer:
    """Lay out what is shown in a form: where it has one table alone, what was drawn stands for all."""
    life = study.life
    ways = tuple(
        {**scenario, **{f"boot_{key}_s": value for key, value in scenario["boot_s"].items()}}
        for scenario in document["scenarios"]
    )
    tables = {"ways": Table(_WAYS, ways), "times": clock_table(document)}
    tables |= {} if life is None else _life_tables(document, form)
    if "chance" in document:
        tables |= drawn_tables(document["chance"])
        part = "drawn" if part is None and form in _SPREAD_OUT else part
    if part is not None and part not in tables:
        raise click.UsageError(f"--part {part}: {_absent(life, part)}")
    shown = tuple(each for name, each in tables.items() if name not in _LONG) if part is None else (tables[part],)
    foot = (*wire_lines(study), *clock_lines(document), *_life_lines(study)) if part is None else ()
    foot += tuple(drawn_lines(document["chance"])) if "chance" in document and part in {None, "drawn"} else ()
    head = (*lower_bound_lines(study), *_upgrade_lines(life))
    return Answer(document, (*shown, unresolved_table(document["unresolved"])), head, foot)


def _study(site: str, options: Options, asked: DrawsAsked | None, common: Common) -> Study:
    if names_artefact(site):
        refuse_draws(asked)
        from regplan.cli.pulled import pulled_plan

        if options.tier is not None:
            raise click.UsageError("--tier chooses how times are reckoned; a plan in a registry has its own")
        return pulled_plan(site, options, common).study
    return planned_or_drawn(site, asked, options, common)


def _document(study: Study) -> dict[str, Any]:
    from regplan.report.document import numbers_document, simulation_document

    if study.simulation is None:
        raise ValueError("a site without hosts has no simulation")
    unresolved: Any = numbers_document(study)["images"]
    document: dict[str, Any] = {**simulation_document(study.simulation), "unresolved": unresolved["unresolved"]}
    if study.chance is not None:
        from regplan.report.chance import chance_document

        document["chance"] = chance_document(study.chance)
    if study.life is None:
        return document
    from regplan.report.life import life_document

    told = life_document(study.life)
    named = {each["name"] for each in document["scenarios"]}
    return {**document, **told, "scenarios": [*document["scenarios"], *_more_ways(told, named)]}


def _more_ways(life: Mapping[str, Any], named: set[str]) -> list[dict[str, object]]:
    """Tell the bootstrap of the topologies that the plan's document has not, whose times nobody reckons."""
    return [
        {
            "name": each["topology"],
            "wan_bytes": each["wan_bytes"],
            "lan_bytes": each["lan_bytes"],
            "media_bytes": each["media_bytes"],
            "boot_s": {"p50": None, "p95": None, "max": None},
        }
        for each in life["events"]
        if each["event"] == "bootstrap" and each["topology"] not in named
    ]


def _life_tables(document: Mapping[str, Any], form: str) -> dict[str, Table]:
    """Lay out events, outages and the scenario: one line for each cell for programs, topologies side by side for people."""
    events, outages, expected = document["events"], document["outages"], document["expected"]
    ways = [] if expected is None else [_expected(each) for each in expected["ways"]]
    # Without prices nothing costs anything: people are shown no empty column, and programs always the same ones.
    columns = _EXPECTED if form in _SPREAD_OUT or any(each["cost"] is not None for each in ways) else _EXPECTED[:-1]
    found = {"expected": Table(columns, tuple(ways), title=_over(expected))} if ways else {}
    if form in _SPREAD_OUT:
        return {"events": Table(_EVENTS, tuple(events)), "outages": Table(_OUTAGES, tuple(outages)), **found}
    return {
        "events": Table(
            (Column("event", "EVENT"), *_side_by_side(size)),
            _pivot(events, ("event",), lambda each: each["wan_bytes"]),
            title="Internet bytes of each event; of one host, the mean over the hosts:",
        ),
        "outages": Table(
            (Column("outage", "AWAY"), Column("event", "EVENT"), *_side_by_side(str)),
            _pivot(outages, ("outage", "event"), _fate),
            title="What waits while the internet or the registry is away, or the registry's disk is full:",
        ),
        **found,
    }


def _side_by_side(show: Any) -> tuple[Column, ...]:  # noqa: ANN401  whatever a column takes
    return tuple(Column(name, name.upper(), show, right=True) for name in _TOPOLOGIES)


def _pivot(records: Records, keys: tuple[str, ...], cell: Any) -> tuple[Mapping[str, Any], ...]:  # noqa: ANN401
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in records:
        row = rows.setdefault(tuple(each[key] for key in keys), {key: each[key] for key in keys})
        row[each["topology"]] = cell(each)
    return tuple(rows.values())


def _fate(each: Mapping[str, Any]) -> str:
    if each["blocked_images"]:
        return f"{counted(each['blocked_images'], 'image')} {'waits' if each['blocked_images'] == 1 else 'wait'}"
    return f"{each['fallback_images']} past it" if each["fallback_images"] else "runs"


def _expected(way: Mapping[str, Any]) -> dict[str, Any]:
    months = way["wan_month_bytes"]
    return {**way, "month_bytes": round(sum(months) / len(months)), "month_most_bytes": max(months)}


def _over(expected: Mapping[str, Any] | None) -> str:
    if expected is None:
        return ""
    given, upgrades = expected["given_upgrades"], expected["upgrades"]
    alike = f", {upgrades - given} of them taken to carry as much as the versions given" if upgrades > given else ""
    return f"The scenario of {format_count(expected['years'], 'year')} as expected, with {counted(upgrades, 'upgrade')}{alike}:"


def _absent(life: Life | None, part: str) -> str:
    if part in DRAWN_PARTS:
        return "nothing was drawn: say how many lives with --draws"
    if life is None:
        return "a plan that was made without its events has none"
    return "the site has no `scenario:`"


def _life_lines(study: Study) -> tuple[str, ...]:
    """Say what the tables do not: from how many hosts on a registry saves, ranges, and what is not known."""
    life = study.life
    if life is None:
        return ()
    lines = [f"{_pays(life.break_even_hosts)} at the first bootstrap; the site has {life.hosts}"]
    if life.expected is not None:
        lines.append(f"{_pays(life.expected.break_even_hosts)} over the scenario")
    spread = next((each for each in life.events if (each.event, each.topology) == ("bootstrap", "direct")), None)
    if spread is not None and spread.wan_low_bytes != spread.wan_high_bytes:
        lines.append(
            f"without a registry from {size(spread.wan_low_bytes)} to {size(spread.wan_high_bytes)}: images of unknown placement"
        )
    unknown = {name for each in life.events for name in each.unknown_images}
    if unknown:
        lines.append(
            f"a cold {life.cache} copies all platforms of an image: {len(unknown)} images whose other platforms nobody told count "
            "with this one alone (--all-platforms looks them up)"
        )
    if life.refused:
        lines.append(
            f"the claim has no room for {counted(len(life.refused), 'image')}: {', '.join(life.refused)}{_with_room(life)}"
        )
    if study.plan.site.internet == "none":
        lines.append("the site has no internet: what goes over the link is what it would take")
    return tuple(lines)


def _upgrade_lines(life: Life | None) -> tuple[str, ...]:
    """Say that what upgrades carry is a lower bound, where images of the next version are unresolved."""
    left = () if life is None else life.upgrade_unresolved
    if not left:
        return ()
    what = f"{counted(len(left), 'image')} of `upgrade_to` {'is' if len(left) == 1 else 'are'} unresolved"
    return (f"{what}: what upgrades carry is a lower bound: {', '.join(left)}",)


def _with_room(life: Life) -> str:
    """Tell what the bootstrap then carries through a registry seeded over the internet, and what waits."""
    found = {each.topology: each for each in life.events if each.event == "bootstrap-full"}
    if "primary" not in found:
        return ""
    met = next(
        each for each in life.outages if (each.outage, each.event, each.topology) == ("disk", "bootstrap", "primary")
    )
    waits = (
        f", and {counted(len(met.blocked), 'image')} {'waits' if len(met.blocked) == 1 else 'wait'}"
        if met.blocked
        else ""
    )
    return f"; the first bootstrap then takes {size(found['primary'].wan_bytes)} over the internet with the registry{waits}"


def _pays(hosts: int | None) -> str:
    if hosts is None:
        return "a registry seeded over the internet never carries less than direct pulls"
    return f"a registry seeded over the internet carries less than direct pulls from {counted(hosts, 'host')} on"
