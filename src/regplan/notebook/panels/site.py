"""The panel of one site: upload it, move its sliders, read the verdict, save the report."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.notebook.panels.parts import (
    Live,
    Message,
    blocks_bundle,
    file_name,
    folder_of,
    quietly,
    saving_button,
    saving_link,
    uploaded,
    widgets_of,
)
from regplan.notebook.renderer import chart_bundle
from regplan.notebook.views import sizing_blocks
from regplan.plan.variation import Variation
from regplan.report import charts
from regplan.report.front import Front
from regplan.report.redacting import REDACTIONS
from regplan.report.words import progress_words
from regplan.units import GiB, format_rate
from regplan.verbs.demo import demo_site
from regplan.verbs.options import Options
from regplan.verbs.reports import report_kinds, write_report
from regplan.verbs.trying import try_site
from regplan.verbs.uploads import uploaded_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.model.plan import Study
    from regplan.model.progress import Progress
    from regplan.model.site import Site
    from regplan.verbs.trying import Trial

    # What is drawn below a panel.
    Chart = Callable[[Study], Any]

__all__ = ["CHARTS", "SitePanel"]

CHARTS: Final = (charts.storage_waterfall, charts.internet_bytes)
_RATES_MBPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_WIDE: Final = {"width": "44em"}
_WORDS: Final = {"description_width": "13em"}
# Where a site says nothing, a slider stands here until somebody moves it.
_MINIMUM_GIB: Final = 280


class SitePanel:
    """Shows a site with sliders; `study` is what they say now, and what the outputs below show."""

    def __init__(
        self,
        site: Site | str | Path = "",
        options: Options | None = None,
        front: Front | None = None,
        shown: Sequence[Chart] = CHARTS,
    ) -> None:
        widgets = widgets_of()
        self.options = options or Options()
        self.message, self._live, self._charts = Message(), Live(), tuple(shown)
        self._folder = folder_of(self)
        self._upload = widgets.FileUpload(
            multiple=True, description="Upload site or profiles", layout={"width": "16em"}
        )
        self._upload.observe(self._take, "value")
        self._sliders = widgets.VBox()
        self._kind = widgets.Dropdown(
            options=report_kinds(), value="pdf", description="Report as", layout={"width": "14em"}
        )
        self._make = saving_button("Download report")
        self._make.on_click(lambda _: quietly(self.message, self._save))
        self._link = widgets.HTML()
        self._front = {} if front is None else _fields(front)
        self._redact = {} if front is None else _redactions()
        self._logo = None if front is None else front.logo
        self.box = widgets.VBox(
            [
                self._upload,
                self._sliders,
                *self._front.values(),
                *([widgets.HBox([*self._redact.values()])] if self._redact else []),
                widgets.HBox([self._kind, self._make, self._link]),
                self.message.widget,
            ]
        )
        self._start(site or demo_site())

    def __repr__(self) -> str:
        """Tell what the plan says, which is what an export without widgets has in the panel's place."""
        return f"<SitePanel {self.study.plan!r}>"

    @property
    def site(self) -> Site:
        """The site with the sliders' values, as its report names it."""
        return self.study.plan.site

    def planned(self, options: Options) -> Study:
        """Plan what the sliders say with other options, such as fixes or sensitivity; nothing is read or asked for again."""
        return self.trial.vary(self.variation, options)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)  # type: ignore[no-untyped-call]
        self._live.restart()
        self._show()

    def _start(self, site: Site | str | Path) -> None:
        """Plan a site and set the sliders to what it says."""
        self.message.say("planning …")
        self.trial: Trial = try_site(site, self.options, self._progress)
        self.variation, self.study = Variation(), self.trial.study
        self._sliders.children = _sliders(self.trial.site, self._move)
        self._link.value = ""
        self.message.say(f"{self.trial.site.name} is planned; move a slider, or upload your own site")

    def _progress(self, progress: Progress) -> None:
        self.message.say(progress_words(progress))

    def _take(self, change: Any) -> None:  # noqa: ANN401  traitlets' own
        def work() -> None:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._start(uploaded_site(uploaded(change), folder, self.trial.site))
            self._show()

        quietly(self.message, work, self._folder)

    def _move(self, **values: int) -> None:
        def work() -> None:
            self.variation = replace(self.variation, **values)
            self.study = self.trial.vary(self.variation)
            self._link.value = ""
            self._show()
            self.message.say("")

        quietly(self.message, work)

    def _show(self) -> None:
        figures = (chart(self.study) for chart in self._charts)
        self._live.show([blocks_bundle(sizing_blocks(self.study)), *map(chart_bundle, figures)])

    def _save(self) -> None:
        self.message.say("writing the report …")
        study = self.planned(replace(self.options, fixes=True, sensitivity=True, life=True))
        front = Front(**{key: field.value for key, field in self._front.items()}, logo=self._logo)
        name = file_name(study.plan.site.name, self._kind.value)
        redact = [what for what, box in self._redact.items() if box.value]
        with tempfile.TemporaryDirectory() as folder:
            made = write_report(study, Path(folder) / name, front, redact=redact)
            self._link.value = saving_link(name, made.read_bytes())
        self.message.say("the report is ready")


