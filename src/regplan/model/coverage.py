"""What a target's content means to a site: which version runs from it, and what each gap does."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["Coverage", "CoveredImage", "CoveredVersion", "Room"]


@dataclass(frozen=True, slots=True)
class CoveredImage:
    """One reference: its state at the target, the versions that need it, who names it, and who pulls it.

    `state` is complete, missing, wrong, equivalent or unpinned; `effect` is what happens when it is pulled: internet (it is
    fetched over the internet link), fails, wrong (another image, or a broken one), provided (it lies in the provider image
    and is not pulled), or "" where all is well. `maybe_hosts` may pull it, their placement being unknown.
    """

    reference: str
    state: str
    versions: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    maybe_hosts: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    effect: str = ""


@dataclass(frozen=True, slots=True)
class CoveredVersion:
    """How much of one version stands at the target; `name` is current, next or previous."""

    name: str
    images: int
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    unresolved: int = 0

    @property
    def complete(self) -> bool:
        """Whether every image of it stands there, as far as its digest is known."""
        return not self.missing and not self.wrong


@dataclass(frozen=True, slots=True)
class Room:
    """Whether what is still to come finds room: unique bytes of the versions at the target, and still to come.

    `required_bytes` is the plan's need with both versions, scratch and garbage included; `claimed_bytes` is None where
    nobody says what the registry has. `free_bytes` and `quota_left_bytes` are what the target itself leaves for what is to
    come: the disk of a tree or of a Harbor, and a Harbor project's quota; None where it does not tell.
    """

    held_bytes: int
    to_come_bytes: int
    required_bytes: int
    claimed_bytes: int | None = None
    free_bytes: int | None = None
    quota_left_bytes: int | None = None

    @property
    def fits(self) -> bool | None:
        """Whether it fits into all that is known: nothing is to come, or each holds it; None where nothing is known."""
        if not self.to_come_bytes:
            return True
        pairs = (
            (self.required_bytes, self.claimed_bytes),
            (self.to_come_bytes, self.free_bytes),
            (self.to_come_bytes, self.quota_left_bytes),
        )
        holds = [need <= room for need, room in pairs if room is not None]
        return all(holds) if holds else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """All versions that were looked for, of which `asked` decide the outcome, and every image of them.

    `sync` tells whether the site fetches over the internet link what the registry lacks.
    """

    images: tuple[CoveredImage, ...]
    versions: tuple[CoveredVersion, ...]
    asked: tuple[str, ...] = ("current",)
    sync: bool = True
    room: Room | None = None

    @property
    def complete(self) -> bool:
        """Whether every version that was asked for is complete."""
        return all(version.complete for version in self.versions if version.name in self.asked)

    @property
    def can_start(self) -> bool | None:
        """Whether an upgrade can start: the next version is complete; None where it was not asked for."""
        return self.version("next").complete if "next" in self.asked else None

    @property
    def rollback(self) -> bool | None:
        """Whether one can go back: the current version is still complete; None where it was not looked for."""
        found = [version for version in self.versions if version.name == "current"]
        return found[0].complete if found and "next" in self.asked else None

    def version(self, name: str) -> CoveredVersion:
        """Give the version of a name; raises `KeyError`."""
        return {version.name: version for version in self.versions}[name]
