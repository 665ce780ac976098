"""Sites drawn by chance, planned and reckoned: whatever golden pieces are put together, both say the same."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

import pytest
import yaml

from golden.drawing import drawn_site
from golden.planning import fresh_plan
from golden.test_golden_sites import findings
from golden.test_mutations import copied, expected
from independent.surviving import fates
from oracle import reckon

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.property, pytest.mark.slow]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the golden tree, beside whose sites the drawn ones are written."""
    return copied(tmp_path_factory.mktemp("drawn")) / "sites"


# What CI has no time for, the long run tries.
@pytest.mark.parametrize("seed", [*range(15), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(15, 60))])
def test_a_drawn_site_is_planned_as_the_oracle_reckons_it(seed: int, sites: Path) -> None:
    path = sites / f"drawn-{seed}.yaml"
    path.write_text(yaml.safe_dump(drawn_site(Random(seed))), encoding="utf-8")

    planned = fresh_plan(path, fixes=False)
    told = reckon(path, "host", dt.date.fromisoformat(planned.document["generated_at"][:10]))

    storage, survival = planned.document["storage"], planned.document["survival"]
    assert findings(planned.rows) == expected(told, planned)
    assert {each["key"]: each["bytes"] for each in storage["terms"] if each["bytes"]} == {
        key: size for key, size in told.terms.items() if size
    }
    assert planned.document["verdict"] == told.verdict
    assert planned.document["binding_constraint"] in told.binding
    assert [(each["host"], each["event"], each["registry"], each["returns"]) for each in survival] == [
        (each.host, each.event, each.registry, each.returns) for each in fates(told.case)
    ]
