"""The panel of many sites: upload the table, move the sliders that hold for every site, save the verdicts."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.notebook.fleet_views import fleet_blocks
from regplan.notebook.panels.parts import (
    Live,
    Message,
    as_picked,
    blocks_bundle,
    folder_of,
    quietly,
    saving_button,
    saving_link,
    uploaded,
    widgets_of,
)
from regplan.notebook.renderer import chart_bundle
from regplan.plan.variation import Variation
from regplan.report import charts
from regplan.report.front import Front
from regplan.report.words import progress_words
from regplan.units import GiB, format_rate
from regplan.verbs.demo import demo_fleet
from regplan.verbs.fleet import FleetAsked, plan_fleet
from regplan.verbs.fleet_output import write_fleet
from regplan.verbs.options import Options
from regplan.verbs.reports import report_kinds, write_fleet_report
from regplan.verbs.uploads import uploaded_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.fleet import Fleet
    from regplan.model.progress import Progress

__all__ = ["FleetPanel"]

_TABLES: Final = ("xlsx", "csv")
_REPORTS: Final = tuple(each for each in report_kinds() if each not in _TABLES)
_KINDS: Final = (*((f"table (.{each})", each) for each in _TABLES), *((f"report (.{each})", each) for each in _REPORTS))
# Each row's own value (0), then what every site gets instead.
_OWN: Final = "each row's own"
_STORAGES: Final = (
    (_OWN, 0),
    *((f"{each} GiB", each * GiB) for each in (100, 200, 280, 320, 400, 500, 750, 1000)),
)
_VERSIONS: Final = ((_OWN, 0), *((str(each), each) for each in range(1, 9)))
_RATES: Final = (
    (_OWN, 0),
    *((format_rate(each * 10**6), each * 10**6) for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
_SLIDERS: Final = (
    ("Registry storage", "storage_bytes", _STORAGES),
    ("Versions kept", "versions_kept", _VERSIONS),
    ("Internet link", "internet_bps", _RATES),
)


class FleetPanel:
    """Shows a table of sites with sliders; `fleet` is what they say now, and what the outputs below show."""

    def __init__(self, file: str | Path = "", asked: FleetAsked | None = None, options: Options | None = None) -> None:
        widgets = widgets_of()
        self.options, self.asked = options or Options(), asked or FleetAsked()
        self.message, self._live, self._folder = Message(), Live(), folder_of(self)
        self._upload = widgets.FileUpload(multiple=True, description="Upload table of sites", layout={"width": "16em"})
        self._upload.observe(self._take, "value")
        self._sliders = widgets.VBox([_slider(*each, self._move) for each in _SLIDERS])
        self._kind = widgets.Dropdown(options=_KINDS, description="Save as", layout={"width": "18em"})
        self._make = saving_button("Download verdicts")
        self._make.on_click(lambda _: quietly(self.message, self._save))
        self._link = widgets.HTML()
        saving = widgets.HBox([self._kind, self._make, self._link])
        self.box = widgets.VBox([self._upload, self._sliders, saving, self.message.widget])
        self._plan(Path(file or demo_fleet()), self.asked)

    def __repr__(self) -> str:
        """Tell the counts, which is what an export without widgets has in the panel's place."""
        return f"<FleetPanel {self.fleet!r}>"

    def planned(self, variation: Variation | None = None) -> Fleet:
        """Plan the table that stands above with other values for every site than the sliders', None for each row's own."""
        return plan_fleet(self.file, replace(self.asked, variation=variation), self.options)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)  # type: ignore[no-untyped-call]
        self._live.restart()
        self._show()

    def _plan(self, file: Path, asked: FleetAsked) -> None:
        """Plan a table; what was there stays where this one cannot be read."""
        self.message.say("planning …")
        fleet = plan_fleet(file, asked, self.options, self._progress)
        problems = tuple(replace(each, problem=as_picked(each.problem, self._folder)) for each in fleet.problems)
        self.file, self.asked, self.fleet = file, asked, replace(fleet, problems=problems)
        self._link.value = ""
        self.message.say("; ".join(fleet.notes))

    def _progress(self, progress: Progress) -> None:
        self.message.say(progress_words(progress))

    def _take(self, change: Any) -> None:  # noqa: ANN401  traitlets' own
        def work() -> None:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._plan(uploaded_table(uploaded(change), folder), self.asked)
            self._show()

        quietly(self.message, work, self._folder)

    def _move(self, **values: int | None) -> None:
        def work() -> None:
            variation = replace(self.asked.variation or Variation(), **values)
            self._plan(self.file, replace(self.asked, variation=variation))
            self._show()

        quietly(self.message, work)

    def _show(self) -> None:
        self._live.show([blocks_bundle(fleet_blocks(self.fleet)), chart_bundle(charts.fleet_strips(self.fleet))])

    def _save(self) -> None:
        kind = self._kind.value
        name = f"{self.file.stem}-verdicts.{kind}"
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / name
            if kind in _TABLES:
                write_fleet(self.fleet, self.file, out, self.asked)
            else:
                write_fleet_report(self.fleet, self.file, out, Front())
            self._link.value = saving_link(name, out.read_bytes())
        self.message.say(f"{name} is ready")


def _slider(words: str, key: str, choices: tuple[tuple[str, int], ...], move: Callable[..., None]) -> Any:  # noqa: ANN401
    slider = widgets_of().SelectionSlider(
        options=choices,
        value=0,
        description=f"{words}, all sites",
        continuous_update=False,
        layout={"width": "44em"},
        style={"description_width": "16em"},
    )
    slider.observe(lambda change: move(**{key: change["new"] or None}), "value")
    return slider
