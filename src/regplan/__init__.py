"""regplan: will a Palette Edge site's primary registry hold and serve every image, and then seed it and prove it.

The public names, loaded when they are first used:

>>> import regplan
>>> regplan.Reference.parse("nginx").name
'docker.io/library/nginx'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from regplan.version import VERSION

if TYPE_CHECKING:
    from regplan.model.clock import Pulling
    from regplan.model.finding import Finding, Verdict
    from regplan.model.image import Inventory
    from regplan.model.plan import Plan, Study
    from regplan.model.run import SeedLimits
    from regplan.model.site import Assumptions, Host, Link, RegistrySpec, Site
    from regplan.notebook import widgets
    from regplan.oci.platform import Platform
    from regplan.oci.reference import Reference
    from regplan.plan.sharers import shared_blobs
    from regplan.plan.variation import Variation
    from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
    from regplan.registry.palette_target import PaletteAsked
    from regplan.report import charts
    from regplan.report.frames import frame
    from regplan.report.front import Front
    from regplan.sim import engine
    from regplan.verbs.artefacts import PulledPlan, pull_plan, push_plan
    from regplan.verbs.clocking import clock_study
    from regplan.verbs.compare import compare_sites
    from regplan.verbs.demo import demo_fleet, demo_site
    from regplan.verbs.demo_seed import demo_images
    from regplan.verbs.drawing import DrawsAsked, draw_site
    from regplan.verbs.fleet import FleetAsked, plan_fleet
    from regplan.verbs.fleet_output import write_fleet
    from regplan.verbs.hosts import examine_hosts
    from regplan.verbs.images import compare_images, measure_images
    from regplan.verbs.listing import list_images
    from regplan.verbs.options import Options
    from regplan.verbs.published import published
    from regplan.verbs.recording import record_images
    from regplan.verbs.reports import report_kinds, write_report
    from regplan.verbs.rollout import RolloutAsked, plan_rollout
    from regplan.verbs.rollout_output import write_rollout
    from regplan.verbs.seeding import seed_images, seed_job
    from regplan.verbs.sites import read_site
    from regplan.verbs.study import plan_site
    from regplan.verbs.trying import try_site
    from regplan.verbs.verifying import verify_images
    from regplan.verbs.versions import compare_versions
    from regplan.verbs.wishes import SeedWishes

__version__ = VERSION
__all__ = [
    "Assumptions",
    "ConnectionOptions",
    "Credential",
    "DrawsAsked",
    "Finding",
    "FleetAsked",
    "Front",
    "Host",
    "HostOptions",
    "Inventory",
    "Link",
    "Login",
    "Options",
    "PaletteAsked",
    "Plan",
    "Platform",
    "PulledPlan",
    "Pulling",
    "Reference",
    "RegistrySpec",
    "RolloutAsked",
    "Secret",
    "SeedLimits",
    "SeedWishes",
    "Site",
    "Study",
    "Variation",
    "Verdict",
    "charts",
    "clock_study",
    "compare_images",
    "compare_sites",
    "compare_versions",
    "demo_fleet",
    "demo_images",
    "demo_site",
    "draw_site",
    "engine",
    "examine_hosts",
    "explain",
    "frame",
    "list_images",
    "measure_images",
    "plan_fleet",
    "plan_rollout",
    "plan_site",
    "published",
    "pull_plan",
    "push_plan",
    "read_site",
    "record_images",
    "report_kinds",
    "seed_images",
    "seed_job",
    "shared_blobs",
    "try_site",
    "verify_images",
    "widgets",
    "write_fleet",
    "write_report",
    "write_rollout",
]

_HOMES: Final = {
    "Assumptions": "regplan.model.site",
    "ConnectionOptions": "regplan.registry.options",
    "Credential": "regplan.registry.options",
    "DrawsAsked": "regplan.verbs.drawing",
    "Finding": "regplan.model.finding",
    "FleetAsked": "regplan.verbs.fleet",
    "Front": "regplan.report.front",
    "Host": "regplan.model.site",
    "HostOptions": "regplan.registry.options",
    "Inventory": "regplan.model.image",
    "Link": "regplan.model.site",
    "Login": "regplan.registry.options",
    "Options": "regplan.verbs.options",
    "PaletteAsked": "regplan.registry.palette_target",
    "Plan": "regplan.model.plan",
    "Platform": "regplan.oci.platform",
    "PulledPlan": "regplan.verbs.artefacts",
    "Pulling": "regplan.model.clock",
    "Reference": "regplan.oci.reference",
    "RegistrySpec": "regplan.model.site",
    "RolloutAsked": "regplan.verbs.rollout",
    "Secret": "regplan.registry.options",
    "SeedLimits": "regplan.model.run",
    "SeedWishes": "regplan.verbs.wishes",
    "Site": "regplan.model.site",
    "Study": "regplan.model.plan",
    "Variation": "regplan.plan.variation",
    "Verdict": "regplan.model.finding",
    "clock_study": "regplan.verbs.clocking",
    "compare_images": "regplan.verbs.images",
    "compare_sites": "regplan.verbs.compare",
    "compare_versions": "regplan.verbs.versions",
    "demo_fleet": "regplan.verbs.demo",
    "demo_images": "regplan.verbs.demo_seed",
    "demo_site": "regplan.verbs.demo",
    "draw_site": "regplan.verbs.drawing",
    "examine_hosts": "regplan.verbs.hosts",
    "explain": "regplan.verbs.explaining",
    "frame": "regplan.report.frames",
    "list_images": "regplan.verbs.listing",
    "measure_images": "regplan.verbs.images",
    "plan_fleet": "regplan.verbs.fleet",
    "plan_rollout": "regplan.verbs.rollout",
    "plan_site": "regplan.verbs.study",
    "published": "regplan.verbs.published",
    "pull_plan": "regplan.verbs.artefacts",
    "push_plan": "regplan.verbs.artefacts",
    "read_site": "regplan.verbs.sites",
    "record_images": "regplan.verbs.recording",
    "report_kinds": "regplan.verbs.reports",
    "seed_images": "regplan.verbs.seeding",
    "seed_job": "regplan.verbs.seeding",
    "shared_blobs": "regplan.plan.sharers",
    "try_site": "regplan.verbs.trying",
    "verify_images": "regplan.verbs.verifying",
    "write_fleet": "regplan.verbs.fleet_output",
    "write_report": "regplan.verbs.reports",
    "write_rollout": "regplan.verbs.rollout_output",
}
_MODULES: Final = {
    "charts": "regplan.report.charts",
    "engine": "regplan.sim.engine",
    "errors": "regplan.errors",
    "units": "regplan.units",
    "widgets": "regplan.notebook.widgets",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  the module of a lazily loaded name decides its type (PEP 562)
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
