"""What the reports claim to be, PDF/A-3b and PDF/UA-1, by veraPDF: of sites that differ, of a fleet, of a seeding, with hostile texts.

veraPDF is named by REGPLAN_VERAPDF, since it comes in no package that pip or apt have; `.ci/full` brings it where there is Maven.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from acceptance.sites import some_site
from acceptance.test_hostile_names import front, numbered
from cli.running import regplan
from regplan.report.front import read_logo
from regplan.report.render import render
from regplan.verbs.reports import write_fleet_report
from regplan.verbs.seed_reports import seeding_document, write_reports
from regplan.verbs.seeding import Seeding
from support.hostile import HOSTILE
from unit.report.samples import make_advised
from unit.report.test_docx import PNG
from unit.report.test_fleet import FLEET
from unit.report.test_seed_run import PROSPECT, RECORD, RESULT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.slow

# Read before any test's environment is emptied.
_NAMED = os.environ.get("REGPLAN_VERAPDF", "")
CLAIMS: Final = {"3b": "PASS", "ua1": "PASS"}
SITES: Final = ("failing", "bare")
# Letters that no font has, or that turn others round, are what makes a file what it must not be.
WORST: Final = " ".join(HOSTILE[name] for name in ("acting", "odd", "marks"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, str]]:
    """Tell of each report what veraPDF says of each standard that it claims; one process looks at all of them."""
    program = shutil.which(_NAMED) if _NAMED else None
    if program is None:
        pytest.skip("NOT TESTED: REGPLAN_VERAPDF names no veraPDF")
    folder = tmp_path_factory.mktemp("pdf")
    make(folder, tmp_path_factory.mktemp("sites"))
    files = sorted(map(str, folder.glob("*.pdf")))
    said = subprocess.run([program, "--format", "text", *files], capture_output=True, text=True, check=False)
    found = defaultdict[str, dict[str, str]](dict)
    for line in said.stdout.splitlines():
        verdict, file, standard = line.split()
        found[file.rpartition("/")[2].removesuffix(".pdf")][standard] = verdict
    assert len(found) == len(files), said.stderr[:2000]
    return found


def make(folder: Path, sites: Path) -> None:
    """Write the reports: of each site by the command line, the rest with hostile texts in all fields, and one that is harmed."""
    for name in SITES:
        said = regplan("report", str(some_site(name, sites / name)), "--offline", "-O", str(folder / f"{name}.pdf"))
        assert said.code in {0, 1, 4}, said.err
    cover = replace(front(WORST), logo=read_logo(PNG, "logo.png"))
    (folder / "hostile-plan.pdf").write_bytes(render(numbered(make_advised(), WORST), "pdf", front=cover))
    write_fleet_report(numbered(FLEET, WORST), "sites.csv", folder / "hostile-fleet.pdf", cover)
    prospect, result, record = numbered((PROSPECT, RESULT, RECORD), WORST)
    document = seeding_document(Seeding(prospect, (), result), record)
    write_reports([str(folder / "hostile-seeding.pdf")], document)
    harmed = (folder / "bare.pdf").read_bytes().replace(b"/AFRelationship", b"/BFRelationship")
    (folder / "harmed.pdf").write_bytes(harmed)


@pytest.mark.parametrize("name", SITES)
def test_the_report_of_a_site_is_what_it_claims_to_be(told: Mapping[str, dict[str, str]], name: str) -> None:
    assert told[name] == CLAIMS


@pytest.mark.parametrize("what", ["plan", "fleet", "seeding"])
def test_a_report_stays_so_whatever_stands_in_its_fields(told: Mapping[str, dict[str, str]], what: str) -> None:
    assert told[f"hostile-{what}"] == CLAIMS


def test_a_report_whose_attachment_lost_its_relation_is_found_out(told: Mapping[str, dict[str, str]]) -> None:
    assert told["harmed"] == {"3b": "FAIL", "ua1": "PASS"}
