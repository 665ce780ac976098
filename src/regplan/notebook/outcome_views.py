"""What a notebook shows of simulations, upgrades, scenarios and seedings: the report's own parts, and plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.comparison import Comparison
from regplan.model.plan import Growth
from regplan.model.seed import SeedPlan, SeedResult
from regplan.model.upgrade import Upgrade
from regplan.model.wire import Simulation
from regplan.notebook.views import View, view
from regplan.report.cells import Code, Quantity, sentence, text_of
from regplan.report.comparison import comparison_document, comparison_sentence
from regplan.report.document import diff_document, simulation_document
from regplan.report.parts.beside import beside_section
from regplan.report.parts.internet import ways_table
from regplan.report.sections import Column, Fact, Facts, Paragraph, Table
from regplan.report.seeding import seed_document
from regplan.report.words import counted, full_stop, marked
from regplan.units import format_bytes, format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.upgrade import ImageChange
    from regplan.model.wire import SimulatedScenario
    from regplan.report.cells import Cell
    from regplan.report.sections import Block

__all__ = ["COMPARISON_TYPE", "DIFF_TYPE", "SEED_TYPE", "SIMULATION_TYPE"]

COMPARISON_TYPE: Final = "application/vnd.regplan.comparison+json"
DIFF_TYPE: Final = "application/vnd.regplan.diff+json"
SEED_TYPE: Final = "application/vnd.regplan.seed+json"
SIMULATION_TYPE: Final = "application/vnd.regplan.simulation+json"
# Repositories that an upgrade changes, and sentences of what failed, of which a cell shows so many.
_MOST: Final = 20


@view.register(Simulation)
def _(value: Simulation) -> View:
    saved = value.wire.saved_bytes
    word = "saves" if saved >= 0 else "costs"
    said = f"{value.site}: the registry {word} {format_bytes(abs(saved))} of internet traffic at the first bootstrap."
    blocks = (Paragraph((said,)), ways_table(value, low=False))
    lines = (sentence((said,)), *map(_way, value.scenarios))
    return View(lines, blocks, SIMULATION_TYPE, simulation_document(value))


@view.register(Growth)
def _(value: Growth) -> View:
    facts = _growth(value)
    return View(_lines(facts), (facts,), DIFF_TYPE, diff_document(value))


@view.register(Upgrade)
def _(value: Upgrade) -> View:
    facts = _growth(value.whole.growth, at_least=value.sizes_unknown > 0)
    moved = [each for each in value.whole.images if each.status != "same"]
    kept = tuple((Quantity(each.versions), Quantity(each.peak_bytes, "bytes")) for each in value.kept_versions)
    columns = (Column("Versions kept", "number"), Column("At most", "number"))
    blocks: list[Block] = [facts, *((_changes(moved),) if moved else ()), Table("Several versions", columns, kept)]
    return View(_lines(facts), tuple(blocks), DIFF_TYPE, diff_document(value))


@view.register(Comparison)
def _(value: Comparison) -> View:
    first = value.scenarios[0]
    said = [f"{marked(first.verdict)} {first.label}"]
    said += [comparison_sentence(each, first) for each in value.scenarios[1:]]
    return View(
        tuple(sentence((each,)) for each in said),
        beside_section(value).blocks,
        COMPARISON_TYPE,
        comparison_document(value),
    )


@view.register(SeedPlan)
def _(value: SeedPlan) -> View:
    facts = _seed_plan(value)
    return View(_lines(facts), (facts,), SEED_TYPE, seed_document(value))


@view.register(SeedResult)
def _(value: SeedResult) -> View:
    done = value.done
    state = "interrupted" if value.interrupted else "verified" if value.verified else "not verified"
    failed = f", {counted(len(value.failed), 'item')} failed" if value.failed else ""
    said = (
        f"{value.plan.target}: {counted(done.uploaded_blobs, 'blob')} sent ({format_bytes(done.uploaded_bytes)}), "
        f"{done.mounted:,} mounted, {done.present:,} there already, {counted(done.manifests, 'manifest')} put; {state}{failed}."
    )
    told = tuple((full_stop(each),) for each in value.failed[:_MOST])
    blocks: tuple[Block, ...] = (Paragraph((said,)), _seed_plan(value.plan))
    if told:
        blocks = (*blocks, Table(counted(len(value.failed), "failure"), (Column("What failed", "prose"),), told))
    return View((sentence((said,)), *(sentence(each) for each in told)), blocks, SEED_TYPE, seed_document(value))


def _way(each: SimulatedScenario) -> str:
    ready = "" if each.boot_max_s is None else f", all hosts ready in {format_duration(each.boot_max_s)}"
    return f"{each.name}: {format_bytes(each.wan_bytes)} over the internet, {format_bytes(each.lan_bytes)} over the LAN{ready}"


def _growth(value: Growth, *, at_least: bool = False) -> Facts:
    named = (
        ("Kept", value.kept_bytes, "both versions have it"),
        ("New", value.new_bytes, "comes over the link"),
        ("Dropped", value.dropped_bytes, "goes with the old version"),
        ("Peak", value.peak_bytes, "while both are kept"),
    )
    facts = (Fact(name, Quantity(size, "bytes", at_least=at_least), (note,)) for name, size, note in named)
    return Facts("What the upgrade changes", tuple(facts))


def _changes(moved: Sequence[ImageChange]) -> Table:
    columns = (Column("Repository"), Column("Change"), Column("New", "number"), Column("Dropped", "number"))
    rows: list[tuple[Cell, ...]] = [
        (
            Code(each.repository),
            each.status,
            Quantity(each.new_bytes, "bytes"),
            Quantity(each.dropped_bytes, "bytes"),
        )
        for each in moved[:_MOST]
    ]
    many = counted(len(moved), "changed repository") if len(moved) == 1 else f"{len(moved):,} changed repositories"
    caption = many if len(moved) <= _MOST else f"{_MOST} of {many}"
    return Table(caption, columns, tuple(rows))


def _seed_plan(plan: SeedPlan) -> Facts:
    counts = plan.counts
    facts = (
        Fact("Target", Code(plan.target)),
        Fact("Each blob once", Quantity(counts.blob_bytes, "bytes"), (counted(counts.blobs, "blob"),)),
        Fact("Image by image", Quantity(counts.naive_bytes, "bytes")),
        Fact("Manifests", Quantity(counts.manifests), (f"at {counts.pairs:,} places their blobs",)),
        Fact("Requests at least", Quantity(counts.requests_min)),
    )
    return Facts("What is to be seeded", facts)


def _lines(facts: Facts) -> tuple[str, ...]:
    return tuple(f"{each.label}: {text_of(each.value)}" for each in facts.facts)
