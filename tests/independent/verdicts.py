"""The documented rules of a site, reckoned by the oracle: each row cites the page or the definition that it follows.

PRODUCT: the rules of "Deploy Cluster with a Primary Registry" (agent, Palette, hosts, storage, modes). CONTRACT: how
numbers are read ("Units"), what counts, and what a finding holds.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from independent.crowding import crowding, drive_bytes
from independent.disks import disk_rows
from independent.requests import v2_engine
from independent.storage import MINIMUM, required_bytes, union, versions_kept
from independent.surviving import comes_back, fates, may_lack
from independent.zot import kept_tags, memory_limit, syncs_on_demand, too_few_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from independent.case import Case
    from independent.layers import Declared

__all__ = ["Row", "binding", "connect_rows", "overall", "rows_of"]

GB, DOCKER = 10**9, "application/vnd.docker."
WORST = ("FAIL", "INCOMPLETE", "MARGINAL", "PASS")
Number = int | str | None


@dataclass(frozen=True)
class Row:
    """A finding as the oracle expects it; `where` names the host, else ""."""

    rule: str
    verdict: str
    measured: Number = None
    required: Number = None
    where: str = ""

    @property
    def reach(self) -> Fraction | None:
        """Measured over required, None where one of them is no number (contract, `binding_constraint`)."""
        if not isinstance(self.measured, int) or not isinstance(self.required, int):
            return None
        return Fraction(self.measured, self.required) if self.required else Fraction(10**18)


def overall(rows: Iterable[Row]) -> str:
    """FAIL if any is, else INCOMPLETE, else MARGINAL, else PASS; INFO does not count (contract)."""
    found = {row.verdict for row in rows}
    return next((verdict for verdict in WORST if verdict in found), "PASS")


def binding(rows: list[Row]) -> set[str | None]:
    """The rules that may bind: of the worst those without numbers, else those with the least measured/required."""
    worst = [row for row in rows if row.verdict == overall(rows)]
    unnumbered = {row.rule for row in worst if row.reach is None}
    if unnumbered or not worst:
        return set(unnumbered) or {None}
    least = min(row.reach for row in worst if row.reach is not None)
    return {row.rule for row in worst if row.reach == least}


def at_least(rule: str, measured: int | None, required: int, where: str = "", tolerance: int = 0) -> Row:
    """Compare a number; one that is not stated is INCOMPLETE, one within the tolerance below MARGINAL."""
    if measured is None:
        return Row(rule, "INCOMPLETE", None, required, where)
    if measured >= required:
        return Row(rule, "PASS", measured, required, where)
    near = tolerance and measured * 100 >= required * (100 - tolerance)
    return Row(rule, "MARGINAL" if near else "FAIL", measured, required, where)


def version_row(rule: str, have: str, need: str) -> Row:
    """Compare versions part by part; one cut short that agrees so far cannot tell, a candidate comes before its release."""
    if not have:
        return Row(rule, "INCOMPLETE", None, need)
    numbers, _, candidate = have.partition("-")
    mine, wanted = ([int(each) for each in text.split(".")] for text in (numbers, need))
    if len(mine) < len(wanted) and mine == wanted[: len(mine)]:
        return Row(rule, "INCOMPLETE", have, need)
    fails = mine < wanted or (mine == wanted and bool(candidate))
    return Row(rule, "FAIL" if fails else "PASS", have, need)


def rows_of(case: Case) -> list[Row]:
    """Everything that the oracle knows of a site."""
    return [*_storage(case), *_hosts(case), *_versions(case), *_agent_mode(case), *_modes(case), *_survival(case), *_images(case),
            *_registry(case), *_content(case)]  # fmt: skip


def _storage(case: Case) -> Iterator[Row]:
    if case.site.registry is None:
        # The rules do not apply, and say so (docs/rules.md).
        yield from (Row(rule, "INFO") for rule in ("storage.minimum", "storage.claim", "storage.disk"))
        return
    claimed, required = case.claimed, required_bytes(case)
    yield at_least("storage.minimum", claimed, MINIMUM)
    row = at_least("storage.claim", claimed, required)
    # A lower bound that fits is INCOMPLETE, one above the PVC FAIL (contract).
    counted = _others(case)[: max(versions_kept(case) - 1, 0)]
    lost = case.unresolved or any(map(case.unresolved_of, counted))
    is_bound = bool(lost) and row.verdict == "PASS"
    yield Row(row.rule, "INCOMPLETE", claimed, required) if is_bound else row
    yield from (Row(*each) for each in disk_rows(case, max(required, MINIMUM)))
    # Zot collects by default, all others free nothing until their collection is scheduled (facts/models.md 2.1).
    gc = case.site.registry.get("gc", "default")
    uncollected = gc == "none" or (gc == "default" and case.kind != "zot")
    short = too_few_tags(case)
    if short is not None:
        yield Row("storage.no-retention", "FAIL", *short)
    yield Row("storage.no-retention", "PASS" if case.keeps is not None and not uncollected else "INFO")
    stated, told = case.site.registry.get("storage"), case.told.storage
    if stated is not None and told is not None and told != claimed:
        enough = max(required, MINIMUM)
        fits = told >= enough or (claimed or 0) < enough
        yield Row("storage.differs", "INFO" if fits else "FAIL", told, enough)


def _hosts(case: Case) -> Iterator[Row]:
    single, alone = len(case.site.hosts) == 1, case.site.registry is None
    # PRODUCT: 4 CPU and 8 GB, the single node 6 and 12; without a registry "Hardware Requirements": 2 CPU and 8 GB.
    processors = 2000 if alone else 6000 if single else 4000
    memory = 8 * GB if alone or not single else 12 * GB
    for host in case.site.hosts:
        yield at_least("host.cpu", host.cpu_milli, processors, host.name)
        yield at_least("host.memory", host.memory, memory, host.name, tolerance=5)
        drive = at_least("host.disk", host.storage, drive_bytes(case, host), host.name)
        # What nobody answered for may come there: a lower bound is no answer.
        yield replace(drive, verdict="INCOMPLETE") if drive.verdict == "PASS" and may_lack(case, host) else drive
    if not case.site.hosts:
        yield from (Row(rule, "INCOMPLETE") for rule in ("host.cpu", "host.memory", "host.disk"))
    yield from _engine(case)
    yield from (Row(each.rule, each.verdict, each.measured, each.required, each.where) for each in crowding(case))
    if not alone:
        if case.site.hosts:
            yield at_least("host.arch", sum(host.arch == "amd64" for host in case.site.hosts), 1)
        else:
            yield Row("host.arch", "INCOMPLETE")


def _engine(case: Case) -> Iterator[Row]:
    """Longhorn's V2 engine polls on a whole CPU: 5, or 7 on the only host (models.md 3.1 and C6: not on 4-CPU hosts)."""
    told = v2_engine(case)
    if told is None or told is False:
        return
    if told is not True:
        yield Row("host.longhorn-v2", "INCOMPLETE")
        return
    alone = case.site.registry is not None and len(case.site.hosts) == 1
    yield from (
        at_least("host.longhorn-v2", each.cpu_milli, 7000 if alone else 5000, each.name) for each in case.site.hosts
    )
    if not case.site.hosts:
        yield Row("host.longhorn-v2", "INCOMPLETE")


