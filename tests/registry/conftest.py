"""The wire tests run against two registries: Debian's, and the one that `regplan serve` is."""

from __future__ import annotations

import pytest

from registry.ours import OurProgram


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that starts or shares a registry both kinds, unless it says that it is for docker-registry.

    Tests of what a seeding does, and not of what a registry answers, get ours in the long run.
    """
    if "registry_program" not in metafunc.fixturenames:
        return
    kinds = [pytest.param(None, id="docker-registry")]
    if metafunc.definition.get_closest_marker("docker_registry") is None:
        is_late = metafunc.definition.get_closest_marker("ours_later") is not None
        kinds.append(pytest.param(OurProgram(), id="regplan", marks=[pytest.mark.slow] if is_late else []))
    metafunc.parametrize("registry_program", kinds, scope="session")
