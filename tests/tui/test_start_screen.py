from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.model.recent import Recent, RecentSite
from regplan.tui.recents import cache_words, explain_recent, recent_columns
from regplan.tui.services import Services
from regplan.tui.session import Flags
from regplan.tui.table import facts_of
from tui.driving import NOW, Source, jobs_at_rest, press, run_app, seen

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.model.plan import Plan
    from regplan.verbs.options import Options

SITES = (
    RecentSite("/s/a.yaml", "clinic-07", Verdict.FAIL, 137 * 10**9, 480 * 10**9, "2026-09-01T06:05:00+00:00"),
    RecentSite("/s/b.yaml", "store-0421", Verdict.PASS, 90 * 10**9, None, "2026-08-29T08:05:00+00:00"),
)


class Memory:
    """Stands where recent sites are read and written."""

    def __init__(self, *sites: RecentSite, problem: str = "", error: Exception | None = None) -> None:
        self.found = Recent(sites, problem, 38, NOW.timestamp() - 2 * 86_400)
        self.error = error
        self.remembered: list[tuple[str, str]] = []

    async def recent(self, options: Options | None) -> Recent:
        del options
        return self.found

    async def remember(self, target: str, plan: Plan, at: datetime) -> None:
        assert at == NOW
        self.remembered.append((target, plan.site.name))
        if self.error is not None:
            raise self.error

    @property
    def services(self) -> Services:
        return Services(recent=self.recent, remember=self.remember)


def cells(site: RecentSite, *, binary: bool = False) -> dict[str, str]:
    return {column.key: column.cell(site, binary) for column in recent_columns(NOW)}


def test_a_site_is_told_with_verdict_storage_and_how_long_ago_it_was_opened() -> None:
    first, second = SITES

    assert (cells(first)["verdict"], cells(first)["storage"]) == ("✗ FAIL", "137 GB of 480 GB")
    assert cells(first, binary=True)["storage"] == "128 GiB of 447 GiB"
    assert (cells(first)["opened"], cells(second)["opened"]) == ("2 h ago", "3 d ago")
    assert cells(second)["storage"] == "90.0 GB"
    assert facts_of(first, recent_columns(None))["claimed_bytes"] == 480 * 10**9
    assert dict(explain_recent(first).lines)["need"] == "137 GB = 128 GiB = 137,000,000,000 B"


def test_the_cache_tells_how_much_it_holds_and_how_old_the_newest_is() -> None:
    assert cache_words(Memory().found, NOW) == "cache: 38 manifests and configs, newest 2 d old"
    assert cache_words(Recent(), NOW) == "cache: empty"


async def started(memory: Memory, **given: Any) -> tuple[str, list[str]]:
    source = Source()
    async with run_app(source, services=memory.services, **given) as pilot:
        told = await jobs_at_rest(pilot)
        if memory.found.sites:
            await press(pilot, "tab", "down", "enter")
        return told, source.targets


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_recent_sites_stand_on_the_start_screen_and_enter_opens_one() -> None:
    told, targets = await started(Memory(*SITES))

    assert told.index("clinic-07") < told.index("store-0421")
    assert "cache: 38 manifests" in told
    assert targets == ["/s/b.yaml"]


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_list_that_cannot_be_read_is_one_line_and_nothing_else_changes() -> None:
    told, _ = await started(Memory(problem="recent.json: is no list of recent sites"))

    assert "recent.json: is no list of recent sites" in told
    assert "No site is open." in told
    assert "Recent" not in told


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
@pytest.mark.parametrize(
    ("flags", "target", "remembered"),
    [
        (Flags(), "site.yaml", [("site.yaml", "store-0421")]),
        (Flags(read_only=True), "site.yaml", []),
        (Flags(), "demo", []),
    ],
)
async def test_an_opened_site_is_remembered_but_not_read_only_and_not_the_demo(
    flags: Flags, target: str, remembered: list[tuple[str, str]]
) -> None:
    memory = Memory()
    async with run_app(target=target, flags=flags, services=memory.services):
        pass
    assert memory.remembered == remembered


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_what_cannot_be_remembered_holds_nothing_up() -> None:
    memory = Memory(error=InputError("recent.json: cannot be written"))
    async with run_app(target="site.yaml", services=memory.services) as pilot:
        told = seen(pilot)
        fleet = await press(pilot, "0", "end", "enter")
    assert "Rules" in told
    assert "No fleet is open." in fleet
