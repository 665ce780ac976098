"""One site with everything that it names, read: what the oracle reckons from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from independent.known import Entry, choose, read_known
from independent.layers import Declared, Told, read_declared, told_of_registry
from independent.material import normalise
from independent.sites import Site, read_site, size
from independent.zot import kept_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from independent.known import Known

__all__ = ["Case", "read_case"]


@dataclass(frozen=True)
class Case:
    """A site, what its profiles declare, what they tell of the registry, and what its recordings know."""

    site: Site
    declared: Declared
    told: Told
    known: Known
    newer: Declared | None = None
    older: tuple[Declared, ...] = ()
    mapping: str = "host"
    today: dt.date = dt.date(2026, 1, 1)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """Every distinct reference that the site needs."""
        return tuple(self.declared.statuses)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What the recordings answer for the references."""
        return self.resolve(self.references)

    def resolve(self, references: Iterable[str]) -> tuple[Entry, ...]:
        """Choose images for references; those that nobody knows are left out."""
        found = (choose(self.known, reference, self.site.platforms) for reference in references)
        return tuple(entry for entry in found if entry is not None)

    @cached_property
    def declared_sizes(self) -> dict[str, int]:
        """Sizes that the site file states for references that no recording has."""
        stated = {normalise(name): size(text) for name, text in (self.site.given.get("declared_sizes") or {}).items()}
        known = {entry.reference for entry in self.entries}
        return {name: size for name, size in stated.items() if name in self.references and name not in known}

    @cached_property
    def unresolved(self) -> tuple[str, ...]:
        """References of which nobody knows a size."""
        known = {entry.reference for entry in self.entries} | set(self.declared_sizes)
        return tuple(each for each in self.references if each not in known)

    def declared_of(self, declared: Declared) -> dict[str, int]:
        """Sizes that the site file states for references of a version that no recording has."""
        stated = {normalise(name): size(text) for name, text in (self.site.given.get("declared_sizes") or {}).items()}
        known = {entry.reference for entry in self.resolve(declared.statuses)}
        return {name: stated[name] for name in declared.statuses if name in stated and name not in known}

    def unresolved_of(self, declared: Declared) -> int:
        """How many images of a version nobody knows."""
        return len(declared.statuses) - len(self.resolve(declared.statuses)) - len(self.declared_of(declared))

    @property
    def missing(self) -> tuple[str, ...]:
        """References that run and are in no list."""
        return tuple(name for name, status in self.declared.statuses.items() if status == "missing")

    @property
    def unsure(self) -> tuple[str, ...]:
        """References in no list of which nobody can tell whether anything runs them."""
        return tuple(name for name, status in self.declared.statuses.items() if status == "unknown")

    @property
    def kind(self) -> str:
        """The registry's kind: the site's, or the profiles' where the site leaves it out; zot where nobody says."""
        if self.site.registry is None:
            return ""
        return str(self.site.registry.get("kind") or self.told.kind or "zot")

    @property
    def claimed(self) -> int | None:
        """What the PVC offers: the site's word, else the profiles' (contract: `storage` defaults to the profile's)."""
        if self.site.registry is None:
            return None
        stated = self.site.registry.get("storage")
        return size(stated) if stated is not None else self.told.storage

    @property
    def syncs(self) -> bool:
        """Whether missing content is fetched: the site's word, else the profiles', else true (product, "sync")."""
        stated = (self.site.registry or {}).get("sync")
        return (stated if stated is not None else self.told.sync) is not False

    @cached_property
    def keeps(self) -> int | None:
        """How many versions whatever deletes leaves: the site's word, else what the Zot pack's values keep."""
        if self.site.registry is None or "retention" in self.site.registry:
            return self.site.keeps
        return kept_tags(self)

    def provided_only(self, reference: str) -> bool:
        """Tell whether only packs of layer os name a reference: it is the provider image (contract, `wire`)."""
        packs = self.declared.named_by(reference)
        return bool(packs) and all(pack.layer == "os" for pack in packs) and reference not in self.declared.loose


def read_case(path: Path, mapping: str = "host") -> Case:
    """Read a site and everything that it names."""
    site = read_site(path)
    given = site.given

    def declared(names: Sequence[str]) -> Declared:
        return read_declared([path.parent / name for name in names], given.get("images") or ())

    sources = [path.parent / each.removeprefix("recording:") for each in given["from"]]
    own = declared(given.get("profiles") or ())
    newer = declared(given["upgrade_to"]) if given.get("upgrade_to") else None
    case = Case(site, own, told_of_registry(own), read_known(sources), newer, mapping=mapping)
    before = given.get("upgrade_from") or []
    sets = before if before and isinstance(before[0], list) else [before] if before else []
    return replace(case, older=tuple(declared(each) for each in sets))
