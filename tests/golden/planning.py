"""The golden sites, and what regplan plans of them: each planned once in a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from independent.sites import read_site
from regplan.report.document import plan_document
from regplan.verbs.options import Options
from regplan.verbs.study import plan_site

__all__ = ["DEFECTS", "GOLDEN", "REASONS", "SITES", "Planned", "fresh_plan", "mapping_of", "plan_of"]

GOLDEN = Path(__file__).parent
SITES = sorted((GOLDEN / "sites").glob("*.yaml"))
# Sites of profiles with every defect: the oracle reads profiles that are right, and there counts the marks alone.
DEFECTS = frozenset({"defects-lists", "defects-manifests", "defects-packs"})
# What no site file and recording can bring about, and what does.
REASONS: dict[tuple[str, str], str] = {
    ("image.last-seen", "INFO"): "a cache of an earlier run, and --offline",
    ("image.referrers", "PASS"): "--with-referrers, and a source that can be asked",
    ("image.referrers", "INCOMPLETE"): "--with-referrers, and a source that cannot",
    ("registry.certificate", "INCOMPLETE"): "a plan that is made without a clock",
}


@dataclass(frozen=True)
class Planned:
    """A plan as the document that others script against."""

    document: dict[str, Any]

    @property
    def host_names(self) -> frozenset[str]:
        """The names of its hosts."""
        return frozenset(host["name"] for host in self.document["hosts"])

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Its findings: rule, verdict, measured, required, and the host, "" where it is of none."""
        names = self.host_names
        return [
            (each["rule"], each["verdict"], str(each["measured"]), str(each["required"]), each["where"] if each["where"] in names else "")
            for each in self.document["findings"]
        ]  # fmt: skip

    def profiles(self, path: Path) -> list[Path]:
        """The profiles that the site file at a path names."""
        return [path.parent / name for name in read_site(path).given["profiles"]]


def mapping_of(path: Path) -> str:
    """Tell how a golden site's images are named at the registry."""
    return "plain" if path.stem.startswith("plain-names") else "host"


def fresh_plan(path: Path, *, fixes: bool = True) -> Planned:
    """Plan a site in this process, as `regplan plan -o json` does."""
    return Planned(plan_document(plan_site(path, Options(mapping=mapping_of(path), fixes=fixes))))


@cache
def plan_of(path: Path) -> Planned:
    """Plan a site whose files stay as they are, once in a run."""
    return fresh_plan(path)
