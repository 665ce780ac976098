"""The storage need of a site, term by term, as the issue and facts/models.md 2.3 define it.

    live + other_platforms + provider_image   every digest of the set once (measured)
    declared, palette_images, charts_packs    what the site file states
    growth            set x ((1 + growth) ^ years - 1)
    kept_versions     digests of other versions that are given (measured), else (V - 1) x delta x set
    older_versions    those of the V - 1 that no digests tell
    garbage           deleted, and not collected yet
    uploads           the largest blobs in flight; abandoned ones; twice the largest image where it syncs on demand
    metadata          bytes for each (repository, blob) link
    filesystem, free_space    what stands above / (1 - share), less itself

Each rounds up. Unknown sizes count 0.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from independent.sites import size
from independent.zot import syncs_on_demand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from independent.case import Case
    from independent.known import Entry, Sizes

__all__ = ["holds_bytes", "pvc_bytes", "required_bytes", "terms", "union", "versions_kept"]

MINIMUM = 300 * 10**9  # Palette docs, "Deploy Cluster with a Primary Registry": "at least 300 GB"
HOURS = 8760
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 730}


def union(entries: Iterable[Entry]) -> Sizes:
    """Each distinct digest of entries with its size."""
    found: Sizes = {}
    for entry in entries:
        found |= {digest: size for digest, size in entry.sizes.items() if size is not None or digest not in found}
    return found


def total(sizes: Sizes) -> int:
    """Add up; an unknown size counts 0."""
    return sum(size or 0 for size in sizes.values())


def wanted_digests(case: Case, entry: Entry) -> set[str]:
    """The digests of a reference that the hosts' platforms need: of one kept whole, not the index and not the others."""
    pictures = entry.pictures
    if entry.index:
        pictures = tuple(each for each in pictures if each.platform in case.site.platforms)
    return {digest for picture in pictures for digest in picture.sizes}


def split(case: Case) -> dict[str, int]:
    """What the digests of the set are for: the hosts' images, other platforms, the provider image."""
    every = union(case.entries)
    wanted = {digest for entry in case.entries for digest in wanted_digests(case, entry)}
    others = [entry for entry in case.entries if not case.provided_only(entry.reference)]
    served = {digest for entry in others for digest in wanted_digests(case, entry)}

    def added(digests: set[str]) -> int:
        return sum(every[digest] or 0 for digest in digests)

    return {
        "live": added(served),
        "other_platforms": added(set(every) - wanted),
        "provider_image": added(wanted - served),
    }


def releases(case: Case) -> Fraction:
    """Releases in a year: the scenario's, else the assumption (issue: "every release within the horizon is kept")."""
    stated = Fraction(case.site.text("scenario.upgrades_per_year", "0"))
    return stated or case.site.assumed["releases_per_year"]


def versions_kept(case: Case) -> int:
    """V: believed only where something deletes, else every release within the horizon (issue, "Storage")."""
    stated = (case.site.given.get("assumptions") or {}).get("versions_kept")
    if case.keeps is not None:
        return max(case.keeps, int(stated or 0))
    return max(1 + ceil(releases(case) * case.site.years), int(case.site.assumed["versions_kept"]))


def set_bytes(case: Case) -> int:
    """What one version takes: every digest, and what is declared."""
    return sum(split(case).values()) + sum(case.declared_sizes.values())


def measured_versions(case: Case) -> list[int]:
    """What each other version that is given adds, the next one first, then old ones from the newest."""
    have, stated = union(case.entries), set(case.declared_sizes)
    added = []
    for declared in ([case.newer] if case.newer else []) + list(case.older):
        digests = union(case.resolve(declared.statuses))
        sizes = {name: size for name, size in case.declared_of(declared).items() if name not in stated}
        added.append(
            total({digest: size for digest, size in digests.items() if digest not in have}) + sum(sizes.values())
        )
        have |= digests
        stated |= set(sizes)
    return added


def _versions(case: Case) -> dict[str, int]:
    delta, further = case.site.assumed["version_delta"], versions_kept(case) - 1
    each, measured = ceil(delta * set_bytes(case)), measured_versions(case)[: max(versions_kept(case) - 1, 0)]
    if not measured:
        return {"kept_versions": further * each}
    # No digest tells what a declared image's other versions add.
    untold = len(measured) * ceil(delta * sum(case.declared_sizes.values()))
    return {"kept_versions": sum(measured), "older_versions": (further - len(measured)) * each + untold}


