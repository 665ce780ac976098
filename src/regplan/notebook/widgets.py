"""Panels for notebooks, as `regplan.widgets`: upload, sliders that ask the core again, results that an export keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.site import Site
    from regplan.notebook.panels.fleet import FleetPanel
    from regplan.notebook.panels.site import SitePanel
    from regplan.report.front import Front
    from regplan.verbs.fleet import FleetAsked
    from regplan.verbs.options import Options

__all__ = ["fleet_sizing", "site_sizing"]


def fleet_sizing(file: str | Path = "", asked: FleetAsked | None = None, options: Options | None = None) -> FleetPanel:
    """Make the panel of a table of sites, the demo's where none is named: storage, versions and link of every site as sliders.

    Its `fleet` is what the sliders say. Raises what `plan_fleet` raises, and `MissingExtra` where ipywidgets is absent.
    """
    from regplan.notebook.panels.fleet import FleetPanel

    return FleetPanel(file, asked, options)


def site_sizing(site: Site | str | Path = "", options: Options | None = None, front: Front | None = None) -> SitePanel:
    """Make the panel of a site, the demo's where none is named: hosts, storage, versions kept and internet link as sliders.

    Its `study` is what the sliders say. With `front` there are fields for what stands on the report's cover. Raises what `plan_site` raises, and `MissingExtra` where ipywidgets is absent.
    """
    from regplan.notebook.panels.site import SitePanel

    return SitePanel(site, options, front)
