"""Numbers that follow from other numbers of the same document, with the arithmetic between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from regplan.model.outlook import USED_FROM, used_formula
from regplan.report.explained.given import given
from regplan.report.explained.internet import INTERNET
from regplan.report.explained.meanings import unit_of
from regplan.report.explained.reckoned import Given, Reckoned, agrees, evaluated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from regplan.report.explained.paths import Place

    Document = Mapping[str, Any]
    Parts = tuple[str, tuple[Given, ...]]

__all__ = ["related"]

# Arithmetic over numbers that stand beside the one in question.
_BESIDE: Final[Mapping[str, str]] = {
    "unpacked.bytes": "measured_bytes + ceil(compressed_bytes * ratio)",
    "layers[].size_bytes": "shared_bytes + unique_bytes",
    "packs[].unique_bytes": "exclusive_bytes + shared_bytes",
    "profiles[].unique_bytes": "exclusive_bytes + shared_bytes",
    "families[].saved_bytes": "times_bytes - prefix_bytes",
    "upgrade.peak_bytes": "kept_bytes + new_bytes + dropped_bytes",
    "storage.use_ratio": "required_bytes / claimed_bytes",
    "wire.saved_bytes": "direct_bytes - primary_bytes",
    "wire.saved_ratio": "saved_bytes / direct_bytes",
    "wire.saved_low_bytes": "direct_low_bytes - primary_bytes",
    "wire.saved_high_bytes": "direct_high_bytes - primary_bytes",
}
# What is unpacked: what was measured of it, and the ratio times the compressed size of the rest.
_UNPACKED: Final = "unpacked_measured_bytes + ceil(unpacked_compressed_bytes * unpacked_ratio)"
_FUNCTIONS: Final = frozenset({"ceil", "floor", "max", "min"})
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
# Beyond so many a sum is told as it is.
_MOST_ADDENDS: Final = 40
_NO_LETTER: Final = re.compile(r"\W+")


def related(document: Document, place: Place) -> Reckoned | None:
    """Tell how a number follows from others of its document; None where it does not, or they do not come to it."""
    beside, special = _BESIDE.get(place.pattern), _SPECIAL.get(place.pattern)
    parts = None
    if beside is not None:
        parts = _of_siblings(document, place, beside)
    elif special is not None:
        parts = special(document, place)
    if parts is None:
        return None
    formula = _evaluated(place, parts) if _is_sound(parts) else None
    return formula if formula is not None and agrees(formula, place.value) else None


def _evaluated(place: Place, parts: Parts) -> Reckoned | None:
    try:
        return evaluated(place, str(place.row.get("unit") or unit_of(place)), *parts)
    except ArithmeticError:
        # A document from elsewhere may say that something grows beyond any number.
        return None


def _is_sound(parts: Parts) -> bool:
    # An upstream document may say that nothing is pulled over a link that carries nothing.
    divisors = re.findall(r"/ (\w+)", parts[0])
    return all(each.value for each in parts[1] if each.name in divisors)


def _of_siblings(document: Document, place: Place, expression: str) -> Parts | None:
    names = list(dict.fromkeys(name for name in _NAME.findall(expression) if name not in _FUNCTIONS))
    found = [given(document, name, f"{place.home}.{name}") for name in names]
    return (expression, tuple(each for each in found if each is not None)) if None not in found else None


def _terms(document: Document, _: Place) -> Parts | None:
    terms = document["storage"]["terms"]
    found = tuple(
        Given(
            _snake(each["key"]),
            each["bytes"],
            "bytes",
            each["provenance"],
            each["source"],
            f"storage.terms[{number}].bytes",
        )
        for number, each in enumerate(terms)
    )
    return (" + ".join(each.name for each in found), found) if found else None


def _projects(document: Document, _: Place) -> Parts | None:
    projects = document["storage"].get("projects") or ()
    told = [
        given(document, f"project_{number}", f"storage.projects[{number}].quota_bytes")
        for number in range(len(projects))
    ]
    found = tuple(each for each in told if each is not None)
    return (" + ".join(each.name for each in found), found) if found else None


def _host(document: Document, place: Place) -> Parts | None:
    found = given(document, "host_bytes", f"wire.host_bytes.{place.row.get('name')}")
    return None if found is None else (found.name, (found,))


def _placed(key: str) -> Callable[[Document, Place], Parts | None]:
    """Add up what the workloads placed on a host ask for."""

    def total(document: Document, place: Place) -> Parts | None:
        rows = place.row.get("placed") or ()
        told = [
            given(document, f"placed_{number}", f"{place.home}.placed[{number}].{key}") for number in range(len(rows))
        ]
        found = tuple(each for each in told if each is not None)
        return (" + ".join(each.name for each in found), found) if found else None

    return total


def _of_finding(rule: str, unit: str, side: str) -> Callable[[Document, Place], Parts | None]:
    """Take what a finding about a host has reckoned, with its formula."""

    def value(document: Document, place: Place) -> Parts | None:
        for number, row in enumerate(document["findings"]):
            if (row["rule"], row["where"], row["unit"]) == (rule, place.row.get("name"), unit):
                found = given(document, side, f"findings[{number}].{side}")
                return None if found is None else (found.name, (found,))
        return None

    return value


def _used(document: Document, place: Place) -> Parts | None:
    """Tell how a month of the outlook is reckoned, from what stands beside the months."""
    outlook = document.get("outlook") or {}
    if not all(name in outlook for name in USED_FROM):
        return None
    formula = used_formula({name: outlook[name] for name in USED_FROM}, place.row["month"])
    homes = {"month": place.home}
    found = [given(document, each.name, f"{homes.get(each.name, 'outlook')}.{each.name}") for each in formula.inputs]
    return (formula.expression, tuple(each for each in found if each is not None)) if None not in found else None


def _unpacked(document: Document, place: Place) -> Parts | None:
    """Tell what is unpacked from what was measured beside it and what is assumed."""
    name = place.key or place.pattern.rpartition(".")[2]
    stem = name.removesuffix("bytes")
    homes = {
        "unpacked_measured_bytes": f"{place.home}.{stem}measured_bytes",
        "unpacked_compressed_bytes": f"{place.home}.{stem}compressed_bytes",
        "unpacked_ratio": "unpacked.ratio",
    }
    found = [given(document, each, path) for each, path in homes.items()]
    return (_UNPACKED, tuple(each for each in found if each is not None)) if None not in found else None


def _formula(path: str) -> Callable[[Document, Place], Parts | None]:
    """Take what a formula of the document gives that goes by another name there."""

    def value(document: Document, _: Place) -> Parts | None:
        told = (document.get("formulas") or {}).get(path)
        if told is None:
            return None
        provenances = {each["provenance"] for each in told["inputs"]}
        provenance = "assumed" if "assumed" in provenances else min(provenances, default="rule")
        return told["key"], (Given(told["key"], told["value"], told["unit"], provenance, "", path),)

    return value


def _dominating(document: Document, place: Place) -> Parts | None:
    """Add up the fair shares of the images that are named; what is freed by removing them is no sum of numbers."""
    names = place.row.get("images") or ()
    if place.row.get("by") != "fair_share" or len(names) > _MOST_ADDENDS:
        return None
    rows: dict[str, int] = {}
    for number, each in enumerate(document.get("layers") or ()):
        rows.setdefault(each["reference"], number)
        rows.setdefault(f"{each['reference']} ({each['platform']})", number)
    found = [
        given(document, f"fair_bytes_{count}", f"layers[{rows[name]}].fair_bytes")
        for count, name in enumerate(names, 1)
        if name in rows
    ]
    told = tuple(each for each in found if each is not None)
    return (" + ".join(each.name for each in told), told) if len(told) == len(names) else None


def _measured(document: Document, place: Place) -> Parts | None:
    """Find the number of the document that a finding looks at, by its value: the claim, or what its host has."""
    where = place.row.get("where")
    hosts = document.get("hosts") or ()
    number = next((number for number, host in enumerate(hosts) if host.get("name") == where), None)
    if number is None:
        return _equal(document, place, ("storage.claimed_bytes", "storage.quota_bytes"))
    return _equal(document, place, [f"hosts[{number}].{key}" for key in hosts[number]])


def _required(document: Document, place: Place) -> Parts | None:
    return _equal(document, place, ("storage.required_bytes", "storage.minimum_bytes", "storage.pvc_bytes"))


def _equal(document: Document, place: Place, paths: Iterable[str]) -> Parts | None:
    for path in paths if place.value else ():
        found = given(document, path.rpartition(".")[2], path)
        if found is not None and found.value == place.value and found.unit == place.row.get("unit"):
            return found.name, (found,)
    return None


def _snake(name: str) -> str:
    text = _NO_LETTER.sub("_", name)
    return text if text[:1].isalpha() or text.startswith("_") else f"_{text}"


_SPECIAL: Final[Mapping[str, Callable[[Document, Place], Parts | None]]] = {
    "storage.required_bytes": _terms,
    "storage.quota_bytes": _projects,
    "storage.versions.count": _formula("storage.versions"),
    "storage.versions.next_bytes": _formula("storage.version"),
    "hosts[].image_bytes": _host,
    "hosts[].unpacked_bytes": _unpacked,
    "hosts[].unpacked_high_bytes": _unpacked,
    "layers[].unpacked_bytes": _unpacked,
    "hosts[].requested_cpu_milli": _placed("cpu_milli"),
    "hosts[].requested_memory_bytes": _placed("memory_bytes"),
    "hosts[].allocatable_cpu_milli": _of_finding("host.requests", "milli", "measured"),
    "hosts[].allocatable_memory_bytes": _of_finding("host.requests", "bytes", "measured"),
    "hosts[].disk_required_bytes": _of_finding("host.disk", "bytes", "required"),
    "outlook.months[].used_bytes": _used,
    **INTERNET,
    "dominating[].bytes": _dominating,
    "findings[].measured": _measured,
    "findings[].required": _required,
}
