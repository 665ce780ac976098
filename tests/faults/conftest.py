"""Fixtures of the fault tests: a source that all share, an empty target for each, and the ways to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.scene import Scene, build, scene
from faults.watching import Watcher
from support import images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.registry import Registry
    from support.starter import StartRegistry


@pytest.fixture(scope="session")
def built() -> Mapping[tuple[str, str], images.Tree]:
    """The images that are seeded."""
    return build()


@pytest.fixture(scope="session")
def shared_source(_start_shared: StartRegistry, built: Mapping[tuple[str, str], images.Tree]) -> Registry:
    """A registry that holds them; nothing but reading is done to it."""
    registry = _start_shared()
    for (repository, tag), tree in built.items():
        images.push(registry, repository, tree, [tag])
    return registry


@pytest.fixture(scope="session")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watcher]:
    """What looks at the tags of every target every 50 ms, and must never see one on an image that is not whole."""
    with Watcher(tmp_path_factory.mktemp("watcher")) as looking:
        yield looking


@pytest.fixture
def stage(
    shared_source: Registry,
    start_registry: StartRegistry,
    built: Mapping[tuple[str, str], images.Tree],
    watcher: Watcher,
) -> Iterator[Scene]:
    """An empty target that is watched, and a faulty way to both."""
    with scene(shared_source, start_registry(), built, watcher=watcher) as opened:
        yield opened
