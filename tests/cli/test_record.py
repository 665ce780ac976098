"""`regplan record` as a user types it: what is kept, what later runs find there, and what a run that dies leaves."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import images, skopeo

if TYPE_CHECKING:
    from support.content import Tree
    from support.starter import StartRegistry

SOURCE = Path(__file__).parents[2] / "src"
MULTI, TWICE, LIST, NESTED = (
    images.multi_platform(),
    images.layer_twice(),
    images.docker_list(),
    images.nested_index(),
)
NAMES: dict[str, Tree] = {
    "docker.io/library/nginx:1": MULTI,
    "quay.io/a/twice:1": TWICE,
    "quay.io/a/list:1": LIST,
    "quay.io/a/nested:2": NESTED,
}
PINNED = f"docker.io/library/nginx:1@{MULTI.manifest.digest}"


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A whole layout that holds the images by their full names."""
    images.write_layout(tmp_path / "source", NAMES)
    return f"oci:{tmp_path / 'source'}"


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path inside it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def blobs(folder: Path) -> set[str]:
    return {f"sha256:{path.name}" for path in (folder / "blobs" / "sha256").iterdir()}


def entries(folder: Path) -> dict[str, str]:
    """Digests by name, as index.json has them."""
    document = json.loads((folder / "index.json").read_bytes())
    return {
        each["annotations"]["org.opencontainers.image.ref.name"]: each["digest"]
        for each in document["manifests"]
        if "annotations" in each
    }


def child(tree: Tree, platform: str) -> images.Image:
    """The image of an index for a platform."""
    assert isinstance(tree, images.Index)
    return next(each for each in tree.children if isinstance(each, images.Image) and each.platform == platform)


def test_indexes_manifests_and_configs_are_kept_and_no_layer(tmp_path: Path, source: str) -> None:
    said = regplan("record", "nginx:1", "quay.io/a/twice:1", "--from", source, "-O", str(tmp_path / "rec"))

    amd64 = child(MULTI, "linux/amd64")
    wanted = (MULTI.manifest, amd64.manifest, amd64.config, *TWICE.manifests(), TWICE.blobs()[0])
    assert said.code == 0, said.err
    assert blobs(tmp_path / "rec") == {blob.digest for blob in wanted}
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "rec/blobs/sha256").iterdir()} == {
        path.name for path in (tmp_path / "rec/blobs/sha256").iterdir()
    }
    assert entries(tmp_path / "rec") == {
        "docker.io/library/nginx:1": MULTI.manifest.digest,
        "quay.io/a/twice:1": TWICE.manifest.digest,
    }


def test_the_document_counts_what_is_kept(tmp_path: Path, source: str) -> None:
    said = regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"), "-o", "json")

    amd64 = child(MULTI, "linux/amd64")
    size = MULTI.manifest.size + amd64.manifest.size + amd64.config.size
    told = {key: said.document[key] for key in ("kind", "manifests", "indexes", "configs", "facts", "bytes", "moved")}
    assert told == {
        "kind": "record", "manifests": 1, "indexes": 1, "configs": 1, "facts": 0, "bytes": size, "moved": [],
    }  # fmt: skip
    assert said.document["images"] == [
        {
            "reference": "docker.io/library/nginx:1",
            "digest": MULTI.manifest.digest,
            "platforms": ["linux/amd64"],
            "only_facts": False,
            "state": "added",
        }
    ]


@pytest.mark.parametrize(
    "choice", [[], ["--platform", "linux/arm64"], ["--platform", "linux/arm64", "--platform", "linux/amd64"]]
)
def test_what_was_recorded_is_measured_as_at_the_source(tmp_path: Path, source: str, choice: list[str]) -> None:
    wanted = ["nginx:1", "quay.io/a/nested:2", PINNED, f"nginx@{MULTI.manifest.digest}", *choice, "-o", "json"]
    regplan("record", *wanted, "--from", source, "-O", str(tmp_path / "rec"))

    there = regplan("layers", *wanted, "--from", source)
    here = regplan("layers", *wanted, "--recording", str(tmp_path / "rec"), "--offline")

    assert there.code == here.code == 0, here.err
    assert here.out == there.out


