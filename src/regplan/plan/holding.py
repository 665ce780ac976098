"""What lies in a registry, summed up: each manifest with what it needs, each digest once. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from regplan.model.holdings import HeldManifest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from regplan.model.pruning import Census, Holding
    from regplan.oci.digest import Digest

__all__ = ["held_manifests", "stored_bytes"]


def stored_bytes(census: Census) -> int:
    """Add up everything that was read, each digest once."""
    sizes: dict[Digest, int] = {}
    for holding in census.holdings:
        sizes |= _own(holding)
    return sum(sizes.values())


def held_manifests(
    census: Census, platforms: Mapping[Digest, str], architectures: Collection[str]
) -> tuple[HeldManifest, ...]:
    """List every manifest that no index in its repository holds, with all that it needs.

    `platforms` are those of images by the digest of their manifest. `architectures` are those of the site's hosts, empty where
    none is known: then nothing is of the wrong one.
    """
    by_key = {(holding.repository, holding.digest): holding for holding in census.holdings}
    held = {(holding.repository, child) for holding in census.holdings for child in holding.children}
    tops = [holding for holding in census.holdings if holding.tags or (holding.repository, holding.digest) not in held]
    trees = [_tree(holding, by_key) for holding in tops]
    needs = [_sizes(tree) for tree in trees]
    users = Counter(digest for sizes in needs for digest in sizes)
    # One image under several names of a registry is one content: only other content shares its blobs.
    names = Counter(holding.digest for holding in tops)
    rows = []
    for holding, tree, sizes in zip(tops, trees, needs, strict=True):
        unique = sum(size for digest, size in sizes.items() if users[digest] <= names[holding.digest])
        told = tuple(dict.fromkeys(platforms[each.digest] for each in tree if each.digest in platforms))
        wrong = bool(architectures and told) and not any(_arch(each) in architectures for each in told)
        rows.append(
            HeldManifest(
                holding.repository,
                holding.digest,
                holding.tags,
                holding.media_type,
                sum(sizes.values()),
                unique,
                told,
                wrong,
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.repository, row.tags, str(row.digest))))


def _tree(top: Holding, by_key: Mapping[tuple[str, Digest], Holding]) -> list[Holding]:
    """List a manifest and all that it holds, each once."""
    found: dict[Digest, Holding] = {}
    waiting = [top]
    while waiting:
        each = waiting.pop()
        if each.digest not in found:
            found[each.digest] = each
            waiting += [by_key[each.repository, child] for child in each.children if (each.repository, child) in by_key]
    return list(found.values())


def _sizes(tree: list[Holding]) -> dict[Digest, int]:
    sizes: dict[Digest, int] = {}
    for each in tree:
        sizes |= _own(each)
    return sizes


def _own(holding: Holding) -> dict[Digest, int]:
    return {holding.digest: holding.size_bytes} | {blob.digest: blob.size for blob in holding.blobs}


def _arch(platform: str) -> str:
    parts = platform.split("/")
    return parts[1] if len(parts) > 1 else ""
