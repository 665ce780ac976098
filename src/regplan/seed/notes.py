"""What verifying has found, noted by the names of the images that it is about. Pure."""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum
from typing import TYPE_CHECKING

from regplan.model.verifying import Damage
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.seed import ManifestPut
    from regplan.oci.digest import Digest

__all__ = ["Notes", "State", "names_of", "place_of"]


class State(IntEnum):
    """How an image stands; of two findings the greater counts."""

    EQUIVALENT = 1
    WRONG = 2
    MISSING = 3


@dataclass(slots=True)
class Notes:
    """What was found of each reference, and what of each manifest and blob in its repository."""

    states: dict[str, State] = field(default_factory=dict)
    details: dict[str, None] = field(default_factory=dict)
    manifests: set[tuple[str, Digest]] = field(default_factory=set)
    blobs: dict[tuple[str, Digest], State] = field(default_factory=dict)
    blank: set[tuple[str, Digest]] = field(default_factory=set)
    flipped: set[tuple[str, Digest]] = field(default_factory=set)

    def note(self, names: tuple[str, ...], state: State, why: str) -> None:
        """Note what was found of images, and why."""
        for name in names:
            self.states[name] = max(state, self.states.get(name, state))
            self.details[f"{name}: {why}"] = None

    def of(self, state: State) -> tuple[str, ...]:
        """List the references that stand so."""
        return tuple(sorted(name for name, found in self.states.items() if found is state))

    def damage(self) -> Damage:
        """Tell what has to be brought again."""
        wrong = frozenset(pair for pair, state in self.blobs.items() if state is State.WRONG)
        return Damage(
            frozenset(pair for pair, state in self.blobs.items() if state is State.MISSING),
            wrong,
            frozenset(self.manifests),
            wrong & self.blank,
            wrong & self.flipped - self.blank,
        )


def names_of(put: ManifestPut, reference: str = "") -> tuple[str, ...]:
    """Tell which of a manifest's references a tag stands for; without one, all of them, or its place at the target."""
    marked = f":{reference}"
    chosen = tuple(name for name in put.references if name.partition("@")[0].endswith(marked))
    return chosen or put.references or (place_of(put.repository, reference or str(put.digest)),)


def place_of(repository: str, reference: str) -> str:
    """Write a tag or digest of a repository as one name."""
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"
