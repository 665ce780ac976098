"""A journal between runs against real registries: what a second run asks, sends and believes."""

from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING, Any

import pytest

from support import http, images
from support.seeding import Finished, events, seeding

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.ours_later]

PROJECT = "spectro-images"
NAMES = [f"edge/app-{number}" for number in range(6)]


def build(number: int) -> images.Tree:
    return images.image([images.layer(60_000, 1), images.layer(40_000 + number, 100 + number)], label=f"app-{number}")


TREES = [build(number) for number in range(6)]


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    for name, tree in zip(NAMES, TREES, strict=True):
        images.push(registry, name, tree, ["1.0"])
    registry.forget_requests()
    return registry


@pytest.fixture
def arguments(source: Registry) -> list[str]:
    return [*(f"{source.address}/{name}:1.0" for name in NAMES), f"--plain-http={source.address}"]


def seed(arguments: list[str], target: Registry, *more: str) -> Finished:
    """One run of the command, in a process of its own."""
    to = ["--to", f"docker://{target.address}/{PROJECT}", f"--plain-http={target.address}"]
    with seeding([*arguments, *to], *more) as run:
        return run.finish()


def place(source: Registry, name: str) -> str:
    return f"{PROJECT}/{source.address.replace(':', '_')}/{name}"


def right_tags(source: Registry, target: Registry) -> int:
    """How many tags name what they should, asked without our client."""
    found = [http.request("HEAD", f"{target.url}/v2/{place(source, name)}/manifests/1.0", headers={"Accept": "application/vnd.oci.image.manifest.v1+json"}, ca_file=target.ca_file).headers.get("docker-content-digest") for name in NAMES]  # fmt: skip
    return sum(digest == tree.manifest.digest for digest, tree in zip(found, TREES, strict=True))


def only_journal(home: Path) -> Path:
    (path,) = (home / ".local/state/regplan/journals").iterdir()
    return path


def kinds(registry: Registry) -> list[str]:
    return [each.method for each in registry.requests()]


def cut_off(journal: Path, left: int) -> None:
    """Leave the first lines of a journal only, as if the run had been killed there."""
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:left]))


def test_a_run_leaves_a_journal_in_the_state_folder_that_holds_no_secret_and_no_session(
    arguments: list[str], source: Registry, start_registry: StartRegistry, home: Path
) -> None:
    target = start_registry(auth="basic")
    assert seed(arguments, target, "--no-journal").code == 3
    assert not (home / ".local/state/regplan").exists()
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(json.dumps({"auths": {target.address: {"username": target.user, "password": target.password}}}))  # fmt: skip

    done = seed(arguments, target)

    assert done.code == 0, done.said
    journal = only_journal(home)
    assert done.document["journal"] == str(journal)
    assert (done.document["verified"], done.document["rerun"]) == (True, [])
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    text = journal.read_text()
    assert re.fullmatch(rf"{target.address.replace(':', '-')}-{PROJECT}-[0-9a-f]{{8}}\.jsonl", journal.name)
    assert target.password not in text
    assert not re.search(r"uploads|_state|Location|Authorization", text, re.IGNORECASE)
    (run_line,) = events(journal, "run")
    assert (run_line["v"], run_line["site"], run_line["project"]) == (1, "", PROJECT)
    put = {(each["repository"], each["tag"], each["digest"]) for each in events(journal, "put")}
    assert put == {(place(source, name), "1.0", tree.manifest.digest) for name, tree in zip(NAMES, TREES, strict=True)}
    sent = [each["digest"] for each in events(journal, "sent")]
    assert sorted(sent) == sorted({blob.digest for tree in TREES for blob in tree.blobs()})
    assert len(events(journal, "mounted")) == 5
    assert events(journal)[-1] == {**events(journal)[-1], "event": "ended", "state": "complete"}


def test_a_second_run_asks_for_each_tag_once_and_sends_nothing(
    arguments: list[str], start_registry: StartRegistry, home: Path
) -> None:
    target = start_registry()
    assert seed(arguments, target).code == 0
    target.forget_requests()

    again = seed(arguments, target)

    assert again.code == 0
    assert "6 right names and 0 more blobs are there" in again.said
    heads = [each for each in target.requests() if each.method == "HEAD"]
    assert len(heads) == 6
    assert len(target.requests()) <= 6 + 2
    assert again.document["done"]["uploaded_bytes"] == 0
    # What is known already is not written again.
    assert [each["event"] for each in events(only_journal(home))].count("put") == 6
    assert not events(only_journal(home), "present")


