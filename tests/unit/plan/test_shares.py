"""Where the bytes of a set lie: counted by hand, for any set by sets of this file's own, and small for a large one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given

from regplan.plan.shares import share_out
from unit.plan.builders import declarations, entry, image, inventory, use
from unit.plan.sets import Packed, packed, sized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.shares import Part
    from regplan.oci.digest import Digest

OWN = 10 + 5  # a manifest and a config


def leaves(parts: tuple[Part, ...]) -> Iterator[Part]:
    for part in parts:
        yield from leaves(part.parts) if part.parts else (part,)


def test_what_divides_with_a_rest_goes_to_the_first_and_nothing_is_lost() -> None:
    images = [entry(f"r.io/{name}:1", image(name, {"base": 1001, name: 100})) for name in "abc"]
    told = declarations(*(use(f"r.io/{name}:1", pack=name, profile="p") for name in "abc"))

    (profile,) = share_out(inventory(*images), told).parts

    assert profile.size_bytes == 1001 + 3 * (100 + OWN)
    assert profile.whole_bytes == 3 * (1001 + 100 + OWN)
    assert [(pack.name, pack.size_bytes) for pack in profile.parts] == [("a", 449), ("b", 449), ("c", 448)]
    (one,) = profile.parts[0].parts
    assert [(part.size_bytes, part.whole_bytes, part.times) for part in one.parts[:2]] == [
        (334, 1001, 1001 / 334),
        (100, 100, 1.0),
    ]


def test_what_is_below_four_thousandths_of_the_set_is_told_as_one_and_counted() -> None:
    layers = {"large": 100_000, **{f"small {number}": number for number in range(1, 8)}}
    told = declarations(use("r.io/a:1", pack="p", profile="p"))

    (profile,) = share_out(inventory(entry("r.io/a:1", image("a", layers))), told).parts

    large, rest = profile.parts[0].parts[0].parts
    assert (large.size_bytes, large.merged) == (100_000, 0)
    # Seven layers, a manifest and a config.
    assert (rest.name, rest.merged, rest.size_bytes, rest.parts) == ("", 9, sum(range(1, 8)) + OWN, ())


def test_a_set_of_thousands_of_images_is_told_in_a_bounded_number_of_parts_pairs_and_sets() -> None:
    packs, each = 40, 75
    names = [(f"r.io/i{number}:1", f"pack {number % packs}") for number in range(packs * each)]
    images = [
        entry(reference, image(reference, {"base": 10**6, **{f"{reference} {layer}": 9000 for layer in range(8)}}))
        for reference, _ in names
    ]
    told = declarations(*(use(reference, pack=pack, profile="p") for reference, pack in names))

    shares = share_out(inventory(*images), told)

    assert sum(1 for _ in leaves(shares.parts)) < 500
    held = shares.held
    assert (len(held.packs), held.pair_count, held.set_count) == (packs, packs * (packs - 1) // 2, packs + 1)
    assert len(held.pairs) < 120
    assert len(held.sets) == 21
    assert held.several_bytes == 10**6
    # What all packs share is the least of the sets, and what a chart is titled with.
    assert held.sets[-1].packs == tuple(range(packs))


@given(packed())
def test_parts_sets_and_pairs_of_any_set_are_what_plain_sets_tell(made: Packed) -> None:
    contents, union = made.contents, made.held

    shares = share_out(inventory(*made.entries), made.told)

    total = sum(map(sized, {digest for digests in union.values() for digest in digests}))
    assert sum(part.size_bytes for part in shares.parts) == total == sum(map(_size, leaves(shares.parts)))
    for part in (pack for profile in shares.parts for pack in profile.parts):
        held_by = [digests for _, digests in contents]
        exact = sum(
            (Fraction(sized(each), sum(each in other for other in held_by)) for each in _each(contents, part.name)),
            Fraction(0),
        )
        # Each digest of each image is off by less than a byte.
        assert abs(part.size_bytes - exact) < sum(1 for _ in _each(contents, part.name))
        assert part.whole_bytes == sum(map(sized, _each(contents, part.name)))
    order = [pack.pack for pack in shares.held.packs]
    assert {pack.pack: pack.size_bytes for pack in shares.held.packs} == {
        pack: sum(map(sized, digests)) for pack, digests in union.items()
    }
    for together in shares.held.sets:
        ours = [union[order[place]] for place in together.packs]
        theirs = [union[pack] for place, pack in enumerate(order) if place not in together.packs]
        common = ours[0].intersection(*ours).difference(*theirs)
        assert (together.size_bytes, together.blobs) == (sum(map(sized, common)), len(common))
    for (one, other), size in shares.held.pairs.items():
        assert size == sum(map(sized, union[order[one]] & union[order[other]]))


def _size(part: Part) -> int:
    return part.size_bytes


def _each(contents: Sequence[tuple[str, frozenset[Digest]]], pack: str) -> Iterator[Digest]:
    return (digest for name, digests in contents if name == pack for digest in digests)
