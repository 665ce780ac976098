"""Sets of images for laws: a few layers that many images share, each digest with one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from regplan.model.image import Blob, Image, KeptIndex, ResolvedReference
from regplan.oci.descriptor import Descriptor
from regplan.oci.mediatype import OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from regplan.oci.reference import Reference
from unit.plan.builders import AMD64, ARM64, declarations, digest, use

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from regplan.model.profile import Declarations
    from regplan.oci.digest import Digest

__all__ = ["Packed", "entries", "packed", "sized"]

_NAMES = ("a", "b", "c", "d")


def sized(of: Digest) -> int:
    """The size of a digest: always the same, and different enough that no two sums agree by chance."""
    return int(of.encoded[:6], 16)


@st.composite
def _images(draw: DrawFn) -> Image:
    layers = [digest(f"layer {each}") for each in draw(st.lists(st.integers(0, 7), max_size=4))]
    platform = draw(st.sampled_from([AMD64, ARM64]))
    name = f"{platform} {'-'.join(each.short for each in layers)}"
    config = digest(f"config {draw(st.sampled_from([name, 'shared']))}")
    own = digest(f"manifest {name} {config}")
    return Image(
        digest=own,
        media_type=OCI_MANIFEST,
        platform=platform,
        manifest_size=sized(own),
        config=Blob(config, sized(config)),
        layers=tuple(Descriptor(OCI_LAYER, each, sized(each)) for each in layers),
        source="law",
    )


@st.composite
def _entry(draw: DrawFn) -> ResolvedReference:
    reference = Reference.parse(f"r.io/{draw(st.sampled_from(_NAMES))}:{draw(st.sampled_from(_NAMES))}")
    images = tuple({each.digest: each for each in draw(st.lists(_images(), min_size=1, max_size=2))}.values())
    indexes: tuple[KeptIndex, ...] = ()
    if draw(st.booleans()):
        own = digest("index " + " ".join(each.digest.encoded for each in images))
        indexes = (KeptIndex(own, OCI_INDEX, sized(own), tuple(each.digest for each in images)),)
    return ResolvedReference(reference, images[0].digest, images, indexes)


def entries(most: int = 6) -> st.SearchStrategy[list[ResolvedReference]]:
    """Draw entries of an inventory; references may repeat, which no law minds."""
    return st.lists(_entry(), max_size=most)


@dataclass(frozen=True)
class Packed:
    """Distinct entries, each named by one pack: what is declared of them, and each one's digests with its pack."""

    entries: tuple[ResolvedReference, ...]
    told: Declarations
    contents: tuple[tuple[str, frozenset[Digest]], ...]

    @property
    def held(self) -> dict[str, set[Digest]]:
        """The digests that each pack holds, every one once."""
        held: dict[str, set[Digest]] = {}
        for pack, digests in self.contents:
            held.setdefault(pack, set()).update(digests)
        return held


@st.composite
def packed(draw: DrawFn) -> Packed:
    """Draw entries of which each is of one of three packs of a profile."""
    distinct = tuple({each.reference: each for each in draw(entries())}.values())
    packs = [draw(st.sampled_from("abc")) for _ in distinct]
    told = declarations(
        *(use(str(each.reference), pack=pack, profile="p") for each, pack in zip(distinct, packs, strict=True))
    )
    digests = (frozenset(blob.digest for blob in each.content()) for each in distinct)
    return Packed(distinct, told, tuple(zip(packs, digests, strict=True)))
