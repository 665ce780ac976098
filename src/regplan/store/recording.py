"""Recordings: what images are without their layers, so that a plan needs no network."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from regplan.errors import InputError, NotFound, Unsupported
from regplan.model.image import Blob, Image
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.store.files import read_text
from regplan.store.unpacked import read_unpacked
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from regplan.model.source import Content
    from regplan.store.layout import ImageLayout

__all__ = ["Recording"]

FACTS: Final = "facts.jsonl"
_KEYS: Final = frozenset({"reference", "platform", "media_type", "index", "manifest", "config", "layers", "source"})
_BLOB_KEYS: Final = frozenset({"digest", "size"})
_LAYER_KEYS: Final = frozenset({"digest", "media_type", "size", "unpacked"})
# What an entry refers to, and the digests whose referrers are all here: of others nothing is known.
SUBJECT: Final = "regplan.subject"
SUBJECTS: Final = "regplan.subjects"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Fact:
    reference: Reference
    image: Image
    index: Digest | None
    unpacked: Mapping[Digest, int]


class Recording:
    """A folder with an OCI image layout without layers, a facts.jsonl, or both; an `ImageSource` and a `FactSource`.

    The facts are for planning only: what they tell of cannot be seeded. An unpacked.jsonl, and `unpacked` of a fact's
    layers, tell how large layers are unpacked. Raises `InputError` naming file, line and key.
    """

    def __init__(self, path: Path | str) -> None:
        """Read the index and the facts."""
        self.path = Path(path)
        if not self.path.is_dir():
            raise InputError(f"{self.path}: no such folder, and a recording is one")
        facts = self.path / FACTS
        self._layout: ImageLayout | None = None
        if (self.path / "oci-layout").exists():
            from regplan.store.layout import ImageLayout

            self._layout = ImageLayout(self.path, transport="recording")
        if self._layout is None and not facts.exists():
            raise InputError(f"{self.path}: is not a recording: it has neither oci-layout nor {FACTS}")
        self._facts = _read_facts(facts) if facts.exists() else ()
        told = {digest: size for fact in self._facts for digest, size in fact.unpacked.items()}
        self._unpacked = {**told, **read_unpacked(self.path)}
        self._by_name: dict[Reference, list[_Fact]] = {}
        self._by_digest: dict[Digest, list[_Fact]] = {}
        for fact in self._facts:
            self._by_name.setdefault(fact.reference, []).append(fact)
            # One manifest under two names is one image.
            for digest in {fact.image.digest, fact.index or fact.image.digest}:
                same = self._by_digest.setdefault(digest, [])
                if fact.image not in [known.image for known in same]:
                    same.append(fact)
        self._images: list[Reference] = []
        self._looked_at: dict[str, set[Digest]] = {}
        self._referring: dict[tuple[str, Digest], list[Descriptor]] = {}
        for entry in self._layout.entries if self._layout is not None else ():
            if entry.reference is not None:
                self._take(entry.reference, entry.descriptor)

    @property
    def name(self) -> str:
        """The recording as `--from` takes it."""
        return f"recording:{self.path}"

    def references(self) -> tuple[Reference, ...]:
        """List the images that this recording knows by name, in its order, layout first; signatures are none."""
        return tuple(dict.fromkeys([*self._images, *self._by_name]))

    async def manifest(self, reference: Reference) -> Content:
        """Read a manifest of the layout; facts have none."""
        return await self._whole(f"manifest of {reference}").manifest(reference)

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob of the layout, which holds configs and no layers."""
        chunks = self._whole(f"blob {descriptor.digest}").blob(repository, descriptor, first, last)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest` and was found without a tag.

        Raises `Unsupported` where nobody looked for that while recording: that nothing is here then says nothing.
        """
        if digest not in self._looked_at.get(repository, ()):
            raise Unsupported(
                f"{self.name} does not tell what refers to {repository}@{digest}: record --with-referrers"
            )
        return tuple(self._referring.get((repository, digest), ()))

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` stand in the layout."""
        return frozenset() if self._layout is None else await self._layout.tags_among(repository, tags)

    def facts(self, reference: Reference) -> tuple[Image, ...]:
        """List what is known of `reference`, one image for each platform; a digest is a manifest's or its index's."""
        if reference.digest is not None:
            return tuple(fact.image for fact in self._by_digest.get(reference.digest, ()))
        return tuple(fact.image for fact in self._by_name.get(reference, ()))

    def unpacked_size(self, digest: Digest) -> int | None:
        """Tell the unpacked size of a layer in bytes, where this recording knows it."""
        return self._unpacked.get(digest)

    def _take(self, reference: Reference, descriptor: Descriptor) -> None:
        """Sort an entry of index.json: an image, or what refers to one."""
        from regplan.store.entries import is_referring

        annotations = dict(descriptor.annotations)
        looked_at = filter(None, annotations.get(SUBJECTS, "").split(","))
        self._looked_at.setdefault(reference.name, set()).update(map(Digest.parse, looked_at))
        if SUBJECT not in annotations and not is_referring(reference.tag):
            self._images.append(reference)
        elif SUBJECT in annotations and reference.tag is None:
            subject = reference.name, Digest.parse(annotations[SUBJECT])
            self._referring.setdefault(subject, []).append(descriptor)

    def _whole(self, what: str) -> ImageLayout:
        if self._layout is None:
            raise NotFound(f"{self.name} has facts only, and no {what}")
        return self._layout


def _read_facts(path: Path) -> tuple[_Fact, ...]:
    facts: list[_Fact] = []
    lines: dict[tuple[Reference, Platform], int] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        fact = _Line(path, number).fact(line)
        earlier = lines.setdefault((fact.reference, fact.image.platform), number)
        if earlier != number:
            raise InputError(
                f"{path}: line {number} tells of {fact.reference} for {fact.image.platform} again (line {earlier} did)"
            )
        facts.append(fact)
    return tuple(facts)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of facts.jsonl being read; every failure names file, line and key."""

    path: Path
    number: int

    def fact(self, text: str) -> _Fact:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError(f"{self.path}: line {self.number} is not JSON") from None
        self._check_keys(document, _KEYS, "")
        reference = self._parsed(document, "reference", Reference.parse)
        manifest = self._blob(document, "manifest")
        image = Image(
            digest=manifest.digest,
            media_type=self._text(document, "media_type"),
            platform=self._parsed(document, "platform", Platform.parse),
            manifest_size=manifest.size,
            config=None if document.get("config") is None else self._blob(document, "config"),
            layers=self._layers(document),
            source=self._text(document, "source"),
        )
        index = self._index(document, reference, manifest.digest)
        return _Fact(reference, image, index, self._unpacked(document, image))

    def _unpacked(self, document: Mapping[str, Any], image: Image) -> Mapping[Digest, int]:
        told = enumerate(zip(document["layers"], image.layers, strict=True))
        sizes = ((layer.digest, self._size(entry, f"layers[{place}]", "unpacked")) for place, (entry, layer) in told)
        return {digest: size for digest, size in sizes if size is not None}

    def _index(self, document: Mapping[str, Any], reference: Reference, manifest: Digest) -> Digest | None:
        if document.get("index") is not None:
            return self._blob(document, "index").digest
        # A reference that is pinned to another digest than the manifest's is pinned to the index.
        return reference.digest if reference.digest != manifest else None

    def _layers(self, document: Mapping[str, Any]) -> tuple[Descriptor, ...]:
        layers = document.get("layers")
        if not isinstance(layers, list):
            raise self._wrong("layers", "is not a list")
        return tuple(self._layer(entry, f"layers[{place}]") for place, entry in enumerate(layers))

    def _layer(self, entry: object, key: str) -> Descriptor:
        layer = self._check_keys(entry, _LAYER_KEYS, key)
        digest = self._parsed(layer, "digest", Digest.parse, key)
        size = self._size(layer, key)
        if size is None:
            raise self._wrong(f"{key}.size", "is not a number of bytes; a layer without one cannot be planned with")
        return Descriptor(self._text(layer, "media_type"), digest, size)

    def _blob(self, document: Mapping[str, Any], key: str) -> Blob:
        entry = self._check_keys(document.get(key), _BLOB_KEYS, key)
        return Blob(self._parsed(entry, "digest", Digest.parse, key), self._size(entry, key))

    def _size(self, entry: Mapping[str, Any], key: str, name: str = "size") -> int | None:
        size = entry.get(name)
        if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
            raise self._wrong(f"{key}.{name}", "is not a number of bytes, and null is for unknown")
        return size

    def _text(self, document: Mapping[str, Any], key: str) -> str:
        value = document.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "is not a text")
        return value or ""

    def _parsed(self, document: Mapping[str, Any], key: str, parse: Callable[[str], _T], within: str = "") -> _T:
        name = f"{within}.{key}" if within else key
        value = document.get(key)
        if not isinstance(value, str):
            raise self._wrong(name, "is missing or no text")
        try:
            return parse(value)
        except InputError as error:
            raise self._wrong(name, str(error)) from error

    def _check_keys(self, value: object, known: frozenset[str], key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(key, "is not an object")
        unknown = sorted(set(value) - known)
        if unknown:
            raise self._wrong(
                f"{key}.{unknown[0]}" if key else unknown[0], f"is not known; known are {', '.join(sorted(known))}"
            )
        return value

    def _wrong(self, key: str, what: str) -> InputError:
        name = f", {key}" if key else ""
        return InputError(f"{self.path}: line {self.number}{name}: {what}")
