"""A running registry on the screen: read by a key, also without a site, and every row explained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.coverage import Coverage, CoveredImage, CoveredVersion
from regplan.model.exchange import Exchange
from regplan.model.holdings import HeldManifest, RegistryHoldings
from regplan.model.pruning import Orphans, PruneItem, Unneeded
from regplan.model.verifying import Drift, Moved, VerifyResult
from regplan.tui.registries import explain_held
from regplan.tui.services import Services
from regplan.tui.session import Flags
from regplan.tui.widgets.record_table import RecordTable
from regplan.verbs.looking import RegistryLook
from regplan.verbs.verifying import Verification
from tui.driving import Source, app_of, job_when, press, run_app, seen, type_in
from tui.studies import digest

if TYPE_CHECKING:
    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.verbs.options import Options

pytestmark = [pytest.mark.anyio, pytest.mark.tui, pytest.mark.slow]

HOST = "10.0.0.5:30003"
HELD = (
    HeldManifest("p/web", digest("a"), ("1.0",), "manifest", 30_000_000, 20_000_000, ("linux/amd64",)),
    HeldManifest(
        "p/\u202etill", digest("b"), (), "manifest", 15_000_000, 5_000_000, ("linux/arm64",), is_wrong_arch=True
    ),
)
EXCHANGES = (
    Exchange(1_788_249_600.0, "GET", HOST, f"https://{HOST}/v2/_catalog", 200, 512, 0.042),
    Exchange(1_788_249_601.0, "GET", HOST, f"https://{HOST}/v2/p/web/tags/list", None, None, 1.5, "silent"),
)
HOLDINGS = RegistryHoldings(
    HOST, "Harbor", HELD, 2, 35_000_000, 45_000_000, is_whole=True, quota_bytes=100_000_000, used_bytes=36_000_000
)


def against() -> Verification:
    images = (
        CoveredImage("docker.io/library/nginx:1", "missing", ("current",), effect="internet"),
        CoveredImage("docker.io/library/redis:7", "complete", ("current",)),
    )
    coverage = Coverage(images, (CoveredVersion("current", 2, ("docker.io/library/nginx:1",)),))
    missing = ("docker.io/library/nginx:1",)
    result = VerifyResult(HOST, 2, missing=missing, internet_fallback=missing)
    orphan = PruneItem("p/old", digest("c"), ("0.9",), (), "unnamed", 400)
    drift = Drift(2, (Moved("docker.io/library/redis:7", digest("d"), None),))
    return Verification(result, coverage=coverage, orphans=Orphans(Unneeded((orphan,), 7_000_000), ("p",)), drift=drift)


class Looking:
    """Stands where registries are read: answers by hand, and remembers what it was asked."""

    def __init__(self, *answers: RegistryLook) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bool, Any]] = []

    async def __call__(self, text: str, site: Site | None, options: Options, report: Report) -> RegistryLook:
        del report
        self.asked.append((text, site is not None, options.connection.login))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_registry_is_read_from_the_start_screen_without_a_site() -> None:
    looking = Looking(RegistryLook(HOST, HOLDINGS, None, EXCHANGES))
    async with run_app(size=(120, 40), services=Services(look_at=looking)) as pilot:
        await press(pilot, "g")
        await type_in(pilot, HOST)
        await press(pilot, "enter")
        await job_when(pilot, "registry", lambda job: job.result is not None)
        text = seen(pilot)
        why = await press(pilot, "enter")

    assert looking.asked == [(HOST, False, None)]
    assert "2 images in 2 repositories, 35.0 MB stored, each digest once; image by image 45.0 MB" in text
    assert "quota 100 MB, used of it 36.0 MB; physically 35.0 MB" in text
    assert "1 image for an architecture that no host of the site has" in text
    assert "held against no site" in text
    assert "silent" in text
    assert "1,500" in text
    assert "30,000,000 B" in why


async def test_an_open_site_is_held_against_the_registry() -> None:
    looking = Looking(RegistryLook(HOST, HOLDINGS, against(), EXCHANGES))
    async with run_app(Source(), "demo", (120, 60), services=Services(look_at=looking)) as pilot:
        await press(pilot, "7", "R", *["backspace"] * 20)
        await type_in(pilot, HOST)
        await press(pilot, "enter")
        await job_when(pilot, "registry", lambda job: job.result is not None)
        text = seen(pilot)
        rows = [row for table in pilot.app.screen.query(RecordTable) for row in table.records]

    assert looking.asked[0][:2] == (HOST, True)
    assert "against the open site: ✗ 1 missing, 0 wrong of 2, 1 image would go to the internet" in text
    assert "named by no version: 1 manifest, 7.00 MB of which collecting frees" in text
    assert "1 tag moved at the source of 2 asked, 0 unknown" in text
    assert [explain_held(row).lines for row in rows if not isinstance(row, CoveredImage)]


async def test_a_login_is_asked_for_and_used_for_the_next_reading() -> None:
    refused = RegistryLook(HOST, exchanges=EXCHANGES, error="401 Unauthorized", wants_login=HOST)
    looking = Looking(refused, RegistryLook(HOST, HOLDINGS))
    async with run_app(size=(120, 40), services=Services(look_at=looking)) as pilot:
        await press(pilot, "g")
        await type_in(pilot, HOST)
        await press(pilot, "enter")
        await job_when(pilot, "registry", lambda job: job.result is not None)
        await type_in(pilot, "palette")
        await press(pilot, "enter")
        await type_in(pilot, "hunter2")
        shown = seen(pilot)
        await press(pilot, "enter")
        await job_when(pilot, "registry", lambda job: not job.busy and len(looking.asked) == 2)
        everything = shown + seen(pilot) + repr(app_of(pilot).session)

    assert looking.asked[1][2].credential.username == "palette"
    assert "hunter2" not in everything


async def test_offline_no_registry_is_asked() -> None:
    looking = Looking(RegistryLook(HOST))
    async with run_app(size=(120, 40), flags=Flags(offline=True), services=Services(look_at=looking)) as pilot:
        text = await press(pilot, "g")

    assert "OFFLINE: no registry is asked" in text
    assert looking.asked == []


def test_a_row_that_no_table_lists_is_refused() -> None:
    with pytest.raises(TypeError):
        explain_held(replace(HOLDINGS))
