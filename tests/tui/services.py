"""What the verbs would answer, made by hand, and remembered: what the app asks for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.fleet import (
    Fleet,
    FleetProblem,
    FleetSite,
    FleetTotals,
    HardwareClass,
    HostShape,
    ProfileSet,
    ShapeCount,
)
from regplan.model.image import Unresolved
from regplan.model.plan import Growth
from regplan.model.progress import Progress
from regplan.model.upgrade import ImageChange, SiteUpgrade, Upgrade, UpgradeStep, UpgradeWay
from regplan.oci.platform import Platform
from regplan.tui.services import Services

if TYPE_CHECKING:
    from regplan.model.progress import Report
    from regplan.verbs.options import Options

__all__ = ["SERVICES", "Comparing", "Planning", "incomplete_upgrade", "made_fleet", "site_upgrade"]

_AMD64: Final = Platform("linux", "amd64")


def site_upgrade(other: str = "") -> SiteUpgrade:
    """Four images: one changed, one new, one gone, one the same. 30 MB stay, 60 MB come, 20 MB go: 110 MB at the peak."""
    images = (
        ImageChange("docker.io/library/nginx", _AMD64, "changed", ("docker.io/library/nginx:1.27",), ("docker.io/library/nginx:1.28",), 40_000_000, 50_000_000, 20_000_000, 10_000_000),
        ImageChange("quay.io/calico/node", _AMD64, "added", (), ("quay.io/calico/node:v3.29.0",), 0, 40_000_000, 40_000_000, 0),
        ImageChange("quay.io/calico/cni", _AMD64, "removed", ("quay.io/calico/cni:v3.28.1",), (), 10_000_000, 0, 0, 10_000_000),
        ImageChange("docker.io/library/redis", _AMD64, "same", ("docker.io/library/redis:7",), ("docker.io/library/redis:7",), 9_000_000, 9_000_000, 0, 0),
    )  # fmt: skip
    growth = Growth(30_000_000, 60_000_000, 20_000_000, 110_000_000)
    step = UpgradeStep("retail 2.0.0", other or "retail 2.1.0", growth, images)
    ways = (
        UpgradeWay("direct", 120_000_000, 120_000_000, 160_000_000, 0, 0, 48.0, 2),
        UpgradeWay("primary", 60_000_000, 60_000_000, 60_000_000, 120_000_000, 0, 24.0, 1),
        UpgradeWay("bundle", 0, 0, 0, 120_000_000, 60_000_000, 0.0, 0),
    )
    return SiteUpgrade(Upgrade(step, (step,), ()), ways, (), other, (79_200, 18_000))


class Comparing:
    """Stands where comparing does: remembers what it was asked, and answers with what it is given or an upgrade by hand."""

    def __init__(self, answer: SiteUpgrade | Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, target: str, other: str, options: Options | None, report: Report) -> SiteUpgrade:
        del options
        self.asked.append((target, other))
        report(Progress(1, 4, "images", "docker.io/library/nginx:1.28"))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or site_upgrade(other)


def incomplete_upgrade() -> SiteUpgrade:
    """The same with an image that nobody could tell."""
    return replace(site_upgrade(), unresolved=(Unresolved("registry.example/app:9", "404"),), window=None)


_SMALL: Final = HostShape(4000, 8 * 10**9, 256 * 10**9, "amd64")
_LARGE: Final = HostShape(8000, None, 512 * 10**9, "arm64")


def made_fleet() -> Fleet:
    """Three sites of six hosts, one row that is none: 600 GB needed of 900 GB, 7 GB over the link, 3 GB with registries."""

    def site(line: int, name: str, verdict: Verdict, rule: str, have: int, hosts: int, **more: object) -> FleetSite:
        told: dict[str, object] = {
            "failing": (rule,) if verdict is Verdict.FAIL else (),
            "required_bytes": 200 * 10**9,
            "claimed_bytes": 300 * 10**9,
            "unique_bytes": 10**9,
            "unresolved": 0,
            "direct_bytes": 3 * 10**9,
            "primary_bytes": 10**9,
            "shapes": (ShapeCount(_SMALL, hosts),),
        }
        return FleetSite(
            line, name, verdict, rule, "node-1", f"{rule} of {name}.", "Add some.", have, 8 * 10**9, "bytes",
            **(told | more),  # type: ignore[arg-type]
        )  # fmt: skip

    sites = (
        site(4, "store-berlin", Verdict.FAIL, "host.memory", 4 * 10**9, 3, failing=("host.memory", "host.cpu")),
        site(2, "store-paris", Verdict.INCOMPLETE, "image.unresolved", 8 * 10**9, 2, unresolved=1),
        site(3, "store-\u202erome", Verdict.PASS, "storage.claim", 9 * 10**9, 1, direct_bytes=10**9),
    )
    hardware = (
        HardwareClass(_SMALL, 4, 3, 1, (("host.memory", 1), ("host.cpu", 1))),
        HardwareClass(_LARGE, 2, 1, 0),
    )
    totals = FleetTotals(
        3, 1, 6, 1, (("FAIL", 1), ("INCOMPLETE", 1), ("PASS", 1)),
        (("host.memory", 1), ("image.unresolved", 1)), 600 * 10**9, 900 * 10**9, 7 * 10**9, 3 * 10**9,
    )  # fmt: skip
    problems = (FleetProblem(5, "hosts.cpu", "'many' is not a number of CPUs", "store-oslo"),)
    return Fleet(
        sites, problems, hardware, (ProfileSet(("retail.json",), 3, 12, 1, 10**9),), totals, ("read as UTF-8",)
    )


class Planning:
    """Stands where a fleet is planned: answers what it is given, and hangs until it is let go where `hangs`."""

    def __init__(self, answer: Fleet | Exception | None = None, *, hangs: bool = False) -> None:
        self.answer, self.hangs = answer, hangs
        self.asked: list[str] = []
        self.cancelled = 0

    async def __call__(self, words: str, options: Options | None, report: Report) -> Fleet:
        del options
        self.asked.append(words)
        report(Progress(100, 10_000, "sites", "store-00100"))
        if self.hangs:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or made_fleet()


SERVICES: Final = Services(compare=Comparing(), fleet=Planning())