def test_all_platforms_are_recorded_when_asked_for(tmp_path: Path, source: str) -> None:
    regplan("record", *NAMES, "--from", source, "-O", str(tmp_path / "rec"), "--all-platforms")

    for choice in (["--all-platforms"], ["--platform", "linux/amd64"]):
        there = regplan("layers", *NAMES, "--from", source, *choice, "-o", "json")
        here = regplan("layers", *NAMES, "--from", f"recording:{tmp_path / 'rec'}", *choice, "-o", "json")
        assert (here.code, here.out) == (0, there.out)


def test_a_platform_that_was_not_recorded_is_unresolved_and_named(tmp_path: Path, source: str) -> None:
    regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"))

    said = regplan("layers", "nginx:1", "--platform", "linux/arm64", "--recording", str(tmp_path / "rec"))

    assert said.code == 4
    assert "for linux/arm64, and recording:" in said.out


def test_an_image_of_several_platforms_is_planned_without_its_config(tmp_path: Path, source: str) -> None:
    regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"))
    config = child(MULTI, "linux/amd64").config.digest.removeprefix("sha256:")
    (tmp_path / "rec/blobs/sha256" / config).unlink()

    assert regplan("layers", "nginx:1", "--recording", str(tmp_path / "rec")).code == 0


def test_recording_the_same_again_changes_no_file_and_the_order_changes_no_byte(tmp_path: Path, source: str) -> None:
    names = list(NAMES)
    regplan("record", *names, "--from", source, "-O", str(tmp_path / "one"))
    regplan("record", *reversed(names), "--from", source, "-O", str(tmp_path / "other"))
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*")}

    again = regplan("record", *names, "--from", source, "-O", str(tmp_path / "one"), "-o", "json")

    assert files(tmp_path / "one") == files(tmp_path / "other")
    assert again.document["written"] == {"files": 0, "bytes": 0}
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*")} == stamps


def test_recording_adds_to_what_is_there(tmp_path: Path, source: str) -> None:
    regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"))

    said = regplan(
        "record", "nginx:1", "quay.io/a/list:1", "--from", source, "-O", str(tmp_path / "rec"),
        "--platform", "linux/arm64", "-o", "json",
    )  # fmt: skip

    assert (said.code, [each["state"] for each in said.document["images"]]) == (0, ["known", "added"])
    for platform in ("linux/amd64", "linux/arm64"):
        assert regplan("layers", "nginx:1", "--platform", platform, "--recording", str(tmp_path / "rec")).code == 0


def test_a_tag_that_moved_is_updated_and_told(tmp_path: Path, source: str) -> None:
    regplan("record", "nginx:1", "quay.io/a/twice:1", "--from", source, "-O", str(tmp_path / "rec"))
    images.write_layout(tmp_path / "newer", {"docker.io/library/nginx:1": NESTED})

    said = regplan(
        "record", "nginx:1", "--from", f"oci:{tmp_path / 'newer'}", "-O", str(tmp_path / "rec"), "-o", "json"
    )

    assert said.document["moved"] == [
        {"reference": "docker.io/library/nginx:1", "was": MULTI.manifest.digest, "now": NESTED.manifest.digest}
    ]
    assert said.document["images"][0]["state"] == "moved"
    assert entries(tmp_path / "rec") == {
        "docker.io/library/nginx:1": NESTED.manifest.digest,
        "quay.io/a/twice:1": TWICE.manifest.digest,
    }


def test_what_can_be_resolved_is_recorded_and_the_rest_is_listed(tmp_path: Path, source: str) -> None:
    said = regplan(
        "record", "nginx:1", "quay.io/no/image:1", "--from", source, "-O", str(tmp_path / "rec"), "-o", "json"
    )

    assert said.code == 4
    assert [each["reference"] for each in said.document["unresolved"]] == ["quay.io/no/image:1"]
    assert list(entries(tmp_path / "rec")) == ["docker.io/library/nginx:1"]


