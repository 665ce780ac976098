"""Sets of many rows, which numpy adds up, measured as plain sums tell."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from regplan.plan.sharing import measure_layers
from unit.plan.builders import entry, image, inventory

if TYPE_CHECKING:
    from regplan.model.image import Inventory

IMAGES, LAYERS = 5_600, 9


def layers_of(number: int, unit: int) -> dict[str, int]:
    names = [f"base {number % 7} {level}" for level in range(5)] + [
        f"team {number % 600} {level}" for level in range(3)
    ]
    return {name: unit + len(name) * 37 for name in names} | {f"own {number}": unit + number}


def large(unit: int) -> Inventory:
    # Of one manifest in a hundred the size is not known.
    return inventory(
        *(
            entry(
                f"r.io/team-{number % 50}/app:{number}",
                image(f"it {number}", layers_of(number, unit), manifest=None if number % 100 == 0 else 10, config=5),
            )
            for number in range(IMAGES)
        )
    )


@pytest.mark.parametrize("unit", [1000, 2**62])
def test_a_large_set_adds_up_whatever_the_sizes(unit: int) -> None:
    report = measure_layers(large(unit))

    contents = [layers_of(number, unit) for number in range(IMAGES)]
    sizes = {name: size for content in contents for name, size in content.items()}
    holders = Counter(name for content in contents for name in content)
    manifests = 10 * sum(number % 100 != 0 for number in range(IMAGES))
    assert report.unique_bytes == sum(sizes.values()) + manifests + 5 * IMAGES
    assert report.referenced_bytes == sum(sum(each.values()) for each in contents) + manifests + 5 * IMAGES
    assert (report.sizes_unknown, report.blobs) == (IMAGES // 100, len(sizes) + IMAGES)
    assert sum(row.fair_bytes for row in report.images) == report.unique_bytes
    for number, (row, content) in enumerate(zip(report.images, contents, strict=True)):
        own = 5 + (10 if number % 100 else 0)
        assert row.size_bytes == sum(content.values()) + own
        assert row.unique_bytes == sum(size for name, size in content.items() if holders[name] == 1) + own
        assert row.sizes_unknown == (number % 100 == 0)
        exact = sum((Fraction(size, holders[name]) for name, size in content.items()), Fraction(own))
        assert abs(row.fair_bytes - exact) < LAYERS
    repositories: dict[int, dict[str, int]] = {}
    for number, content in enumerate(contents):
        repositories.setdefault(number % 50, {}).update(content)
    assert report.stored_bytes == sum(sum(each.values()) for each in repositories.values()) + manifests + 5 * IMAGES
    assert report.pairs == sum(map(len, repositories.values())) + IMAGES
