"""Whatever is edited: what is saved reads back to the plan that was shown, and what nobody edited stays to the letter."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regplan.profile.site_edit import SiteEdit, edit_of, edit_site, key_named, value_in
from regplan.report.document import plan_document
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.drafting import open_base, plan_draft, save_draft, standing_at
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study

pytestmark = pytest.mark.property

HOSTS = ("node-1", "node-2", "node-3")
PERCENT = st.integers(0, 60).map(lambda number: f"{number}%")
SIZES = st.tuples(st.integers(1, 900), st.sampled_from(["GB", "GiB", "TB"])).map(lambda pair: f"{pair[0]}{pair[1]}")
VALUES = {
    "registry.storage": SIZES,
    "registry.retention": st.integers(0, 9).map(lambda count: f"keep {count} versions" if count else "none"),
    "registry.gc": st.sampled_from(["none", "daily", "every 6h"]),
    "registry.replicas": st.integers(1, 5).map(str),
    "assumptions.growth_per_year": PERCENT,
    "assumptions.warn_share": PERCENT,
    "assumptions.free_space": PERCENT,
    "links.internet.rate": st.integers(1, 900).map(lambda rate: f"{rate}Mbit/s"),
    "scenario.years": st.integers(1, 9).map(str),
    "content.packs_size": SIZES,
    **{f"hosts.{name}.cpu": st.integers(1, 64).map(str) for name in HOSTS},
    **{f"hosts.{name}.memory": SIZES for name in HOSTS},
    **{f"hosts.{name}.storage": SIZES for name in HOSTS},
}
EDITS = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(lambda name: VALUES[name].map(lambda value: edit_of(name, value))),
    max_size=8,
)
TEXT = demo_site().read_text(encoding="utf-8")


def told(study: Study) -> dict[str, object]:
    document = plan_document(study)
    del document["generated_at"]
    return document


@pytest.mark.slow
@given(EDITS)
def test_every_key_has_the_value_of_its_last_edit_and_comments_and_other_keys_stay(edits: list[SiteEdit]) -> None:
    after = edit_site(TEXT, edits)

    for edit in {edit.name: edit for edit in edits}.values():
        kind = key_named(edit.path).kind
        assert kind.read(value_in(after, edit)) == kind.read(edit.value or "")
    for name in VALUES.keys() - {edit.name for edit in edits}:
        edit = edit_of(name, {"cpu": "1", "years": "1", "replicas": "1"}.get(name.rpartition(".")[2], _any(name)))
        assert value_in(after, edit) == value_in(TEXT, edit)
    assert [line.partition("#")[2] for line in after.splitlines() if "#" in line] == [
        line.partition("#")[2] for line in TEXT.splitlines() if "#" in line
    ]


def _any(name: str) -> str:
    ends = {
        "rate": "1Mbit/s",
        "retention": "none",
        "gc": "none",
        "memory": "1GB",
        "storage": "1GB",
        "packs_size": "1GB",
    }
    return ends.get(name.rpartition(".")[2], "1%")


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(EDITS, st.booleans())
def test_what_is_saved_reads_back_to_the_plan_that_was_shown(tmp_path: Path, edits: list[SiteEdit], more: bool) -> None:
    made = [*edits, *([SiteEdit("hosts", "node-2", "node-9"), SiteEdit("hosts", None, "node-1")] if more else [])]
    shutil.copytree(demo_site().parent, tmp_path, dirs_exist_ok=True)
    file, elsewhere = str(tmp_path / "site.yaml"), str(tmp_path / "drafts" / "other.yaml")

    async def draft() -> Study:
        _, base = await open_base(file, demo_options())
        study = await plan_draft(base, made)
        save_draft(base, made, elsewhere, standing_at(base, elsewhere))
        save_draft(base, made, file, standing_at(base, file))
        return study

    shown = asyncio.run(draft())
    moved = plan_site(elsewhere, demo_options()).plan

    assert told(plan_site(file, demo_options())) == told(shown)
    assert (moved.inputs_digest, moved.verdict, moved.storage) == (
        shown.plan.inputs_digest,
        shown.plan.verdict,
        shown.plan.storage,
    )
