"""The sheet of the storage need: its terms, each reckoned from the inputs, and what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.report.workbook.cells import Cell, Heading, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.report.workbook.graph import Graph

__all__ = ["storage_sheet"]

_ABOUT: Final = (
    (
        "What the registry's PVC must hold, term by term. Every number here is reckoned from the sheets Assumptions and Blobs:"
        " change a yellow cell there, and it follows. Bytes; GB is 10^9, GiB is 2^30."
    ),
)
_HEADINGS: Final = (
    Heading("Term", 28),
    Heading("Bytes", 20),
    Heading("GB", 12),
    Heading("Known by", 12),
    Heading("How", 60),
    Heading("As an expression", 60),
)
# What the terms come to, and what it is.
_SUMS: Final = {
    "set": "One version of the images",
    "version": "What one more version adds",
    "versions": "Versions that lie there at once, this one among them",
    "assumed_versions": "Versions that no digests tell of",
    "dropped_versions": "Versions that are deleted and never freed",
    "written": "Written to the PVC",
    "required_bytes": "Needed: the sum of the terms",
    "pvc_bytes": "To claim: the need, or the documented minimum",
    "constant": "Terms that do not grow with the images",
    "scaled": "Terms that grow as the images do",
    "holds_bytes": "The largest set of live images that the claim holds",
}


def storage_sheet(document: Mapping[str, Any], graph: Graph) -> Sheet:
    """Lay out the storage need of a plan document."""
    terms = tuple(_term(number, each, graph) for number, each in enumerate(document["storage"]["terms"]))
    return Sheet("Storage", _HEADINGS, (*terms, *_sums(document, graph)), _ABOUT)


def _term(number: int, term: Mapping[str, Any], graph: Graph) -> tuple[Cell, ...]:
    path = f"storage.terms[{number}].bytes"
    key = graph.term_key(number)
    told = (Cell(term["provenance"]), Cell(term["source"], look="prose"), Cell(graph.expression(path), look="code"))
    size = Cell(term["bytes"], graph.storage(path), "number", f"storage_{key}" if key else "")
    return (Cell(term["key"], look="code"), size, _gb(size), *told)


def _sums(document: Mapping[str, Any], graph: Graph) -> Iterator[tuple[Cell, ...]]:
    for key, words in _SUMS.items():
        path = f"storage.{key}"
        if not graph.knows(path):
            continue
        size = Cell(graph.value(path), graph.storage(path), "number", f"storage_{key}")
        in_gb = _gb(size) if graph.unit(path) == "bytes" else Cell(graph.unit(path))
        yield (Cell(words), size, in_gb, Cell(""), Cell(""), Cell(graph.expression(path), look="code"))
    ratio = document["storage"]["use_ratio"]
    if ratio is not None and graph.knows("storage.required_bytes"):
        claimed = graph.claim()
        use = Cell(
            ratio, f"IF({claimed}>0,storage_required_bytes/{claimed},0)" if claimed else "", "ratio", "storage_use"
        )
        yield (Cell("Share of the claim that is needed"), use, *(Cell("") for _ in range(4)))


def _gb(size: Cell) -> Cell:
    value = size.value / 1e9 if isinstance(size.value, int | float) else None
    return Cell(value, f"{size.name}/1000000000" if size.name else "", "giga")
