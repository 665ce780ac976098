"""Why packs share what they do: the digests that both hold, and who holds each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.lines import Explanation
from regplan.report.words import counted, exact, tidy
from regplan.tui.sharing import pack_name, path_name
from regplan.tui.text import digest_text

if TYPE_CHECKING:
    from regplan.model.sharing import GroupSize
    from regplan.tui.sharing import CommonBlob, PairAsked

__all__ = ["common_blob_lines", "pair_lines"]

_MOST: Final = 20
_DIGEST: Final = 19


def pair_lines(cell: PairAsked) -> Explanation:
    """Tell what two packs share as the sum that it is, largest digests first."""
    blobs = cell.pair.blobs
    if not blobs:
        nothing = ("shared", "nothing: no digest is behind the images of both")
        return Explanation(_title(cell), (nothing, ("pack", _taken(cell.one)), ("pack", _taken(cell.other))))
    sizes = [("unknown" if each.size_bytes is None else f"{each.size_bytes:,} B", each) for each in blobs[:_MOST]]
    listed = [
        ("digests" if place == 0 else "", f"{size}  {each.kind} {digest_text(str(each.digest), _DIGEST)}")
        for place, (size, each) in enumerate(sizes)
    ]
    more = [("", f"and {counted(len(blobs) - _MOST, 'smaller one')}")] if len(blobs) > _MOST else []
    is_itself = cell.one is cell.other
    what = "digests of this pack that any other pack holds too" if is_itself else "digests that both packs hold"
    unknown = cell.pair.sizes_unknown
    lacks = [("lacks", f"{counted(unknown, 'size')} that nobody knows, counted as 0: a lower bound")] if unknown else []
    packs = [("pack", _taken(cell.one)), *([] if is_itself else [("pack", _taken(cell.other))])]
    lines = (
        ("shared", exact(cell.pair.shared_bytes, "bytes")),
        ("is", f"the sum of {counted(len(blobs), 'size')}: the {what}, each once"),
        *lacks,
        ("known", "measured: read from manifests"),
        *packs,
        *listed,
        *more,
    )
    return Explanation(_title(cell), lines)


def common_blob_lines(row: CommonBlob) -> Explanation:
    """Tell of a digest that packs share who holds it, and what that saves."""
    blob = row.blob
    size = "unknown, counted as 0" if blob.size_bytes is None else exact(blob.size_bytes, "bytes")
    lines = (
        ("blob", blob.kind),
        ("digest", str(blob.digest)),
        ("size", size),
        ("saved", f"{exact(blob.saved_bytes, 'bytes')}: its size for every image but one of {blob.images}"),
        *(("packs" if place == 0 else "", name) for place, name in enumerate(row.packs)),
        *(("images" if place == 0 else "", tidy(name)) for place, name in enumerate(blob.references)),
    )
    return Explanation(blob.digest.short, lines)


def _title(cell: PairAsked) -> str:
    return " + ".join(dict.fromkeys((pack_name(cell.one), pack_name(cell.other))))


def _taken(pack: GroupSize) -> str:
    return f"{path_name(pack)}: {exact(pack.unique_bytes, 'bytes')} in {counted(pack.images, 'image')}"