def _fields(front: Front) -> dict[str, Any]:
    """Make a field for each name that stands on a report's cover."""
    text = widgets_of().Text
    keys = ("customer", "project", "author", "revision")
    return {
        key: text(value=getattr(front, key), description=key.capitalize(), layout=_WIDE, style=_WORDS) for key in keys
    }


def _redactions() -> dict[str, Any]:
    """Make a box to tick for each kind of name that a report for others may replace."""
    box, look = widgets_of().Checkbox, {"width": "16em"}
    return {
        what: box(value=False, description=f"Replace names of {what}", indent=False, layout=look) for what in REDACTIONS
    }


def _sliders(site: Site, move: Callable[..., None]) -> tuple[Any, ...]:
    """Make the sliders of what a site has; one stands at the site's own value, and changes nothing until it is moved."""
    return tuple(
        each for each in (_workers(site, move), _storage(site, move), _versions(site, move), _link(site, move)) if each
    )


def _workers(site: Site, move: Callable[..., None]) -> Any:  # noqa: ANN401  ipywidgets ships no types
    count = len(site.workers)
    return (
        _slider("Hosts for workloads", (1, max(10, 2 * count), 1), count, lambda new: move(workers=new))
        if count
        else None
    )


def _storage(site: Site, move: Callable[..., None]) -> Any:  # noqa: ANN401
    if site.registry is None:
        return None
    claimed = site.registry.storage_bytes
    now = _MINIMUM_GIB if claimed is None else max(1, round(claimed / GiB))
    most = max(2000, 2 * now)
    return _slider("Registry storage, GiB", (1, most, 1), now, lambda new: move(storage_bytes=new * GiB))


def _versions(site: Site, move: Callable[..., None]) -> Any:  # noqa: ANN401
    now = site.assumptions.versions_kept
    return _slider("Versions kept", (1, max(12, now), 1), now, lambda new: move(versions_kept=new))


def _link(site: Site, move: Callable[..., None]) -> Any:  # noqa: ANN401
    if site.internet_link is None:
        return None
    own = site.internet_link.rate_bps
    rates = sorted({own, *(each * 10**6 for each in _RATES_MBPS)})
    slider = widgets_of().SelectionSlider(
        options=[(format_rate(each), each) for each in rates],
        value=own,
        description="Internet link",
        continuous_update=False,
        layout=_WIDE,
        style=_WORDS,
    )
    slider.observe(lambda change: move(internet_bps=change["new"]), "value")
    return slider


def _slider(words: str, ends: tuple[int, int, int], value: int, move: Callable[[int], None]) -> Any:  # noqa: ANN401
    low, high, step = ends
    slider = widgets_of().IntSlider(
        value=value,
        min=low,
        max=high,
        step=step,
        description=words,
        continuous_update=False,
        layout=_WIDE,
        style=_WORDS,
    )
    slider.observe(lambda change: move(change["new"]), "value")
    return slider
