"""Where the bytes of a set lie as a document and back, so that a plan from elsewhere is drawn as one made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.model.shares import Held, HeldPack, Part, Shares, Together
from regplan.plan.shares import share_out
from regplan.report.portable import portable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import Study

__all__ = ["shares_document", "shares_from", "shares_of"]

# Profiles, packs, images and blobs; what may stand below them nobody has held to the schema.
_LEVELS: Final = 4


def shares_of(study: Study, names: Mapping[str, str]) -> Shares:
    """Tell where the bytes of a study lie: what its document says, else what its images come to; paths go by `names`."""
    return portable(study.shares or share_out(study.inventory, study.declarations), names)


def shares_document(shares: Shares) -> dict[str, object]:
    """Write what packs hold together and how the set divides; sizes are integers of bytes, packs places in `packs`."""
    held = shares.held
    return {
        "packs": [
            {
                "profile": each.profile,
                "pack": each.pack,
                "layer": each.layer,
                "version": each.version,
                "bytes": each.size_bytes,
            }
            for each in held.packs
        ],
        "pairs": [{"packs": list(pair), "bytes": size} for pair, size in held.pairs.items()],
        "pair_count": held.pair_count,
        "sets": [{"packs": list(each.packs), "bytes": each.size_bytes, "blobs": each.blobs} for each in held.sets],
        "set_count": held.set_count,
        "several_bytes": held.several_bytes,
        "parts": [_part_document(each) for each in shares.parts],
    }


def shares_from(document: Mapping[str, Any]) -> Shares | None:
    """Read it back from a plan document, None where it has none; raises `InputError` for a place where no pack is."""
    told = document.get("sharing")
    if told is None:
        return None
    packs = tuple(
        HeldPack(each["profile"], each["pack"], each["layer"], each["version"], int(each["bytes"]))
        for each in told["packs"]
    )
    held = Held(
        packs,
        {_pair(each["packs"], packs): int(each["bytes"]) for each in told["pairs"]},
        int(told["pair_count"]),
        tuple(Together(_places(each["packs"], packs), int(each["bytes"]), int(each["blobs"])) for each in told["sets"]),
        int(told["set_count"]),
        int(told["several_bytes"]),
    )
    return Shares(held, tuple(map(_part_from, told["parts"])))


def _part_document(part: Part) -> dict[str, object]:
    """Write a part; what does not apply to it is left out, since most are layers."""
    parts = {"parts": [_part_document(each) for each in part.parts]} if part.parts else {}
    name = {"merged": part.merged} if part.merged else {"name": part.name}
    return {**name, "fair_bytes": part.size_bytes, "whole_bytes": part.whole_bytes, **parts}


def _part_from(told: Mapping[str, Any], below: int = _LEVELS - 1) -> Part:
    return Part(
        told.get("name", ""),
        int(told["fair_bytes"]),
        int(told["whole_bytes"]),
        tuple(_part_from(each, below - 1) for each in told.get("parts", ())) if below else (),
        int(told.get("merged", 0)),
    )


def _pair(told: list[Any], packs: tuple[HeldPack, ...]) -> tuple[int, int]:
    one, other = _places(told, packs)
    return one, other


def _places(told: list[Any], packs: tuple[HeldPack, ...]) -> tuple[int, ...]:
    places = tuple(map(int, told))
    if max(places) >= len(packs):
        raise InputError(f"sharing names the pack {max(places)}, and it has {len(packs)}")
    return places
