"""What the numbers are that come from digests: what images hold, share and take unpacked, and what an upgrade changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SHARING"]

_MEASURED: Final = "measured"
_SET: Final = (
    "{doc[storage][manifests]} distinct manifests and kept indexes of {doc[layers]} images, and the "
    "{doc[storage][blobs]} configs and layers in them"
)
_IMAGE: Final = "the manifest {row[digest]} for {row[platform]}"
_GROUP: Final = "the manifests of {row[images]} distinct images behind {row[references]} references"
_FAMILY: Final = "the manifests of {row[images]} images; layers {row[layers]} deep"
_NAMED: Final = "the profile {row[profile]}"
_UPGRADE: Final = "manifests of the site's profiles, and of those in upgrade_to"
_CLAIM: Final = "registry.storage of the site file, else the values of the registry's pack"
_HELD: Final = "the manifests of the images that packs name"
_UNPACKED: Final = "--unpacked reads a few bytes of each layer; without it nothing is measured"

SHARING: Final[Mapping[str, Told]] = {
    "layers[].size_bytes": Told("Distinct digests of {row[reference]}: manifest, config and layers.", _MEASURED, _IMAGE),
    "layers[].shared_bytes": Told("Digests of {row[reference]} that other images of the set have too.", _MEASURED, _IMAGE),
    "layers[].unique_bytes": Told("Digests that only {row[reference]} has: removing it frees them.", _MEASURED, _IMAGE),
    "layers[].fair_bytes": Told(
        "What {row[reference]} has, each digest divided by the number of images that hold it.", _MEASURED, _IMAGE
    ),
    "layers[].sizes_unknown": Told(
        "Digests of {row[reference]} whose size nobody knows; each counts 0 bytes.", _MEASURED, _IMAGE, "digests"
    ),
    "layers[].unpacked_bytes": Told(
        "Layers of {row[reference]} as a node unpacks them; one that was not measured takes unpacked_ratio "
        "{doc[unpacked][ratio]} times its compressed size.",
        "{row[unpacked_provenance]}", _IMAGE,
    ),
    "layers[].unpacked_measured_bytes": Told("Layers of {row[reference]} whose unpacked size is measured.", _MEASURED, _UNPACKED),
    "layers[].unpacked_compressed_bytes": Told(
        "The compressed size of {row[reference]}'s layers that are not measured.", _MEASURED, _IMAGE
    ),
    **{
        f"{group}[].{key}": Told(says, _MEASURED, source, unit)
        for group in ("packs", "profiles")
        for key, says, source, unit in (
            ("references", "Distinct references that it names.", _NAMED, "references"),
            ("images", "Distinct manifests behind {row[references]} references.", _GROUP, "images"),
            ("unresolved", "Its references that nobody answered for; they count no bytes.", _NAMED, "references"),
            ("referenced_bytes", "Its references one by one, each with its distinct digests.", _GROUP, ""),
            ("unique_bytes", "Each distinct digest of its images once.", _GROUP, ""),
            ("exclusive_bytes", "Digests that nothing outside it holds: without it they are freed.", _GROUP, ""),
            ("shared_bytes", "Digests that something outside it holds too.", _GROUP, ""),
            ("sizes_unknown", "Digests whose size nobody knows; each counts 0 bytes.", _GROUP, "digests"),
        )
    },
    "families[].prefix_bytes": Told("The first layers that these images have in common, each digest once.", _MEASURED, _FAMILY),
    "families[].times_bytes": Told("The same layers, once for every image.", _MEASURED, _FAMILY),
    "families[].saved_bytes": Told("What sharing the first layers saves.", _MEASURED, _FAMILY),
    "alignments[].saved_bytes": Told(
        "What would be freed if all {row[families]} families stood on {row[kept]}; that a common beginning is the base, no "
        "digest tells.",
        "{row[provenance]}", "the first layers of the images named",
    ),
    "dominating[].percent": Told("The share that is asked for: the fewest images that make it.", "rule", "regplan", "percent"),
    "dominating[].count": Told("Images that make {row[percent]} % by {row[by]}.", _MEASURED, "the images listed", "images"),
    "dominating[].bytes": Told("What these {row[count]} images make together by {row[by]}.", _MEASURED, "the images listed"),
    "sharing.packs[].bytes": Told("Distinct digests of {row[pack]} in {row[profile]}, each once.", _MEASURED, _HELD),
    "sharing.pairs[].packs[]": Told("A pack, by its place in sharing.packs from 0.", _MEASURED, _HELD, "place"),
    "sharing.pairs[].bytes": Told("Digests that both packs of the pair hold.", _MEASURED, _HELD),
    "sharing.pair_count": Told("Pairs of packs that share any bytes.", _MEASURED, _HELD, "pairs"),
    "sharing.sets[].packs[]": Told("A pack, by its place in sharing.packs from 0.", _MEASURED, _HELD, "place"),
    "sharing.sets[].bytes": Told("Digests that exactly the packs of the set hold, and no other.", _MEASURED, _HELD),
    "sharing.sets[].blobs": Told("Digests that exactly the packs of the set hold.", _MEASURED, _HELD, "digests"),
    "sharing.set_count": Told("Sets of packs that hold anything exactly together.", _MEASURED, _HELD, "sets"),
    "sharing.several_bytes": Told("Digests that more packs than one hold.", _MEASURED, _HELD),
    **{
        f"sharing.{parts}.{key}": Told(says, _MEASURED, _HELD, unit)
        for parts in (".".join(["parts[]"] * level) for level in range(1, 5))
        for key, says, unit in (
            ("fair_bytes", "Its digests, each divided among the images of packs that hold it.", ""),
            ("whole_bytes", "Its digests, undivided.", ""),
            ("merged", "Parts that are told as one, since each is below 0.4 % of the set.", "parts"),
        )
    },
    "unpacked.bytes": Told(
        "Snapshots of all images on one node, {doc[unpacked][chains]} chains of layers once each; "
        "{doc[unpacked][measured_layers]} of {doc[unpacked][layers]} layers are measured, the others take unpacked_ratio "
        "{doc[unpacked][ratio]} times their compressed size.",
        "{row[provenance]}", _UNPACKED,
    ),
    "unpacked.measured_bytes": Told("What the measured layers take unpacked, for each of their chains.", _MEASURED, _UNPACKED),
    "unpacked.compressed_bytes": Told(
        "The compressed size of the layers that are not measured, for each of their chains.", _MEASURED, _SET
    ),
    "unpacked.chains": Told("Distinct chains of layers (image specification, ChainID).", _MEASURED, _SET, "chains"),
    "unpacked.layers": Told("Distinct layers that a node unpacks.", _MEASURED, _SET, "layers"),
    "unpacked.measured_layers": Told("Layers whose unpacked size is measured.", _MEASURED, _UNPACKED, "layers"),
    "unpacked.guessed_images": Told("Images whose diff_ids nobody told.", _MEASURED, "configs of the images", "images"),
    "unpacked.ratio": Told("Unpacked bytes for each compressed byte.", "assumed", "assumptions.unpacked_ratio of the site file"),
    "unpacked.why[].layers": Told("Layers that are not measured, since: {row[why]}.", _MEASURED, _UNPACKED, "layers"),
    "storage.referenced_bytes": Told("References one by one, each with its distinct digests.", _MEASURED, _SET),
    "storage.unique_bytes": Told("Each distinct digest of the set once, manifests included.", _MEASURED, _SET),
    "storage.blobs": Told("Distinct configs and layers.", _MEASURED, _SET, "blobs"),
    "storage.required_bytes": Told(
        "What the registry's PVC must hold: the sum of the {row[terms]} terms, without the documented minimum.",
        "assumed", "the terms",
    ),
    "storage.claimed_bytes": Told("What the registry's PVC offers.", "declared", _CLAIM),
    "storage.minimum_bytes": Told("The documented minimum.", "rule", 'Palette docs, "Deploy Cluster with a Primary Registry"'),
    "storage.pvc_bytes": Told("What to claim: the need, or the documented minimum where that is more.", "assumed", "the terms"),
    "storage.use_ratio": Told("The need as a share of the claim.", "assumed", "the terms, and registry.storage"),
    "storage.holds_bytes": Told(
        "The most live images that the claim holds, everything that is a share of them being scaled with them.",
        "assumed", "the storage need, turned round",
    ),
    "storage.versions.count": Told(
        "Versions that lie in the registry at once: {row[why]}.", "assumed", "{row[why]}", "versions"
    ),
    "storage.versions.measured": Told(
        "Versions beside this one whose digests are known.", _MEASURED, "upgrade_to and upgrade_from", "versions"
    ),
    "storage.versions.releases_per_year": Told(
        "Releases each year.", "assumed", "scenario.upgrades_per_year, else assumptions.releases_per_year", "releases"
    ),
    "storage.versions.years": Told("The horizon.", "assumed", "scenario.years, else one year", "years"),
    "storage.versions.next_bytes": Told(
        "What one more version adds; digests tell it where another version is given, else version_delta.",
        "assumed", "upgrade_to, upgrade_from or assumptions.version_delta",
    ),
    "storage.terms[].bytes": Told("The term {row[key]} of the storage need.", "{row[provenance]}", "{row[source]}"),
    "storage.manifests": Told("Distinct manifests, and indexes that are kept.", _MEASURED, _SET, "manifests"),
    "storage.pairs": Told("Distinct pairs of a repository and a config or layer in it.", _MEASURED, _SET, "pairs"),
    "storage.stored_bytes": Told(
        "What Zot without deduplication holds: each digest once for each repository.", _MEASURED, _SET
    ),
    "storage.quota_bytes": Told("What Harbor charges: each digest once for each project.", _MEASURED, _SET),
    "storage.index_bytes": Told("Kept indexes, which no image holds.", _MEASURED, _SET),
    "storage.projects[].quota_bytes": Told(
        "What Harbor charges the project {row[project]}: each digest in it once.", _MEASURED,
        "the manifests of {row[images]} images behind {row[references]} references",
    ),
    "storage.projects[].references": Told("References that lie in {row[project]}.", _MEASURED, "names at the registry", "references"),
    "storage.projects[].images": Told("Distinct manifests in {row[project]}.", _MEASURED, "names at the registry", "images"),
    "storage.sizes_unknown": Told("Digests whose size nobody knows; each counts 0 bytes.", _MEASURED, _SET, "digests"),
    "storage.uncompressed_bytes": Told("Distinct layers that are plain tars.", _MEASURED, _SET),
    "storage.unresolved.count": Told("Images that nobody answered for.", _MEASURED, "images.unresolved", "images"),
    "storage.unresolved.break_even_bytes": Told(
        "The largest average size of the {row[count]} unresolved at which all still fits the PVC.",
        "assumed", "the storage need, turned round: the largest whole average whose need the claim holds",
    ),
    "storage.unresolved.p50_bytes": Told("The published median size of an image.", "assumed", "assumptions.image_p50_bytes"),
    "storage.unresolved.p90_bytes": Told(
        "The published size that nine of ten images stay below.", "assumed", "assumptions.image_p90_bytes"
    ),
    "storage.unresolved.need_p50_bytes": Told(
        "The storage need with each of the {row[count]} unresolved at {row[p50_bytes]} bytes, which count like declared "
        "ones: growth, versions, file system and free space come on top.",
        "assumed", "the terms of the storage need, reckoned again",
    ),
    "storage.unresolved.need_p90_bytes": Told(
        "The storage need with each of the {row[count]} unresolved at {row[p90_bytes]} bytes, which count like declared "
        "ones: growth, versions, file system and free space come on top.",
        "assumed", "the terms of the storage need, reckoned again",
    ),
    "referrers.count": Told("Signatures, attestations and SBOMs beside the images.", _MEASURED, "referrers of the manifests", ""),
    "referrers.bytes": Told("What they add to the distinct digests of the set.", _MEASURED, "their manifests"),
    "referrers.each[].size_bytes": Told("{row[artifact_type]} of {row[reference]}.", _MEASURED, "the manifest {row[digest]}"),
    "upgrade.kept_bytes": Told("Distinct digests that both versions have.", _MEASURED, _UPGRADE),
    "upgrade.new_bytes": Told("Distinct digests that only the next version has.", _MEASURED, _UPGRADE),
    "upgrade.dropped_bytes": Told("Distinct digests that only this version has.", _MEASURED, _UPGRADE),
    "upgrade.peak_bytes": Told("What both versions take together, while both are kept.", _MEASURED, _UPGRADE),
}  # fmt: skip
