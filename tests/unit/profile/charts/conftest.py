"""Charts are read twice, without helm and with it, and both must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.store.helm import find_renderer
from support.helm import helm_folder

if TYPE_CHECKING:
    from regplan.profile.parts import Renderer


@pytest.fixture(scope="session")
def helm() -> Renderer:
    """A real helm, for Kubernetes 1.31; the test is skipped where there is none."""
    renderer = find_renderer({"PATH": helm_folder()}, "1.31.0")
    assert renderer is not None
    return renderer


@pytest.fixture(params=["without helm", "with helm"])
def renderer(request: pytest.FixtureRequest) -> Renderer | None:
    """No renderer at all, and then a real helm."""
    if request.param == "without helm":
        return None
    found: Renderer = request.getfixturevalue("helm")
    return found
