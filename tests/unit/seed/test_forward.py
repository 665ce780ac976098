"""A compressed archive is gone over once for a whole seeding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import RegistryError
from regplan.loops import in_thread
from regplan.oci.platform import Platform
from regplan.plan.seeding import plan_seed
from regplan.resolve import CachedSource, Choice, resolve
from regplan.seed.runner import Settings, apply_seed, survey_plan
from regplan.seed.targets import TreeTarget
from regplan.store.first_of import FirstOf
from regplan.store.opening import open_archive
from support import images
from support.archives import tar_of
from support.bundles import layout_files, packed

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.seed import SeedResult
    from regplan.seed.passing import Passing
    from regplan.store.archived import ArchivedImages

pytestmark = pytest.mark.anyio

BASE = images.layer(500_000, 1)
TREES: dict[str, images.Tree] = {
    f"quay.io/app/{number}:1": images.image(
        [BASE, images.layer(300_000 + 70_000 * number, 10 + number), images.layer(40_000, 50 + number)]
    )
    for number in range(6)
}


class Weak(TreeTarget):
    """A tree that takes the first blobs only when they are sent a second time."""

    failures = 0

    async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:
        if self.failures and passing.descriptor.size > 30_000:
            self.failures -= 1
            if passing.is_small:
                await passing.whole()
            else:
                async with passing.open() as body:
                    await in_thread(lambda: sum(map(len, body)), body.cut)
            raise RegistryError("try again", status=503, retryable=True)
        return await super().copy_blob(repository, mount_from, passing)


def bundle(folder: Path) -> ArchivedImages:
    path = folder / "core.tar.zst"
    path.write_bytes(packed(tar_of(layout_files(folder / "layout", TREES, "bundle-pkg/")), "zstd"))
    return open_archive("bundle", str(path))


async def seed(source: ArchivedImages, target: TreeTarget) -> SeedResult:
    cached = CachedSource(source)
    choice = Choice((Platform("linux", "amd64"),))
    found = await resolve(dict.fromkeys(source.references(), ()), [cached], choice)
    plan = plan_seed(found.inventory, "oci:t", "edge")

    async def sleep(_: float) -> None:
        pass

    settings = Settings(sleep=sleep)
    return await apply_seed(await survey_plan(plan, target), FirstOf([cached]), target, settings)


async def test_a_seeding_goes_over_a_compressed_archive_at_most_once(tmp_path: Path) -> None:
    source = bundle(tmp_path)

    result = await seed(source, TreeTarget(tmp_path / "target"))

    assert result.verified
    assert result.done.uploaded_blobs == 1 + 6 * 3
    assert 0 < source.unpacked_bytes <= source.index.unpacked_bytes


async def test_what_must_be_sent_again_costs_one_more_pass_whatever_its_number(tmp_path: Path) -> None:
    source = bundle(tmp_path)
    target = Weak(tmp_path / "target")
    target.failures = 4

    result = await seed(source, target)

    assert result.verified
    assert source.index.unpacked_bytes < source.unpacked_bytes <= 2 * source.index.unpacked_bytes
