"""Seeding into Zot: into a double of it always, into Zot itself where REGPLAN_ZOT names it, and the one held to the other."""

from __future__ import annotations

import io
import json
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cli.running import Said, regplan
from faults.exchanges import LATE, READ_TIMEOUT_S, RECORDED, differences
from faults.real_zot import RealZot, zot_program
from support import http, images
from support.faults import Rule, answers
from support.faulty import FaultyProxy
from support.zot import Zot, ZotOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from support.certificates import Authority, ServerCertificate
    from support.registry import Registry, Request
    from support.starter import StartRegistry

    Built = Mapping[tuple[str, str], images.Tree]

KINDS = ["double", "itself"]


@contextmanager
def running(
    kind: str, folder: Path, options: ZotOptions, certificate: ServerCertificate | None = None
) -> Iterator[Zot | RealZot]:
    """Run one of the two."""
    if kind == "double":
        with Zot(options, certificate.server_context() if certificate else None).running() as double:
            yield double
        return
    zot_program()
    with RealZot(folder / "zot", options, _free_port(), certificate) as real:
        yield real


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_recorded_of_zot_is_what_it_answers(kind: str, tmp_path: Path) -> None:
    with running(kind, tmp_path, ZotOptions()) as zot:
        assert differences(zot.url, RECORDED) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_takes_longer_than_zot_reads_is_answered_as_it_was_recorded(kind: str, tmp_path: Path) -> None:
    with running(kind, tmp_path, ZotOptions(read_timeout_s=READ_TIMEOUT_S)) as zot:
        assert differences(zot.url, LATE) == []


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_log_in_is_answered_as_zot_does(kind: str, tmp_path: Path) -> None:
    with running(kind, tmp_path, ZotOptions(login="palette:s3cret word")) as zot:
        answer = http.request("GET", f"{zot.url}/v2/p/one/manifests/1")
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith('Basic realm="')
        assert json.loads(answer.body)["code"] == "UNAUTHORIZED"


def seed(zot: Zot | RealZot, source: Registry, built: Built, *more: str) -> Said:
    """Seed what was built from the source into Zot, as a user would."""
    return _run("seed", source, built, "--to", f"docker://{zot.address}/p", "--yes", *more)


def _run(verb: str, source: Registry, built: Built, *more: str) -> Said:
    references = [f"{source.address}/{repository}:{tag}" for repository, tag in built]
    return regplan(verb, *references, f"--plain-http={source.address}", "--all-platforms", "-o", "json", *more)


def counted(built: Built) -> tuple[int, int, int]:
    """The (repository, blob) pairs, (repository, manifest) pairs and tags beyond one per manifest, from the bytes alone."""
    pairs = {(repository, blob.digest) for (repository, _), tree in built.items() for blob in tree.blobs()}
    puts = {(repository, blob.digest) for (repository, _), tree in built.items() for blob in tree.manifests()}
    return (
        len(pairs),
        len(puts),
        len(built) - len({(repository, tree.manifest.digest) for (repository, _), tree in built.items()}),
    )


def blob_bytes_read(log: Sequence[Request]) -> int:
    """The bytes of blobs that a source has given, by its own log."""
    return sum(each.size for each in log if each.method == "GET" and "/blobs/" in each.path)


