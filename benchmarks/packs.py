#!/usr/bin/env python3
"""Read every public Palette pack and tell what its list lacks: one row a pack, and the facts that must hold.

    .venv/bin/python benchmarks/packs.py FOLDER [--helm PATH] [--markdown FILE]

FOLDER is a checkout of spectrocloud/pack-central, or its `packs`. Each pack is read three times: its values.yaml alone,
its folder without helm, and, where helm is at hand (`--helm`, else the PATH), its folder with it. Ends with 1 where a
fact does not hold. The packs are not part of this project.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.model.profile import FoundBy
from regplan.report.mentions import images_document
from regplan.verbs.listing import list_images
from regplan.verbs.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.profile import Declarations

STATUSES = ("listed", "missing", "only-if-enabled", "unknown", "unused")


@dataclass(frozen=True, slots=True)
class Read:
    """What one way of reading a pack gave: images by status, entries of lists, findings, and how long it took."""

    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entries: int = 0
    misspelt: int = 0
    seconds: float = 0.0
    error: str = ""

    def has(self, status: str, part: str) -> bool:
        """Tell whether an image whose name holds `part` has a status."""
        return any(part in image for image in self.images.get(status, ()))


def read(path: Path, environment: Mapping[str, str]) -> Read:
    """Read a pack's folder or its values as `regplan images` does."""
    start = time.perf_counter()
    try:
        declarations = list_images([str(path)], Options(environment=environment))
    except InputError as error:
        return Read(seconds=time.perf_counter() - start, error=str(error))
    images: dict[str, list[str]] = {}
    rows = images_document(declarations)["images"]
    for row in rows if isinstance(rows, list) else []:
        images.setdefault(row["status"], []).append(row["normalized"] or row["reference"])
    listed = [use for use in declarations.uses if use.provenance.found_by is FoundBy.LIST]
    kept = {status: tuple(names) for status, names in images.items()}
    return Read(kept, len(listed), _misspelt(declarations), time.perf_counter() - start)


def _misspelt(declarations: Declarations) -> int:
    return sum(each.rule == "profile.misspelt-key" and "iamge" in each.message for each in declarations.findings)


def check(ways: Mapping[str, Mapping[str, Read]]) -> Iterator[tuple[str, bool]]:
    """Yield what must hold, with whether it does: facts that were found by hand in the packs' charts."""
    values = ways["values"]
    yield "1,017 entries in the raw values", sum(each.entries for each in values.values()) == 1017
    yield "2 of them misspelt", sum(each.misspelt for each in values.values()) == 2
    for way, packs in ways.items():
        named = {prefix: [read for name, read in packs.items() if name.startswith(prefix)] for prefix in PREFIXES}
        hosts = ("xpkg.crossplane.io/crossplane/crossplane", "docker.io/crossplane/crossplane")
        wrong = [any(each.has("missing", host) for host in hosts) for each in named["crossplane-"]]
        yield f"{way}: crossplane: 10 of 12 pull from a host that is not listed", sum(wrong) == 10 and len(wrong) == 12
        yield (
            f"{way}: kyverno lacks bitnami/kubectl",
            all(each.has("missing", "bitnami/kubectl") for each in named["kyverno-"]),
        )
        reload = [each for each in named["fluentbit-"] if not each.has("missing", "configmap-reload")]
        yield f"{way}: fluentbit never lacks configmap-reload", len(reload) == len(named["fluentbit-"])
        enabled = sum(each.has("only-if-enabled", "configmap-reload") for each in named["fluentbit-"])
        yield f"{way}: fluentbit runs it only if enabled in 7 packs or more", enabled >= 7
        piraeus = packs.get("piraeus-operator-2.7.1", Read())
        yield f"{way}: piraeus runs kube-rbac-proxy only if enabled", piraeus.has("only-if-enabled", "kube-rbac-proxy")
        for prefix in ("csi-driver-nfs", "nvidia-network-operator"):
            yield f"{way}: {prefix} lacks nothing", not any(each.images.get("missing") for each in named[prefix])


PREFIXES = ("crossplane-", "kyverno-", "fluentbit-", "csi-driver-nfs", "nvidia-network-operator")


def table(ways: Mapping[str, Mapping[str, Read]]) -> Iterator[str]:
    """Yield a Markdown table: a row a pack, in each cell the number of images with helm, without, by values alone."""
    yield f"| pack | {' | '.join(STATUSES)} | seconds |"
    yield "|---|" + "---:|" * (len(STATUSES) + 1)
    for pack in ways["values"]:
        reads = [packs[pack] for packs in ways.values()]
        cells = [" / ".join(str(len(each.images.get(status, ()))) for each in reads) for status in STATUSES]
        yield f"| {pack} | {' | '.join(cells)} | {' / '.join(f'{each.seconds:.2f}' for each in reads)} |"


def main() -> int:
    """Read all packs in each way, print what holds and the sums, and write the table where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--helm", type=Path, default=shutil.which("helm"))
    parser.add_argument("--markdown", type=Path)
    asked = parser.parse_args()
    inside = asked.folder / "packs"
    packs = sorted(path.parent for path in (inside if inside.is_dir() else asked.folder).glob("*/values.yaml"))
    bare = {key: value for key, value in os.environ.items() if key != "PATH"}
    ways = {"values": {path.name: read(path / "values.yaml", bare) for path in packs}}
    ways["folder"] = {path.name: read(path, bare) for path in packs}
    if asked.helm:
        rendered = {**bare, "PATH": str(Path(asked.helm).parent)}
        ways["helm"] = {path.name: read(path, rendered) for path in packs}
    for way, reads in ways.items():
        sums = Counter(
            {status: sum(len(each.images.get(status, ())) for each in reads.values()) for status in STATUSES}
        )
        told = ", ".join(f"{count} {status}" for status, count in sums.items())
        print(f"{way}: {len(reads)} packs in {sum(each.seconds for each in reads.values()):.1f} s: {told}")
        for name, each in reads.items():
            if each.error:
                print(f"  {name}: {each.error}")
    if asked.markdown:
        asked.markdown.write_text("\n".join(table(ways)) + "\n", encoding="utf-8")
    facts = list(check(ways))
    for fact, holds in facts:
        print(f"{'holds' if holds else 'FAILS'}  {fact}")
    return 0 if all(holds for _, holds in facts) else 1


if __name__ == "__main__":
    sys.exit(main())
