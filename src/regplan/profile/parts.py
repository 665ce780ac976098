"""Packs and profiles as they were handed over, before their images are looked at; and the problems met on the way."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from regplan.errors import InvalidProfile
from regplan.profile.composer import Map
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.profile import ClusterProfile, ImageUse, Pack, Provenance
    from regplan.profile.composer import Tree

__all__ = [
    "Draft",
    "Evidence",
    "Item",
    "Manifest",
    "Members",
    "NamedText",
    "Origin",
    "Preset",
    "Problems",
    "RawChart",
    "RawPack",
    "RawProfile",
    "Rendered",
    "Renderer",
    "Sighting",
    "Variable",
]

_MOST_TOLD: Final = 50
_MOST_LENGTH: Final = 1_000
_MOST_ITEMS: Final = 5_000


@dataclass(frozen=True, slots=True)
class NamedText:
    """A text with the name of the file that it came from."""

    file: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Members:
    """The texts of a folder or an archive by their paths with forward slashes, archives inside it taken apart as folders.

    `skipped` names what was not read, with the reason: "logo.png is not text"; `problems` what should have been read and
    could not be, such as a values.yaml that is not text.
    """

    file: str
    texts: Mapping[str, str] = field(repr=False)
    skipped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Origin(StrEnum):
    """What a pack's text came as; only what Palette manages can lack an image that Palette should know.

    PROFILE: a layer of a cluster profile. PACK: a pack on disk. VALUES: a values file. CHART: a Helm chart by itself.
    MANIFESTS: Kubernetes objects by themselves. LIST: references by themselves. BUNDLE: a bundle definition.
    """

    PROFILE = "profile"
    PACK = "pack"
    VALUES = "values"
    CHART = "chart"
    MANIFESTS = "manifests"
    LIST = "list"
    BUNDLE = "bundle"


class Item(NamedTuple):
    """An item of a list as it stands there: its key, what it is, and its line where it is known."""

    key: str
    tree: Tree
    line: int | None = None


class Draft(StrEnum):
    """How a profile's draft stands to what is published."""

    NONE = "none"
    DIFFERS = "differs"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Kubernetes objects under one name; `documents` is None where only the name is known, `uid` is Palette's name."""

    key: str
    documents: tuple[Map, ...] | None = field(repr=False)
    uid: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class RawChart:
    """A Helm chart as files: `texts` by path inside the chart ("Chart.yaml", "templates/a.yaml", "charts/b/Chart.yaml").

    `file` is what errors and provenance call it. `values_at` tells where the values of its pack hold its own; () is
    ("charts", NAME). A pack's manifest with templates in it is a chart at ("manifests", NAME), and `file` is that file.
    """

    file: str
    name: str
    version: str
    app_version: str
    values: Map = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    values_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset of a pack: values that it adds, paths that it removes; `is_on` where the values say that it is enabled.

    `file` is where it stands, and what the lines of `add` are lines of.
    """

    name: str
    group: str
    add: Map = field(repr=False)
    remove: tuple[str, ...] = ()
    is_on: bool = False
    file: str = ""


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
    `charts` are those at hand, `enabled_presets` the names in the values' first comment ("Backend:disable-api"), `uid`
    is Palette's name of the pack.
    """

    origin: Origin
    pack: Pack
    where: Provenance
    values: Map = field(default_factory=Map, repr=False)
    manifests: tuple[Manifest, ...] = ()
    entries: tuple[Item, ...] = ()
    charts: tuple[RawChart, ...] = ()
    presets: tuple[Preset, ...] = ()
    enabled_presets: tuple[str, ...] = ()
    uid: str = ""


@dataclass(frozen=True, slots=True)
class RawProfile:
    """A cluster profile with its packs as trees; `uid` is Palette's name of it."""

    profile: ClusterProfile
    packs: tuple[RawPack, ...]
    variables: tuple[Variable, ...] = ()
    draft: Draft = Draft.NONE
    uid: str = ""


class Evidence(StrEnum):
    """What is known of an image that is not from a list.

    RUNS: a pod of a manifest or of a rendered chart has it. ENABLED: a chart's templates use it under these values, or
    the values switch it on by name. OFF: something must be switched on first. MAYBE: values name it, and nobody here
    can tell. DEAD: nothing can ever use it, such as a value that no template reads.
    """

    RUNS = "runs"
    ENABLED = "enabled"
    OFF = "off"
    MAYBE = "maybe"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Sighting:
    """An image that was seen outside any list; its use tells text and place, and its `enabled_by` what is OFF.

    `name` is the full repository name ("docker.io/bitnami/kubectl"), also where the tag is not known and the use has no
    reference; "" where not even that can be told.
    """

    use: ImageUse
    evidence: Evidence
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What rendering a chart gave: manifests as text, or None and the reason in one sentence."""

    text: str | None
    problem: str = ""


class Renderer(Protocol):
    """Renders a chart as `helm template` does; `values` is JSON. It raises nothing: what fails is a problem."""

    def __call__(self, chart: RawChart, values: str, namespace: str, kube_version: str = "") -> Rendered:
        """Render a chart with values over its own, for a version of Kubernetes where one is known."""
        ...


@dataclass(slots=True)
class Problems:
    """Collects what could not be understood, so that it is all said at once."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, key: str, problem: str) -> None:
        """Note a problem at a key of a file; what it repeats of a long text is cut."""
        parts = (file, *(f"{each[:_MOST_LENGTH]}…" if len(each) > _MOST_LENGTH else each for each in (key, problem)))
        self.found.append(": ".join(part for part in parts if part))

    def bounded(self, items: Sequence[Tree], at: tuple[str, str], what: str) -> Sequence[Tree]:
        """Tell the items of a list at file and key; none, and a problem, where there are more than anybody has."""
        if len(items) <= _MOST_ITEMS:
            return items
        self.add(*at, f"here are {len(items):,} {what}, and regplan reads at most {_MOST_ITEMS:,}")
        return ()

    def finish(self) -> None:
        """Raise `InvalidProfile` with everything that was noted, if anything was."""
        if not self.found:
            return
        told = self.found[:_MOST_TOLD]
        if len(self.found) > _MOST_TOLD:
            told.append(f"and {len(self.found) - _MOST_TOLD:,} more")
        error = InvalidProfile(f"{len(self.found)} problems keep regplan from reading this:", told)
        if len(self.found) == 1:
            error = InvalidProfile(self.found[0])
            error.problems = tuple(self.found)
        raise error
