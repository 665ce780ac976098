"""The sample study, ready made and to be made with changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.report import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import Study


@pytest.fixture
def study() -> Study:
    return samples.make_study()


@pytest.fixture
def advised() -> Study:
    return samples.make_advised()


@pytest.fixture
def make_study() -> Callable[..., Study]:
    return samples.make_study
