"""A cap, read from the bytes on both ways of a seeding and not from its own counter, over a real minute."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from support import images
from support.content import Blob, Layer
from support.metered import MeteredWay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.starter import StartRegistry

CAP_BPS = 15_000_000
LARGE, LARGE_BYTES = 15, 7_500_000
SMALL, SMALL_BYTES = 150, 120_000
MINUTE_S = 60.0


def random_layer(size: int, number: int) -> Layer:
    blob = Blob("application/vnd.oci.image.layer.v1.tar", random.Random(number).randbytes(size))
    return Layer(blob, blob.digest)


def minutes(log: Sequence[tuple[float, int]], after_bytes: int) -> list[float]:
    """The share of the cap that was used in every minute that begins at one of the bytes after the first so many."""
    moments, sums = [at for at, _ in log], [0, *accumulate(size for _, size in log)]
    last = moments[-1] - MINUTE_S
    begun = [place for place, at in enumerate(moments) if at <= last and sums[place] >= after_bytes]
    sizes = (sums[bisect_left(moments, moments[place] + MINUTE_S)] - sums[place] for place in begun)
    return [size * 8 / MINUTE_S / CAP_BPS for size in sizes]


@pytest.mark.slow
@pytest.mark.registry
@pytest.mark.docker_registry
def test_any_minute_of_a_seeding_uses_between_97_and_100_percent_of_its_cap_on_both_ways(
    tmp_path: Path, start_registry: StartRegistry
) -> None:
    source, target = start_registry(), start_registry()
    layers = [random_layer(LARGE_BYTES, number) for number in range(LARGE)]
    layers += [random_layer(SMALL_BYTES, 100 + number) for number in range(SMALL)]
    images.push(source, "shop/all", images.image(layers), ["1"])

    with MeteredWay(source.address) as out, MeteredWay(target.address) as into:
        call = ["seed", f"{out.address}/shop/all:1", "--to", f"docker://{into.address}/p", "--plain-http", "--yes"]
        done = subprocess.run(
            [sys.executable, "-m", "regplan", *call, "--max-rate", f"{CAP_BPS}bit/s"],
            text=True, capture_output=True, check=False, timeout=300,
            env={**os.environ, "PYTHONPATH": ":".join(sys.path), "XDG_CACHE_HOME": str(tmp_path / "cache"),
                 "XDG_STATE_HOME": str(tmp_path / "state")},
        )  # fmt: skip

    assert done.returncode == 0, done.stderr
    for log in (out.down, into.up):
        # The first bytes are manifests, after which a seeding is planned.
        used, most = min(minutes(log, 1_000_000)), max(minutes(log, 0))
        assert 0.97 <= used <= most <= 1.0
