"""One line for each answer, as Apache's combined log and docker-registry write it; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.registry.serving.connection import Access

__all__ = ["combined_line"]

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def combined_line(access: Access, when: datetime) -> str:
    """Write an answer as a line; the bytes are those of the answer's body. It never holds who logged in."""
    moment = f"{when:%d}/{_MONTHS[when.month - 1]}/{when:%Y:%H:%M:%S %z}"
    request = f"{access.method} {access.target} HTTP/1.1"
    return f'{access.peer} - - [{moment}] "{_safe(request)}" {access.status} {access.sent} "" "{_safe(access.agent)}"'


def _safe(text: str) -> str:
    return "".join(each if " " <= each <= "~" and each not in {'"', "\\"} else f"\\x{ord(each):02x}" for each in text)