def most_requests(built: Built, *, dedupe: bool) -> int:
    """The most that a seeding may ask: P + N + K, and two to find out what is there.

    Zot takes a blob with one request, as it takes a mount. Without dedupe it has no mount: up to three are tried.
    """
    shared = counted(built)[0] - len({blob.digest for tree in built.values() for blob in tree.blobs()})
    return sum(counted(built)) + 2 + (0 if dedupe else min(shared, 3))


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dedupe", [True, False])
def test_zot_is_seeded_and_verified_over_tls_with_a_login(
    kind: str, dedupe: bool, tmp_path: Path, authority: Authority, shared_source: Registry, built: Built,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    options = ZotOptions(dedupe=dedupe, login="palette:s3cret word")
    with running(kind, tmp_path, options, authority.good()) as zot:
        how = [f"--ca-cert={zot.address}={authority.ca_file}", "--username", "palette", "--password-stdin"]
        monkeypatch.setattr("sys.stdin", io.StringIO("s3cret word\n"))
        before = len(shared_source.requests())
        said = seed(zot, shared_source, built, *how)
        asked, read = zot.asked(), shared_source.requests()[before:]
        monkeypatch.setattr("sys.stdin", io.StringIO("s3cret word\n"))
        verified = _run("verify", shared_source, built, "--at", f"docker://{zot.address}/p", "--level", "deep", *how)

    assert (said.code, said.document["verified"]) == (0, True), said.err + said.out
    assert (verified.code, verified.document["complete"]) == (0, True), verified.err
    asked = [each for each in asked if each[2] != 401]
    assert said.document["done"]["requests"] == len(asked)
    assert len(asked) <= most_requests(built, dedupe=dedupe), counted(built)
    # Each byte is read once; without dedupe once for each repository, as a Zot that has no mount is sent it there.
    sizes = {
        (blob.digest if dedupe else (repository, blob.digest)): blob.size
        for (repository, _), tree in built.items()
        for blob in tree.blobs()
    }
    assert blob_bytes_read(read) == sum(sizes.values()) == said.document["done"]["uploaded_bytes"]
    assert not dedupe or said.document["plan"]["blob_bytes"] == sum(sizes.values())


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
def test_the_plan_of_a_zot_counts_one_request_for_each_blob_before_and_after_the_run(
    kind: str, tmp_path: Path, shared_source: Registry, built: Built
) -> None:
    with running(kind, tmp_path, ZotOptions()) as zot:
        images_of = [f"{shared_source.address}/{repository}:{tag}" for repository, tag in built]
        site = tmp_path / "site.yaml"
        registry = {"kind": "zot", "address": zot.address, "project": "p", "storage": "1GB"}
        site.write_text(json.dumps({"name": "s", "images": images_of, "registry": registry}), encoding="utf-8")
        plain = (
            f"--plain-http={zot.address}",
            f"--plain-http={shared_source.address}",
            "--all-platforms",
            "-o",
            "json",
        )
        least = sum(counted(built))

        foretold = regplan("seed", *images_of, "--to", f"docker://{zot.address}/p", "--dry-run", *plain)
        said = regplan("seed", str(site), "--yes", *plain)

    assert foretold.document["plan"]["requests_min"] == least
    assert f"at minimum {least} requests" in said.err
    assert said.document["plan"]["requests_min"] == least


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", ["oci", "docker"])
def test_a_zot_is_known_before_the_plan_is_told_though_nobody_says_that_it_is_one(
    kind: str, dialect: images.Dialect, tmp_path: Path, start_registry: StartRegistry
) -> None:
    source = start_registry()
    built: Built = {
        (f"a/{name}", "1"): images.image([images.layer(5_000, n), images.layer(900, 9)], label=name, dialect=dialect)
        for n, name in enumerate(("one", "two"))
    }
    for (repository, tag), tree in built.items():
        images.push(source, repository, tree, [tag])
    with running(kind, tmp_path, ZotOptions(docker=dialect == "docker")) as zot:
        said = seed(zot, source, built, f"--plain-http={zot.address}")
        asked = zot.asked()

    least = sum(counted(built))
    assert (said.code, said.document["plan"]["requests_min"]) == (0, least), said.err
    assert f"at minimum {least} requests and " in said.err
    assert len(asked) <= least + 2


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
def test_a_second_run_asks_zot_for_each_tag_and_writes_nothing(
    kind: str, tmp_path: Path, shared_source: Registry, built: Built
) -> None:
    with running(kind, tmp_path, ZotOptions()) as zot:
        plain = f"--plain-http={zot.address}"
        assert seed(zot, shared_source, built, plain).code == 0
        before = len(zot.asked())
        said = seed(zot, shared_source, built, plain)
        asked = zot.asked()[before:]

    assert (said.code, said.document["verified"]) == (0, True)
    assert {method for method, _, _ in asked} <= {"HEAD", "GET"}
    assert len(asked) <= len(built) + 2


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_run_has_left_without_tags_and_without_a_journal_is_not_sent_to_zot_again(
    kind: str, tmp_path: Path, shared_source: Registry, built: Built
) -> None:
    with running(kind, tmp_path, ZotOptions()) as zot, FaultyProxy(zot.address) as near:
        where = ["--to", f"docker://{near.address}/p", "--yes", f"--plain-http={near.address}", "--journal"]
        near.rules = (Rule(answers(403, code="DENIED", message="not yet"), "PUT", "/manifests/", times=0),)
        assert _run("seed", shared_source, built, *where, str(tmp_path / "one")).code == 5
        there = sorted(near.stored())
        near.rules = ()
        said = _run("seed", shared_source, built, *where, str(tmp_path / "two"))
        stored = sorted(near.stored())

    assert (said.code, said.document["verified"]) == (0, True), said.err
    assert stored == there == sorted({blob.digest for tree in built.values() for blob in tree.blobs()})


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("others", [0, 2])
def test_docker_types_are_refused_by_zot_before_a_byte_is_sent_and_taken_with_the_line_that_we_name(
    kind: str, others: int, tmp_path: Path, start_registry: StartRegistry
) -> None:
    source = start_registry()
    built: dict[tuple[str, str], images.Tree] = {
        (f"a/oci-{number}", "1"): images.image([images.layer(5_000, 5 + number)], label="o") for number in range(others)
    }
    built["a/docker", "1"] = images.image([images.layer(5_000, 4)], label="d", dialect="docker")
    for (repository, tag), tree in built.items():
        images.push(source, repository, tree, [tag])
    with running(kind, tmp_path / "strict", ZotOptions()) as zot:
        said = seed(zot, source, built, f"--plain-http={zot.address}")
        asked = zot.asked()
        assert said.code == 1, said.err + said.out
        assert "docker2s2" in said.out + said.err
        assert [status for method, _, status in asked if method not in {"HEAD", "GET"}] == [415]
        assert json.loads(http.request("GET", f"{zot.url}/v2/_catalog").body) == {"repositories": []}
    with running(kind, tmp_path / "lenient", ZotOptions(docker=True)) as zot:
        looked = _run(
            "seed", source, built, "--to", f"docker://{zot.address}/p", "--dry-run", f"--plain-http={zot.address}"
        )
        assert looked.code == 0, looked.err
        assert json.loads(http.request("GET", f"{zot.url}/v2/_catalog").body) == {"repositories": []}
    with running(kind, tmp_path / "again", ZotOptions(docker=True)) as zot:
        said = seed(zot, source, built, f"--plain-http={zot.address}")
        first, again = len(zot.asked()), seed(zot, source, built, f"--plain-http={zot.address}")
        assert (said.code, said.document["verified"]) == (again.code, again.document["verified"]) == (0, True), said.err
        assert said.document["done"]["requests"] == first
        assert said.document["plan"]["requests_min"] + said.document["plan"]["requests_probe"] == first
        # One for a name in the repository that the first blob goes to, and one for the types.
        assert first <= sum(counted(built)) + 2
        assert len(zot.asked()) - first <= len(built) + 2


@pytest.mark.registry
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", ["oci", "docker"])
def test_a_new_version_under_new_tags_is_sent_to_zot_without_the_layers_that_the_old_one_has_brought(
    kind: str, dialect: images.Dialect, tmp_path: Path, start_registry: StartRegistry
) -> None:
    source = start_registry()
    kept = [images.layer(400_000, 31), images.layer(300_000, 32)]
    versions = [
        {
            (f"library/{name}", tag): images.image(
                [*kept, images.layer(20_000, seed + number)], label=f"{name} {tag}", dialect=dialect
            )
            for number, name in enumerate(("app", "side", "tool"))
        }
        for tag, seed in (("1", 40), ("2", 50))
    ]
    for (repository, tag), tree in (item for version in versions for item in version.items()):
        images.push(source, repository, tree, [tag])
    with running(kind, tmp_path, ZotOptions(docker=dialect == "docker")) as zot:
        for number, version in enumerate(versions):
            plain = (f"--plain-http={zot.address}", "--journal", str(tmp_path / f"journal-{number}"))
            before = http.request("GET", f"{zot.url}/v2/_catalog").body
            looked = _run("seed", source, version, "--to", f"docker://{zot.address}/p", "--dry-run", *plain)
            assert http.request("GET", f"{zot.url}/v2/_catalog").body == before
            said = seed(zot, source, version, *plain)
            assert (said.code, said.document["verified"]) == (0, True), said.err

    old, new = ({blob.digest for tree in version.values() for blob in tree.blobs()} for version in versions)
    assert said.document["done"]["uploaded_blobs"] == len(new - old) == 6
    sizes = {blob.digest: len(blob.data) for tree in versions[1].values() for blob in tree.blobs()}
    assert looked.document["left_bytes"] == sum(sizes[digest] for digest in new - old)
    assert looked.document["there"]["blobs"] == len(kept)
