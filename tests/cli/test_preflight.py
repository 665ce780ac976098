"""What `seed` shows before anything moves, as users see it."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images
from support.answers import Reply, serve
from support.harbor import ADMIN, PASSWORD, Harbor
from support.harbor_access import Project

if TYPE_CHECKING:
    from support.starter import StartRegistry

DEMO = Path(__file__).parents[2] / "data" / "demo" / "site.yaml"
TREE = images.layer_twice(seed=9)
NAME = "quay.io/shop/web:1.0"


@pytest.fixture
def layout(tmp_path: Path) -> str:
    """A layout with one image."""
    images.write_layout(tmp_path / "layout", {NAME: TREE})
    return f"oci:{tmp_path / 'layout'}"


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))


def seed(harbor: Harbor, layout: str, *more: str) -> list[str]:
    login = ["--username", ADMIN, "--password-stdin", f"--plain-http={harbor.address}"]
    return ["seed", NAME, "--from", layout, "--to", f"docker://{harbor.address}/spectro-images", *login, *more]


@pytest.mark.usefixtures("password")
def test_a_harbor_without_the_project_fails_before_a_byte_is_sent_and_names_the_call(layout: str) -> None:
    with Harbor().running() as harbor:
        said = regplan(*seed(harbor, layout, "--yes"))

        assert said.code == 1
        assert "Harbor has no project spectro-images" in said.out
        assert f"curl -u USER -X POST {harbor.url}/api/v2.0/projects" in said.out
        assert not [asked for asked in harbor.asked() if asked[0] in {"POST", "PUT"}]
        assert PASSWORD not in said.out + said.err


@pytest.mark.usefixtures("password")
def test_a_dry_run_creates_no_project(layout: str) -> None:
    with Harbor().running() as harbor:
        said = regplan(*seed(harbor, layout, "--create-project", "--dry-run"))

        assert said.code == 1
        assert not harbor.access.projects


@pytest.mark.registry
def test_a_site_whose_registry_does_not_answer_is_told_what_must_be_on_every_host_first() -> None:
    said = regplan("seed", str(DEMO), "--to", "docker://127.0.0.1:9/p", "--plain-http", "--dry-run", "-o", "json")

    assert said.code == 3
    before, comes_up, content, proof = said.document["phases"]
    assert [each["state"] for each in (before, comes_up, content, proof)] == ["unknown", "now", "later", "later"]
    assert before["hosts"] == 3
    assert 0 < before["size_bytes"] < content["size_bytes"]
    assert set(comes_up["references"]) <= set(before["references"]) < set(content["references"])
    table = regplan("seed", str(DEMO), "--to", "docker://127.0.0.1:9/p", "--plain-http", "--dry-run").out
    assert all(reference in table for reference in before["references"])


@pytest.mark.parametrize(
    ("status", "states"), [(401, ["done", "done", "now", "later"]), (501, ["unknown", "now", "later", "later"])]
)
def test_a_registry_that_refuses_is_up_and_one_that_fails_may_not_be(status: int, states: list[str]) -> None:
    with serve(lambda _: Reply(status, b"", {"Www-Authenticate": 'Basic realm="r"'})) as registry:
        said = regplan(
            "seed", str(DEMO), "--to", f"docker://{registry.address}/p", "--plain-http", "--dry-run", "-o", "json"
        )

    assert said.code == 3
    assert [each["state"] for each in said.document["phases"]] == states


@pytest.mark.registry
def test_images_of_which_only_sizes_are_known_can_be_planned_for_a_registry_and_not_seeded(
    start_registry: StartRegistry,
) -> None:
    target = f"docker://{start_registry().address}/p"

    looked = regplan("seed", str(DEMO), "--to", target, "--plain-http", "--dry-run", "-o", "json")
    done = regplan("seed", str(DEMO), "--to", target, "--plain-http", "--yes")

    assert (looked.code, done.code) == (1, 2)
    [source] = [each for each in looked.document["findings"] if each["rule"] == "seed.source"]
    assert source["required"] == looked.document["plan"]["manifests"] == 31
    assert [phase["state"] for phase in looked.document["phases"]] == ["done", "done", "now", "later"]


@pytest.mark.registry
def test_a_registry_that_holds_all_is_to_be_proved_and_nothing_is_left_to_send(
    start_registry: StartRegistry, layout: str
) -> None:
    target = f"docker://{start_registry().address}/p"
    arguments = ["seed", NAME, "--from", layout, "--to", target, "--plain-http"]

    first = regplan(*arguments, "--yes", "-o", "json")
    again = regplan(*arguments, "--dry-run", "-o", "json")

    assert first.code == again.code == 0
    assert first.document["left_bytes"] == sum({blob.digest: len(blob.data) for blob in TREE.blobs()}.values())
    assert again.document["left_bytes"] == 0


def test_a_tree_on_a_disk_is_told_with_the_room_that_it_has(tmp_path: Path, layout: str) -> None:
    said = regplan("seed", NAME, "--from", layout, "--to", f"oci:{tmp_path / 'usb'}", "--dry-run", "-o", "json")

    [space] = [each for each in said.document["findings"] if each["rule"] == "seed.space"]
    assert (said.code, space["verdict"]) == (0, "PASS")
    assert space["required"] == said.document["left_bytes"]


def test_what_a_broken_off_seeding_left_on_a_disk_needs_no_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"quay.io/shop/part-{number}:1" for number in range(4)]
    trees = {name: images.image([images.layer(50_000, n)], label=name) for n, name in enumerate(names)}
    images.write_layout(tmp_path / "layout", trees)
    call = ["seed", *names, "--from", f"oci:{tmp_path / 'layout'}", "--to", f"oci:{tmp_path / 'usb'}", "--yes"]
    assert regplan(*call).code == 0
    # As it is left where the first two images had not arrived, and the last one's blobs had, without its manifest.
    parts = {name: tmp_path / "usb" / "quay.io" / "shop" / f"part-{number}" for number, name in enumerate(names)}
    absent = [blob for name in names[:2] for blob in trees[name].blobs()]
    for name in names[:2]:
        shutil.rmtree(parts[name])
    (parts[names[3]] / "index.json").unlink()
    left = sum(len(blob.data) for blob in absent)
    room = left
    monkeypatch.setattr("regplan.seed.tree.free_bytes", lambda _: room)

    said = regplan(*call, "-o", "json")

    [space] = [each for each in said.document["findings"] if each["rule"] == "seed.space"]
    assert (said.code, space["verdict"], space["required"]) == (0, "PASS", left)
    assert said.document["done"]["uploaded_blobs"] == len(absent)

    shutil.rmtree(parts[names[2]])
    room = len(trees[names[2]].blobs()[0].data)
    assert regplan(*call).code == 1


def test_what_a_killed_seeding_left_half_written_takes_no_room_and_is_removed_unless_it_is_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    trees = parts(tmp_path / "layout", 2)
    call = ["seed", *trees, "--from", f"oci:{tmp_path / 'layout'}", "--to", f"oci:{tmp_path / 'usb'}", "--yes"]
    assert regplan(*call).code == 0
    first, second = (tmp_path / "usb" / "quay.io" / "shop" / f"part-{number}" for number in range(2))
    blobs = second / "blobs" / "sha256"
    left = sum(len(blob.data) for blob in trees[list(trees)[1]].blobs())
    (second / "index.json").unlink()
    for blob in trees[list(trees)[1]].blobs():
        (blobs / blob.digest.removeprefix("sha256:")).unlink()
    half = blobs / f".{'a' * 64}.123.tmp"
    half.write_bytes(bytes(left // 2))
    under_way = first / "blobs" / "sha256" / f".{'b' * 64}.124.tmp"
    monkeypatch.setattr("regplan.seed.tree.free_bytes", lambda _: left - left // 2)
    with under_way.open("wb") as file:
        file.write(bytes(1000))
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)

        looked = regplan(*call[:-1], "--dry-run", "-o", "json")
        still_there = half.exists()
        said = regplan(*call, "-o", "json")

    for each in (looked, said):
        [space] = [finding for finding in each.document["findings"] if finding["rule"] == "seed.space"]
        assert (each.code, space["verdict"], space["measured"], space["required"]) == (0, "PASS", left, left)
    assert (still_there, half.exists(), under_way.exists()) == (True, False, True)


def test_a_disk_without_hard_links_must_hold_a_copy_of_a_blob_for_each_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = images.layer(60_000, 5)
    trees = {f"quay.io/shop/part-{n}:1": images.image([shared], label=f"part {n}") for n in range(3)}
    images.write_layout(tmp_path / "layout", trees)
    call = ["seed", *trees, "--from", f"oci:{tmp_path / 'layout'}", "--to", f"oci:{tmp_path / 'usb'}", "-o", "json"]
    once = sum({blob.digest: len(blob.data) for tree in trees.values() for blob in tree.blobs()}.values())
    copies = once + 2 * len(shared.blob.data)
    monkeypatch.setattr("regplan.seed.tree.free_bytes", lambda _: copies - 1)

    with_links = regplan(*call, "--dry-run")
    monkeypatch.setattr(Path, "hardlink_to", _refuse_links)
    said = regplan(*call, "--dry-run")
    monkeypatch.setattr("regplan.seed.tree.free_bytes", lambda _: copies)
    done = regplan(*call, "--yes")

    found = [
        next(each for each in told.document["findings"] if each["rule"] == "seed.space")
        for told in (with_links, said, done)
    ]
    assert [(each["verdict"], each["required"]) for each in found] == [
        ("PASS", once),
        ("FAIL", copies),
        ("PASS", copies),
    ]
    assert "no hard links" in found[1]["message"]
    assert (with_links.code, said.code, done.code, done.document["verified"]) == (0, 1, 0, True)
    written = sum(file.stat().st_size for file in (tmp_path / "usb").rglob(shared.blob.digest.removeprefix("sha256:")))
    assert written == 3 * len(shared.blob.data)
    assert not list(tmp_path.glob(".*.tmp"))


def _refuse_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.usefixtures("password")
@pytest.mark.parametrize("short", [0, 1])
def test_verify_holds_what_is_to_come_against_the_quota_of_a_harbor_and_the_disk_of_a_tree(
    short: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = parts(tmp_path / "layout", 2)
    now, newer = trees
    blobs = {name: [*tree.blobs(), *tree.manifests()] for name, tree in trees.items()}
    held, to_come = (sum(len(blob.data) for blob in blobs[name]) for name in (now, newer))
    (tmp_path / "now.txt").write_text(now)
    (tmp_path / "next.txt").write_text(newer)
    with Harbor().running(Project("spectro-images", quota_bytes=held + to_come - short)) as harbor:
        site = {
            "name": "s",
            "profiles": ["now.txt"],
            "upgrade_to": ["next.txt"],
            "registry": {"kind": "harbor", "address": harbor.address, "project": "spectro-images", "storage": "1TB"},
        }
        (tmp_path / "site.yaml").write_text(json.dumps(site))
        how = ["--from", f"oci:{tmp_path / 'layout'}", f"--plain-http={harbor.address}", "--username", ADMIN]
        place = f"docker://{harbor.address}/spectro-images"
        done = regplan("seed", str(tmp_path / "site.yaml"), "--to", place, "--yes", *how, "--password-stdin")
        assert done.code == 0, done.err
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        asked = ["verify", str(tmp_path / "site.yaml"), "--at", place, "--for", "next", *how, "--password-stdin"]
        said = regplan(*asked, "-o", "json")
    usb = ["--at", f"oci:{tmp_path / 'usb'}", "--from", f"oci:{tmp_path / 'layout'}", "--for", "next"]
    monkeypatch.setattr("regplan.seed.tree.free_bytes", lambda _: 10**9)
    assert regplan("seed", now, *usb[2:4], "--to", usb[1], "--yes").code == 0
    monkeypatch.setattr("regplan.seed.tree.free_bytes", lambda _: to_come - short)
    told = regplan("verify", str(tmp_path / "site.yaml"), *usb)

    room = said.document["room"]
    assert (room["to_come_bytes"], room["quota_left_bytes"], room["fits"]) == (to_come, to_come - short, not short)
    assert f"free on its disk: it {'does NOT fit' if short else 'fits'}" in told.out


def parts(folder: Path, count: int) -> dict[str, images.Tree]:
    """A layout of so many images with a layer each, in a repository each."""
    names = [f"quay.io/shop/part-{number}:1" for number in range(count)]
    trees: dict[str, images.Tree] = {
        name: images.image([images.layer(20_000, n)], label=name) for n, name in enumerate(names)
    }
    images.write_layout(folder, trees)
    return trees


@pytest.mark.registry
def test_a_dry_run_tells_what_is_there_also_where_the_first_two_images_are_absent(
    tmp_path: Path, start_registry: StartRegistry
) -> None:
    trees = parts(tmp_path / "layout", 5)
    names = list(trees)
    registry = start_registry()
    reach = ("--from", f"oci:{tmp_path / 'layout'}", "--to", f"docker://{registry.address}/p", "--plain-http")
    assert regplan("seed", *names[2:], *reach, "--yes").code == 0

    said = regplan("seed", *names, *reach, "--no-journal", "--dry-run", "-o", "json")
    shown = regplan("seed", *names, *reach, "--no-journal", "--dry-run").out
    done = regplan("seed", *names, *reach, "--no-journal", "--yes", "-o", "json")

    absent = [blob for name in names[:2] for blob in trees[name].blobs()]
    here = [blob for name in names[2:] for blob in trees[name].blobs()]
    here_bytes = sum(len(blob.data) for blob in here)
    assert said.document["left_bytes"] == sum(len(blob.data) for blob in absent)
    assert said.document["there"] == {"manifests": 3, "blobs": len(here), "blob_bytes": here_bytes, "complete": True}
    assert said.document["plan"]["requests_min"] == 2 * len(absent) + 2  # a blob takes two, and a manifest one
    [line] = [each for each in shown.splitlines() if "manifests there already" in each]
    assert line.split()[-1] == "3"
    assert "bytes there already" in shown
    # All were asked for, by their tags or by themselves.
    assert said.document["left_is_upper_bound"] is False
    assert "bytes left to send, at most" not in shown
    # A run is not to ask more than it must, and says so.
    assert done.document["there"]["complete"] is False
    assert done.document["left_is_upper_bound"] is True
    assert f"at most {done.document['left_bytes'] / 1000:.3g} kB for what is left to do" in done.err
    assert (done.code, done.document["done"]["uploaded_blobs"]) == (0, len(absent))


@pytest.mark.registry
def test_a_dry_run_over_a_new_project_counts_what_a_run_will_take(
    tmp_path: Path, start_registry: StartRegistry
) -> None:
    names, source = parts(tmp_path / "layout", 4), f"oci:{tmp_path / 'layout'}"
    target = f"docker://{start_registry().address}/p"
    arguments = ["seed", *names, "--from", source, "--to", target, "--plain-http", "-o", "json"]

    looked = regplan(*arguments, "--dry-run").document
    done = regplan(*arguments, "--yes").document

    assert looked["there"] == {"manifests": 0, "blobs": 0, "blob_bytes": 0, "complete": True}
    assert looked["plan"] == done["plan"]


@pytest.mark.registry
def test_a_tag_that_will_move_is_told_by_a_dry_run_and_a_run_says_of_how_many_it_does_not_know(
    tmp_path: Path, start_registry: StartRegistry
) -> None:
    names, registry = list(parts(tmp_path / "layout", 4)), start_registry()
    other = images.image([images.layer(10_000, 77)], label="other")
    images.write_layout(tmp_path / "other", {names[3]: other})
    to = ("--to", f"docker://{registry.address}/p", "--plain-http", "--no-journal")
    assert regplan("seed", names[3], "--from", f"oci:{tmp_path / 'other'}", *to, "--yes").code == 0
    call = ["seed", *names, "--from", f"oci:{tmp_path / 'layout'}", *to, "-o", "json"]

    looked, done = regplan(*call, "--dry-run"), regplan(*call, "--yes")

    [told] = [each for each in looked.document["findings"] if each["rule"] == "seed.immutable"]
    assert (told["verdict"], told["checked"]) == ("INFO", True)
    assert "1 tags name other images there now and will be moved" in told["message"]
    assert "part-3:1" in told["message"]
    [told] = [each for each in done.document["findings"] if each["rule"] == "seed.immutable"]
    assert (done.code, told["verdict"], told["checked"]) == (0, "INFO", False)
    assert "2 tags" in told["message"]
    assert "--dry-run" in done.err
    again = regplan(*call, "--yes").document["findings"]
    assert not [each for each in again if each["rule"] == "seed.immutable"]


@pytest.mark.registry
def test_a_dry_run_of_a_new_version_counts_what_the_old_one_has_brought(
    tmp_path: Path, start_registry: StartRegistry
) -> None:
    shared = images.layer(60_000, 5)
    old, new = (
        {f"quay.io/shop/part-{n}:{tag}": images.image([shared], label=f"{n} {tag}") for n in range(3)} for tag in "12"
    )
    images.write_layout(tmp_path / "layout", {**old, **new})
    registry = start_registry()
    reach = ("--from", f"oci:{tmp_path / 'layout'}", "--to", f"docker://{registry.address}/p", "--plain-http")
    assert regplan("seed", *old, *reach, "--yes").code == 0

    said = regplan("seed", *new, *reach, "--no-journal", "--dry-run", "-o", "json")

    configs = [tree.config.data for tree in new.values()]
    assert said.document["left_bytes"] == sum(len(data) for data in configs)
    assert said.document["there"]["blobs"] == 1
    # A config takes two requests and a manifest one; the layer is found in one repository and mounted into two.
    assert said.document["plan"]["requests_min"] == 3 * 2 + 3 + 2
