"""Limits of a seeding, held against what is seen on the way to the target: the cap, the hours, and streams that stall."""

from __future__ import annotations

import time
import zoneinfo
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from cli.running import Said, regplan
from faults.scene import scene
from support import images
from support.faults import Fault, Rule
from support.metered import MeteredWay
from support.zones import write_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from faults.scene import Scene
    from faults.watching import Watcher
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

DAY_S: Final = 86_400
HOUR_S: Final = 3_600


def seed_layout(folder: Path, trees: Mapping[str, images.Tree], way: MeteredWay, *more: str) -> Said:
    """Seed a layout on this disk over a metered way."""
    images.write_layout(folder / "source", trees)
    place = f"docker://{way.address}/p"
    return regplan("seed", *trees, "--from", f"oci:{folder / 'source'}", "--to", place, "--plain-http", "--yes", *more)


def test_a_cap_is_kept_on_the_way_to_the_target(start_registry: StartRegistry, tmp_path: Path) -> None:
    trees = {"registry.example/capped:1": images.image([images.layer(1_000_000, 5)])}
    with MeteredWay(start_registry().address) as way:
        said = seed_layout(tmp_path, trees, way, "--max-rate", "6Mbit/s")

    assert said.code == 0, said.err
    sent_bytes, lasted_s = sum(size for _, size in way.up), way.up[-1][0] - way.up[0][0]
    assert sent_bytes > 1_000_000
    # A quarter of a second may be made up for.
    assert sent_bytes * 8 <= 6_000_000 * (lasted_s + 0.25)


@pytest.mark.slow
def test_over_any_minute_between_97_and_100_percent_of_a_cap_are_used(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    cap_bps = 15_000_000
    layers = [images.layer(12_000_000, 900 + number) for number in range(12)]
    trees = {f"registry.example/part-{n}:1": images.image(layers[3 * n : 3 * n + 3]) for n in range(4)}
    with MeteredWay(start_registry().address) as way:
        said = seed_layout(tmp_path, trees, way, "--max-rate", "15Mbit/s")

    assert said.code == 0, said.err
    # From the first blob's first byte to the last one's last: what comes before are questions, and after it manifests.
    large = [at for at, size in way.up if size > 10_000]
    begins = [large[0] + number for number in range(int(large[-1] - large[0]) - 60)]
    assert len(begins) >= 10
    used = [way.up_between(begin, begin + 60) * 8 / (cap_bps * 60) for begin in begins]
    assert 0.97 <= min(used) <= max(used) <= 1.0, used


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[Path]:
    """A folder of time zones of the test's own; those of the machine are not known meanwhile."""
    zoneinfo.reset_tzpath([tmp_path / "zones"])
    yield tmp_path / "zones"
    zoneinfo.reset_tzpath()


def at_site(stage: Scene, zone: str, folder: Path, *more: str) -> tuple[list[float], str]:
    """Seed in the night of a site whose file names its time zone; tells the Unix times at which bytes passed, and what it said."""
    site = {
        "name": "store",
        "images": stage.references,
        "timezone": zone,
        "registry": {"kind": "other", "address": stage.near_target.address, "project": "p", "storage": "300GB"},
    }
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    place = f"docker://{stage.near_target.address}/{stage.project}"
    how = ["--to", place, "--plain-http", "--all-platforms", "--yes", "--window", "22:00-05:00"]
    behind_s = time.time() - time.monotonic()
    said = regplan("seed", str(folder / "site.yaml"), *how, *more)
    assert said.code == 0, said.err
    assert stage.problems() == []
    return [piece.at_s + behind_s for piece in stage.near_target.pieces if piece.direction == "up"], said.err


def offset_at(now: int, second: int) -> int:
    """Tell how far behind UTC a clock is that shows a second of the day at a moment."""
    return ((second - now) % DAY_S or DAY_S) - DAY_S


def test_nothing_is_sent_before_the_clock_of_the_site_opens_its_hours(
    stage: Scene, zones: Path, tmp_path: Path
) -> None:
    now = int(time.time())
    noon = offset_at(now, 12 * HOUR_S)
    # From the third second on the clock shows ten hours more, as no daylight saving does: 22:00:03.
    write_zone(zones, "Test/Opens", noon, [(now + 3, noon + 10 * HOUR_S)])

    passed, _ = at_site(stage, "Test/Opens", tmp_path)

    assert min(passed) >= now + 3


@pytest.mark.slow
def test_what_a_clock_that_is_put_closes_is_gone_on_with_when_the_hours_open(
    stage: Scene, zones: Path, tmp_path: Path
) -> None:
    now = int(time.time())
    first = offset_at(now, 22 * HOUR_S - 10)
    # The hours open after ten seconds, end after 13 since the clock is put to 05:00, and begin once more after 20.
    closes, opens = now + 13, now + 20
    write_zone(zones, "Test/Put", first, [(closes, first + 7 * HOUR_S - 3), (opens, first + 24 * HOUR_S - 10)])

    passed, said = at_site(stage, "Test/Put", tmp_path, "--max-rate", "3Mbit/s")

    assert "outside the hours 22:00-05:00" in said
    assert min(passed) >= now + 10
    assert [at for at in passed if at < closes]
    assert [at for at in passed if at >= opens]
    # What sockets hold may still come.
    assert [at - now for at in passed if closes + 1.5 <= at < opens] == []


@pytest.mark.slow
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_stream_that_stalls_is_begun_again(start_registry: StartRegistry, watcher: Watcher, side: str) -> None:
    # So large that what sockets hold is not all of it.
    built = {("library/large", "1"): images.image([images.layer(24_000_000, 31)], label="large")}
    source = start_registry()
    images.push(source, "library/large", built["library/large", "1"], ["1"])
    stalls = {"source": Fault(cut_answer=2_000_000, hold_s=60.0), "target": Fault(cut_request=2_000_000, hold_s=60.0)}
    with scene(source, start_registry(), built, watcher=watcher) as stage:
        proxy = stage.near_source if side == "source" else stage.near_target
        path, method = ("/blobs/", "GET") if side == "source" else ("/blobs/uploads/", "PUT")
        proxy.rules = (Rule(stalls[side], method, path, over_bytes=-1 if side == "source" else 1_000_000),)
        began_s = time.monotonic()

        said = stage.seed("--stall-after", "2s", "--min-rate", "80kbit/s")

        stage.assert_done(said)
        assert [each for each in proxy.exchanges if each.fault]
        # It was not waited for until the connection broke.
        assert time.monotonic() - began_s < 60
