"""A seeding of real images to a real registry that wants a login, driven by keys alone from the empty start screen."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import yaml

from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.tui.services import Services
from regplan.verbs.conducting import SeedNow, SeedOutcome
from regplan.verbs.options import Options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from regplan.verbs.verifying import Verification
from support import images, skopeo
from tui.driving import app_of, job_when, press, run_app, seen, settle, type_in

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.tui.app import RegplanApp
    from regplan.tui.jobs import Job
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.tui, pytest.mark.registry]

SHARED = images.layer(600_000, 11)
# More than are sent at once: whenever it is stopped, something is left to resume.
SMALL = [images.layer(400_000, each) for each in range(20, 30)]
TREES = {
    "registry.example/shop/web:1.0": images.image([SHARED, images.layer(900_000, 12)], label="web"),
    "registry.example/shop/till:2.0": images.image([SHARED, images.layer(1_100_000, 13)], label="till"),
    "registry.example/shop/sync:3.0": images.image([images.layer(800_000, 14), *SMALL], label="sync"),
}
PROJECT = "spectro-images"


def site_in(folder: Path, registry: Registry) -> Path:
    """A site whose images lie in a layout, and whose registry is a real one."""
    images.write_layout(folder / "source", TREES)
    site = {
        "name": "store-0421",
        "images": list(TREES),
        "from": [f"oci:{folder}/source"],
        "registry": {"kind": "other", "address": registry.address, "project": PROJECT, "storage": "300GB"},
    }
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    return folder / "site.yaml"


def options_of(folder: Path) -> Options:
    plain = ConnectionOptions({"*": HostOptions(plain_http=True)})
    return Options(connection=plain, cache_folder=folder / "cache", environment={})


@dataclass
class Walk:
    """One walk through a seeding, key by key; `screens` is all that was seen and could be written somewhere."""

    pilot: Pilot[None]
    registry: Registry
    screens: list[str] = field(default_factory=list)

    @property
    def app(self) -> RegplanApp:
        return app_of(self.pilot)

    def look(self) -> str:
        self.screens.append(seen(self.pilot))
        return self.screens[-1]

    async def open(self, site: Path) -> None:
        """From the empty start screen to the seeding's, of which no registry hears."""
        await press(self.pilot, "o")
        await type_in(self.pilot, str(site))
        await press(self.pilot, "enter", "8")
        await job_when(self.pilot, "seed-draft", lambda job: job.result is not None)
        assert "DRY RUN" in self.look()
        assert self.registry.requests() == []

    async def log_in(self) -> None:
        """A dry run is refused until one says who one is; it writes nothing and tells what is left to the byte."""
        await press(self.pilot, "D")
        await job_when(self.pilot, "seed", lambda job: job.result is not None)
        assert type(self.app.screen).__name__ == "LoginScreen"
        await type_in(self.pilot, self.registry.user)
        await press(self.pilot, "enter")
        await type_in(self.pilot, self.registry.password)
        self.look()
        self.screens.append(self.app.export_screenshot())
        await press(self.pilot, "enter")
        await job_when(self.pilot, "seed")
        left = (await job_when(self.pilot, "seed", is_done)).result.seeding.prospect.left_bytes  # type: ignore[attr-defined]
        assert left == sum(len(blob.data) for blob in blobs())
        assert self.registry.blob_files() == {}
        self.look()

    async def begin(self) -> None:
        await press(self.pilot, "R")
        await job_when(self.pilot, "seed", lambda job: getattr(job.progress, "stage", "") == "asking")
        assert "Seed now?" in self.look()
        await press(self.pilot, "y")
        await job_when(self.pilot, "seed", lambda job: getattr(job.progress, "stage", "") == "running")

    async def stop_on_the_way(self) -> set[str]:
        """Behind a cap, and stopped: what was under way ends."""
        await press(self.pilot, "l")
        await type_in(self.pilot, "4Mbit/s")
        await press(self.pilot, "enter")
        await self.begin()
        await job_when(
            self.pilot, "seed", lambda job: isinstance(job.progress, SeedNow) and job.progress.told.wire_bytes > 400_000
        )
        assert "RUNNING" in self.look()
        await press(self.pilot, "escape")
        result = (await job_when(self.pilot, "seed")).result
        assert isinstance(result, SeedOutcome)
        assert result.seeding is not None
        assert result.seeding.result is not None
        assert result.seeding.result.interrupted
        assert "INTERRUPTED" in self.look()
        return set(self.registry.blob_files())

    async def resume(self, first: set[str]) -> None:
        """Nothing that had arrived goes again; held and let go on the way."""
        self.registry.forget_requests()
        await self.begin()
        await press(self.pilot, "p")
        await job_when(self.pilot, "seed", lambda job: isinstance(job.progress, SeedNow) and job.progress.is_held)
        assert "HELD" in self.look()
        await press(self.pilot, "p", "l", *["backspace"] * 12, "enter")
        result = (await job_when(self.pilot, "seed")).result
        assert isinstance(result, SeedOutcome)
        assert result.seeding is not None
        assert result.seeding.result is not None
        assert result.seeding.result.verified
        assert set(self.registry.blobs_sent()) & first == set()
        assert any("going on from" in line.text for line in result.last.lines)
        assert "DONE" in self.look()
        assert "before this run" in self.screens[-1]

    async def prove(self, report: Path) -> None:
        await press(self.pilot, "v")
        job = await job_when(self.pilot, "seed-verify", lambda job: job.result is not None and not job.busy)
        assert isinstance(job.result, Verification)
        assert job.result.result.complete
        await settle(self.pilot)
        assert "verified: 3 images stand there whole" in self.look()
        await press(self.pilot, "E", *["backspace"] * 12)
        await type_in(self.pilot, str(report))
        await press(self.pilot, "enter")
        await settle(self.pilot)
        self.screens += [repr(self.app.session), repr(self.app.services), repr(vars(self.app.screen))]


def is_done(job: Job) -> bool:
    return not job.busy and isinstance(job.result, SeedOutcome) and not job.result.wants_login


async def test_a_site_is_seeded_by_keys_alone_cancelled_once_resumed_verified_and_found_by_skopeo(
    tmp_path: Path, start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    registry = start_registry("basic")
    site, options = site_in(tmp_path, registry), options_of(tmp_path)
    report = tmp_path / "run.json"

    async def load(target: str, tell: Report) -> Study:
        return await study_site(read_site(target), options, tell)

    async with run_app(load, size=(120, 40), services=Services(options)) as pilot:
        walk = Walk(pilot, registry)
        await walk.open(site)
        await walk.log_in()
        first = await walk.stop_on_the_way()
        assert first
        assert len(first) < len(blobs())
        await walk.resume(first)
        await walk.prove(report)

    for reference, tree in TREES.items():
        name = reference.removeprefix("registry.example/")
        place = f"docker://{registry.address}/{PROJECT}/registry.example/{name}"
        assert skopeo.manifest(place, registry) == tree.manifest.data
        skopeo.copy(place, f"dir:{tmp_path}/{name.replace('/', '-').replace(':', '-')}", source_registry=registry)
    assert json.loads(report.read_text())["verified"] is True
    assert [text[:60] for text in [*walk.screens, *written_in(tmp_path)] if registry.password in text] == []


def written_in(folder: Path) -> list[str]:
    """Everything that was written beside the registry's own files: site, cache, journal, report."""
    return [path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]


def blobs() -> list[images.Blob]:
    """Every blob once."""
    return list({blob.digest: blob for tree in TREES.values() for blob in tree.blobs()}.values())