def _versions(case: Case) -> Iterator[Row]:
    if case.site.registry is None:
        return
    if case.site.text("management", "central") == "central":
        yield version_row("version.palette", case.site.text("versions.palette"), "4.6.19")
    yield version_row("version.agent", case.site.text("versions.agent"), "4.6.13")


def _agent_mode(case: Case) -> Iterator[Row]:
    """Agent mode with local management: Palette 4.6.32, and no AlwaysPullImages (facts/palette.md 3.4 and 4)."""
    if (case.site.text("deployment"), case.site.text("management")) != ("agent", "local"):
        return
    yield version_row("version.agent-local", case.site.text("versions.palette"), "4.6.32")
    if case.site.registry is None:
        keys = ("kubeadmconfig", "apiServer", "extraArgs", "enable-admission-plugins")
        plugins = [str(pack.value(*keys)) for pack in case.declared.layers if pack.layer == "k8s"]
        always = any("AlwaysPullImages" in each for each in plugins)
        yield Row("mode.always-pull", "FAIL" if always else "PASS" if plugins else "INCOMPLETE")


def _modes(case: Case) -> Iterator[Row]:
    site, has_registry = case.site, case.site.registry is not None
    is_local = site.text("management", "central") == "local"
    # PRODUCT: REQUIRED for locally managed multi-node clusters without internet.
    demands = is_local and site.text("internet", "full") == "none" and not has_registry
    decided = "PASS" if len(site.hosts) == 1 else "FAIL" if site.hosts else "INCOMPLETE"
    yield Row("mode.primary-required", decided if demands else "PASS")
    # Two-node clusters: central management only (facts/palette.md 4).
    two = sum(host.role == "control-plane" for host in site.hosts) == 2
    yield Row(
        "mode.two-node-local", ("INCOMPLETE" if not site.hosts else "FAIL" if two else "PASS") if is_local else "PASS"
    )
    if has_registry:
        barred = site.text("edition", "palette") == "vertex" and "harbor" in {case.kind, case.told.kind}
        yield Row("mode.vertex-harbor", "FAIL" if barred else "PASS")
        yield Row("mode.sync-off-missing", _sync(case))


