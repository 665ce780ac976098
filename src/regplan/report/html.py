"""Reports as one self-contained HTML file: nothing is loaded from elsewhere, and the page forbids it to itself."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from importlib import resources
from typing import TYPE_CHECKING, Final

from regplan.errors import MissingExtra
from regplan.model.finding import Verdict
from regplan.report.cells import Code, Quantity, Stack, padded, text_of
from regplan.report.charts import CONFIG
from regplan.report.figures.plotly_figure import figure_of
from regplan.report.figures.svg import chart_svg
from regplan.report.plotlyjs import offline_plotly_js
from regplan.report.sections import ChartBlock, Facts, Listing, Paragraph, Table, charts_of
from regplan.report.words import exact_bytes, indented, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment
    from markupsafe import Markup

    from regplan.report.cells import Cell, Line
    from regplan.report.figures.chart import Chart
    from regplan.report.sections import Block, Document

__all__ = ["blocks_html", "document_html"]

_WHAT: Final = "an HTML report"
# A table of so few rows is not torn apart on paper.
_BRIEF: Final = 6


def document_html(document: Document) -> str:
    """Write a report as HTML; raises `MissingExtra` where jinja2 or plotly is not installed."""
    figures = {block.key: (chart_svg(block.chart), _figure_json(block.chart)) for block in charts_of(document)}
    scripts = (offline_plotly_js(), _packaged("report.js"))
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            document=document,
            style=_markup(_packaged("report.css")),
            figures={key: tuple(map(_markup, pair)) for key, pair in figures.items()},
            scripts=[_markup(script) for script in scripts],
            policy=_policy(scripts),
        )
    )


def blocks_html(blocks: Iterable[Block]) -> str:
    """Write blocks as a fragment of HTML without scripts or charts, for a notebook's output."""
    return _environment().get_template("fragment.html.jinja").render(blocks=tuple(blocks), figures={})


def _figure_json(chart: Chart) -> str:
    figure = figure_of(chart)
    # The page has the title as its own heading, and the height grows with the rows.
    figure.update_layout(title=None, margin={"t": 40})
    spec = {**json.loads(figure.to_json()), "config": dict(CONFIG)}
    # "<" ends a script element whatever stands around it.
    return json.dumps(spec, allow_nan=False, sort_keys=True).replace("<", "\\u003c")


def _policy(scripts: Iterable[str]) -> str:
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    closed = "base-uri 'none'; connect-src 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; {closed}"


@functools.cache
def _environment() -> Environment:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtra(_WHAT, "report") from error
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_packaged),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(cell=_cell, kinds=_kinds, indented=indented, tidy=tidy, text_of=text_of)
    environment.tests.update(
        paragraph=lambda block: isinstance(block, Paragraph),
        table=lambda block: isinstance(block, Table),
        chart=lambda block: isinstance(block, ChartBlock),
        facts=lambda block: isinstance(block, Facts),
        listing=lambda block: isinstance(block, Listing),
    )
    return environment


def _packaged(name: str) -> str:
    return resources.files("regplan.report").joinpath("templates", name).read_text(encoding="utf-8")


def _markup(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  our own files, plotly.js, and JSON whose "<" is escaped


def _cell(cell: Cell) -> Markup:
    from markupsafe import Markup

    text = text_of(cell)
    match cell:
        case Verdict():
            return Markup('<span class="verdict {}">{}</span>').format(cell.value.lower(), text)
        case Code():
            return Markup("<code>{}</code>").format(text) if text else Markup("")
        case Quantity():
            size = cell.size_bytes
            if size is None:
                return Markup("{}").format(text)
            return Markup('<data value="{}" title="{}">{}</data>').format(size, exact_bytes(size), _unbroken(text))
        case Stack():
            return Markup("").join(_line(line) for line in cell.lines)
        case _:
            return Markup("{}").format(padded(cell, text))


def _unbroken(text: str) -> Markup:
    """Hold the exact bytes behind a rounded size, with their unit, on one line."""
    from markupsafe import Markup

    rounded, bracket, exact = text.partition(" (")
    held = Markup(' <span class="exact">({}</span>').format(exact) if bracket else Markup("")
    return Markup("{}").format(rounded) + held


def _line(line: Line) -> Markup:
    from markupsafe import Markup

    kind = "line quiet" if line.quiet else "line"
    return Markup('<span class="{}">{}</span>').format(kind, Markup("").join(_cell(part) for part in line.parts))


def _kinds(table: Table) -> str:
    prose = any(column.kind == "prose" for column in table.columns)
    # Two or three short columns fit a telephone's screen; of more, each row becomes a card there.
    many = len(table.columns) > 3 or (prose and len(table.columns) > 2)
    kinds = {
        "many": many,
        "few": not many,
        "full": prose,
        "brief": len(table.rows) <= _BRIEF,
        "compact": table.folded,
        "total": table.total,
    }
    return " ".join(kind for kind, holds in kinds.items() if holds)
