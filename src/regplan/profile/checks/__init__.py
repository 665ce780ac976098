"""Findings about what packs together list and run, once every mention has its status: gaps, dead weight, layers, names.

What is wrong with one pack's own text is told where it is read: see `regplan.profile.lint`, which tells why each
verdict is what it is.
"""

from __future__ import annotations

from regplan.profile.checks.findings import pack_findings, unreadable, use_findings

__all__ = ["pack_findings", "unreadable", "use_findings"]