@pytest.mark.parametrize("left", [3, 14, 27])
def test_a_run_that_was_broken_off_anywhere_goes_on_without_sending_again_what_arrived(
    arguments: list[str], source: Registry, start_registry: StartRegistry, tmp_path: Path, left: int
) -> None:
    target, journal = start_registry(), tmp_path / "journal"
    assert seed(arguments, target, "--journal", str(journal)).code == 0
    cut_off(journal, left)
    before = target.blob_files()
    for name, tree in zip(NAMES, TREES, strict=True):
        if not any(each["repository"] == place(source, name) for each in events(journal, "put")):
            gone = f"{target.url}/v2/{place(source, name)}/manifests/{tree.manifest.digest}"
            assert http.request("DELETE", gone).status == 202
    target.forget_requests()
    source.forget_requests()

    again = seed(arguments, target, "--journal", str(journal))

    assert again.code == 0, again.said
    assert right_tags(source, target) == 6
    assert target.blob_files() == before
    # Blobs that arrived are either believed after one HEAD, or found by a mount that costs no bytes.
    assert [each for each in source.requests() if each.method == "GET" and "/blobs/" in each.path and each.size > 5000] == []  # fmt: skip
    assert again.document["done"]["uploaded_blobs"] == 0


def test_of_two_registries_on_one_address_with_one_journal_each_gets_all_that_it_lacks(
    arguments: list[str], source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    first, second = start_registry(), start_registry()
    second.stop()
    journal = tmp_path / "journal"
    assert seed(arguments, first, "--journal", str(journal)).code == 0
    assert right_tags(source, first) == 6
    swap(first, second)

    done = seed(arguments, second, "--journal", str(journal))

    assert done.code == 0, done.said
    assert "is not believed, and every tag is asked for" in done.said
    assert "edge/app-0:1.0 is not there" in done.said
    assert right_tags(source, second) == 6
    assert done.document["done"]["uploaded_blobs"] == 13
    swap(second, first)
    first.forget_requests()

    back = seed(arguments, first, "--journal", str(journal))

    assert (back.code, back.document["done"]["uploaded_blobs"]) == (0, 0)
    assert kinds(first).count("HEAD") == 6


def swap(old: Registry, new: Registry) -> None:
    """Let another registry answer on the address that the old one has."""
    old.stop()
    port = old.port
    new.port = port
    config = new.folder / "config.yml"
    config.write_text(re.sub(r"addr: 127\.0\.0\.1:\d+", f"addr: 127.0.0.1:{port}", config.read_text()))
    new.start()


@pytest.mark.docker_registry
def test_the_journal_of_another_site_is_not_believed_although_its_registry_answers_as_it_says(
    arguments: list[str], source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    target, journal = start_registry(), tmp_path / "journal"
    for site in ("store-a", "store-b"):
        text = {"name": site, "images": arguments[:-1], "registry": {"address": target.address, "project": PROJECT}}
        (tmp_path / f"{site}.yaml").write_text(json.dumps(text))
    plain = [f"--plain-http={source.address}", f"--plain-http={target.address}", "--journal", str(journal)]
    with seeding([str(tmp_path / "store-a.yaml"), *plain]) as run:
        assert run.finish().code == 0

    with seeding([str(tmp_path / "store-b.yaml"), *plain]) as run:
        done = run.finish()

    assert done.code == 0
    assert "is not believed, and every tag is asked for: it is of store-a and not of store-b" in done.said
    assert [each["site"] for each in events(journal, "run")] == ["store-b"]
    assert len(events(journal, "present")) == 6


@pytest.mark.docker_registry
def test_a_sites_journal_is_found_again_when_its_registry_has_another_address(
    arguments: list[str], source: Registry, start_registry: StartRegistry, tmp_path: Path, home: Path
) -> None:
    target = start_registry()
    site: dict[str, Any] = {"name": "store-a", "images": arguments[:-1], "registry": {"address": target.address, "project": PROJECT}}  # fmt: skip
    (tmp_path / "site.yaml").write_text(json.dumps(site))
    plain = [f"--plain-http={source.address}", "--plain-http"]
    with seeding([str(tmp_path / "site.yaml"), *plain]) as run:
        assert run.finish().code == 0
    site["registry"]["address"] = target.address.replace("127.0.0.1", "localhost")
    (tmp_path / "site.yaml").write_text(json.dumps(site))

    with seeding([str(tmp_path / "site.yaml"), *plain]) as run:
        done = run.finish()

    assert done.code == 0, done.said
    assert "6 right names" in done.said
    assert only_journal(home).name.startswith("store-a_spectro-images-")


@pytest.mark.docker_registry
def test_what_a_dry_run_shows_is_what_the_journal_leaves_and_nothing_is_written(
    arguments: list[str], start_registry: StartRegistry, home: Path
) -> None:
    target = start_registry()
    to = ["--to", f"docker://{target.address}/{PROJECT}", f"--plain-http={target.address}"]
    with seeding([*arguments, *to], "--dry-run") as run:
        assert run.finish().code == 0
    assert not (home / ".local/state/regplan").exists()
    assert seed(arguments, target).code == 0
    before = only_journal(home).read_bytes()
    with seeding([*arguments, *to], "--dry-run") as run:
        done = run.finish()
    assert done.document["plan"]["requests_min"] == 0
    assert only_journal(home).read_bytes() == before


@pytest.mark.docker_registry
def test_a_file_that_is_no_journal_is_an_error_before_anything_is_asked_and_one_that_cannot_be_written_before_a_byte(
    arguments: list[str], start_registry: StartRegistry, tmp_path: Path
) -> None:
    target = start_registry()
    target.forget_requests()
    (tmp_path / "profile.json").write_text('{"metadata": {}}')
    done = seed(arguments, target, "--journal", str(tmp_path / "profile.json"))
    assert done.code == 2
    assert "profile.json is no journal of regplan, and is left as it is; name another file" in done.said
    assert target.requests() == []
    assert (tmp_path / "profile.json").read_text() == '{"metadata": {}}'
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere/journal")
    for file, words in (
        (tmp_path / "dangling", "cannot be written"),
        ("/dev/full", "is no file that a journal can be kept in"),
    ):
        done = seed(arguments, target, "--journal", str(file))
        assert (done.code, words in done.said) == (2, True), done.said
        assert {each.method for each in target.requests()} <= {"GET", "HEAD"}
    both = seed(arguments, target, "--journal", str(tmp_path / "j"), "--no-journal")
    assert (both.code, "contradict each other" in both.said) == (2, True)


@pytest.mark.docker_registry
def test_a_damaged_or_newer_journal_in_the_state_folder_is_told_and_the_run_goes_on(
    arguments: list[str], source: Registry, start_registry: StartRegistry, home: Path
) -> None:
    target = start_registry()
    assert seed(arguments, target).code == 0
    journal = only_journal(home)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:4], lines[4].replace(b"sha256", b"sha512"), *lines[5:]]))

    done = seed(arguments, target)

    assert (done.code, done.document["verified"]) == (0, True)
    assert f"{journal}: line 5 is damaged, and what follows is not believed" in done.said
    newer = b'{"v":9,"event":"run"' + lines[0][lines[0].index(b',"site"') :]
    journal.write_bytes(newer)
    done = seed(arguments, target)
    assert (done.code, done.document["journal"]) == (0, None)
    assert right_tags(source, target) == 6
    assert journal.read_bytes() == newer


