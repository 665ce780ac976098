"""The formulas of a plan document as a spreadsheet's: who refers to whom, and what is an input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from regplan.report.workbook.arithmetic import spreadsheet_formula
from regplan.report.workbook.inputs import Inputs, is_editable, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    Told = Mapping[str, Any]

__all__ = ["Graph"]

_TERM: Final = re.compile(r"storage\.terms\[(\d+)\]\.bytes")
# What a digest is counted as, by the input that adds such digests up.
_COUNTED: Final = ("live", "provider_image", "other_platforms")
_VERSIONS: Final = "storage_versions"


class Graph:
    """Turns formulas of a plan document into formulas of cells, and remembers what inputs these ask for.

    `counted` are the sums of the sheet of blobs, by what they are counted as: where one is what the plan has, the plan's
    input is that sum.
    """

    def __init__(self, document: Told, counted: Mapping[str, int]) -> None:
        """Know the formulas of a plan document."""
        self._document, self._counted = document, counted
        self._told: Told = document.get("formulas") or {}
        self.inputs = Inputs()
        self._storage = {each["key"]: path for path, each in self._told.items() if path.startswith("storage.")}
        self._assumed = {each["key"]: each["value"] for each in document["assumptions"]}
        self._host_names = {each["name"]: number for number, each in enumerate(document["hosts"], 1)}

    def storage(self, path: str) -> str:
        """Write the formula of a number of the storage need, "" where the document tells none."""
        told = self._told.get(path)
        if told is None:
            return ""
        names = {each["name"]: self._storage_name(each, told) for each in told["inputs"]}
        return spreadsheet_formula(self._expression(path, told, names), names)

    def knows(self, path: str) -> bool:
        """Tell whether the document has a formula of the number at a path."""
        return path in self._told

    def value(self, path: str) -> float:
        """Tell what a formula comes to as planned."""
        value: float = self._told[path]["value"]
        return value

    def unit(self, path: str) -> str:
        """Tell a formula's unit."""
        return str(self._told[path]["unit"])

    def expression(self, path: str) -> str:
        """Write a formula as `explain` does, "" where the document tells none."""
        return str(self._told[path]["expression"]) if path in self._told else ""

    def claim(self) -> str:
        """Name the cell of what the registry claims, "" where it claims nothing."""
        claimed = self._document["storage"]["claimed_bytes"]
        if claimed is None:
            return ""
        told = {"name": "claimed_bytes", "value": claimed, "unit": "bytes", "provenance": "declared"}
        return self.inputs.name({**told, "source": "registry.storage, or the profiles' values"})

    def term_key(self, number: int) -> str:
        """Tell what other formulas call a term, "" for one without a formula."""
        told = self._told.get(f"storage.terms[{number}].bytes")
        return "" if told is None else str(told["key"])

    def finding(self, number: int, side: str) -> str:
        """Write the formula of what a finding has measured or requires, "" where nothing that can be changed moves it."""
        told, finding = self._told.get(f"findings[{number}].{side}"), self._document["findings"][number]
        if told is None:
            return ""
        if (finding["rule"], side) == ("storage.claim", "required") and "required_bytes" in self._storage:
            return "storage_required_bytes"
        host = self._host_names.get(finding["where"])
        if not any(self._is_moved(each, host) for each in told["inputs"]):
            return ""
        names = {each["name"]: self._finding_name(each, finding, host) for each in told["inputs"]}
        return spreadsheet_formula(told["expression"], names)

    def _is_moved(self, given: Told, host: int | None) -> bool:
        name = given["name"]
        return (
            is_editable(given)
            or name in {"claimed_bytes", "copies", "drive_bytes"}
            or (host is not None and (name in {"cpu", "memory"} or (name == "claim" and bool(given["value"]))))
        )

    # --- names ------------------------------------------------------------------------------------------------------

    def _expression(self, path: str, told: Told, names: dict[str, str]) -> str:
        """Tell a formula's expression; versions may be asked for where the plan believes what the profiles say alone."""
        kept = next((each for each in self._document["assumptions"] if each["key"] == "versions_kept"), None)
        if path != "storage.versions" or told["expression"] != "retention" or kept is None:
            return str(told["expression"])
        if kept["value"] > told["value"]:
            return "retention"
        source = f"assumptions.versions_kept: {kept['source']}"
        given = {"name": "versions_kept", "value": kept["value"], "unit": kept["unit"], "provenance": "assumed"}
        names["versions_kept"] = self.inputs.name({**given, "source": source})
        return "max(retention, versions_kept)"

    def _storage_name(self, given: Told, told: Told) -> str:
        name = str(given["name"])
        if name in self._storage and name != told["key"]:
            return f"storage_{name}"
        return self.inputs.name(given, formula=self._storage_formula(given, told))

    def _storage_formula(self, given: Told, told: Told) -> str:
        """Write what gives an input of the storage need: digests that the sheet of blobs lists, versions that count."""
        name, value = str(given["name"]), given["value"]
        part = name.removesuffix("_digests")
        if part in _COUNTED and self._counted.get(part) == value:
            return f'SUMIFS(blobs_bytes,blobs_counted,"{part}")'
        if "versions" not in self._storage:
            return ""
        if name == "measured_versions":
            return f"MIN({value},MAX({_VERSIONS}-1,0))"
        if told["key"] == "kept_versions" and name.startswith("upgrade_"):
            place = [each["name"] for each in told["inputs"]].index(name) + 1
            return f"IF({_VERSIONS}>{place},{value},0)"
        if name == "kept_links":
            return self._kept_links(value)
        return ""

    def _kept_links(self, value: int) -> str:
        told = self._told.get("storage.assumed_versions")
        given = next((each for each in told["inputs"] if each["name"] == "measured_versions"), None) if told else None
        if given is None or not given["value"]:
            return ""
        counted = self.inputs.name(given, formula=self._storage_formula(given, told or {}))
        return f"ROUND({value}*{counted}/{given['value']},0)"

    def _finding_name(self, given: Told, finding: Told, host: int | None) -> str:
        name = str(given["name"])
        if host is not None and (cell := self._host_name(given, finding, host)):
            return cell
        if name == "drive_bytes":
            return self.inputs.name(given, formula=self._drive(given))
        if name == "copies" and (copies := self._copies()) is not None:
            return self.inputs.name(copies)
        if given["provenance"] == "rule":
            return self.inputs.name(given, name_of(finding["rule"]))
        if self._assumed.get(name) == given["value"]:
            return self.inputs.name({**given, "source": f"assumptions.{name}: {given['source']}"})
        return self.inputs.name(given, finding["where"] if host is not None else "")

    def _host_name(self, given: Told, finding: Told, host: int) -> str:
        """Name the cell of the sheet of hosts that an input is, "" where it is none."""
        name = str(given["name"])
        if name in {"cpu", "memory"}:
            return f"host_{host}_{name}"
        if name == "requests":
            return f"host_{host}_requested_{'cpu' if finding['unit'] == 'milli' else 'memory'}"
        return self._claim(given) if name == "claim" else ""

    def _claim(self, given: Told) -> str:
        """Name what the registry claims of a host's drive: the claim itself where it lies there, "" where none does."""
        claimed = self._document["storage"]["claimed_bytes"]
        return self.claim() if given["value"] and given["value"] == claimed else ""

    def _drive(self, given: Told) -> str:
        """Write which drive bounds the copies, each of which is on a host of its own."""
        drives = sorted((each["storage_bytes"] or 0 for each in self._document["hosts"]), reverse=True)
        copies = self._copies()
        if copies is None or copies["value"] > len(drives) or drives[copies["value"] - 1] != given["value"]:
            return ""
        return f"IFERROR(LARGE(hosts_disk,{self.inputs.name(copies)}),0)"

    def _copies(self) -> Told | None:
        told = self._told.get("disks.raw_cluster_bytes") or {"inputs": ()}
        return next((each for each in told["inputs"] if each["name"] == "copies"), None)
