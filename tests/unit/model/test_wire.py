from __future__ import annotations

import pytest

from regplan.model.wire import Wire


@pytest.mark.parametrize(
    ("direct", "primary", "saved", "ratio"),
    [(300, 100, 200, 2 / 3), (100, 150, -50, -0.5), (0, 0, 0, None), (0, 5, -5, None)],
)
def test_savings_are_what_does_not_go_over_the_link_and_may_be_negative(
    direct: int, primary: int, saved: int, ratio: float | None
) -> None:
    wire = Wire(direct, primary, saved, saved, None, None)

    assert wire.saved_bytes == saved
    assert wire.saved_ratio == ratio
