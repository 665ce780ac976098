"""The wire tests run against two registries: Debian's, and the one that `regplan serve` is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.ours import OurProgram

if TYPE_CHECKING:
    import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that starts or shares a registry both kinds, unless it says that it is for docker-registry."""
    if "registry_program" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker("docker_registry") is not None
    kinds = {"docker-registry": None} if marked else {"docker-registry": None, "regplan": OurProgram()}
    metafunc.parametrize("registry_program", list(kinds.values()), ids=list(kinds), scope="session")
