from __future__ import annotations

import pytest

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.model.gate import Limit, Policy, Waiver
from regplan.profile.policy import parse_policy

RULES = ("storage.claim", "image.mutable-tag", "host.memory")


def read(text: str) -> Policy:
    return parse_policy(text, "policy.yaml", RULES)


def test_everything_that_a_policy_says_is_read() -> None:
    policy = read(
        """\
fail_on: marginal
deny: [image.mutable-tag, "profile.*"]
waive:
  - {rule: host.memory, where: node-3, why: replaced in spring, until: 2027-03-31}
  - {rule: storage.*, why: a lab}
limits:
  - {key: storage.unique_bytes, most: 20GB}
  - {key: storage.use_ratio, most: 80%, least: 0.1}
  - {key: added.wire.primary_boot_s, most: 2h}
  - {key: hosts.node-1.cpu_milli, least: "4"}
  - {key: images.unique, most: 143}
"""
    )

    assert policy.fail_on is Verdict.MARGINAL
    assert policy.deny == ("image.mutable-tag", "profile.*")
    assert policy.waivers == (
        Waiver("host.memory", "node-3", "replaced in spring", "2027-03-31"),
        Waiver("storage.*", "*", "a lab", ""),
    )
    assert policy.limits == (
        Limit("storage.unique_bytes", most=20 * 10**9, line=7),
        Limit("storage.use_ratio", least=0.1, most=0.8, line=8),
        Limit("added.wire.primary_boot_s", most=7200.0, line=9),
        Limit("hosts.node-1.cpu_milli", least=4000, line=10),
        Limit("images.unique", most=143, line=11),
    )


def test_an_empty_mapping_demands_what_a_plan_demands() -> None:
    assert read("{}") == Policy(file="policy.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "policy.yaml: a policy is one mapping with the keys fail_on, deny, waive, limits"),
        ("- a", "policy.yaml: a policy is one mapping"),
        ("a: [", "policy.yaml: line "),
        ("fail_on: warn", "policy.yaml: line 1: fail_on: 'warn' is none of fail, incomplete, marginal"),
        ("denied: []", "policy.yaml: line 1: denied: unknown key; did you mean deny?"),
        ("deny: storage.claim", "policy.yaml: line 1: deny: a list is expected, and here is"),
        ("deny: [storage.claims]", "policy.yaml: line 1: deny[0]: 'storage.claims' is no rule id; did you mean storage.claim?"),
        ("deny: [{}]", "deny[0]: a rule id is expected"),
        ("waive: [x]", "waive[0]: a mapping with rule, where, why, until is expected"),
        ("waive:\n  - {rule: host.memory}", "line 2: waive[0].why: this key is needed"),
        ("waive:\n  - {why: x}", "line 2: waive[0].rule: this key is needed"),
        ("waive:\n  - {rule: host.memory, why: x, until: tomorrow}", "line 2: waive[0].until: 'tomorrow' is not a day such as 2027-01-31"),
        ("waive:\n  - {rule: host.memory, why: x, until: 20270131}", "is not a day"),
        ("limits: [1]", "limits[0]: a mapping with key, most, least is expected"),
        ("limits:\n  - {most: 1GB}", "line 2: limits[0].key: this key is needed"),
        ("limits:\n  - {key: a}", "line 2: limits[0]: a limit needs `most`, `least` or both"),
        ("limits:\n  - {key: storage.unique_bytes, most: 300}", "limits[0].most: '300' is not a size; write it with its unit"),
        ("limits:\n  - {key: a_ratio, most: many}", "limits[0].most: 'many' is not a share"),
        ("limits:\n  - {key: images.unique, most: 1GB}", "limits[0].most: '1GB' is not a number"),
        ("limits:\n  - {key: images.unique, most: [1]}", "limits[0].most: one value is expected"),
        ("limits:\n  - {key: images.unique, most: 1, least: 2}", "no number is at least 2 and at most 1"),
        ("limits:\n  - {key: images.unique, max: 1}", "limits[0].max: unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_line_and_key(text: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        read(text)

    assert problem in str(error.value)


def test_all_problems_are_told_at_once_in_the_file_s_order() -> None:
    with pytest.raises(InputError) as error:
        read("fail_on: warn\ndeny: [nothing]\nlimit: []\n")

    assert str(error.value).splitlines()[0] == "policy.yaml: 3 problems:"
    assert [line.split(":")[0] for line in str(error.value).splitlines()[1:]] == ["line 1", "line 2", "line 3"]


def test_many_problems_are_cut_off_with_their_number() -> None:
    with pytest.raises(InputError, match="and 5 more"):
        read("deny: [" + ", ".join(f"a{number}" for number in range(25)) + "]")


def test_an_address_with_a_password_is_refused_wherever_it_stands_and_never_shown() -> None:
    secret = "https://me:hunter2@wiki.example/x"
    with pytest.raises(InputError) as error:
        read(
            f"deny: ['{secret}']\nwaive:\n  - {{rule: host.memory, why: '{secret}'}}\nlimits:\n"
            f"  - {{key: '{secret}', most: '{secret}'}}\n"
        )

    assert "hunter2" not in str(error.value)
    assert str(error.value).splitlines()[1:] == [
        f"line {line}: {key}: this address holds a password, and a policy is shown to everybody"
        for line, key in ((1, "deny[0]"), (3, "waive[0].why"), (5, "limits[0].key"), (5, "limits[0].most"))
    ]
