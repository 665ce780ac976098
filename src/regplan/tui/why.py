"""Why a number is what it is: a table's row in, lines of label and text out, with nothing rounded away."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from regplan.model.bandwidth import NightsNeeded
from regplan.model.coverage import CoveredImage
from regplan.model.finding import Finding
from regplan.model.hosting import Placed
from regplan.model.image import Unresolved
from regplan.model.layers import ImageSize
from regplan.model.plan import StorageTerm, Study
from regplan.model.preflight import Phase
from regplan.model.recent import RecentSite
from regplan.model.run import RunItem
from regplan.model.site_input import SiteInput
from regplan.model.upgrade import ImageChange, UpgradeWay
from regplan.report.chance import window_text
from regplan.report.document import plan_document
from regplan.report.explained.findings import finding_lines
from regplan.report.explained.lines import Explanation, number_lines, term_lines
from regplan.report.explained.rows import image_lines, mention_lines, unresolved_lines
from regplan.report.explained.steps import Book
from regplan.report.seed_run.images import SeedImage
from regplan.report.series import Level
from regplan.report.words import counted, exact, full_stop, marked, readable, tidy
from regplan.seed.lines import RunLine
from regplan.tui.bandwidth import BarRow, EventRow, WayRow, YearRow
from regplan.tui.columns_capacity import StepRow
from regplan.tui.differences import SumRow, change_words
from regplan.tui.hosts import HostRow
from regplan.tui.mentions import MentionRow, PackRow
from regplan.tui.recents import explain_recent
from regplan.tui.rows import BlobRow, Sharing, WireRow
from regplan.tui.sharing import CommonBlob, FamilyRow, MatrixRow, PairAsked, family_words
from regplan.tui.why_bandwidth import bar_lines, event_lines, nights_lines, way_lines, year_lines
from regplan.tui.why_seeding import covered_lines, item_lines, line_lines, phase_lines, seed_image_lines
from regplan.tui.why_sharing import common_blob_lines, pair_lines
from regplan.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Explanation", "explain"]

_SHARED = (
    ("means", "What images share with one another: in the references one by one it stands as often as it is named."),
    ("known", "measured: read from manifests"),
    ("formula", "images one by one - each blob once"),
)


@singledispatch
def explain(row: object, study: Study) -> Explanation:
    """Explain a table's row within its study; raises `TypeError` for what no table lists."""
    raise TypeError(f"nothing is known of {type(row).__name__} in {study!r}")


@explain.register
def _(row: Finding, study: Study) -> Explanation:
    if row not in study.plan.findings:
        return Explanation(row.rule, _lint_lines(row))
    return Explanation(row.rule, finding_lines(_book(study), study.plan.findings.index(row)))


@explain.register
def _(row: StorageTerm, study: Study) -> Explanation:
    place = next(number for number, each in enumerate(study.plan.storage.terms) if each.key == row.key)
    return Explanation(row.key, term_lines(_book(study), place))


@explain.register
def _(row: ImageSize, study: Study) -> Explanation:
    entry = next((each for each in study.inventory.entries if str(each.reference) == row.reference), None)
    image = next((each for each in study.inventory.images() if each.digest == row.digest), None)
    origin = () if image is None else (("created", tidy(image.created)), ("from", tidy(image.source)))
    lines = (
        *image_lines(_book(study), study.plan.layers.images.index(row)),
        *origin,
        *mention_lines(entry.provenance if entry is not None else ()),
    )
    return Explanation(row.reference, tuple(line for line in lines if line[1]))


@explain.register
def _(row: BlobRow, study: Study) -> Explanation:
    holders = Sharing.of(study.inventory)
    names = [holders.names[image][0] for image in holders.holders.get(row.digest, ())]
    size = "unknown, counted as 0" if row.size_bytes is None else exact(row.size_bytes, "bytes")
    held = [("in", names[0]), *(("", name) for name in names[1:])] if names else []
    counts = "" if row.counts else "a foreign layer: it may not be distributed, and counts nowhere"
    lines = (("blob", row.kind), ("digest", str(row.digest)), ("size", size), ("", counts), *held)
    return Explanation(row.digest.short, tuple(line for line in lines if line[1]))


@explain.register
def _(row: WayRow, study: Study) -> Explanation:
    return way_lines(row, _book(study))


@explain.register
def _(row: EventRow, study: Study) -> Explanation:
    return event_lines(row, _book(study))


@explain.register
def _(row: YearRow, study: Study) -> Explanation:
    return year_lines(row, _book(study))


@explain.register
def _(row: BarRow, study: Study) -> Explanation:
    del study
    return bar_lines(row)


@explain.register
def _(row: NightsNeeded, study: Study) -> Explanation:
    del study
    return nights_lines(row)


@explain.register
def _(row: MatrixRow, study: Study) -> Explanation:
    del study
    return pair_lines(PairAsked(row.pack, row.pack, row.pairs[row.place]))


