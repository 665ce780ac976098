from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.limits import RateLimit
from regplan.model.preflight import ImmutableRule, ProjectFound, Rights, TargetFound
from regplan.plan.preflight import SEED_RULES, PreflightFacts, judge
from regplan.plan.seeding import plan_seed
from unit.seed.samples import DOCKER_MANIFEST, entry, inventory, make_image, make_index, whole

IMAGE, _ = make_image([b"a" * 50, b"b" * 60], "x")
INVENTORY = inventory(entry("shop/web:1", IMAGE))
PLAN = plan_seed(INVENTORY, "docker://10.0.0.5:30003/p", "p")
FOUND = TargetFound("10.0.0.5:30003", "Harbor")
FACTS = PreflightFacts(PLAN, FOUND, INVENTORY, left_bytes=110)


def told(rule: str, **found: object) -> Finding:
    """The one finding of a rule where the target is found to be so."""
    [finding] = [each for each in judge(replace(FACTS, found=replace(FOUND, **found))) if each.rule == rule]  # type: ignore[arg-type]
    return finding


def verdicts(facts: PreflightFacts, rule: str) -> list[Verdict]:
    return [each.verdict for each in judge(facts) if each.rule == rule]


def test_a_target_that_cannot_be_used_says_that_alone() -> None:
    [finding] = judge(replace(FACTS, found=replace(FOUND, problem="nothing listens there")))

    assert (finding.rule, finding.verdict) == ("seed.reach", Verdict.FAIL)
    assert "nothing listens there" in finding.message


@pytest.mark.parametrize(("days", "verdict"), [(30, Verdict.PASS), (29, Verdict.MARGINAL), (-1, Verdict.MARGINAL)])
def test_a_certificate_that_ends_within_a_month_is_marginal(days: int, verdict: Verdict) -> None:
    assert told("seed.certificate", days_left=days).verdict is verdict


def test_a_missing_project_fails_and_names_the_option_and_the_call() -> None:
    finding = told("seed.project", project=ProjectFound("p", exists=False), creation="curl -X POST there")

    assert finding.verdict is Verdict.FAIL
    assert "--create-project" in finding.fix
    assert "curl -X POST there" in finding.fix


def test_a_project_that_this_login_may_not_see_is_not_taken_to_exist() -> None:
    finding = told("seed.project")

    assert (finding.verdict, finding.is_checked) == (Verdict.INFO, False)


@pytest.mark.parametrize(
    ("rights", "verdict", "words"),
    [
        (Rights(2), Verdict.PASS, "push to 2 places"),
        (Rights(9, ("a", "b", "c", "d")), Verdict.FAIL, "push to 4 of 9 places: a, b, c and 1 more."),
        (Rights(9, ("a",), unknown="its tokens do not tell"), Verdict.INFO, "its tokens do not tell"),
    ],
)
def test_a_login_that_may_not_push_fails_where_its_tokens_say_so(rights: Rights, verdict: Verdict, words: str) -> None:
    finding = told("seed.rights", rights=rights)

    assert (finding.verdict, finding.is_checked) == (verdict, verdict is not Verdict.INFO)
    assert words in finding.message


def test_rights_that_nobody_looked_at_are_not_told_of() -> None:
    assert verdicts(FACTS, "seed.rights") == []


@pytest.mark.parametrize(("quota", "used", "verdict"), [(210, 100, Verdict.PASS), (209, 100, Verdict.FAIL)])
def test_what_a_quota_leaves_must_hold_what_is_left_to_send_to_the_byte(
    quota: int, used: int, verdict: Verdict
) -> None:
    finding = told("seed.quota", project=ProjectFound("p", exists=True, quota_bytes=quota, used_bytes=used))

    assert (finding.verdict, finding.measured, finding.required) == (verdict, quota - used, 110)


@pytest.mark.parametrize(("free", "verdict"), [(110, Verdict.PASS), (109, Verdict.FAIL)])
def test_a_disk_must_hold_what_is_left_to_send_to_the_byte(free: int, verdict: Verdict) -> None:
    assert told("seed.space", free_bytes=free).verdict is verdict


def test_a_claim_must_hold_all_that_will_lie_there() -> None:
    need = PLAN.counts.unique_bytes

    assert verdicts(replace(FACTS, claim_bytes=need), "seed.space") == [Verdict.PASS]
    assert verdicts(replace(FACTS, claim_bytes=need - 1), "seed.space") == [Verdict.FAIL]
    assert verdicts(FACTS, "seed.space") == [Verdict.INFO]


MOVED = frozenset({("p/docker.io/shop/web", "1")})


@pytest.mark.parametrize(
    ("rule", "is_kept"),
    [
        (ImmutableRule(), True),
        (ImmutableRule(tags="v*"), False),
        (ImmutableRule(tags="v*", excludes_tags=True), True),
        (ImmutableRule(repositories="docker.io/**"), True),
        (ImmutableRule(repositories="docker.io/**", excludes_repositories=True), False),
    ],
)
def test_a_tag_that_must_move_and_may_not_fails_before_anything_is_sent(rule: ImmutableRule, is_kept: bool) -> None:
    found = replace(FOUND, project=ProjectFound("p", exists=True, immutable=(rule,)))

    expected = Verdict.FAIL if is_kept else Verdict.INFO
    assert verdicts(replace(FACTS, found=found, moved=MOVED), "seed.immutable") == [expected]


