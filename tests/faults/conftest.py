"""Fixtures of the fault tests: a source that all share, an empty target for each, and the ways to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.scene import Scene, build, scene
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


@pytest.fixture
def stage(
    shared_source: Registry, start_registry: StartRegistry, built: Mapping[tuple[str, str], images.Tree]
) -> Iterator[Scene]:
    """An empty target, and a faulty way to both."""
    with scene(shared_source, start_registry(), built) as opened:
        yield opened
