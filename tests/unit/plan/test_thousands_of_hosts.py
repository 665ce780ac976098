from __future__ import annotations

from regplan.plan.check import check_site
from unit.plan.builders import facts, host, hosts, site


def test_the_rules_look_at_thousands_of_hosts_and_add_those_that_are_alike_up_together() -> None:
    machines = (*hosts(1_500), *(host(f"small-{number}", cpu_milli=4000) for number in range(1_500)))
    found = check_site(facts(site=site(hosts=machines))).findings
    (cpu,) = [each for each in found if (each.rule, each.where, each.unit) == ("host.requests", "hosts", "milli")]
    formulas = {each.key: each for each in cpu.formulas}
    given = {each.name: each.value for each in formulas["measured"].inputs}

    # A few kinds of hosts, by what is left beside what has its place there, and never one input for each host.
    kinds = [name for name in given if name.startswith("hosts_")]
    assert sum(given[name] for name in kinds) <= 3_000
    assert len(kinds) < 10
    assert cpu.measured == sum(given[name] * given[name.replace("hosts", "room")] for name in kinds)
