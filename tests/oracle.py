"""The oracle: what a plan of a site must say, reckoned from the site file, its profiles and its recordings alone.

    python tests/oracle.py tests/golden/sites/store.yaml

It imports nothing of regplan: it follows the contract, the issue and the facts (each function names its source), so that
it agrees with regplan only where both are right. `tests/golden` compares them rule by rule.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))  # so that it also runs as a script

from independent.case import read_case
from independent.layers import told_findings
from independent.storage import pvc_bytes, required_bytes, terms
from independent.verdicts import Row, binding, connect_rows, overall, rows_of

if TYPE_CHECKING:
    from independent.case import Case

__all__ = ["Reckoned", "reckon"]


_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Reckoned:
    """A site as the oracle sees it: findings, terms of the need, and what they come to."""

    case: Case
    rows: list[Row]
    terms: dict[str, int]
    required_bytes: int
    pvc_bytes: int
    verdict: str
    binding: set[str | None]


def reckon(path: Path, mapping: str = "host", today: dt.date = _EPOCH) -> Reckoned:
    """Reckon a site; `mapping` is how images are named at the registry, `today` the day of the plan."""
    case = replace(read_case(path, mapping), today=today)
    given = case.site.given
    profiles = [path.parent / name for name in given.get("profiles") or ()]
    told = [Row(*each) for each in told_findings(profiles) if _applies(each[0], case)]
    broken = sum(row.rule == "registry.connect" for row in told)
    rows = [*rows_of(case), *connect_rows(case, broken), *told]
    return Reckoned(case, rows, terms(case), required_bytes(case), pvc_bytes(case), overall(rows), binding(rows))


def _applies(rule: str, case: Case) -> bool:
    """Whether what is marked in a profile is so at this site: with a registry, and where no other list has the image."""
    if rule == "registry.connect":
        return case.site.registry is not None
    return rule != "image.missing-from-list" or bool(case.missing)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        told = reckon(Path(name))
        document = {
            "site": told.case.site.text("name"),
            "verdict": told.verdict,
            "binding": sorted(map(str, told.binding)),
            "required_bytes": told.required_bytes,
            "terms": told.terms,
            "findings": [asdict(row) for row in told.rows],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
