"""Which manifests of a registry no kept version needs, and what deleting them frees. Pure.

A manifest is kept that a kept version names, by its tag as the registry has it or by its digest; that a kept index holds,
that refers to something kept (a signature), and any index that holds something kept. In doubt it stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.model.pruning import Held, Orphans, PruneItem, PrunePlan, Unneeded
from regplan.oci.digest import Digest
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.pruning import Census, Holding
    from regplan.model.seed import SeedPlan
__all__ = ["Needs", "freed_bytes", "needs_of", "orphans_of", "plan_prune"]

_Key = tuple[str, Digest]
# How cosign, and the referrers tag schema, name what refers to a digest.
_OF_DIGEST: Final = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})(?:\..+)?")


@dataclass(frozen=True, slots=True)
class Needs:
    """What one version asks a registry for: tags and digests, each in its repository; `repositories` are all it names."""

    name: str
    tags: frozenset[tuple[str, str]] = frozenset()
    digests: frozenset[tuple[str, Digest]] = frozenset()
    repositories: frozenset[str] = frozenset()


_NO_CATALOGUE: Final = (
    "the registry does not list its other repositories to this login: what they share is counted as free, so that less "
    "may come back"
)


def needs_of(name: str, plan: SeedPlan, unpinned: Iterable[tuple[str, str]]) -> Needs:
    """Tell what a version needs: what was resolved of it, and the (repository, tag or digest) of what was not."""
    loose = tuple(unpinned)
    tags = {(put.repository, tag) for put in plan.manifests for tag in put.tags} | set(loose)
    digests = {(put.repository, put.digest) for put in plan.manifests}
    repositories = {put.repository for put in plan.manifests} | {repository for repository, _ in loose}
    return Needs(name, frozenset(tags), frozenset(digests), frozenset(repositories))


def plan_prune(
    target: str, census: Census, kept: Sequence[Needs], dropped: Sequence[Needs], *, unnamed_too: bool = False
) -> PrunePlan:
    """Choose what to delete: what `dropped` versions need and no kept one, and with `unnamed_too` what no version names.

    Repositories that no version names are never touched. Indexes come before what they hold.
    """
    choice = _Choice(census, kept, dropped)
    items, held = choice.of_versions()
    named = {(item.repository, item.digest) for item in items}
    others = [item for item in choice.unnamed() if (item.repository, item.digest) not in named]
    beside = Unneeded(tuple(others), freed_bytes(census, [*items, *others]) - freed_bytes(census, items))
    chosen = _in_order([*items, *others], census) if unnamed_too else _in_order(items, census)
    return PrunePlan(
        target,
        tuple(each.name for each in kept),
        tuple(each.name for each in dropped),
        tuple(chosen),
        freed_bytes(census, chosen),
        not census.is_whole or bool(census.troubles),
        tuple(held),
        Unneeded() if unnamed_too else beside,
        census.troubles,
    )


def orphans_of(census: Census, versions: Sequence[Needs]) -> Orphans:
    """List what no version names in the repositories that one of them names, and what collecting it would free.

    A blob counts once, and not at all where something else that was looked at needs it.
    """
    choice = _Choice(census, versions, ())
    items = tuple(sorted(choice.unnamed(), key=lambda item: (item.repository, item.tags, str(item.digest))))
    named = sorted({name for each in versions for name in each.repositories})
    unlisted = () if census.is_whole else (_NO_CATALOGUE,)
    is_bound = not census.is_whole or bool(census.troubles)
    return Orphans(Unneeded(items, freed_bytes(census, items)), tuple(named), is_bound, unlisted, census.troubles)


def freed_bytes(census: Census, items: Iterable[PruneItem]) -> int:
    """Add up the bytes of what only `items` need: blobs and manifests, by digest, over all that was looked at."""
    gone = {(item.repository, item.digest) for item in items}
    freed: dict[Digest, int] = {}
    needed: set[Digest] = set()
    for holding in census.holdings:
        sizes = {holding.digest: holding.size_bytes} | {blob.digest: blob.size for blob in holding.blobs}
        if (holding.repository, holding.digest) in gone:
            freed |= sizes
        else:
            needed |= sizes.keys()
    return sum(size for digest, size in freed.items() if digest not in needed)


@dataclass(slots=True)
class _Index:
    """A census by what one looks for in it."""

    by_key: dict[_Key, Holding] = field(default_factory=dict)
    parents: dict[_Key, list[_Key]] = field(default_factory=lambda: defaultdict(list))
    referrers: dict[_Key, list[_Key]] = field(default_factory=lambda: defaultdict(list))


def _indexed(census: Census) -> _Index:
    found = _Index()
    for holding in census.holdings:
        key = (holding.repository, holding.digest)
        found.by_key[key] = holding
        for child in holding.children:
            found.parents[holding.repository, child].append(key)
        for subject in _subjects(holding):
            found.referrers[holding.repository, subject].append(key)
    return found


class _Choice:
    """What of a census is kept, and what is not."""

    def __init__(self, census: Census, kept: Sequence[Needs], dropped: Sequence[Needs]) -> None:
        self._census, self._found = census, _indexed(census)
        self._kept_tags = frozenset(tag for each in kept for tag in each.tags)
        self._dropped = tuple(dropped)
        self._named = frozenset(name for each in (*kept, *dropped) for name in each.repositories)
        self._kept = self._closure(kept)

    def of_versions(self) -> tuple[list[PruneItem], list[Held]]:
        """Choose what dropped versions need alone, with what hangs on it; tell what stays all the same."""
        items: dict[_Key, PruneItem] = {}
        held: list[Held] = []
        for key, versions in self._wanted_by_dropped().items():
            if key in self._kept:
                continue
            holding = self._found.by_key[key]
            others = [tag for tag in holding.tags if (key[0], tag) not in self._dropped_tags]
            if others:
                held.append(Held(*key, f"the tag {others[0]}, which no version names, needs it"))
            else:
                items[key] = _item(holding, versions, "version")
        self._drop_held(items, held)
        self._add_hanging(items)
        return list(items.values()), held

    def unnamed(self) -> list[PruneItem]:
        """Choose what is not needed and no version names, in the repositories that some version names."""
        return [_item(holding, (), "unnamed") for holding in self.loose() if holding.repository in self._named]

    def loose(self) -> list[Holding]:
        """List what is not kept, wherever it is."""
        return [holding for key, holding in self._found.by_key.items() if key not in self._kept]

    @property
    def _dropped_tags(self) -> frozenset[tuple[str, str]]:
        return frozenset(tag for each in self._dropped for tag in each.tags) - self._kept_tags

    def _wanted_by_dropped(self) -> dict[_Key, tuple[str, ...]]:
        wanted: dict[_Key, dict[str, None]] = {}
        for version in self._dropped:
            for holding in self._census.holdings:
                key = (holding.repository, holding.digest)
                if key in version.digests or any((key[0], tag) in version.tags for tag in holding.tags):
                    wanted.setdefault(key, {})[version.name] = None
        return {key: tuple(names) for key, names in wanted.items()}

    def _drop_held(self, items: dict[_Key, PruneItem], held: list[Held]) -> None:
        """Leave what an index holds that stays: Zot refuses it, and whoever pulls the index would miss it."""
        is_open = True
        while is_open:
            is_open = False
            for key in list(items):
                stays = [parent for parent in self._found.parents[key] if parent not in items]
                if stays:
                    del items[key]
                    held.append(Held(*key, f"the index {stays[0][1]} holds it, and stays"))
                    is_open = True

    def _add_hanging(self, items: dict[_Key, PruneItem]) -> None:
        """Add what only hangs on what goes: untagged images of an index, and signatures."""
        open_ends = list(items)
        while open_ends:
            key = open_ends.pop()
            versions = items[key].versions
            children = [(key[0], child) for child in self._found.by_key[key].children]
            hanging = [(each, "child") for each in children if not self._tags(each)]
            hanging += [(each, "signature") for each in self._found.referrers[key] if self._is_signature(each)]
            for other, why in hanging:
                if (
                    other in self._found.by_key
                    and other not in items
                    and other not in self._kept
                    and self._is_free(other, items)
                ):
                    items[other] = _item(self._found.by_key[other], versions, why)
                    open_ends.append(other)

    def _is_free(self, key: _Key, items: Mapping[_Key, PruneItem]) -> bool:
        return all(parent in items for parent in self._found.parents[key])

    def _is_signature(self, key: _Key) -> bool:
        """Tell whether a referrer has no name of its own that somebody may know it by."""
        return all(_OF_DIGEST.fullmatch(tag) for tag in self._tags(key))

    def _tags(self, key: _Key) -> tuple[str, ...]:
        holding = self._found.by_key.get(key)
        return () if holding is None else holding.tags

    def _closure(self, kept: Sequence[Needs]) -> frozenset[_Key]:
        """Follow from what kept versions name to all that hangs together with it."""
        open_ends = [key for key in (pair for each in kept for pair in each.digests) if key in self._found.by_key]
        open_ends += [
            (holding.repository, holding.digest)
            for holding in self._census.holdings
            if any((holding.repository, tag) in self._kept_tags for tag in holding.tags)
        ]
        found: set[_Key] = set()
        while open_ends:
            key = open_ends.pop()
            if key in found or key not in self._found.by_key:
                continue
            found.add(key)
            repository = key[0]
            open_ends += [(repository, child) for child in self._found.by_key[key].children]
            open_ends += self._found.parents[key]
            open_ends += self._found.referrers[key]
        return frozenset(found)


def _subjects(holding: Holding) -> Iterable[Digest]:
    """Tell what a manifest refers to: by its own word, or by a tag that is made of the digest."""
    if holding.subject is not None:
        yield holding.subject
    for tag in holding.tags:
        if match := _OF_DIGEST.fullmatch(tag):
            yield Digest(match[1], match[2])


def _item(holding: Holding, versions: tuple[str, ...], why: str) -> PruneItem:
    size = holding.size_bytes + sum(blob.size for blob in holding.blobs)
    return PruneItem(holding.repository, holding.digest, holding.tags, versions, why, size)


def _in_order(items: Iterable[PruneItem], census: Census) -> list[PruneItem]:
    """Put indexes before what they hold, repository by repository."""
    children = {(each.repository, child) for each in census.holdings for child in each.children}
    depth = {(each.repository, each.digest): bool(each.children) for each in census.holdings}

    def rank(item: PruneItem) -> tuple[str, bool, bool, str]:
        key = (item.repository, item.digest)
        return item.repository, key in children, not depth.get(key, False), str(item.digest)

    return sorted(items, key=rank)
