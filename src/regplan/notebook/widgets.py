"""Panels for notebooks, as `regplan.widgets`: upload, sliders that ask the core again, results that an export keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.site import Site
    from regplan.notebook.panels.site import SitePanel
    from regplan.verbs.options import Options

__all__ = ["site_sizing"]


def site_sizing(site: Site | str | Path = "", options: Options | None = None) -> SitePanel:
    """Make the panel of a site, the demo's where none is named: hosts, storage, versions kept and internet link as sliders.

    Its `study` is what the sliders say. Raises what `plan_site` raises, and `MissingExtra` where ipywidgets is absent.
    """
    from regplan.notebook.panels.site import SitePanel

    return SitePanel(site, options)
