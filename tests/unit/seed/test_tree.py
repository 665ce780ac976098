from __future__ import annotations

import errno
import json
import os
import resource
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError, RegistryError
from regplan.plan.seeding import plan_seed
from regplan.seed.runner import apply_seed, survey_plan
from regplan.seed.tree import TreeTarget
from regplan.seed.verify import verify
from unit.seed.samples import MemorySource, all_blobs, digest_of, entry, inventory, make_image, make_index, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.seed import SeedPlan, SeedResult

pytestmark = pytest.mark.anyio

BASE, APP, TOOL = b"base" * 5000, b"app" * 50, b"tool" * 30
APP_IMAGE, APP_BLOBS = make_image([BASE, APP], "app")
TOOL_IMAGE, TOOL_BLOBS = make_image([BASE, TOOL], "tool", platform="linux/arm64")
BLOBS = all_blobs(APP_BLOBS, TOOL_BLOBS)


def plan() -> SeedPlan:
    return plan_seed(inventory(entry("app:1", APP_IMAGE), entry("quay.io/tool:2", TOOL_IMAGE)), "oci:disk", "")


async def seed(folder: Path, what: SeedPlan | None = None) -> tuple[SeedResult, MemorySource]:
    source, target = MemorySource(BLOBS, chunk=4096), TreeTarget(folder)
    return await apply_seed(await survey_plan(what or plan(), target), source, target), source


def blob(folder: Path, repository: str, data: bytes) -> Path:
    return folder / repository / "blobs" / "sha256" / digest_of(data).encoded


