"""Referenced, unique and shared bytes of a set of images, computed from facts alone.

    python tests/independent/bytes.py --facts data/demo/recording/facts.jsonl --profiles data/demo/profiles/retail-*1.0.0.*
    python tests/independent/bytes.py --facts FACTS --references nginx:1.30.5 @list.txt [--next REFERENCE...]

Definitions, from the plan document: `referenced_bytes` adds up, per distinct normalised reference, its distinct digests
(manifest, config, layers); `unique_bytes` counts each distinct digest of the set once; an unknown size counts 0 and is
counted in `unknown_sizes`; `blobs` counts distinct configs and layers. In `images`, `unique_bytes` is what no other
image of the set has, where an image is one manifest digest, so that two references to one digest do not share with
each other. With `--next` or `--next-profiles` the upgrade is added: kept, new and dropped bytes, and the peak while both
versions are there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from independent.material import Image, pick, read_facts, read_packs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["measure", "merged", "total", "upgrade"]


def merged(images: Iterable[Image]) -> dict[str, int | None]:
    """Each distinct digest of the images with its size."""
    sizes: dict[str, int | None] = {}
    for image in images:
        sizes |= image.sizes
    return sizes


def total(sizes: Mapping[str, int | None]) -> int:
    """Add up sizes; an unknown one counts 0."""
    return sum(size or 0 for size in sizes.values())


def measure(images: Sequence[Image]) -> dict[str, Any]:
    """Measure a set with one image per distinct reference."""
    union = merged(images)
    by_digest = {image.digest: image for image in images}
    holders = Counter(digest for image in by_digest.values() for digest in image.sizes)
    return {
        "kind": "layers",
        "references": len(images),
        "referenced_bytes": sum(total(image.sizes) for image in images),
        "unique_bytes": total(union),
        "blobs": len(frozenset().union(*(image.blobs for image in images))),
        "manifests": len(by_digest),
        "unknown_sizes": sum(size is None for size in union.values()),
        "unknown_manifest_sizes": sum(union[digest] is None for digest in by_digest),
        "images": [_row(image, holders) for image in images],
    }


def _row(image: Image, holders: Counter[str]) -> dict[str, Any]:
    alone = {digest: size for digest, size in image.sizes.items() if holders[digest] == 1}
    size_bytes = total(image.sizes)
    return {
        "reference": image.reference,
        "digest": image.digest,
        "platform": image.platform,
        "size_bytes": size_bytes,
        "shared_bytes": size_bytes - total(alone),
        "unique_bytes": total(alone),
    }


def upgrade(old: Sequence[Image], new: Sequence[Image]) -> dict[str, int]:
    """Bytes that stay, come and go from one set to the next, and the peak while both are kept."""
    before, after = merged(old), merged(new)
    return {
        "kept_bytes": total({digest: size for digest, size in before.items() if digest in after}),
        "new_bytes": total({digest: size for digest, size in after.items() if digest not in before}),
        "dropped_bytes": total({digest: size for digest, size in before.items() if digest not in after}),
        "peak_bytes": total(before | after),
    }


def _listed(texts: Sequence[str], profiles: Sequence[Path]) -> list[str]:
    references: list[str] = []
    for text in texts:
        lines = Path(text[1:]).read_text(encoding="utf-8").splitlines() if text.startswith("@") else [text]
        references += [bare for line in lines if (bare := line.partition("#")[0].strip())]
    return references + [each for pack in read_packs(profiles) for each in pack.references]


def main() -> None:
    """Print the measures as JSON."""
    parser = argparse.ArgumentParser(description="Bytes of a set of images, from facts alone.")
    parser.add_argument("--facts", type=Path, nargs="+", required=True)
    parser.add_argument("--references", nargs="*", default=[], help="references, or @FILE with one a line")
    parser.add_argument("--profiles", type=Path, nargs="*", default=[])
    parser.add_argument("--next", nargs="*", default=[])
    parser.add_argument("--next-profiles", type=Path, nargs="*", default=[])
    parser.add_argument("--platform", default="linux/amd64")
    given = parser.parse_args()
    facts = read_facts(given.facts)
    images = pick(facts, _listed(given.references, given.profiles), given.platform)
    answer = measure(images)
    if given.next or given.next_profiles:
        answer["upgrade"] = upgrade(images, pick(facts, _listed(given.next, given.next_profiles), given.platform))
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