def test_images_that_are_known_by_facts_are_kept_as_facts(tmp_path: Path) -> None:
    facts = Path(__file__).parents[2] / "data/demo/recording"
    lines = [json.loads(line) for line in (facts / "facts.jsonl").read_text(encoding="utf-8").splitlines()]
    names = [line["reference"] for line in lines if line["platform"] == "linux/amd64"][:3]

    said = regplan("record", *names, "--recording", str(facts), "-O", str(tmp_path / "rec"), "-o", "json")

    assert (said.code, said.document["facts"], sorted(files(tmp_path / "rec"))) == (0, 3, ["facts.jsonl"])
    there = regplan("layers", *names, "--recording", str(facts), "-o", "json")
    assert regplan("layers", *names, "--recording", str(tmp_path / "rec"), "-o", "json").out == there.out


def test_a_site_is_recorded_with_its_other_versions_for_its_hosts(tmp_path: Path, source: str) -> None:
    site = tmp_path / "site.yaml"
    (tmp_path / "now.txt").write_text("docker.io/library/nginx:1\n", encoding="utf-8")
    (tmp_path / "next.txt").write_text("quay.io/a/nested:2\n", encoding="utf-8")
    (tmp_path / "before.txt").write_text("quay.io/a/list:1\n", encoding="utf-8")
    text = {
        "name": "store",
        "profiles": ["now.txt"],
        "upgrade_to": ["next.txt"],
        "upgrade_from": [["before.txt"]],
        "registry": {"retention": "keep 3 versions"},
        "from": [source],
        "hosts": [
            {"name": "a", "role": "control-plane", "cpu": 8, "memory": "16GiB", "storage": "512GB", "arch": "arm64"}
        ],
    }
    site.write_text(json.dumps(text), encoding="utf-8")

    said = regplan("record", str(site), "-O", str(tmp_path / "rec"), "-o", "json")

    assert said.code == 0, said.err
    assert {each["reference"]: each["platforms"] for each in said.document["images"]} == {
        "docker.io/library/nginx:1": ["linux/arm64"],
        "quay.io/a/nested:2": ["linux/arm64"],
        "quay.io/a/list:1": ["linux/arm/v7"],
    }
    there = plan(site)
    here = plan(site, "--recording", str(tmp_path / "rec"), "--offline")
    assert here == there


def plan(site: Path, *more: str) -> dict[str, Any]:
    """The plan document without what names the source and the time."""
    document = regplan("plan", str(site), "-o", "json", *more).document
    assert document["images"]["unresolved"] == []
    del document["generated_at"], document["site"]["from"]
    return document


@pytest.mark.parametrize(
    ("make", "message"), [("file", "is a file"), ("other", "is no recording, and holds notes.txt")]
)
def test_something_that_is_no_recording_is_refused_before_anything_is_asked(
    tmp_path: Path, source: str, make: str, message: str
) -> None:
    place = tmp_path / "rec"
    if make == "file":
        place.write_text("", encoding="utf-8")
    else:
        place.mkdir()
        (place / "notes.txt").write_text("mine", encoding="utf-8")

    said = regplan("record", "nginx:1", "--from", source, "-O", str(place))

    assert said.code == 2
    assert message in said.err


def test_read_only_refuses(tmp_path: Path, source: str) -> None:
    said = regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"), "--read-only")

    assert (said.code, (tmp_path / "rec").exists()) == (2, False)


