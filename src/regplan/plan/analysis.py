"""Where the bytes of a set lie, in one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.sharing import Analysis
from regplan.plan.alignment import align
from regplan.plan.by_pack import measure_packs, measure_profiles
from regplan.plan.dominating import dominating
from regplan.plan.families import families_of
from regplan.plan.prefixes import find_prefixes

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.layers import LayerReport
    from regplan.model.profile import Declarations

__all__ = ["analyse"]


def analyse(inventory: Inventory, declarations: Declarations, report: LayerReport) -> Analysis:
    """Tell packs, profiles, base-image families and dominating images of a set; `report` has its sizes."""
    prefixes = find_prefixes(inventory)
    return Analysis(
        packs=measure_packs(inventory, declarations),
        profiles=measure_profiles(inventory, declarations),
        families=families_of(inventory, prefixes),
        alignments=align(inventory, prefixes),
        dominating=dominating(inventory, report),
    )
