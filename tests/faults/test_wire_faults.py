"""What networks and servers do to single requests, on either side: the seeding survives it, or says truly that it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.faults import Fault, Rule, answers

if TYPE_CHECKING:
    from faults.scene import Scene

pytestmark = pytest.mark.registry


def test_without_a_fault_everything_is_seeded(stage: Scene) -> None:
    said = stage.seed()

    stage.assert_done(said)
    assert sorted(stage.near_target.stored()) == sorted(stage.digests)
