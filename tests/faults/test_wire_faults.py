"""What networks and servers do to single requests, on either side: the seeding survives it, or says truly that it did not."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Final

import pytest

from faults.scene import Scene, scene
from support import images
from support.faults import Fault, Rule, answers, sends_on
from support.faulty import FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faults.watching import Watcher
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

UPLOADS: Final = "/blobs/uploads/"
SLOW: Final = pytest.mark.slow


def upload(fault: Fault, *, over_bytes: int = 200_000, times: int = 1) -> Rule:
    """A fault of the first upload of a large blob."""
    return Rule(fault, path=UPLOADS, over_bytes=over_bytes, times=times)


def opening(fault: Fault, *, times: int = 1) -> Rule:
    """A fault of the first request that opens an upload, or mounts."""
    return Rule(fault, "POST", UPLOADS, times=times)


def manifest(fault: Fault, *, times: int = 1) -> Rule:
    """A fault of the first manifest that is put."""
    return Rule(fault, "PUT", "/manifests/", times=times)


def blob(fault: Fault, *, times: int = 1) -> Rule:
    """A fault of the first layer or config that is read from the source."""
    return Rule(fault, "GET", "/blobs/", times=times)


AT_TARGET: Final = {
    "an upload is cut in the middle": upload(Fault(cut_request=100_000)),
    "an upload's answer is lost": upload(Fault(lose_answer=True)),
    "a manifest's answer is lost": manifest(Fault(lose_answer=True)),
    "a byte of an upload is flipped": upload(Fault(flip_request=5_000)),
    "an upload fails with 500": upload(answers(500)),
    "a manifest fails with 503 and is told to wait": manifest(answers(503, Retry_After="1")),
    "an upload is one too many and told to wait": upload(answers(429, Retry_After="1", unread=True)),
    "an upload is one too many": upload(answers(429, unread=True), times=2),
    "a shorter upload arrives": upload(Fault(shorten_request=100_000)),
    "answers come late": Rule(Fault(wait_s=0.2), times=4),
    "the answer that opens an upload comes twice": opening(Fault(twice=True)),
    "the answer to an upload comes twice": upload(Fault(twice=True), over_bytes=0),
    "a request is sent on within the registry": opening(sends_on("")),
}
AT_TARGET_TOO: Final = {
    "an upload is cut before its first byte": upload(Fault(cut_request=0)),
    "several uploads are cut at their ends": upload(Fault(cut_request=299_999), times=2),
    "what opens an upload is cut": opening(Fault(cut_request=0)),
    "the answer that opens an upload is lost": opening(Fault(lose_answer=True), times=2),
    "a manifest is cut": manifest(Fault(cut_request=20)),
    "a manifest's answer is cut": manifest(Fault(cut_answer=0)),
    "an upload fails with 504 twice": upload(answers(504), times=2),
    "what opens an upload fails with 502": opening(answers(502), times=2),
    "the first question fails with 500": Rule(answers(500), "HEAD"),
    "what opens an upload is one too many": opening(answers(429), times=3),
    "an upload fails with 503 and is told to wait": upload(answers(503, Retry_After="1")),
    "manifests are too many": manifest(answers(429), times=2),
    "the answer to a manifest comes twice": manifest(Fault(twice=True)),
    "the answer to a question comes twice": Rule(Fault(twice=True), "HEAD"),
    "answers come very late": Rule(Fault(wait_s=1.0), "PUT", times=3),
    "a question is sent on within the registry": Rule(sends_on(""), "HEAD"),
    "an upload is sent on within the registry": upload(sends_on("", 308)),
    "a manifest is sent on within the registry": manifest(sends_on("", 308)),
}
AT_SOURCE: Final = {
    "a layer is cut in the middle": Rule(Fault(cut_answer=100_000), "GET", "/blobs/", times=3),
    "a layer is shorter than it should be": blob(Fault(shorten_answer=100)),
    "a byte of a layer is flipped": Rule(Fault(flip_answer=5_000), "GET", "/blobs/", times=2),
    "a byte of a manifest is flipped": Rule(Fault(flip_answer=50), "GET", "/manifests/"),
    "layers fail with 503": blob(answers(503), times=3),
    "layers are too many and told to wait": blob(answers(429, Retry_After="1"), times=2),
    "an answer comes twice": blob(Fault(twice=True)),
    "a layer is sent on within the registry": blob(sends_on("")),
}
AT_SOURCE_TOO: Final = {
    "answers are lost": blob(Fault(lose_answer=True), times=2),
    "a manifest's answer is lost": Rule(Fault(lose_answer=True), "GET", "/manifests/", times=2),
    "a manifest is cut": Rule(Fault(cut_answer=20), "GET", "/manifests/"),
    "a manifest fails with 500": Rule(answers(500), "GET", "/manifests/", times=2),
    "layers fail with 502": blob(answers(502), times=2),
    "layers fail with 504": blob(answers(504), times=2),
    "a manifest is shorter than it should be": Rule(Fault(shorten_answer=30), "GET", "/manifests/"),
    "layers are too many": blob(answers(429), times=3),
    "a manifest comes twice": Rule(Fault(twice=True), "GET", "/manifests/"),
    "layers come late": blob(Fault(wait_s=1.0), times=3),
}


def cases(short: Mapping[str, Rule], rest: Mapping[str, Rule]) -> list[object]:
    """Give the cases, those of the long run marked."""
    return [
        *(pytest.param(rule, id=name.replace(" ", "-")) for name, rule in short.items()),
        *(pytest.param(rule, id=name.replace(" ", "-"), marks=SLOW) for name, rule in rest.items()),
    ]


def test_without_a_fault_everything_is_seeded(stage: Scene) -> None:
    said = stage.seed()

    stage.assert_done(said)
    assert sorted(stage.near_target.stored()) == sorted(stage.digests)


@pytest.mark.parametrize("rule", cases(AT_TARGET, AT_TARGET_TOO))
def test_what_happens_once_near_the_target_is_survived(stage: Scene, rule: Rule) -> None:
    stage.near_target.rules = (rule,)

    said = stage.seed()

    assert [each for each in stage.near_target.exchanges if each.fault]
    stage.assert_done(said)
    assert stage.verify("deep").code == 0


@pytest.mark.parametrize("rule", cases(AT_SOURCE, AT_SOURCE_TOO))
def test_what_happens_once_near_the_source_is_survived(stage: Scene, rule: Rule) -> None:
    stage.near_source.rules = (rule,)

    said = stage.seed()

    assert [each for each in stage.near_source.exchanges if each.fault]
    stage.assert_done(said)
    # What was harmed on its way from the source was never stored by the target.
    assert set(stage.near_target.stored()) <= stage.digests


LASTING_AT_TARGET: Final = {
    "bytes of large uploads are flipped": (upload(Fault(flip_request=5_000), over_bytes=400_000, times=0), "bytes"),
    "manifests are flipped": (manifest(Fault(flip_request=50), times=0), ""),
    "large uploads are cut": (upload(Fault(cut_request=300_000), over_bytes=400_000, times=0), "broke"),
    "manifests fail": (manifest(answers(500), times=0), "500"),
    # Said to be no manifest, which it was: a registry that refuses one for good says the same, and is not asked twice.
    "a manifest arrives cut off": (manifest(Fault(shorten_request=50)), "MANIFEST_INVALID"),
    "a byte of a manifest is flipped": (Rule(Fault(flip_request=50), "PUT", "/manifests/sha256:"), "_INVALID"),
    "large uploads are too large": (
        upload(answers(413, unread=True), over_bytes=400_000, times=0),
        "no body of this size",
    ),
    "manifests are sent round": (manifest(sends_on(""), times=0), "redirect"),
    "large uploads are sent on": (upload(sends_on("http://127.0.0.1:9"), over_bytes=400_000, times=0), "redirect"),
}
LASTING_AT_SOURCE: Final = {
    "bytes of layers are flipped": (blob(Fault(flip_answer=5_000), times=0), "other bytes"),
    "large layers are cut short": (Rule(Fault(shorten_answer=80_000), "GET", "/blobs/", times=0), "ended after"),
    "layers fail": (Rule(answers(500), "GET", "/blobs/", first=9, times=0), "500"),
    "layers are gone": (Rule(answers(404, code="BLOB_UNKNOWN", message="x"), "GET", "/blobs/", first=9, times=0), ""),
}


def lasting(told: Mapping[str, tuple[Rule, str]]) -> list[object]:
    """Give the cases; the first of them is in the short run."""
    return [
        pytest.param(rule, word, id=name.replace(" ", "-"), marks=[SLOW] if number else [])
        for number, (name, (rule, word)) in enumerate(told.items())
    ]


@pytest.mark.parametrize(("rule", "word"), lasting(LASTING_AT_TARGET))
def test_what_lasts_near_the_target_is_told_and_gone_on_with_when_it_has_ended(
    stage: Scene, rule: Rule, word: str
) -> None:
    stage.near_target.rules = (rule,)
    failed = stage.seed()
    stage.assert_undone(failed, 5, word)

    stage.near_target.rules = ()
    stored = set(stage.near_target.stored())
    stage.near_target.forget()

    stage.assert_done(stage.seed())
    assert stored.isdisjoint(stage.near_target.stored())


@pytest.mark.parametrize(("rule", "word"), lasting(LASTING_AT_SOURCE))
def test_what_lasts_near_the_source_is_told_and_gone_on_with_when_it_has_ended(
    stage: Scene, rule: Rule, word: str
) -> None:
    stage.near_source.rules = (rule,)
    failed = stage.seed()
    stage.assert_undone(failed, 5, word)
    assert set(stage.near_target.stored()) <= stage.digests

    stage.near_source.rules = ()
    stored = set(stage.near_target.stored())
    stage.near_target.forget()

    stage.assert_done(stage.seed())
    assert stored.isdisjoint(stage.near_target.stored())


def test_a_proxy_that_takes_no_large_body_is_sent_chunks(start_registry: StartRegistry, watcher: Watcher) -> None:
    built = {("library/large", "1"): images.image([images.layer(2_500_000, 51)], label="large")}
    source = start_registry()
    images.push(source, "library/large", built["library/large", "1"], ["1"])
    with scene(source, start_registry(), built, watcher=watcher) as stage:
        stage.near_target.rules = (upload(answers(413, unread=True), over_bytes=2**20, times=0),)

        said = stage.seed()

        stage.assert_done(said)
        chunks = [each.length for each in stage.near_target.asked("PATCH") if each.status == 202]
        assert sum(chunks) == 2_500_000
        assert max(chunks) <= 2**20


@pytest.mark.slow
@pytest.mark.parametrize("number", range(40))
def test_whatever_happens_to_any_one_request_is_survived(stage: Scene, number: int) -> None:
    chance = random.Random(6_000 + number)
    at = chance.randrange(1, 700_000)
    faults = [
        Fault(cut_request=at), Fault(cut_answer=at), Fault(cut_request=0), Fault(cut_answer=0), Fault(lose_answer=True),
        Fault(flip_request=at), Fault(flip_answer=at), Fault(shorten_request=at), Fault(shorten_answer=at % 200),
        Fault(twice=True), Fault(wait_s=chance.uniform(0.1, 2.0)), sends_on(""), sends_on("", 308),
        *(answers(status, unread=chance.random() < 0.5) for status in (429, 500, 502, 503, 504)),
        answers(429, Retry_After="1"), answers(503, Retry_After="1"),
    ]  # fmt: skip
    proxy, first = chance.choice((stage.near_source, stage.near_target, stage.near_target)), chance.randrange(1, 22)
    proxy.rules = (Rule(chance.choice(faults), first=first, times=chance.choice((1, 1, 2))),)

    said = stage.seed()

    assert [each for each in proxy.exchanges if each.fault]
    stage.assert_done(said)
    assert set(stage.near_target.stored()) <= stage.digests


def test_who_asks_to_wait_for_an_hour_is_told_of_and_not_waited_for(stage: Scene) -> None:
    stage.near_target.rules = (opening(answers(429, Retry_After="3600"), times=0),)

    said = stage.seed()

    stage.assert_undone(said, 3, "3600 s")
    assert len(stage.near_target.asked("POST")) <= 16


def test_a_login_that_ends_in_the_middle_is_made_anew(
    shared_source: Registry,
    start_registry: StartRegistry,
    built: Mapping[tuple[str, str], images.Tree],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = start_registry("token")
    gone = Fault(drop_header="authorization")
    with scene(shared_source, start_registry(), built) as stage:
        stage.near_target.upstream = target.address
        stage.near_target.rules = (
            # Once each: the same request refused twice in a row is a login that is wrong, and ends the run.
            Rule(gone, "POST", UPLOADS, first=2),
            Rule(gone, "PUT", UPLOADS, first=3),
            Rule(gone, "PUT", "/manifests/", first=2),
        )
        stage.more = ["--username", target.user, "--password-stdin"]
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{target.password}\n"))

        said = stage.seed()

        assert [each.status for each in stage.near_target.exchanges if each.fault] == [401] * 3
        assert (said.code, said.document["verified"]) == (0, True), said.err
        assert said.document["done"]["requests"] <= len(stage.near_target.exchanges)
        assert target.password not in said.out + said.err


def test_what_a_proxy_takes_no_body_of_goes_in_chunks_from_then_on(start_registry: StartRegistry) -> None:
    source, layers = start_registry(), [images.layer(1_900_000, 31), images.layer(1_500_000, 32)]
    large = {("big/one", "1"): images.image([*layers, images.layer(90_000, 33)], label="one")}
    images.push(source, "big/one", large["big/one", "1"], ["1"])
    with scene(source, start_registry(), large) as stage:
        refused = answers(413, unread=True)
        stage.near_target.rules = (Rule(refused, path=UPLOADS, over_bytes=1_200_000, times=0),)

        said = stage.seed()

        stage.assert_done(said)
        chunks = stage.near_target.asked("PATCH", UPLOADS)
        assert max(each.length for each in chunks) == 2**20
        assert sum(each.length for each in chunks) == 1_900_000 + 1_500_000
        # Only what was under way before the first refusal was known is refused.
        assert len([each for each in stage.near_target.exchanges if each.fault]) <= 2
        assert stage.verify("deep").code == 0


def test_who_is_sent_on_to_another_host_shows_no_login_there(
    shared_source: Registry,
    start_registry: StartRegistry,
    built: Mapping[tuple[str, str], images.Tree],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = start_registry("basic")
    for (repository, tag), tree in built.items():
        images.push(source, repository, tree, [tag])
    with scene(source, start_registry(), built) as stage, FaultyProxy(shared_source.address) as elsewhere:
        stage.near_source.rules = (Rule(sends_on(elsewhere.url), "GET", "/blobs/", times=0),)
        login = f'{{"auths": {{"{stage.near_source.address}": {{"auth": "cGFsZXR0ZTpzM2NyZXQgd29yZA=="}}}}}}'
        file = source.folder / "auth.json"
        file.write_text(login)
        monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))

        said = stage.seed()

        stage.assert_done(said)
        assert "authorization" in stage.near_source.asked("GET", "/manifests/")[-1].headers
        assert len(elsewhere.asked("GET", "/blobs/")) >= len(stage.digests)
        assert [each for each in elsewhere.exchanges if "authorization" in each.headers] == []