def _sync(case: Case) -> str:
    """PRODUCT: with sync off everything must have been uploaded; the cluster does what the profile says."""
    stated, told = (case.site.registry or {}).get("sync"), case.told.sync
    if not case.syncs or told is False:
        if case.missing or case.unresolved:
            return "FAIL"
        if case.unsure:
            return "INCOMPLETE"
    return "INFO" if None not in (stated, told) and stated is not told else "PASS"


def _survival(case: Case) -> Iterator[Row]:
    internet = case.site.text("internet", "full")
    if case.site.registry is None:
        # Each host's own cache decides over a reboot; a new host has none.
        yield Row("survive.reboot", "INFO")
        yield Row("survive.node-add", "INFO" if internet == "full" else "FAIL")
        return
    lost = {*case.missing, *case.unresolved, *case.unsure}
    works = internet == "full" and case.syncs
    missing = case.missing if not (works and case.unresolved) else ()
    verdict = ("INFO" if works else "FAIL") if missing else "INCOMPLETE" if case.unresolved else "PASS"
    if case.unsure and verdict == "PASS":
        verdict = "INFO" if works else "INCOMPLETE"
    kept = len(case.references) - len(lost)
    yield from (Row(rule, verdict, kept, len(case.references)) for rule in ("survive.reboot", "survive.node-add"))
    yield _node_down(case)


def _node_down(case: Case) -> Row:
    """Without the registry's node: PASS where it comes back elsewhere and so every host does and a new one joins."""
    if not case.site.hosts:
        return Row("survive.registry-node", "INFO")
    down = [each for each in fates(case) if each.registry == "node-down"]
    back = sum(each.returns is True for each in down if each.event == "reboot")
    whole = comes_back(case) and all(each.returns for each in down)
    return Row("survive.registry-node", "PASS" if whole else "INFO", back, len(case.site.hosts))


def _others(case: Case) -> list[Declared]:
    """Other versions that the site file names: the next one, then old ones from the newest."""
    return ([case.newer] if case.newer else []) + list(case.older)


def _images(case: Case) -> Iterator[Row]:
    total = len(case.references)
    known = total - len(case.unresolved)
    yield Row("image.unresolved", "PASS" if known == total else "INCOMPLETE", known, total)
    for place, declared in enumerate(_others(case)):
        lost, named = case.unresolved_of(declared), len(declared.statuses)
        if lost and (declared is case.newer or place < versions_kept(case) - 1):
            yield Row("image.unresolved", "INCOMPLETE", named - lost, named)
    yield from _platforms(case)
    plain = {digest: size for entry in case.entries for each in entry.pictures
             for digest, size in each.layers if digest in each.plain}  # fmt: skip
    if plain:
        yield Row("image.uncompressed", "INFO", sum(plain.values()))
    whole = [entry for entry in case.entries if entry.index]
    if whole:
        wanted = {digest for entry in case.entries for each in entry.pictures
                  if not entry.index or each.platform in case.site.platforms for digest in each.sizes}  # fmt: skip
        beyond = {digest: size for digest, size in union(case.entries).items() if digest not in wanted}
        yield Row("image.index-kept", "INFO", sum(size or 0 for size in beyond.values()))
    if any(len(entry.pictures) > 1 and not entry.index for entry in case.entries):
        yield Row("image.mixed-platforms", "INFO")
    stated = case.site.given.get("declared_sizes") or {}
    if set(stated) - {*case.references, *(name for each in _others(case) for name in each.statuses)}:
        yield Row("site.unused-size", "INFO")


def _platforms(case: Case) -> Iterator[Row]:
    """Every image for every host's platform; the registry's own for one of them (facts/palette.md 4: AMD64)."""
    registry = {"zot", "harbor", "harbor-edge-native-config", "registry-connect"}
    failed = False
    for platform in case.site.platforms:
        lacking = 0
        for entry in case.entries:
            have = {each.platform for each in entry.pictures}
            own = {pack.name for pack in case.declared.named_by(entry.reference)}
            excused = bool(own) and own <= registry and have & set(case.site.platforms)
            lacking += platform not in have and not excused
        if lacking:
            failed = True
            yield Row("image.platform", "FAIL", len(case.entries) - lacking, len(case.entries), platform)
    if case.entries and not failed:
        yield Row("image.platform", "PASS", len(case.entries), len(case.entries))


