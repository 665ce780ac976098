from __future__ import annotations

from dataclasses import replace

from regplan.model.finding import Verdict
from regplan.plan.variation import Variation
from regplan.units import GB
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.options import Options
from regplan.verbs.sites import read_site
from regplan.verbs.study import plan_site
from regplan.verbs.trying import try_site


def test_another_value_gives_what_a_site_file_with_it_gives() -> None:
    trial = try_site(demo_site(), demo_options())
    site = read_site(demo_site())
    registry = site.registry
    assert registry is not None
    written = plan_site(replace(site, registry=replace(registry, storage_bytes=2 * GB)), demo_options())
    varied = trial.vary(Variation(storage_bytes=2 * GB))
    assert (trial.study.plan.verdict, varied.plan.verdict) == (Verdict.MARGINAL, Verdict.FAIL)
    assert replace(varied.plan, generated_at="") == replace(written.plan, generated_at="")


def test_values_are_put_over_the_site_as_it_was_read_and_not_over_each_other() -> None:
    trial = try_site(demo_site(), demo_options())
    trial.vary(Variation(storage_bytes=2 * GB, workers=1))
    assert replace(trial.vary(Variation()).plan, generated_at="") == replace(trial.study.plan, generated_at="")


def test_more_may_be_asked_of_a_variation_than_of_the_first_plan() -> None:
    trial = try_site(demo_site(), demo_options())
    assert trial.vary(Variation(workers=1)).plan.sensitivity is None
    more = replace(trial.options, sensitivity=True, life=True)
    varied = trial.vary(Variation(workers=1), more)
    assert varied.plan.sensitivity
    assert varied.life is not None
    assert isinstance(trial.options, Options)
