"""Charts that tests write, and what is found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.profile import Pack, Provenance
from regplan.profile.charts import chart_uses, read_chart
from regplan.profile.composer import Map
from regplan.profile.macros import Scope
from regplan.profile.parts import Evidence, Origin, RawPack, Rendered
from regplan.profile.tree import parse_documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.profile.charts import ChartUses
    from regplan.profile.parts import RawChart, Renderer

__all__ = ["chart", "deployment", "fails", "live", "off", "possible", "uses"]

_LIVE = {Evidence.RUNS, Evidence.ENABLED}
_ABOUT = "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: 2.7.1\n"


def chart(templates: Mapping[str, str] | str, values: str = "", about: str = "", **more: str) -> RawChart:
    """A chart with the name web, version 1.0.0 and the application's version 2.7.1; `more` are files by path."""
    named = {"a.yaml": templates} if isinstance(templates, str) else templates
    texts = {f"templates/{path}": text for path, text in named.items()}
    return read_chart("pack/charts/web", {"Chart.yaml": _ABOUT + about, "values.yaml": values, **texts, **more})


def deployment(image: str, name: str = "a", more: str = "") -> str:
    """A Deployment whose only container's image stands as it is given."""
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n"
        f"  selector: {{matchLabels: {{app: {name}}}}}\n"
        f"  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n"
        f"        - name: {name}\n          image: {image}\n{more}"
    )


def uses(made: RawChart, renderer: Renderer | None = None, values: str = "", scope: Scope | None = None) -> ChartUses:
    """What a chart uses under a pack's values."""
    tree = (parse_documents(values) or (None,))[0]
    raw = RawPack(
        Origin.PACK,
        Pack("web-pack", "1.0.0", "addon"),
        Provenance("pack", pack="web-pack"),
        tree if isinstance(tree, Map) else Map(),
        charts=(made,),
    )
    return chart_uses(raw, made, scope or Scope(), renderer)


def live(found: ChartUses) -> set[str]:
    """The references that are run, or are used under these values."""
    return {str(each.use.reference) for each in found.sightings if each.evidence in _LIVE}


def off(found: ChartUses) -> set[tuple[str, str]]:
    """What is off, with what switches it on."""
    return {(str(each.use.reference), each.use.enabled_by) for each in found.sightings if each.evidence is Evidence.OFF}


def possible(found: ChartUses) -> set[str]:
    """What nobody can tell."""
    return {str(each.use.reference) for each in found.sightings if each.evidence is Evidence.MAYBE}


def fails(problem: str) -> Renderer:
    """A renderer that can render nothing."""

    def render(chart: RawChart, values: str, namespace: str, kube_version: str = "") -> Rendered:
        del chart, values, namespace, kube_version
        return Rendered(None, problem)

    return render
