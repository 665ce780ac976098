"""A site beside its next version: bytes by an independent reckoning, the way over the wire by hand."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING

import anyio
import pytest

from independent.bytes import upgrade
from independent.material import pick, read_facts, read_packs
from regplan.errors import InputError
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.sites import read_site
from regplan.verbs.upgrading import compare_next

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.upgrade import SiteUpgrade


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("upgrading") / "demo"
    shutil.copytree(demo_site().parent, made)
    return made


def compared(site: Path, other: str = "") -> SiteUpgrade:
    return anyio.run(lambda: compare_next(read_site(site), other, demo_options()))


def reckoned(folder: Path, *newer: str) -> dict[str, int]:
    """Kept, new, dropped and peak bytes from the recording's facts alone."""
    facts = read_facts([folder / "recording" / "facts.jsonl"])

    def images(*names: str) -> list[object]:
        packs = read_packs([folder / "profiles" / name for name in names])
        return pick(facts, [each for pack in packs for each in pack.references], "linux/amd64")  # type: ignore[return-value]

    return upgrade(images("retail-infra-1.0.0.json", "retail-apps-1.0.0.yaml"), images(*newer))  # type: ignore[arg-type]


def test_a_site_and_its_next_version_keep_gain_and_drop_what_the_facts_say(folder: Path) -> None:
    found = compared(folder / "site.yaml")

    growth = found.upgrade.whole.growth
    told = {f"{key}_bytes": getattr(growth, f"{key}_bytes") for key in ("kept", "new", "dropped", "peak")}
    assert told == reckoned(folder, "retail-infra-1.0.0.json", "retail-apps-1.1.0.yaml")
    assert found.upgrade.whole.new == "retail-infra 1.0.0, retail-apps 1.1.0"
    assert str(folder) not in repr(found)


def test_a_fact_that_is_another_byte_larger_shows(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "demo")
    facts = tmp_path / "demo" / "recording" / "facts.jsonl"
    records = [json.loads(line) for line in facts.read_text(encoding="utf-8").splitlines()]
    layer = next(each for each in records if each["reference"].endswith("telegraf:1.5.1"))["layers"][-1]
    old, new = (f'"{layer["digest"]}", "size": {layer["size"] + more}' for more in (0, 1))
    facts.write_text(facts.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    before, after = (compared(each / "site.yaml") for each in (folder, tmp_path / "demo"))

    assert after.upgrade.whole.growth.new_bytes == before.upgrade.whole.growth.new_bytes + 1
    assert after.upgrade.whole.growth.peak_bytes == before.upgrade.whole.growth.peak_bytes + 1
    telegraf = [
        next(each for each in found.upgrade.whole.images if "telegraf" in each.repository) for found in (before, after)
    ]
    assert telegraf[1].new_bytes == telegraf[0].new_bytes + 1
    assert {way.topology: way.wan_bytes for way in after.ways}["primary"] == after.upgrade.whole.growth.new_bytes


def test_another_profile_takes_the_next_versions_place(folder: Path) -> None:
    found = compared(folder / "site.yaml", str(folder / "profiles" / "retail-apps-1.1.0.yaml"))

    assert found.upgrade.whole.growth.dropped_bytes == reckoned(folder, "retail-apps-1.1.0.yaml")["dropped_bytes"]
    assert found.other.endswith("retail-apps-1.1.0.yaml")
    assert {each.status for each in found.upgrade.whole.images} == {"changed", "removed", "same"}


def test_another_site_is_compared_by_what_it_names(folder: Path) -> None:
    found = compared(folder / "site.yaml", str(folder / "site-single.yaml"))

    assert found.upgrade.whole.growth.new_bytes == 0
    assert {each.status for each in found.upgrade.whole.images} == {"same"}


def test_over_the_wire_the_registry_takes_what_is_new_in_so_many_windows(folder: Path) -> None:
    site = folder / "windowed.yaml"
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    slow = text.replace("rate: 20Mbit/s", "rate: 2Mbit/s").replace(
        "scenario: {", "scenario: {window: 02:00-02:05, window_rate: 1Mbit/s, "
    )
    site.write_text(slow, encoding="utf-8")

    found = compared(site)
    ways = {way.topology: way for way in found.ways}

    new_bytes = reckoned(folder, "retail-infra-1.0.0.json", "retail-apps-1.1.0.yaml")["new_bytes"]
    assert ways["primary"].wan_bytes == new_bytes
    assert ways["primary"].link_s == pytest.approx(new_bytes * 8 / 2_000_000)
    # 1.036 bytes on the wire for each of content; a window of five minutes at half the link's rate.
    assert ways["primary"].nights == math.ceil(new_bytes * 1.036 * 8 / 1_000_000 / 300)
    assert ways["bundle"].wan_bytes == 0
    assert ways["bundle"].media_bytes == new_bytes
    assert found.window == (7200, 7500)


def test_without_a_next_version_the_user_is_told_where_to_name_one(folder: Path) -> None:
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    bare = folder / "bare.yaml"
    bare.write_text("".join(line for line in text.splitlines(keepends=True) if "upgrade_to" not in line), "utf-8")

    with pytest.raises(InputError, match="upgrade_to"):
        compared(bare)
    with pytest.raises(InputError, match="nosuch"):
        compared(bare, "nosuch.yaml")


def test_without_hosts_or_a_link_nothing_is_said_of_the_wire(folder: Path) -> None:
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    bare = folder / "hostless.yaml"
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(("hosts:", "  - {name:"))]
    bare.write_text("".join(kept), encoding="utf-8")

    assert compared(bare).ways == ()
