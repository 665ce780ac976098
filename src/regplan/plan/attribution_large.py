"""The same attribution for sets of very many rows, with numpy's 64-bit integers; the caller sees to it that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.plan.tally import Attribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.plan.tally import Tally

__all__ = ["attribute_large", "stored_large"]


def attribute_large(tallied: Tally) -> Attribution:
    """Tell what falls to each of the tally's images, in their order."""
    import numpy as np

    keys = _keys(tallied)
    owners, rows = np.divmod(keys, len(tallied.sizes))
    sizes = _sizes(tallied)
    holders = np.bincount(rows, minlength=len(sizes))
    each, left = np.divmod(sizes, np.maximum(holders, 1))
    # Every image holds its manifest, so that no span is empty.
    spans = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
    alone = np.where(holders == 1, sizes, 0)
    shares, whole, unique = (np.add.reduceat(values[rows], spans) for values in (each, sizes, alone))
    shares += _left_over(tallied, rows, owners, left)
    unknown = (np.array(tallied.configs, dtype=np.int64)[list(tallied.chosen)] < 0).astype(np.int64)
    if None in tallied.sizes:
        unknown += np.add.reduceat(np.array([size is None for size in tallied.sizes], dtype=np.int64)[rows], spans)
    return Attribution(holders.tolist(), whole.tolist(), unique.tolist(), shares.tolist(), unknown.tolist())


def stored_large(tallied: Tally, groups: Sequence[int]) -> tuple[int, int]:
    """Tell the bytes of every group's distinct digests, and how many (group, config or layer) pairs there are.

    Only where every reference is one image of its own.
    """
    import numpy as np

    count, group = len(tallied.sizes), np.array(groups, dtype=np.int64) * len(tallied.sizes)
    configs = np.array(tallied.configs, dtype=np.int64)
    layers = np.array(tallied.layers, dtype=np.int64) + np.repeat(group, np.diff(tallied.starts))
    blobs = _distinct(np.concatenate(((configs + group)[configs >= 0], layers)))
    every = _distinct(np.concatenate((np.array(tallied.manifests, dtype=np.int64) + group, blobs)))
    return int(_sizes(tallied)[every % count].sum()), len(blobs)


def _keys(tallied: Tally) -> Any:  # noqa: ANN401  numpy is not loaded here
    """List image times the count of numbers plus number, for every distinct (image, number) of the chosen images, sorted."""
    import numpy as np

    owner = np.full(len(tallied.told), -1)
    owner[list(tallied.chosen)] = np.arange(len(tallied.chosen))
    owners = np.concatenate((owner, owner, np.repeat(owner, np.diff(tallied.starts))))
    rows = np.concatenate(
        [np.array(each, dtype=np.int64) for each in (tallied.manifests, tallied.configs, tallied.layers)]
    )
    return _distinct((owners * len(tallied.sizes) + rows)[(owners >= 0) & (rows >= 0)])


def _left_over(tallied: Tally, rows: Any, owners: Any, left: Any) -> Any:  # noqa: ANN401
    """Count the bytes left over that each image takes: the first holders of a number in the order of their digests."""
    import numpy as np

    count = len(tallied.chosen)
    order = np.argsort(np.array([image.digest.encoded for image in tallied.images], dtype=bytes))
    ranks = np.empty(count, dtype=np.int64)
    ranks[order] = np.arange(count)
    is_divided = left[rows] > 0
    numbers, places = np.divmod(np.sort(rows[is_divided] * count + ranks[owners[is_divided]]), count)
    begins = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1]))[: len(numbers)])
    turn = np.arange(len(numbers)) - np.repeat(begins, np.diff(np.append(begins, len(numbers))))
    return np.bincount(order[places[turn < left[numbers]]], minlength=count)


def _sizes(tallied: Tally) -> Any:  # noqa: ANN401
    import numpy as np

    return np.array([size or 0 for size in tallied.sizes], dtype=np.int64)


def _distinct(keys: Any) -> Any:  # noqa: ANN401
    """Sort and leave out repeats, as `unique` does, which takes its time."""
    import numpy as np

    keys = np.sort(keys)
    return keys[np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)]]
