"""What the verbs would answer, made by hand, and remembered: what the app asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.image import Unresolved
from regplan.model.plan import Growth
from regplan.model.progress import Progress
from regplan.model.upgrade import ImageChange, SiteUpgrade, Upgrade, UpgradeStep, UpgradeWay
from regplan.oci.platform import Platform
from regplan.tui.services import Services

if TYPE_CHECKING:
    from regplan.model.progress import Report
    from regplan.verbs.options import Options

__all__ = ["SERVICES", "Comparing", "site_upgrade"]

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


SERVICES: Final = Services(compare=Comparing())