def _registry(case: Case) -> Iterator[Row]:
    registry = case.site.registry
    if registry is None:
        return
    uploader = (case.site.given.get("content") or {}).get("uploader", "")
    # PRODUCT: the Edge CLI cannot upload to the primary registry; the Palette CLI can.
    yield Row("bundle.edge-cli", "FAIL" if uploader == "edge-cli" else "PASS" if uploader else "INFO")
    if case.declared.pack("harbor-edge-native-config"):
        # The legacy pack moves to Harbor alone (issue, "Rules as data").
        yield Row("registry.legacy-harbor", "FAIL" if registry.get("kind", "harbor") != "harbor" else "INFO")
    yield _certificate(case)
    if case.kind == "zot":
        docker = any(each.media_type.startswith(DOCKER) for entry in case.entries for each in entry.pictures)
        # What no source answered for has types that nobody knows, and is no pass (issue: "INCOMPLETE, never PASS").
        untold = {*case.references} - {entry.reference for entry in case.entries}
        yield Row("registry.zot-docker-types", "INFO" if docker or untold else "PASS")
    if case.kind == "harbor":
        yield Row("registry.harbor-project", "INFO")
    yield from _memory(case)
    tags = kept_tags(case)
    if "retention" in registry and tags is not None and tags != case.site.keeps:
        yield Row("registry.differs", "INFO")
    for key, told in (("kind", case.told.kind), ("project", case.told.project)):
        if key in registry and told is not None and told != registry[key]:
            yield Row("registry.differs", "INFO")
    yield from _names(case)


def _memory(case: Case) -> Iterator[Row]:
    """Zot's own limit: 1 GiB seeded, 4 GiB where it syncs on demand; 50 MB and 1 MB for each GB at rest (models.md 3.1, C5)."""
    pack = case.declared.pack("zot")
    if case.kind != "zot" or pack is None:
        return
    limit, wanted = memory_limit(case), (4 if syncs_on_demand(case) else 1) * 2**30
    if limit is None:
        yield Row("registry.memory", "PASS" if pack.value("charts", "zot") is not None else "INFO")
        return
    at_rest = 50 * 10**6 + ceil(Fraction(required_bytes(case), 1000))
    verdict = "PASS" if limit >= wanted else "FAIL" if limit < at_rest else "MARGINAL"
    yield Row("registry.memory", verdict, limit, wanted)


def _certificate(case: Case) -> Row:
    """The packs' certificates last 365 days (facts/palette.md 3.2); told from 30 days before."""
    expires = str((case.site.registry or {}).get("certificate_expires", ""))
    if not expires:
        return Row("registry.certificate", "INFO")
    left = (dt.date.fromisoformat(expires) - case.today).days
    return Row("registry.certificate", "FAIL" if left < 0 else "INFO" if left < 30 else "PASS", left, 30)


def connect_rows(case: Case, broken: int) -> Iterator[Row]:
    """Registry Connect ties the registry in (PRODUCT, "wiring"); what is broken in the profiles stands beside it there."""
    registry = case.site.registry
    if registry is None:
        return
    rows = []
    if not case.told.has_connect:
        rows.append(Row("registry.connect", "INFO"))
    stated, told = registry.get("project"), case.told.project
    # Where the profile's own two do not agree, that is what is told.
    if told is not None and told == case.told.served and told != (stated or "spectro-images"):
        rows.append(Row("registry.connect", "FAIL" if stated else "INFO"))
    if None not in (registry.get("sync"), case.told.sync) and registry["sync"] is not case.told.sync:
        rows.append(Row("registry.connect", "INFO"))
    yield from rows or ([] if broken else [Row("registry.connect", "PASS")])


def _names(case: Case) -> Iterator[Row]:
    """Where several references get one name: one image is INFO, different ones FAIL; PASS is told of other mappings."""
    names: dict[str, set[str]] = {}
    for entry in case.entries:
        name = entry.reference.partition("/")[2] if case.mapping == "plain" else entry.reference
        tagged = re.sub(r"(:[^/@]+)@.*", r"\1", name)
        names.setdefault(tagged, set()).add(entry.reference)
    digests = {entry.reference: {each.digest for each in entry.pictures} for entry in case.entries}
    clashes = [references for references in names.values() if len(references) > 1]
    for references in clashes:
        same = len(set.union(*(digests[each] for each in references))) == 1
        yield Row("mapping.collision", "INFO" if same else "FAIL")
    if not clashes and case.mapping != "host":
        yield Row("mapping.collision", "PASS")


def _content(case: Case) -> Iterator[Row]:
    """Palette's own images: unknown keeps a verdict on profiles INCOMPLETE (contract, `content`)."""
    if case.site.registry is None or not case.declared.has_profiles:
        return
    content = case.site.given.get("content") or {}
    brought = content.get("palette_images", "unknown")
    sized = "palette_images_size" in content
    verdicts = {"unknown": "INCOMPLETE", "none": "PASS"}
    yield Row("content.palette-images", verdicts.get(brought, "PASS" if sized else "INFO"))
