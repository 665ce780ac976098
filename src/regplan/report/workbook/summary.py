"""The first sheet: the verdict as the cells stand, what binds, the few numbers that count, and what can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.report.parts.background import data_age
from regplan.report.workbook.cells import Cell, Heading, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.report.workbook.graph import Graph

    Told = Mapping[str, Any]

__all__ = ["summary_sheet"]

_WORST_FIRST: Final = ("FAIL", "INCOMPLETE", "MARGINAL")
_ABOUT: Final = (
    (
        "This workbook reckons. Yellow cells on the sheets Assumptions and Hosts are there to be changed; the need, the rules and"
        " the verdict below follow. What follows is marked on each sheet; all else stands as it was planned."
    ),
    "Spreadsheets reckon in binary fractions: a term may differ from regplan's by one byte. What counts is regplan plan SITE.",
)
_INTERNET: Final = (
    ("Internet at first bootstrap, without the registry", "direct_bytes"),
    ("Internet at first bootstrap, with it", "primary_bytes"),
    ("Saved on the internet link", "saved_bytes"),
)
_HEADINGS: Final = (
    Heading("What", 46),
    Heading("As the cells stand", 34),
    Heading("As planned", 34),
    Heading("Unit", 14),
)


def summary_sheet(
    document: Told, graph: Graph, front: Sequence[tuple[str, str]] = (), sources: Sequence[str] = ()
) -> Sheet:
    """Lay out the verdict of a plan document, its main numbers, and what whoever hands it over says of it."""
    return Sheet(
        "Summary",
        _HEADINGS,
        (*_verdicts(document), *_numbers(document, graph), *_facts(document, front, sources)),
        _ABOUT,
    )


def _verdicts(document: Told) -> Iterator[tuple[Cell, ...]]:
    planned, binding = document["verdict"], document["binding_constraint"] or ""
    has_rules = bool(document["findings"])
    yield _row(
        "Verdict", Cell(planned, _worst() if has_rules else "", "verdict", "verdict"), Cell(planned, look="verdict")
    )
    bound = _binding() if has_rules else ""
    yield _row("What binds", Cell(binding, bound, "code", is_array=True), Cell(binding, look="code"))
    if has_rules:
        changed = "SUMPRODUCT(--(rules_verdict<>rules_planned))"
        yield _row("Rules whose verdict is another than planned", Cell(0, changed, "number"), Cell(0, look="number"))


def _worst() -> str:
    text = '"PASS"'
    for verdict in reversed(_WORST_FIRST):
        text = f'IF(COUNTIF(rules_verdict,"{verdict}")>0,"{verdict}",{text})'
    return text


def _binding() -> str:
    """Write the rule that binds: among the worst the one with the least of what it needs, the first of equals."""
    least = "MIN(IF(rules_verdict=verdict,rules_reach,1E+99))"
    return f"INDEX(rules_rule,MATCH(1,(rules_verdict=verdict)*(rules_reach={least}),0))"


def _numbers(document: Told, graph: Graph) -> Iterator[tuple[Cell, ...]]:
    storage = document["storage"]
    if claim := graph.claim():
        claimed = storage["claimed_bytes"]
        yield _row("The registry claims", Cell(claimed, claim, "number"), Cell(claimed, look="number"), "bytes")
    needed = "storage_required_bytes" if graph.knows("storage.required_bytes") else ""
    required = storage["required_bytes"]
    yield _row("The images need", Cell(required, needed, "number"), Cell(required, look="number"), "bytes")
    if storage["use_ratio"] is not None:
        use = "storage_use" if needed else ""
        yield _row(
            "Share of the claim", Cell(storage["use_ratio"], use, "ratio"), Cell(storage["use_ratio"], look="ratio")
        )
    if storage["holds_bytes"] is not None and graph.knows("storage.holds_bytes"):
        holds = storage["holds_bytes"]
        words = "The largest set of images that fits"
        yield _row(words, Cell(holds, "storage_holds_bytes", "number"), Cell(holds, look="number"), "bytes")
    for words, key in (("All references together", "referenced_bytes"), ("Each digest once", "unique_bytes")):
        yield _row(words, Cell(storage[key], look="number"), Cell(storage[key], look="number"), "bytes")
    # What hosts pull follows from where pods are placed, which no cell reckons: it stands only as it was planned.
    for words, key in _INTERNET if document["wire"] is not None else ():
        yield _row(words, Cell(""), Cell(document["wire"][key], look="number"), "bytes")


def _facts(document: Told, front: Sequence[tuple[str, str]], sources: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    site, images = document["site"], document["images"]
    named = [(f"{each['name']} {each['version']}".strip(), each["digest"]) for each in site["cluster_profiles"]]
    seen = images["last_seen"]
    told = {
        **dict(front),
        "Site": site["name"],
        "Cluster profiles": ", ".join(name for name, _ in named),
        "Digests of the profiles": ", ".join(digest for _, digest in named if digest),
        "Images resolved": f"{images['resolved']} of {images['unique']}",
        "Age of the data": data_age(seen["oldest"], seen["tags"], sources),
        "Digest of the inputs": document["inputs_digest"],
        "Planned at": document["generated_at"],
        "Planned with": " ".join(str(each) for each in document["tool"].values()),
    }
    for words, value in told.items():
        yield _row(words, Cell(""), Cell(value, look="prose"))


def _row(words: str, stands: Cell, planned: Cell, unit: str = "") -> tuple[Cell, ...]:
    return (Cell(words, look="head"), stands, planned, Cell(unit))
