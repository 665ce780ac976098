"""What one version of a set of images changes for the next, and what several versions take together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.showing import shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.image import Unresolved
    from regplan.model.plan import Growth
    from regplan.oci.platform import Platform

__all__ = ["ImageChange", "KeptVersions", "SiteUpgrade", "Upgrade", "UpgradeStep", "UpgradeWay"]


@dataclass(frozen=True, slots=True)
class ImageChange:
    """One repository's images on one platform, before and after: `status` is added, removed, changed or same.

    `old` and `new` are its references. `before_bytes` and `after_bytes` are its distinct digests, `new_bytes` those of
    after that nothing of the older version has, and `dropped_bytes` those of before that nothing of the newer one has;
    what several repositories gain or lose together counts in each of them.
    """

    repository: str
    platform: Platform
    status: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    before_bytes: int
    after_bytes: int
    new_bytes: int
    dropped_bytes: int


@dataclass(frozen=True, slots=True)
class UpgradeStep:
    """From one version, `old`, to the next, `new`, each named as it was given."""

    old: str
    new: str
    growth: Growth
    images: tuple[ImageChange, ...]


@dataclass(frozen=True, slots=True)
class KeptVersions:
    """The most that `versions` consecutive versions take together, in bytes, and which they are, oldest first.

    To keep as many and copy the next before the oldest is removed takes what one version more takes.
    """

    versions: int
    peak_bytes: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Several versions in order: from the first to the last as a whole, step by step, and what keeping several takes.

    `sizes_unknown` counts the distinct digests of all versions whose size nobody knows: they count 0 bytes.
    """

    whole: UpgradeStep
    steps: tuple[UpgradeStep, ...]
    kept_versions: tuple[KeptVersions, ...]
    sizes_unknown: int = 0

    _repr_mimebundle_ = shown


@dataclass(frozen=True, slots=True)
class UpgradeWay:
    """What an upgrade of a site carries under one topology, in bytes, and how long it fills the internet link.

    `wan_low_bytes` and `wan_high_bytes` are with the images of unknown placement on one host and on every host. `link_s`
    are seconds at the link's whole rate, None where nobody told that; `nights` are windows of the site's scenario, None
    where it names none.
    """

    topology: str
    wan_bytes: int
    wan_low_bytes: int
    wan_high_bytes: int
    lan_bytes: int
    media_bytes: int
    link_s: float | None = None
    nights: int | None = None


@dataclass(frozen=True, slots=True)
class SiteUpgrade:
    """What a site names beside its next version, or beside `other` where that is not "".

    `ways` are what going there carries, nothing for a site without hosts; `window` is the scenario's, as seconds of the
    day. `unresolved` are images of either side that nobody could tell: all sums are lower bounds where there are any.
    """

    upgrade: Upgrade
    ways: tuple[UpgradeWay, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    other: str = ""
    window: tuple[int, int] | None = None