@explain.register
def _(row: PairAsked, study: Study) -> Explanation:
    del study
    return pair_lines(row)


@explain.register
def _(row: CommonBlob, study: Study) -> Explanation:
    del study
    return common_blob_lines(row)


@explain.register
def _(row: FamilyRow, study: Study) -> Explanation:
    book = _book(study)
    place = f"families[{row.place}].saved_bytes"
    images = [("images" if number == 0 else "", tidy(name)) for number, name in enumerate(row.family.images)]
    aligned = [] if row.alignment is None else [("aligning", family_words(row))]
    return Explanation(row.family.key, (*number_lines(book, book.steps(place)), *images, *aligned))


@explain.register
def _(row: WireRow, study: Study) -> Explanation:
    book = _book(study)
    link = study.plan.site.internet_link
    rate = "the site file names no internet link" if link is None else f"{exact(link.rate_bps, 'bps')}"
    lines = (
        ("bytes", exact(row.size_bytes, "bytes")),
        (
            "share",
            ""
            if row.ratio is None
            else f"{readable(row.ratio, 'ratio')} of what goes over the link without a registry",
        ),
        ("time", "" if row.boot_s is None else format_duration(row.boot_s)),
        ("link", rate),
        *number_lines(book, book.steps(row.key))[1:],
    )
    return Explanation(row.key, tuple(line for line in lines if line[1]))


@explain.register
def _(row: MentionRow, study: Study) -> Explanation:
    resolved = next((each for each in study.plan.layers.images if each.reference == row.reference), None)
    size = "not resolved, or not needed" if resolved is None else exact(resolved.size_bytes, "bytes")
    counts = "" if row.counted else "not counted: as far as is known the site does not need it"
    lines = (
        ("status", row.status),
        ("", counts),
        *(("note", tidy(note)) for note in row.notes),
        ("size", size),
        *mention_lines(row.provenance),
    )
    return Explanation(tidy(row.reference), tuple(line for line in lines if line[1]))


@explain.register
def _(row: PackRow, study: Study) -> Explanation:
    del study
    lines = (
        ("branch", tidy(" > ".join(part for part in row.key if part)) or "every profile, list and site file"),
        ("images", f"{counted(row.images, 'image')} named, each counted once however often"),
        ("missing", f"{counted(row.missing, 'image')} used by a chart or manifest and on no list"),
        ("unresolved", f"{counted(row.unresolved, 'image')} that the site needs and no source answered for"),
    )
    return Explanation(tidy(row.name), lines)


@explain.register
def _(row: HostRow, study: Study) -> Explanation:
    del study
    plan, host = row.plan, row.host
    lines = (
        ("verdict", marked(plan.verdict)),
        ("host", f"{host.role}, {host.arch}"),
        (
            "CPU",
            f"{exact(host.cpu_milli, 'milli')}, of which pods can have {exact(plan.allocatable_cpu_milli, 'milli')}",
        ),
        ("", f"{exact(plan.requested_cpu_milli, 'milli')} asked for by the pods placed here"),
        ("memory", exact(host.memory_bytes, "bytes")),
        ("", f"{exact(plan.allocatable_memory_bytes, 'bytes')} of it pods can have"),
        ("", f"{exact(plan.requested_memory_bytes, 'bytes')} asked for by the pods placed here"),
        ("disk", exact(host.storage_bytes, "bytes")),
        ("", f"{exact(plan.disk_required_bytes, 'bytes')} needed of it"),
        ("images", f"{exact(plan.image_bytes, 'bytes')} pulled at first bootstrap, compressed"),
    )
    return Explanation(tidy(row.name), lines)


@explain.register
def _(row: Placed, study: Study) -> Explanation:
    del study
    lines = (
        ("pods", str(row.pods)),
        ("CPU", f"{exact(row.cpu_milli, 'milli')}, of all of them together"),
        ("memory", f"{exact(row.memory_bytes, 'bytes')}, of all of them together"),
        ("known", row.provenance),
    )
    return Explanation(tidy(row.workload), lines)


@explain.register
def _(row: SumRow, study: Study) -> Explanation:
    claimed = study.plan.storage.claimed_bytes
    lines = (
        ("value", exact(row.size_bytes, "bytes")),
        ("means", f"bytes {row.says}, each distinct digest once"),
        ("known", "measured: read from the manifests of both versions"),
        ("", f"a lower bound: {counted(row.unknown, 'size')} not known" if row.unknown else ""),
        ("PVC", exact(claimed, "bytes") if row.key == "peak" and claimed is not None else ""),
    )
    return Explanation(f"upgrade.{row.key}_bytes", tuple(line for line in lines if line[1]))


