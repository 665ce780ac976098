"""What became of each image of a seeding: which of its parts stand at the target, and why one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.run import RunItem
    from regplan.model.seed import ManifestPut, SeedPlan
    from regplan.oci.digest import Digest

__all__ = ["SeedImage", "SeedImages"]

_THERE: Final = frozenset({"sent", "mounted", "present", "skipped", "put"})
_MOVING: Final = frozenset({"moving", "retrying"})


@dataclass(frozen=True, slots=True)
class SeedImage:
    """One name that is asked for, and what stands of it at the target.

    `state` is there, failed, moving or waiting; `there_parts` of `parts` (blobs and manifests of it in its repository) stand
    there, with `there_bytes` of `size_bytes`. `why` is one sentence of what went wrong.
    """

    reference: str
    repository: str
    state: str
    parts: int
    there_parts: int
    size_bytes: int
    there_bytes: int
    why: str = ""


class SeedImages:
    """The images of a plan; `rows` tells how they stand once it is known how its items do."""

    def __init__(self, plan: SeedPlan) -> None:
        """Find out once of which parts each image is made."""
        sizes = {blob.descriptor.digest: blob.descriptor.size for blob in plan.blobs}
        by_key = {(put.repository, put.digest): put for put in plan.manifests}
        self._images: list[tuple[str, str, tuple[tuple[str, int], ...]]] = []
        for put in plan.manifests:
            parts: dict[str, int] = {}
            for each in _tree(put, by_key):
                parts |= {str(digest): sizes.get(digest, 0) for digest in each.blobs}
                parts |= dict.fromkeys(each.tags if each.digest == put.digest and each.tags else (), len(each.raw))
                parts |= {} if each.tags else {str(each.digest): len(each.raw)}
            self._images += [(name, put.repository, tuple(parts.items())) for name in put.references]

    def rows(self, items: Iterable[RunItem] = ()) -> tuple[SeedImage, ...]:
        """List the images in the plan's order; without items nothing was begun yet."""
        known = {(item.repository, item.name): item for item in items}
        return tuple(self._row(*image, known) for image in self._images)

    @staticmethod
    def _row(
        reference: str, repository: str, parts: tuple[tuple[str, int], ...], known: dict[tuple[str, str], RunItem]
    ) -> SeedImage:
        there = there_bytes = 0
        moving, why = False, ""
        for name, size_bytes in parts:
            item = known.get((repository, name))
            if item is None:
                continue
            if item.state in _THERE:
                there, there_bytes = there + 1, there_bytes + size_bytes
            moving = moving or item.state in _MOVING
            why = why or (item.why if item.state == "failed" else "")
        state = "there" if there == len(parts) else "failed" if why else "moving" if moving or there else "waiting"
        size = sum(size_bytes for _, size_bytes in parts)
        return SeedImage(reference, repository, state, len(parts), there, size, there_bytes, why)


def _tree(put: ManifestPut, by_key: dict[tuple[str, Digest], ManifestPut]) -> Iterator[ManifestPut]:
    """Yield a manifest and all that it holds."""
    yield put
    for child in put.children:
        found = by_key.get((put.repository, child))
        if found is not None:
            yield from _tree(found, by_key)
