"""The sheet of hosts: processors, memory and drives to change, and what the pods placed there ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.report.workbook.cells import Cell, Heading, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hosts_sheet"]

_ABOUT: Final = (
    (
        "Change the yellow cells: the rules of the sheet Rules follow. CPU in thousandths of a processor (milli), memory and"
        " drives in bytes. Which pod stands on which host is taken from the plan: where a change would move pods, plan again."
    ),
)
_HEADINGS: Final = (
    Heading("Host", 24),
    Heading("Role", 16),
    Heading("Architecture", 14),
    Heading("CPU, milli", 14, "hosts_cpu"),
    Heading("Memory, bytes", 20, "hosts_memory"),
    Heading("Drive, bytes", 20, "hosts_disk"),
    Heading("CPU asked for, milli", 20),
    Heading("Memory asked for, bytes", 24),
    Heading("Images on its drive, bytes", 26),
    Heading("Verdict", 14),
    Heading("As planned", 14),
)


def hosts_sheet(document: Mapping[str, Any]) -> Sheet:
    """Lay out the hosts of a plan document."""
    rows = tuple(_host(number, each) for number, each in enumerate(document["hosts"], 1))
    return Sheet("Hosts", _HEADINGS, rows, _ABOUT)


def _host(number: int, host: Mapping[str, Any]) -> tuple[Cell, ...]:
    def given(key: str, name: str) -> Cell:
        return Cell(host[key], look="number", name=f"host_{number}_{name}", is_input=True, least=0)

    def asked(key: str, name: str) -> Cell:
        return Cell(host.get(key), look="number", name=f"host_{number}_requested_{name}")

    images = [host[key] for key in ("content_bytes", "unpacked_bytes") if host.get(key) is not None]
    name = f"host_{number}_name"
    return (
        Cell(host["name"], look="code", name=name),
        Cell(host["role"]),
        Cell(host["arch"]),
        given("cpu_milli", "cpu"),
        given("memory_bytes", "memory"),
        given("storage_bytes", "disk"),
        asked("requested_cpu_milli", "cpu"),
        asked("requested_memory_bytes", "memory"),
        Cell(sum(images) if images else None, look="number"),
        Cell(host["verdict"], _worst(name), "verdict"),
        Cell(host["verdict"], look="verdict"),
    )


def _worst(name: str) -> str:
    """Write the worst verdict of the rules that speak of a host."""
    text = '"PASS"'
    for verdict in ("MARGINAL", "INCOMPLETE", "FAIL"):
        found = f'SUMPRODUCT(EXACT(rules_where,{name})*(rules_verdict="{verdict}"))'
        text = f'IF({found}>0,"{verdict}",{text})'
    return text
