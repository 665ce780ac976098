"""What of a set's bytes falls to each image: by what it holds alone, and by its fair share; exact integers always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.plan.tally import Attribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.plan.tally import Tally

__all__ = ["attribute", "stored"]

# From here on loading numpy costs less than it saves.
_MANY_ROWS: Final = 50_000
_MOST_SUM: Final = 2**62


def attribute(tallied: Tally) -> Attribution:
    """Tell what falls to each of the tally's images, in their order.

    Each digest's bytes are divided by the number of images that hold it; the bytes that are left over go one each to
    the first of its holders in the order of their digests. So fair shares add up to what all images take, no image's is
    below its unique or above its whole bytes, and the order of input does not matter.
    """
    if _is_large(tallied):
        from regplan.plan.attribution_large import attribute_large

        return attribute_large(tallied)
    return _attribute(tallied)


def stored(tallied: Tally, groups: Sequence[int]) -> tuple[int, int]:
    """Tell the bytes of every group's distinct digests, and how many (group, config or layer) pairs there are.

    `groups` tells of each resolved reference which group, such as a repository, it is in, counted from 0.
    """
    if tallied.is_plain and _is_large(tallied):
        from regplan.plan.attribution_large import stored_large

        return stored_large(tallied, groups)
    digests: dict[int, set[int]] = {}
    blobs: dict[int, set[int]] = {}
    place = 0
    for entry, group, content in zip(tallied.entries, groups, tallied.contents(), strict=True):
        digests.setdefault(group, set()).update(content)
        held = blobs.setdefault(group, set())
        for _ in entry.images:
            held |= tallied.blobs(place)
            place += 1
    return sum(map(tallied.total, digests.values())), sum(map(len, blobs.values()))


def _is_large(tallied: Tally) -> bool:
    if len(tallied.layers) < _MANY_ROWS:
        return False
    # Beyond 64 bits only Python's integers are exact.
    rows = len(tallied.layers) + 2 * len(tallied.told)
    return max(size or 0 for size in tallied.sizes) < _MOST_SUM // rows


def _attribute(tallied: Tally) -> Attribution:
    contents = [tallied.content(place) for place in tallied.chosen]
    holders = [0] * len(tallied.sizes)
    for content in contents:
        for number in content:
            holders[number] += 1
    sizes, unique, unknown = [], [], []
    for image, content in zip(tallied.images, contents, strict=True):
        sizes.append(tallied.total(content))
        unique.append(tallied.total([number for number in content if holders[number] == 1]))
        unknown.append(sum(tallied.sizes[number] is None for number in content) + (image.config is None))
    return Attribution(holders, sizes, unique, _fair(tallied, contents, holders), unknown)


def _fair(tallied: Tally, contents: Sequence[set[int]], holders: Sequence[int]) -> list[int]:
    parts = [divmod(size or 0, max(held, 1)) for size, held in zip(tallied.sizes, holders, strict=True)]
    left = [rest for _, rest in parts]
    digests = [image.digest.encoded for image in tallied.images]
    shares = [0] * len(contents)
    for place in sorted(range(len(shares)), key=digests.__getitem__):
        for number in contents[place]:
            shares[place] += parts[number][0] + (left[number] > 0)
            left[number] -= left[number] > 0
    return shares