def _garbage(case: Case) -> int:
    """What is deleted and not collected (facts/models.md 2.1: Zot after 1 h + 1 h, Harbor never until it is scheduled).

    Each version that goes is taken for the assumed share of the set: it is another than the one that digests tell of, and
    so that one more image never lowers the need.
    """
    each = ceil(case.site.assumed["version_delta"] * set_bytes(case))
    if case.site.registry is None or case.keeps is None:
        return 0
    period = _period(case)
    wait = case.site.assumed["gc_delay_hours"] if case.kind == "zot" else Fraction(2)
    if _is_never_freed(case):
        return _dropped(case) * each
    interval = case.site.assumed["gc_interval_hours"] if period is None else Fraction(period)
    return ceil(releases(case) * each * (wait + interval) / HOURS)


def _gc(case: Case) -> str:
    return str((case.site.registry or {}).get("gc", "default"))


def _period(case: Case) -> int | None:
    every = re.fullmatch(r"every (\d+)([hd])", _gc(case))
    hours = None if every is None else int(every[1]) * (24 if every[2] == "d" else 1)
    return _PERIODS.get(_gc(case), hours)


def _is_never_freed(case: Case) -> bool:
    return _period(case) is None and (_gc(case) == "none" or case.kind != "zot")


def _dropped(case: Case) -> int:
    """Versions that are deleted within the years."""
    return max(ceil(releases(case) * case.site.years) - (versions_kept(case) - 1), 0)


def _links(entries: Iterable[Entry]) -> set[tuple[str, str]]:
    pictures = ((entry, picture) for entry in entries for picture in entry.pictures)
    return {(entry.repository, blob) for entry, picture in pictures for blob in picture.blobs}


def _metadata(case: Case) -> int:
    """Room of links (facts/measured.md: 19.5 kB for each repository and blob), those of assumed versions by the delta.

    What is deleted and never freed keeps its links too.
    """
    delta, further = case.site.assumed["version_delta"], versions_kept(case) - 1
    own = _links(case.entries)
    given = ([case.newer] if case.newer else []) + list(case.older)
    links, assumed = set(own), further
    for declared in given[: max(further, 0)]:
        links |= _links(case.resolve(declared.statuses))
        assumed -= 1
    if case.keeps is not None and _is_never_freed(case):
        assumed += _dropped(case)
    return (len(links) + assumed * ceil(delta * len(own))) * int(case.site.assumed["metadata_bytes_per_link"])


def _palette(case: Case) -> int:
    content = case.site.given.get("content") or {}
    brought = content.get("palette_images", "unknown") != "none" or content.get("compliance", False)
    return size(content["palette_images_size"]) if brought and "palette_images_size" in content else 0


def terms(case: Case) -> dict[str, int]:
    """Every term of the need in bytes."""
    assumed, content = case.site.assumed, case.site.given.get("content") or {}
    # What older versions have lies there already.
    every = union((*case.entries, *(case.resolve(case.newer.statuses) if case.newer else ())))
    largest = sorted((size or 0 for size in every.values()), reverse=True)
    growth = (1 + assumed["growth_per_year"]) ** int(case.site.years) - 1
    images = [*(total(entry.sizes) for entry in case.entries), *case.declared_sizes.values()]
    on_demand = syncs_on_demand(case)
    found = {
        **split(case),
        "declared": sum(case.declared_sizes.values()),
        "palette_images": _palette(case),
        "charts_packs": size(content.get("packs_size", "0B")),
        "growth": ceil(set_bytes(case) * growth),
        **_versions(case),
        "garbage": _garbage(case),
        "uploads": sum(largest[: int(assumed["parallel_uploads"])]),
        "abandoned": sum(largest[: int(assumed["abandoned_uploads"])]),
        "on_demand": 2 * max(images, default=0) if on_demand else 0,
        "metadata": _metadata(case),
    }
    for name, share in (("filesystem", assumed["filesystem_overhead"]), ("free_space", assumed["free_space"])):
        found[name] = ceil(sum(found.values()) * share / (1 - share))
    return found


def required_bytes(case: Case) -> int:
    """The sum of the terms."""
    return sum(terms(case).values())


def pvc_bytes(case: Case) -> int:
    """What to claim: the need, and never less than the documented minimum."""
    return max(required_bytes(case), MINIMUM)


# What stays as it is however large the images are (facts/models.md 2.4, "Inverse").
_CONSTANT = ("palette_images", "charts_packs", "uploads", "abandoned", "on_demand", "metadata")


def holds_bytes(case: Case) -> int | None:
    """Turn the need round: the largest live set that the claim holds, all else that grows with it growing alike."""
    found = terms(case)
    if case.claimed is None or not found["live"]:
        return None
    usable = Fraction(case.claimed)
    for name in ("filesystem_overhead", "free_space"):
        usable = usable * (1 - case.site.assumed[name])
    constant = sum(found[key] for key in _CONSTANT)
    scaled = sum(size for key, size in found.items() if key not in {*_CONSTANT, "filesystem", "free_space"})
    return max(floor((usable - constant) * found["live"] / scaled), 0)