def times(folder: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


def scraps(folder: Path) -> list[Path]:
    return list(folder.rglob("*.tmp"))


async def test_every_repository_is_a_whole_layout_of_its_own(tmp_path: Path) -> None:
    result, _ = await seed(tmp_path / "disk")

    layout = tmp_path / "disk/docker.io/library/app"
    assert result.verified
    assert json.loads((layout / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    (listed,) = json.loads((layout / "index.json").read_text())["manifests"]
    assert listed["annotations"] == {"org.opencontainers.image.ref.name": "1"}
    assert (listed["digest"], listed["size"]) == (str(APP_IMAGE.digest), APP_IMAGE.manifest_size)
    files = {file.name: file.read_bytes() for file in (layout / "blobs/sha256").iterdir()}
    assert files == {digest.encoded: data for digest, data in {**APP_BLOBS, APP_IMAGE.digest: APP_IMAGE.raw}.items()}


async def test_a_blob_of_two_repositories_is_one_file_with_two_names(tmp_path: Path) -> None:
    await seed(tmp_path)

    first, second = (blob(tmp_path, name, BASE) for name in ("docker.io/library/app", "quay.io/tool"))
    assert first.samefile(second)
    assert first.stat().st_nlink == 2
    assert blob(tmp_path, "docker.io/library/app", APP).stat().st_nlink == 1


async def test_where_the_disk_has_no_hard_links_blobs_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    result, source = await seed(tmp_path)

    assert result.verified
    assert len(source.reads) == 5
    assert blob(tmp_path, "quay.io/tool", BASE).read_bytes() == BASE
    assert blob(tmp_path, "quay.io/tool", BASE).stat().st_nlink == 1


async def test_a_second_run_reads_nothing_and_changes_no_file(tmp_path: Path) -> None:
    await seed(tmp_path)
    before = times(tmp_path)

    result, source = await seed(tmp_path)

    assert source.reads == []
    assert times(tmp_path) == before
    assert (result.done.present, result.done.manifests, result.verified) == (6, 0, True)


async def test_a_file_cut_short_is_written_again_and_nothing_else(tmp_path: Path) -> None:
    await seed(tmp_path)
    cut = blob(tmp_path, "quay.io/tool", TOOL)
    cut.write_bytes(TOOL[:-1])

    result, source = await seed(tmp_path)

    assert result.verified
    assert [digest for _, digest in source.reads] == [digest_of(TOOL)]
    assert cut.read_bytes() == TOOL


async def test_a_manifest_that_was_spoilt_is_written_again(tmp_path: Path) -> None:
    await seed(tmp_path)
    spoilt = tmp_path / "quay.io/tool/blobs/sha256" / TOOL_IMAGE.digest.encoded
    spoilt.write_bytes(b"{}")

    assert (await seed(tmp_path))[0].verified
    assert spoilt.read_bytes() == TOOL_IMAGE.raw


async def test_spoilt_bytes_are_seen_by_deep_verification(tmp_path: Path) -> None:
    await seed(tmp_path)
    spoilt = blob(tmp_path, "quay.io/tool", TOOL)
    spoilt.write_bytes(b"x" * len(TOOL))

    assert (await verify(plan(), TreeTarget(tmp_path), "blobs")).complete
    assert (await verify(plan(), TreeTarget(tmp_path), "deep")).wrong == ("quay.io/tool:2",)


async def test_a_tag_moves_to_its_new_image_and_other_tags_stay(tmp_path: Path) -> None:
    await seed(tmp_path, plan_seed(inventory(entry("app:1", APP_IMAGE), entry("app:2", APP_IMAGE)), "t", ""))
    await seed(tmp_path, plan_seed(inventory(entry("app:1", TOOL_IMAGE)), "t", ""))

    target = TreeTarget(tmp_path)
    assert await target.look("docker.io/library/app", "1") == TOOL_IMAGE.digest
    assert await target.look("docker.io/library/app", "2") == APP_IMAGE.digest


async def test_an_index_is_kept_with_its_children_listed_without_tags(tmp_path: Path) -> None:
    index = make_index([APP_IMAGE, TOOL_IMAGE])
    kept = plan_seed(inventory(whole("app:1", [APP_IMAGE, TOOL_IMAGE], index)), "t", "")

    result, _ = await seed(tmp_path, kept)

    listed = json.loads((tmp_path / "docker.io/library/app/index.json").read_text())["manifests"]
    assert result.verified
    assert {each["digest"]: each.get("annotations", {}) for each in listed} == {
        str(APP_IMAGE.digest): {},
        str(TOOL_IMAGE.digest): {},
        str(index.digest): {"org.opencontainers.image.ref.name": "1"},
    }
    blob(tmp_path, "docker.io/library/app", TOOL).unlink()
    assert await TreeTarget(tmp_path).look("docker.io/library/app", "1") is None


async def test_a_manifest_is_refused_while_its_blobs_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="lacks sha256:") as raised:
        await TreeTarget(tmp_path).put_manifest("a", "1", APP_IMAGE.media_type, APP_IMAGE.raw or b"")
    assert raised.value.status == 400


def test_a_single_layout_is_no_tree(tmp_path: Path) -> None:
    (tmp_path / "oci-layout").write_text("{}")
    with pytest.raises(InputError, match="single image layout"):
        TreeTarget(tmp_path)


async def test_an_index_that_is_none_is_named_and_left_alone(tmp_path: Path) -> None:
    broken = tmp_path / "docker.io/library/app/index.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("[1]")

    with pytest.raises(InputError, match=r"app.index\.json is not the index"):
        await seed(tmp_path)
    assert broken.read_text() == "[1]"


async def test_a_place_that_cannot_be_written_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "disk").write_text("a file, not a folder")

    with pytest.raises(RegistryError, match=r"cannot write .*disk.(docker|quay)\.io") as raised:
        await seed(tmp_path / "disk")
    assert raised.value.exit_code == 3


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes no larger files, as FAT does at 4 GiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_takes_no_such_file_fails_what_needs_it_and_leaves_no_scraps(tmp_path: Path) -> None:
    small, small_blobs = make_image([APP], "small")
    what = plan_seed(inventory(entry("app:1", APP_IMAGE), entry("small:1", small)), "t", "")
    source, target = MemorySource(all_blobs(BLOBS, small_blobs), chunk=4096), TreeTarget(tmp_path)
    found = await survey_plan(what, target)

    with files_of_at_most(8192):
        result = await apply_seed(found, source, target)

    assert len(result.failed) == 1
    assert f"cannot write {blob(tmp_path, 'docker.io/library/app', BASE)}: File too large" in result.failed[0]
    assert result.blocked == ("docker.io/library/app:1",)
    assert await target.look("docker.io/library/small", "1") == small.digest
    assert scraps(tmp_path) == []


async def test_what_a_killed_run_left_of_a_blob_is_removed(tmp_path: Path) -> None:
    place = blob(tmp_path, "docker.io/library/app", BASE)
    place.parent.mkdir(parents=True)
    scrap = place.with_name(f".{place.name}.{os.getpid() + 1}.tmp")
    scrap.write_bytes(b"base")

    await seed(tmp_path)

    assert not scrap.exists()
    assert place.read_bytes() == BASE


@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: locks of single bytes on Windows")
async def test_what_another_run_writes_of_the_same_blob_is_left_to_it(tmp_path: Path) -> None:
    import fcntl

    place = blob(tmp_path, "docker.io/library/app", BASE)
    place.parent.mkdir(parents=True)
    others = place.with_name(f".{place.name}.{os.getpid() + 1}.tmp")
    with others.open("wb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        await seed(tmp_path)
        assert others.exists()

    assert place.read_bytes() == BASE


async def test_another_name_for_a_blob_that_another_run_has_just_made_is_left_to_it(tmp_path: Path) -> None:
    place = blob(tmp_path, "docker.io/library/app", BASE)
    place.parent.mkdir(parents=True)
    (tmp_path / "first").write_bytes(BASE)
    others = place.with_name(f".{place.name}.{os.getpid() + 1}.tmp")
    others.hardlink_to(tmp_path / "first")

    await seed(tmp_path)

    assert others.exists()


async def test_a_project_of_several_parts_is_folders_and_nothing_stands_beside_the_tree(tmp_path: Path) -> None:
    await seed(tmp_path / "disk", plan_seed(inventory(entry("app:1", APP_IMAGE)), "t", "edge/images"))

    assert os.listdir(tmp_path) == ["disk"]  # noqa: PTH208
    assert (tmp_path / "disk/edge/images/docker.io/library/app/oci-layout").is_file()


async def test_a_tree_takes_no_requests(tmp_path: Path) -> None:
    for _ in ("empty", "full"):
        counts = (await survey_plan(plan(), TreeTarget(tmp_path))).plan.counts
        assert (counts.requests_min, counts.requests_probe) == (0, 0)
        await seed(tmp_path)