def test_a_disk_that_fills_up_is_one_sentence_and_what_was_there_still_answers(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"))
    before = (tmp_path / "rec/index.json").read_bytes()
    _fail_at(monkeypatch, 3, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    said = regplan("record", *NAMES, "--from", source, "-O", str(tmp_path / "rec"), "--all-platforms")

    assert said.code == 5
    assert said.err.count("\n") == 1
    assert f"{os.strerror(errno.ENOSPC)}; {tmp_path / 'rec'} is partly written" in said.err
    assert (tmp_path / "rec/index.json").read_bytes() == before
    assert [name for name in files(tmp_path / "rec") if name.endswith(".tmp")] == []


def test_a_disk_that_takes_nothing_is_told_before_any_write(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_at(monkeypatch, 1, OSError(errno.EACCES, os.strerror(errno.EACCES)))

    said = regplan("record", "nginx:1", "--from", source, "-O", str(tmp_path / "rec"))

    assert said.code == 3
    assert said.err.endswith(f"{os.strerror(errno.EACCES)}; nothing was recorded\n")


def _fail_at(monkeypatch: pytest.MonkeyPatch, number: int, error: OSError) -> None:
    """Let the disk refuse from the given write on."""
    calls = iter(range(1, 10_000))

    def fsync(_: int) -> None:
        if next(calls) >= number:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="NOT TESTED: this system has no SIGKILL")
@pytest.mark.parametrize("writes", [1, 2, 4, 10])
def test_a_run_that_is_killed_leaves_a_readable_recording_and_the_next_one_mends_it(
    tmp_path: Path, source: str, writes: int
) -> None:
    # Killed right before the file of that number gets its name, and in a new folder as in an old one.
    for folder, first in (("old", ["nginx:1"]), ("new", [])):
        place = str(tmp_path / folder)
        if first:
            regplan("record", *first, "--from", source, "-O", place)
        done = _killed_at(writes, "record", *NAMES, "--from", source, "-O", place)

        assert done.returncode == -signal.SIGKILL, done.stderr
        for name in first:
            assert regplan("layers", name, "--recording", place).code == 0
        again = regplan("record", *NAMES, "--from", source, "-O", place)
        assert again.code == 0, again.err
        assert regplan("layers", *NAMES, "--recording", place).code == 0


def _killed_at(number: int, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = (
        "import os, signal, sys\n"
        "left = [int(sys.argv[1])]\n"
        "def fsync(_):\n"
        "    left[0] -= 1\n"
        "    if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.fsync = fsync\n"
        "from regplan.cli.app import main\n"
        "sys.exit(main(sys.argv[2:]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", program, str(number), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)


def test_skopeo_reads_a_recording(tmp_path: Path, source: str) -> None:
    wanted = ["docker.io/library/nginx:1", "quay.io/a/twice:1", "quay.io/a/nested:2", PINNED]
    regplan("record", *wanted, "--from", source, "-O", str(tmp_path / "rec"))

    for name in wanted:
        tree = NAMES.get(name, MULTI)
        assert skopeo.manifest(f"oci:{tmp_path / 'rec'}:{name}") == tree.manifest.data


def test_layers_of_a_recording_by_itself_name_every_image_once(tmp_path: Path, source: str) -> None:
    regplan("record", *NAMES, "--from", source, "-O", str(tmp_path / "rec"))

    said = regplan("layers", f"recording:{tmp_path / 'rec'}", "-o", "json")

    assert {each["reference"] for each in said.document["images"]} == set(NAMES)


@pytest.mark.registry
def test_an_image_that_is_recorded_without_its_config_is_told(start_registry: StartRegistry, tmp_path: Path) -> None:
    registry = start_registry()
    images.push(registry, "app/multi", images.multi_platform(), ["1"])
    reference, place = f"{registry.address}/app/multi:1", str(tmp_path / "rec")
    assert regplan("layers", reference, "--plain-http").code == 0

    # Where an index tells the platform, no run has read the config, and now nobody may.
    lacking = regplan("record", reference, "-O", place, "--offline", "-o", "json")
    told = regplan("record", reference, "-O", place, "--offline")
    mended = regplan("record", reference, "-O", place, "--plain-http", "-o", "json")

    assert (lacking.code, told.code, mended.code) == (0, 0, 0), lacking.err
    assert (lacking.document["configs"], lacking.document["without_config"]) == (0, [reference])
    assert "1 index, 1 manifest and 0 configs" in told.out
    assert "without config: 1 image; record again" in told.out
    assert (mended.document["configs"], mended.document["without_config"]) == (1, [])