def test_no_tag_that_moves_is_no_word_about_it() -> None:
    assert not verdicts(FACTS, "seed.immutable")


def test_of_tags_that_were_not_asked_for_it_is_said_that_nobody_looked() -> None:
    found = [each for each in judge(replace(FACTS, unasked=3)) if each.rule == "seed.immutable"]

    assert [(each.verdict, each.is_checked) for each in found] == [(Verdict.INFO, False)]
    assert "3 tags" in found[0].message
    assert "--dry-run" in found[0].fix


def docker_facts(takes: bool | None, kind: str) -> PreflightFacts:
    image, _ = make_image([b"a"], kind=DOCKER_MANIFEST)
    images = inventory(entry("shop/old:1", image))
    found = TargetFound("t", kind, takes_docker_types=takes)
    return PreflightFacts(plan_seed(images, "docker://t/p", "p"), found, images, 1)


@pytest.mark.parametrize(
    ("takes", "kind", "expected"),
    [
        (True, "Zot", [Verdict.PASS]),
        (False, "Zot", [Verdict.FAIL]),
        (None, "Zot", [Verdict.INFO]),
        (None, "", []),
        (False, "", [Verdict.FAIL]),
    ],
)
def test_dockers_types_are_a_question_to_what_may_refuse_them(
    takes: bool | None, kind: str, expected: list[Verdict]
) -> None:
    assert verdicts(docker_facts(takes, kind), "seed.media-types") == expected


def test_a_zot_that_refuses_dockers_types_is_told_the_setting() -> None:
    [finding] = [each for each in judge(docker_facts(takes=False, kind="Zot")) if each.rule == "seed.media-types"]

    assert '"compat": ["docker2s2"]' in finding.fix


def test_an_index_that_is_kept_is_said_to_be_copied_whole() -> None:
    arm, _ = make_image([b"c"], platform="linux/arm64")
    index = make_index([IMAGE, arm])
    images = inventory(whole("shop/web:1", [IMAGE, arm], index))
    facts = replace(FACTS, plan=plan_seed(images, "docker://t/p", "p"), inventory=images)

    assert verdicts(facts, "seed.sparse-index") == [Verdict.INFO]
    assert not verdicts(FACTS, "seed.sparse-index")


def test_a_blob_of_more_than_ten_gib_is_told() -> None:
    blob = replace(PLAN.blobs[0], descriptor=replace(PLAN.blobs[0].descriptor, size=10 * 2**30 + 1))

    assert verdicts(replace(FACTS, plan=replace(PLAN, blobs=(blob,))), "seed.blob-limit") == [Verdict.INFO]
    assert not verdicts(FACTS, "seed.blob-limit")


def test_a_signature_that_is_left_out_is_told() -> None:
    told = replace(
        FACTS, plan=replace(PLAN, orphans=("a:1: signature sha256:0 refers to sha256:1, which is not copied",))
    )

    [finding] = [each for each in judge(told) if each.rule == "seed.referrers"]
    assert (finding.verdict, "sha256:1" in finding.message) == (Verdict.INFO, True)


@pytest.mark.parametrize(("left", "verdict"), [(4, Verdict.PASS), (3, Verdict.INFO)])
def test_the_pulls_that_docker_hub_leaves_are_told_with_those_taken_and_those_that_resolving_again_takes(
    left: int, verdict: Verdict
) -> None:
    platforms = [make_image([bytes([number]) * 9], f"p{number}")[0] for number in range(2)]
    index = make_index(platforms)
    # A tag, an index's tag and its two images; the other host's is none of Docker Hub's.
    entries = inventory(entry("shop/web:1", IMAGE), whole("shop/all:1", platforms, index), entry("quay.io/a:1", IMAGE))
    limits = (RateLimit("docker.io", 100, left, 21_600, used=13), RateLimit("quay.io", None, None, None))

    [finding] = [
        each
        for each in judge(replace(FACTS, inventory=replace(entries, rate_limits=limits)))
        if each.rule == "seed.pulls"
    ]

    assert (finding.verdict, finding.measured, finding.required) == (verdict, left, 4)
    assert f"took 13 pulls, and {left} are left" in finding.message
    assert bool(finding.fix) is (verdict is Verdict.INFO)


def test_every_finding_is_of_a_rule_with_a_source() -> None:
    known = {rule.id: rule.source for rule in SEED_RULES}

    assert len(known) == len(SEED_RULES)
    assert all(known[each.rule] == each.source and each.source for each in judge(FACTS))


def test_a_blob_that_no_window_lets_through_fails_and_without_windows_nothing_is_said() -> None:
    fits, too_large = (replace(FACTS, largest_bytes=110, window_bytes=most) for most in (110.5, 109.9))

    assert not [each for each in judge(FACTS) if each.rule == "seed.window"]
    found = [next(each for each in judge(facts) if each.rule == "seed.window") for facts in (fits, too_large)]
    assert [(each.verdict, each.measured, each.required) for each in found] == [
        (Verdict.PASS, 110, 110),
        (Verdict.FAIL, 109, 110),
    ]
    assert "--window" in found[1].fix
