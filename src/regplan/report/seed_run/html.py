"""A seeding's report as one HTML file without scripts: it loads nothing from elsewhere, and needs no extra to be written."""

from __future__ import annotations

import html
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from regplan.model.finding import Verdict
from regplan.report.cells import Code, Quantity, padded, text_of
from regplan.report.sections import ChartBlock, Facts, Paragraph, Table
from regplan.report.seed_run.contents import run_contents
from regplan.report.seed_run.timeline import rate_figure
from regplan.report.words import exact_bytes, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.report.cells import Cell
    from regplan.report.front import Front
    from regplan.report.sections import Block, Document, Section

__all__ = ["write_run_html"]

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
figure.rate { --rate: #0072b2; }
@media (prefers-color-scheme: dark) { figure.rate { --rate: #56b4e9; } }
figure.rate svg { display: block; width: 100%; height: 12rem; border-bottom: 1px solid var(--strong); }
figure.rate polyline, figure.rate line { fill: none; vector-effect: non-scaling-stroke; }
figure.rate polyline { stroke: var(--rate); stroke-width: 1.5; }
figure.rate polygon { fill: var(--rate); fill-opacity: 0.2; }
figure.rate line.most { stroke: var(--quiet); stroke-dasharray: 1 3; }
figure.rate line.cap { stroke: var(--fail); stroke-width: 1.5; stroke-dasharray: 6 4; }
.key { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0.25rem 0 0.5rem; padding: 0; list-style: none; }
.key li::before {
  content: ""; display: inline-block; width: 1.6rem; margin-right: 0.5rem; border-top: 2px dotted var(--quiet);
  vertical-align: middle;
}
.key li.cap::before { border-top: 2px dashed var(--fail); }
.key, .axis { color: var(--quiet); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.axis { display: flex; justify-content: space-between; max-width: none; margin: 0.25rem 0 1rem; }
"""


def write_run_html(document: Mapping[str, Any], front: Front | None = None) -> str:
    """Write a seeding's document as HTML; `front` is what stands at its head besides."""
    report = run_contents(document, front)
    style = resources.files("regplan.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    verdict = report.verdict.value
    links = "".join(f'<li><a href="#{each.key}">{_text(each.title)}</a></li>\n' for each in report.sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{_text(report.made_by)}">
<title>{verdict}: {_text(report.title)}</title>
<style>
{style}{_STYLE}</style>
</head>
<body>
<header>
{_logo(report)}<h1>{_text(report.title)}</h1>
<p class="about">{_joined(report.about)}</p>
<p class="overall {verdict.lower()}">{_cell(report.verdict)} <span>{_joined(report.headline)}</span></p>
{_front(report)}<nav aria-label="Contents">
<ul>
{links}</ul>
</nav>
</header>
<main>
{"".join(_section(each, document) for each in report.sections)}</main>
<footer><p>{_text(report.made_by)}</p></footer>
</body>
</html>
"""


def _logo(report: Document) -> str:
    logo = report.front.logo
    return "" if logo is None else f'<img class="logo" src="{logo.data_uri}" alt="Logo">\n'


def _front(report: Document) -> str:
    told = [(label, _text(value)) for label, value in report.front.told]
    told += [(each.label, _cell(each.value)) for each in report.cover]
    rows = "".join(f"<div><dt>{_text(label)}</dt><dd>{value}</dd></div>\n" for label, value in told)
    return f'<dl class="front">\n{rows}</dl>\n'


def _section(section: Section, document: Mapping[str, Any]) -> str:
    blocks = "\n".join(_block(block, document) for block in section.blocks)
    title = f'<h2 id="{section.key}-title">{_text(section.title)}</h2>'
    return f'<section id="{section.key}" aria-labelledby="{section.key}-title">\n{title}\n{blocks}\n</section>\n'


def _block(block: Block, document: Mapping[str, Any]) -> str:
    match block:
        case Paragraph():
            return f"<p>{_joined(block.parts)}</p>"
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case ChartBlock():
            figure = rate_figure(document, block)
            return f"{figure}\n<details><summary>The same in numbers</summary>{_table(block.numbers)}</details>"
        case _:
            return ""


def _facts(facts: Facts) -> str:
    rows = "\n".join(
        f"<div><dt>{_text(each.label)}</dt><dd>{_cell(each.value)} <small>{_joined(each.note)}</small></dd></div>"
        for each in facts.facts
    )
    return f'<dl class="facts" aria-label="{_text(facts.caption)}">\n{rows}\n</dl>'


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col" class="{each.kind}">{_text(each.title)}</th>' for each in table.columns)
    rows = "\n".join(f"<tr>{_row(table, row)}</tr>" for row in table.rows)
    kinds = " ".join(("full" if len(table.columns) > 2 else "few", *(["total"] if table.total else [])))
    return (
        f'<div class="wide"><table class="{kinds}">\n<caption>{_text(table.caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _row(table: Table, row: Iterable[Cell]) -> str:
    cells = []
    for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        tag = 'th scope="row"' if place == table.head else "td"
        cells.append(f'<{tag} class="{column.kind}">{_cell(cell)}</{tag.partition(" ")[0]}>')
    return "".join(cells)


def _joined(cells: Iterable[Cell]) -> str:
    return "".join(_cell(cell) for cell in cells)


def _cell(cell: Cell) -> str:
    text = html.escape(padded(cell, text_of(cell)))
    match cell:
        case Verdict():
            return f'<span class="verdict {cell.value.lower()}">{text}</span>'
        case Code():
            return f"<code>{text}</code>" if text else ""
        case Quantity() if cell.size_bytes is not None:
            return f'<data value="{cell.size_bytes}" title="{exact_bytes(cell.size_bytes)}">{text}</data>'
        case _:
            return text


def _text(text: str) -> str:
    return html.escape(tidy(text))