@pytest.mark.docker_registry
def test_of_two_seeders_at_once_the_second_says_so_in_one_line_and_both_end_well(
    arguments: list[str], source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    from regplan.store.journal import Journal

    target = start_registry()
    held = Journal(tmp_path / "journal")
    done = seed(arguments, target, "--journal", str(tmp_path / "journal"))
    held.close()
    assert (done.code, done.document["journal"]) == (0, None)
    assert done.said.count("another seeding writes to this journal; this one goes on without") == 1
    assert right_tags(source, target) == 6
    assert (tmp_path / "journal").read_bytes() == b""


@pytest.fixture
def tls_target(start_registry: StartRegistry) -> Registry:
    return start_registry(tls=True)


@pytest.mark.docker_registry
def test_another_certificate_is_another_registry(
    arguments: list[str], source: Registry, tls_target: Registry, tmp_path: Path
) -> None:
    to = ["--to", f"docker://{tls_target.address}/{PROJECT}", f"--ca-cert={tls_target.address}={tls_target.ca_file}"]
    journal = tmp_path / "journal"
    with seeding([*arguments, *to], "--journal", str(journal)) as run:
        assert run.finish().code == 0
    (run_line,) = events(journal, "run")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", run_line["certificate"])
    text = journal.read_bytes()
    other = "sha256:" + "0" * 64
    from regplan.store.journal import encode

    record = {key: value for key, value in run_line.items() if key != "sum"} | {"certificate": other}
    journal.write_bytes(encode(record) + text.split(b"\n", 1)[1])

    with seeding([*arguments, *to], "--journal", str(journal)) as run:
        done = run.finish()

    assert done.code == 0
    assert f"the registry shows {run_line['certificate']}, and the journal's showed {other}" in done.said
    assert right_tags(source, tls_target) == 6
