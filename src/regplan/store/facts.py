"""The lines of a recording's `facts.jsonl`, written and merged."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from regplan.model.recording import Moved
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.recording import KeptFact
    from regplan.oci.descriptor import Descriptor

__all__ = ["FactLines", "fact_line"]


def fact_line(fact: KeptFact) -> str:
    """Write what is known of an image as one line of JSON."""
    image = fact.image
    document = {
        "reference": str(fact.reference),
        "platform": str(image.platform),
        **({"media_type": image.media_type} if image.media_type else {}),
        "manifest": {"digest": str(image.digest), "size": image.manifest_size},
        "config": None if image.config is None else {"digest": str(image.config.digest), "size": image.config.size},
        "layers": [_layer(layer) for layer in image.layers],
        **({"source": image.source} if image.source else {}),
    }
    return json.dumps(document, ensure_ascii=False)


@dataclass(slots=True)
class FactLines:
    """The lines of a facts.jsonl that is readable, as they stand, while others are put among them."""

    lines: dict[tuple[Reference, Platform], tuple[Digest, str]] = field(default_factory=dict)
    added: dict[str, None] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> FactLines:
        """Take the lines of a file that `Recording` has read without an error."""
        found = cls()
        for line in filter(str.strip, text.splitlines()):
            document: Any = json.loads(line)
            key = Reference.parse(document["reference"]), Platform.parse(document["platform"])
            found.lines[key] = Digest.parse(document["manifest"]["digest"]), line
        return found

    def put(self, facts: Iterable[KeptFact]) -> None:
        """Put facts in; a reference that stands for another image now loses what was known of it for other platforms."""
        told = list(facts)
        before = {reference for reference, _ in self.lines}
        gone: dict[Reference, Moved] = {}
        for fact in told:
            digest, _ = self.lines.get((fact.reference, fact.image.platform), (fact.image.digest, ""))
            if digest != fact.image.digest:
                gone.setdefault(fact.reference, Moved(str(fact.reference), digest, fact.image.digest))
        self.moved += gone.values()
        self.lines = {key: line for key, line in self.lines.items() if key[0] not in gone}
        for fact in told:
            if fact.reference not in before:
                self.added[str(fact.reference)] = None
            self.lines[fact.reference, fact.image.platform] = fact.image.digest, fact_line(fact)

    def text(self) -> str:
        """Tell the whole file."""
        return "".join(f"{line}\n" for _, line in self.lines.values())


def _layer(layer: Descriptor) -> dict[str, object]:
    typed = {"media_type": layer.media_type} if layer.media_type else {}
    return {"digest": str(layer.digest), **typed, "size": layer.size}
