"""Rules about images: that each is known, and runs on the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.oci.platform import Platform
from regplan.plan.facts import needed_references, unresolved_references
from regplan.plan.packs import REGISTRY_PACKS
from regplan.plan.releases import lacking_versions
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import LAYERS, OWN, PLATFORM, TAGS
from regplan.plan.sharing import uncompressed_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.image import ResolvedReference
    from regplan.model.profile import Declarations
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_MEND: Final = "Mend the reference, name a source that has it (`from:`), or state its size in `declared_sizes`."


def _look_unresolved(_: Rule, basis: Basis) -> Iterator[Observation]:
    unresolved = unresolved_references(basis.facts)
    needed, declared = len(needed_references(basis.facts)), len(basis.facts.inventory.declared)
    known = needed - len(unresolved)
    note = f" The sizes of {declared} are declared in the site file." if declared else ""
    if not needed:
        yield Observation(
            "The profiles name no image, so nothing can be said.",
            where="images",
            fix="Name profiles or images in the site file.",
            verdict=Verdict.INCOMPLETE,
        )
    elif unresolved:
        names = listed([f"{each.reference} ({each.reason})" for each in unresolved])
        yield Observation(
            f"{len(unresolved)} of {needed} images are unresolved, so that every sum is a lower bound: {names}.{note}",
            known,
            needed,
            where="images",
            fix=_MEND,
            verdict=Verdict.INCOMPLETE,
        )
    else:
        yield Observation(f"All {needed} images are known.{note}", known, needed, where="images")
    yield from _unresolved_beside(basis)


def _unresolved_beside(basis: Basis) -> Iterator[Observation]:
    """Tell of the next version, and of older ones that the need counts, which of their images nobody knows."""
    for each in lacking_versions(basis.facts):
        if each.is_counted or each.key == "upgrade_to":
            lost = len(each.unresolved)
            names = listed([f"{one.reference} ({one.reason})" for one in each.unresolved])
            yield Observation(
                f"{lost} of {each.named} images of `{each.key}` are unresolved, so that what this version adds is a lower bound: {names}.",
                each.named - lost,
                each.named,
                where=each.key,
                fix=_MEND,
                verdict=Verdict.INCOMPLETE,
            )


def _look_platform(_: Rule, basis: Basis) -> Iterator[Observation]:
    architectures = dict.fromkeys(host.arch for host in basis.facts.site.hosts)
    yield from basis.prepared.once(_see_platforms, tuple(architectures))


def _see_platforms(prepared: Prepared, architectures: tuple[str, ...]) -> tuple[Observation, ...]:
    return tuple(_of_platforms(prepared, architectures))


def _of_platforms(prepared: Prepared, architectures: tuple[str, ...]) -> Iterator[Observation]:
    hosts = dict.fromkeys(Platform.of("linux", each) for each in architectures)
    wanted = tuple(hosts or prepared.inventory.platforms)
    entries = [entry for entry in prepared.inventory.entries if any(image.platform.is_known for image in entry.images)]
    registry = _registry_references(prepared.declarations)
    failed = False
    for platform in wanted:
        lacking = [entry for entry in entries if not _serves(entry, platform)]
        # One AMD64 host is enough for the registry's own images.
        lacking = [
            entry
            for entry in lacking
            if entry.reference not in registry or not any(_serves(entry, other) for other in wanted)
        ]
        if lacking:
            failed = True
            names = listed([str(entry.reference) for entry in lacking])
            yield Observation(
                f"{len(lacking)} of {len(entries)} images have none for {platform}, which hosts of this site are: {names}.",
                len(entries) - len(lacking),
                len(entries),
                where=str(platform),
                fix="Use images for this platform, or hosts of another architecture.",
                verdict=Verdict.FAIL,
            )
    if wanted and entries and not failed:
        names = listed([str(platform) for platform in wanted])
        yield Observation(
            f"All {len(entries)} images are there for {names}.", len(entries), len(entries), where="images"
        )


def _look_last_seen(_: Rule, basis: Basis) -> Iterator[Observation]:
    seen = basis.prepared.once(_last_seen)
    if seen:
        days = list(dict.fromkeys((seen[0][:10], seen[-1][:10])))
        yield Observation(
            f"{len(seen)} tags are as last seen {' to '.join(days)}, since no registry was asked: they may name other images "
            "by now.",
            len(seen),
            where="images",
            fix="Plan once without --offline to look again, or pin digests.",
            verdict=Verdict.INFO,
        )


def _last_seen(prepared: Prepared) -> list[str]:
    upgrade = prepared.upgrade
    return sorted((*prepared.inventory.last_seen(), *(() if upgrade is None else upgrade.last_seen())))


def _look_uncompressed(_: Rule, basis: Basis) -> Iterator[Observation]:
    plain, holding = basis.prepared.once(_uncompressed)
    if plain:
        yield Observation(
            f"{len(plain)} layers of {len(holding)} images are not compressed, as docker save writes them: a tool that "
            f"compresses while it pushes stores fewer bytes, under other digests: {listed(holding)}.",
            sum(plain.values()),
            where="images",
            fix="Resolve these images from a registry, to plan with what it would store.",
            verdict=Verdict.INFO,
        )


def _uncompressed(prepared: Prepared) -> tuple[dict[Digest, int], list[str]]:
    """Tell the layers that are plain tars with their sizes, and the references that hold one."""
    inventory = prepared.inventory
    plain = uncompressed_layers(inventory.images())
    holding = [entry for entry in inventory.entries if uncompressed_layers(entry.images)] if plain else []
    return plain, [str(entry.reference) for entry in holding]


def _serves(entry: ResolvedReference, platform: Platform) -> bool:
    return platform.choose(image.platform for image in entry.images) is not None


def _registry_references(declarations: Declarations) -> set[Reference]:
    """Tell which references only the registry's own packs name."""
    packs: dict[Reference, set[str]] = {}
    for use in declarations.uses:
        if use.reference is not None:
            packs.setdefault(use.reference, set()).add(use.provenance.pack.lower())
    return {reference for reference, names in packs.items() if names <= REGISTRY_PACKS}


RULES: Final = (
    Rule(
        id="image.unresolved",
        title="Every image is known",
        compares="the count of images that a source answered for, or whose size is declared, with all that are named; "
        "anything less makes every sum a lower bound; the same of the next version, and of older ones that the need counts",
        source=OWN,
        verdicts=(Verdict.PASS, Verdict.INCOMPLETE),
        look=_look_unresolved,
        unit="images",
    ),
    Rule(
        id="image.platform",
        title="Every image runs on every host",
        compares="for each architecture of the hosts, the count of images that are there for it with all; images of the "
        "registry's own packs need one architecture of the site",
        source=PLATFORM,
        verdicts=(Verdict.PASS, Verdict.FAIL),
        look=_look_platform,
        unit="images",
    ),
    Rule(
        id="image.last-seen",
        title="Tags as they were last seen",
        compares="the count of tags that an earlier run looked up and this one, with --offline, could not",
        source=TAGS,
        verdicts=(Verdict.INFO,),
        look=_look_last_seen,
        unit="tags",
    ),
    Rule(
        id="image.uncompressed",
        title="Layers that are not compressed",
        compares="the bytes of distinct layers that are plain tars, as those of a docker-archive are",
        source=LAYERS,
        verdicts=(Verdict.INFO,),
        look=_look_uncompressed,
        unit="bytes",
    ),
)
