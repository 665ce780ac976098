from __future__ import annotations

import pytest

from regplan.tui.columns_hosts import HOSTS, PLACED
from regplan.tui.hosts import host_findings, host_rows
from regplan.tui.table import facts_of
from regplan.tui.why import explain
from tui.driving import Source, press, run_app
from tui.studies import hosted_study, site_study


def test_every_host_of_the_plan_is_a_row_and_a_plan_without_hosts_has_none() -> None:
    assert [row.name for row in host_rows(hosted_study().plan)] == ["node-1", "node-2"]
    assert host_rows(site_study().plan) == ()


def test_the_rules_of_a_host_are_its_own_and_those_of_all_hosts_and_what_is_survived() -> None:
    plan = hosted_study().plan

    assert [finding.rule for finding in host_findings(plan, "node-2")] == [
        "host.cpu",
        "host.memory",
        "host.n-1",
        "survive.reboot",
    ]
    assert [finding.rule for finding in host_findings(plan, "node-1")] == ["host.cpu", "host.arch", "survive.reboot"]
    assert [finding.rule for finding in host_findings(plan, "node")] == ["survive.reboot"]


def test_bars_show_what_is_asked_for_and_say_where_nothing_is_known() -> None:
    unknown, full = host_rows(hosted_study().plan)
    cells = {column.key: column.cell for column in HOSTS}

    assert cells["cpu"](unknown, False) == "not known"
    assert cells["cpu"](full, False) == "▓▓▓▓▓▓▓▓│▒"
    assert cells["memory"](full, False) == "▓▓▓▓▓▓░░░│"
    assert cells["disk-needed"](full, False) == "100 GB of 512 GB"
    assert facts_of(full, HOSTS)["requested_memory_bytes"] == 4_000_000_000
    assert [column.order(unknown) < column.order(full) for column in HOSTS if column.largest_first] == [True] * 6


def test_a_host_and_what_is_placed_there_tell_their_exact_numbers() -> None:
    study = hosted_study()
    row = host_rows(study.plan)[1]
    host = " ".join(text for _, text in explain(row, study).lines)
    web = dict(explain(row.plan.placed[0], study).lines)

    assert "100 GB = 93.1 GiB = 100,000,000,000 B needed of it" in host
    assert "75,010,000 B pulled at first bootstrap" in host
    assert web["pods"] == "3"
    assert web["memory"].startswith("3.00 GB = 2.79 GiB = 3,000,000,000 B")
    assert facts_of(row.plan.placed[0], PLACED)["cpu_milli"] == 1500


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_rules_and_pods_follow_the_host_under_the_cursor() -> None:
    async with run_app(Source(hosted_study()), target="site.yaml", size=(120, 40)) as pilot:
        first = await press(pilot, "h")
        second = await press(pilot, "down")
        binary = await press(pilot, "u")

    assert "host.n-1" not in first
    assert "host.n-1" in second
    assert "retail/web" in second
    assert "disk 100 GB of 512 GB" in second.replace("\n", " ")
    assert "93.1 GiB" in binary
