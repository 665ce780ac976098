"""Packs and profiles as they were handed over, before their images are looked at; and the problems met on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from regplan.errors import InvalidProfile
from regplan.profile.composer import Map

if TYPE_CHECKING:
    from regplan.model.profile import ClusterProfile, Pack, Provenance
    from regplan.profile.composer import Tree

__all__ = ["Draft", "Manifest", "NamedText", "Origin", "Problems", "RawPack", "RawProfile", "Variable"]


@dataclass(frozen=True, slots=True)
class NamedText:
    """A text with the name of the file that it came from."""

    file: str
    text: str = field(repr=False)


class Origin(StrEnum):
    """What a pack's text came as; only what Palette manages can lack an image that Palette should know."""

    PROFILE = "profile"
    VALUES = "values"
    MANIFESTS = "manifests"
    LIST = "list"


class Draft(StrEnum):
    """How a profile's draft stands to what is published."""

    NONE = "none"
    DIFFERS = "differs"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Kubernetes objects under one name; `documents` is None where only the name is known."""

    key: str
    documents: tuple[Map, ...] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A profile variable; `default` is None where it has none."""

    name: str
    default: str | None = field(repr=False)
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class RawPack:
    """A pack, a values file, loose manifests or a list: what names images, still as trees.

    `entries` are the items of a list with their keys; `where` is the provenance that every mention in it shares.
    """

    origin: Origin
    pack: Pack
    where: Provenance
    values: Map = field(default_factory=Map, repr=False)
    manifests: tuple[Manifest, ...] = ()
    entries: tuple[tuple[str, Tree], ...] = ()


@dataclass(frozen=True, slots=True)
class RawProfile:
    """A cluster profile with its packs as trees."""

    profile: ClusterProfile
    packs: tuple[RawPack, ...]
    variables: tuple[Variable, ...] = ()
    draft: Draft = Draft.NONE


@dataclass(slots=True)
class Problems:
    """Collects what could not be understood, so that it is all said at once."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, key: str, problem: str) -> None:
        """Note a problem at a key of a file."""
        self.found.append(": ".join(part for part in (file, key, problem) if part))

    def finish(self) -> None:
        """Raise `InvalidProfile` with everything that was noted, if anything was."""
        if not self.found:
            return
        error = InvalidProfile(f"{len(self.found)} problems keep regplan from reading this:", self.found)
        if len(self.found) == 1:
            error = InvalidProfile(self.found[0])
            error.problems = tuple(self.found)
        raise error
