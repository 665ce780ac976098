"""Verifying as data: what was found at a target, and how it was looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.oci.digest import Digest

__all__ = ["BlobLength", "Damage", "Drift", "FoundMapping", "Moved", "VerifyResult"]


@dataclass(frozen=True, slots=True)
class BlobLength:
    """How long a blob is at a target: `size_bytes` is None where it breaks off before its last byte.

    `is_proven` tells that its last byte was seen there; else the length is what the target says, which it may remember
    of a file that has been cut off since.
    """

    size_bytes: int | None
    is_proven: bool = True


@dataclass(frozen=True, slots=True)
class Damage:
    """What a target lacks or holds wrongly, each as (repository, digest): blobs that are missing, and that are wrong.

    `manifests` are those that are absent, cannot be read, or whose tag names something else. Of the wrong blobs `blank` are
    those of which not a byte comes, the file being empty or gone behind the registry's back, and `flipped` those that have
    their length and other bytes; the rest are cut off.
    """

    missing: frozenset[tuple[str, Digest]] = frozenset()
    wrong: frozenset[tuple[str, Digest]] = frozenset()
    manifests: frozenset[tuple[str, Digest]] = frozenset()
    blank: frozenset[tuple[str, Digest]] = frozenset()
    flipped: frozenset[tuple[str, Digest]] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.missing or self.wrong or self.manifests)


@dataclass(frozen=True, slots=True)
class Moved:
    """A tag that names another image at its source than the one that was `seeded`; `now` is None where it is gone there."""

    reference: str
    seeded: Digest
    now: Digest | None


@dataclass(frozen=True, slots=True)
class Drift:
    """Which tags have moved at their source since they were seeded, of so many that were `asked` for.

    `unknown` are (reference, why) of which the source could not tell; `why_not` says why nobody was asked, if so.
    """

    asked: int = 0
    moved: tuple[Moved, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class FoundMapping:
    """How the images of a target are named: `name` is a mapping, of which `hits` of `probes` images were found.

    `is_told` says that it was asked for and not looked for.
    """

    name: str
    hits: int = 0
    probes: int = 0
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What stands at a target, held against what should; every list holds references or names, sorted.

    `details` says of each that is not as it should be what was found, one sentence each. `unproven` counts the blobs whose
    length is the target's word only, `read_bytes` what was read and hashed. `digests` is what each reference's tag names at
    the target, where it names anything.
    """

    target: str
    checked: int
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    internet_fallback: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    level: str = "tags"
    damage: Damage = Damage()
    unproven: int = 0
    read_bytes: int = 0
    digests: tuple[tuple[str, Digest], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing and nothing is wrong."""
        return not self.missing and not self.wrong
