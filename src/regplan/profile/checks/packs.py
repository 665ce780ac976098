"""Findings about packs as a whole: layers, attached manifests, charts, and names that nobody can rewrite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import FoundBy
from regplan.patterns import pattern
from regplan.profile.checks.words import counted, named
from regplan.profile.lint.sources import ISSUES, LONGHORN, PRIMARY, SIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.profile.pack import PackUses
    from regplan.profile.parts import Sighting

__all__ = [
    "attached_manifests",
    "charts_not_at_hand",
    "kubernetes_layer",
    "legacy_harbor",
    "passed_names",
]

_KUBERNETES: Final = "k8s"
_INFRASTRUCTURE: Final = frozenset({"os", "k8s", "cni", "csi"})
_LEGACY: Final = "harbor-edge-native-config"
_PASSED = pattern(r"(?:^|[ .])(?:env|args|command)\[")
_CONTAINER = pattern(r"\.?(?:initC|c|ephemeralC)ontainers\[.*")


def kubernetes_layer(pack: PackUses) -> Iterator[Finding]:
    """Tell of a Kubernetes layer that lists images, which the provider image holds already."""
    where, raw = str(pack.raw.where), pack.raw
    if raw.pack.layer == _KUBERNETES and pack.listed:
        yield Finding(
            "profile.k8s-layer-images",
            Verdict.INFO,
            f"{where} lists {counted(pack.listed, 'image')} of the Kubernetes layer. In appliance mode they stand in the "
            "provider image already, so that they are carried twice; with PXK-E some of them fail to load from a content "
            "bundle because of their signatures (known issue of December 13, 2024).",
            where=where,
            fix="Remove `pack.content.images` from the Kubernetes layer before a content bundle is built for appliances.",
            source=ISSUES,
        )


def attached_manifests(packs: Sequence[PackUses]) -> Iterator[Finding]:
    """Tell of the manifests that are attached to packs, profile by profile: an air-gapped cluster does not apply them."""
    profiles: dict[str, list[str]] = {}
    for each in packs:
        raw = each.raw
        is_attached = any(not manifest.key.startswith("values.") for manifest in raw.manifests)
        if raw.where.profile and raw.pack.layer and raw.pack.type != "manifest" and is_attached:
            infra = ", of the infrastructure" if raw.pack.layer in _INFRASTRUCTURE else ""
            profiles.setdefault(raw.where.profile, []).append(f"{raw.pack.layer}/{raw.pack.name}{infra}")
    for profile, names in profiles.items():
        yield Finding(
            "profile.attached-manifest",
            Verdict.INFO,
            f"{profile} attaches manifests to {counted(names, 'pack')}: {named(names)}. Air-gapped Edge clusters do not "
            "apply them, so that what they run is missing there and their images are dead weight (known issues of "
            "November 15 and July 9, 2024).",
            where=profile,
            fix="Add the manifests as layers of their own, of the type manifest, instead of attaching them to a pack.",
            source=ISSUES,
        )


def legacy_harbor(pack: PackUses) -> Iterator[Finding]:
    """Tell of the deprecated Harbor pack, for which the Palette CLI builds no content bundle."""
    if pack.raw.pack.name.lower() == _LEGACY:
        yield Finding(
            "profile.legacy-harbor",
            Verdict.INFO,
            f"{pack.raw.where} is the deprecated {_LEGACY}: content bundles of a profile with it are built by the Palette "
            "Edge CLI alone, and `palette content` fails.",
            where=str(pack.raw.where),
            fix="Move to the Harbor or Zot pack with Registry Connect.",
            source=PRIMARY,
        )


def passed_names(pack: PackUses) -> Iterator[Finding]:
    """Tell of images whose names a pod is told in its arguments or environment, where no webhook can rewrite them."""
    told = [each for each in pack.sightings if _is_passed(each)]
    if not told:
        return
    where = str(pack.raw.where)
    holders = list(dict.fromkeys(_CONTAINER.sub("", each.use.provenance.key).strip() for each in told))
    images = list(dict.fromkeys(str(each.use.reference or each.use.text.strip()) for each in told))
    yield Finding(
        "image.passed-by-name",
        Verdict.INFO,
        f"{where}: {named(holders)} {'is' if len(holders) == 1 else 'are'} told the names of {counted(images, 'image')} in "
        f"arguments or environment: {named(images)}. The primary registry's webhook rewrites pods, not these words; what "
        "compares or pulls by them goes to the original host.",
        where=where,
        fix="See whether the operator's pods start without internet; if not, set its images to the registry's own names.",
        source=LONGHORN,
    )


def charts_not_at_hand(packs: Sequence[PackUses]) -> Iterator[Finding]:
    """Tell of the charts and manifests that packs name and nobody handed over, profile by profile."""
    profiles: dict[str, dict[str, None]] = {}
    for each in packs:
        name = each.raw.where.profile or each.raw.where.file
        profiles.setdefault(name, {}).update(dict.fromkeys(each.absent))
    for profile, absent in profiles.items():
        if absent:
            things, runs = ("chart or manifest", "it runs") if len(absent) == 1 else ("charts or manifests", "they run")
            yield Finding(
                "profile.chart-not-read",
                Verdict.INFO,
                f"{profile}: {len(absent)} {things} not at hand, so that what {runs} is told by lists and values alone: "
                f"{named(list(absent))}.",
                where=profile,
                fix="Hand over the packs too, as folders or archives with their charts, and an export of the profile or what "
                "the API answers to `packs/manifests`.",
                source=SIGHT,
            )


def _is_passed(sighting: Sighting) -> bool:
    where = sighting.use.provenance
    pods = {FoundBy.WORKLOAD, FoundBy.CHART, FoundBy.TEMPLATE}
    return where.found_by in pods and _PASSED.search(where.key) is not None