@explain.register
def _(row: ImageChange, study: Study) -> Explanation:
    del study
    lines = (
        ("change", change_words(row)),
        ("platform", str(row.platform)),
        *((("old", tidy(each))) for each in row.old),
        *((("new", tidy(each))) for each in row.new),
        ("before", exact(row.before_bytes, "bytes")),
        ("after", exact(row.after_bytes, "bytes")),
        ("new", f"{exact(row.new_bytes, 'bytes')} that nothing of the present version has"),
        ("dropped", f"{exact(row.dropped_bytes, 'bytes')} that nothing of the next version has"),
        ("", "what several images gain or lose together counts in each of them"),
    )
    return Explanation(tidy(row.repository), lines)


@explain.register
def _(row: UpgradeWay, study: Study) -> Explanation:
    link, scenario = study.plan.site.internet_link, study.plan.site.scenario
    window = "" if scenario is None or scenario.window is None else f"scenario.window {window_text(scenario.window)}"
    lines = (
        ("internet", exact(row.wan_bytes, "bytes")),
        ("least", f"{exact(row.wan_low_bytes, 'bytes')}, with images of unknown placement on one host"),
        ("most", f"{exact(row.wan_high_bytes, 'bytes')}, with them on every host"),
        ("LAN", exact(row.lan_bytes, "bytes")),
        ("media", exact(row.media_bytes, "bytes")),
        ("link", "the site file names no internet link" if link is None else exact(link.rate_bps, "bps")),
        ("on link", "" if row.link_s is None else f"internet x 8 / link = {format_duration(row.link_s)}"),
        ("nights", "scenario.window is not in the site file" if row.nights is None else f"{row.nights:,} of {window}"),
    )
    return Explanation(f"upgrade over the wire: {row.topology}", tuple(line for line in lines if line[1]))


@explain.register
def _(row: RecentSite, study: Study) -> Explanation:
    del study
    return explain_recent(row)


@explain.register
def _(row: SeedImage, study: Study) -> Explanation:
    return _told(row.reference, seed_image_lines(row), study)


@explain.register
def _(row: RunItem, study: Study) -> Explanation:
    return _told(row.name, item_lines(row), study)


@explain.register
def _(row: RunLine, study: Study) -> Explanation:
    return _told("Log", line_lines(row), study)


@explain.register
def _(row: Phase, study: Study) -> Explanation:
    return _told(f"Phase {row.number}: {row.title}", phase_lines(row), study)


@explain.register
def _(row: CoveredImage, study: Study) -> Explanation:
    return _told(row.reference, covered_lines(row), study)


def _told(title: str, lines: Iterable[tuple[str, str]], study: Study) -> Explanation:
    del study
    return Explanation(tidy(title), tuple(line for line in lines if line[1]))


@explain.register
def _(row: Unresolved, study: Study) -> Explanation:
    place = study.plan.counts.unresolved.index(row)
    return Explanation(tidy(row.reference), unresolved_lines(_book(study), place))


@explain.register
def _(row: StepRow, study: Study) -> Explanation:
    book, label = _book(study), row.step.label
    keys = [term.key.replace("_", " ") for term in study.plan.storage.terms]
    if label in keys:
        return Explanation(label, term_lines(book, keys.index(label)))
    step = row.step
    sums = {
        "images one by one": "storage.referenced_bytes",
        "each blob once": "storage.unique_bytes",
        "required": "storage.required_bytes",
    }
    lines = (
        ("bytes", exact(step.end_bytes if step.is_sum else -step.change_bytes, "bytes")),
        *(number_lines(book, book.steps(sums[label]))[1:] if label in sums else _SHARED),
    )
    return Explanation(label, lines)


@explain.register
def _(row: SiteInput, study: Study) -> Explanation:
    del study
    lines = (
        ("value", tidy(row.value) or "not known"),
        ("means", tidy(full_stop(row.meaning))),
        ("takes", row.takes),
        ("known", "declared: the site file says so" if row.is_written else "the site file does not say it"),
        ("file", f"{tidy(row.before)}, and edited here" if row.before else ""),
        ("source", tidy(row.source)),
    )
    return Explanation(tidy(row.name), tuple(line for line in lines if line[1]))


@explain.register
def _(row: Level, study: Study) -> Explanation:
    book = _book(study)
    month = () if row.month is None else number_lines(book, book.steps(f"outlook.months[{row.month}].used_bytes"))
    passed = "not within the outlook" if row.month is None else f"first passed in month {row.month} from now"
    return Explanation(row.label, (("passed", passed), *number_lines(book, book.steps(row.key)), *month))


def _lint_lines(row: Finding) -> tuple[tuple[str, str], ...]:
    """Tell of a finding that is the declarations' own, and no part of the plan."""
    lines = (
        ("verdict", marked(row.verdict)),
        ("where", tidy(row.where)),
        ("what", tidy(row.message)),
        ("fix", tidy(row.fix)),
        ("source", tidy(row.source)),
    )
    return tuple(line for line in lines if line[1])


def _book(study: Study) -> Book:
    return Book(plan_document(study))
