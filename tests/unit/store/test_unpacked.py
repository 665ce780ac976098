from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.model.source import UnpackedSource
from regplan.oci.compression import UnpackedSize
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.recording import Recording
from regplan.store.unpacked import UnpackedCache, read_unpacked, write_unpacked

if TYPE_CHECKING:
    from pathlib import Path

LAYER = Digest.of(b"layer")
OTHER = Digest.of(b"other")


def line(**more: Any) -> str:
    return json.dumps({"digest": str(LAYER), "unpacked_bytes": 5, "provenance": "measured", **more})


def fact(*layers: dict[str, Any]) -> str:
    sha = f"sha256:{7:064x}"
    return json.dumps(
        {"reference": "nginx:1", "platform": "linux/amd64", "manifest": {"digest": sha, "size": 1}, "layers": layers}
    )


@pytest.mark.parametrize("told", [UnpackedSize(0), UnpackedSize(2**40), UnpackedSize(None, "it has several frames")])
def test_the_cache_tells_the_next_run_what_a_layer_told(tmp_path: Path, told: UnpackedSize) -> None:
    UnpackedCache(tmp_path).put(LAYER, told)

    assert UnpackedCache(tmp_path).get(LAYER) == told
    assert UnpackedCache(tmp_path).get(OTHER) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "5", line(unpacked_bytes=-1), line(unpacked_bytes="5"), line(unpacked_bytes=True),
        line(unpacked_bytes=2**60), line(digest=str(OTHER)), line(unpacked_bytes=None), line(unpacked_bytes=None, why=""),
        "[" * 3000, line(why="x" * 5000),
    ],
)  # fmt: skip
def test_a_damaged_entry_of_the_cache_is_not_there(tmp_path: Path, text: str) -> None:
    cache = UnpackedCache(tmp_path)
    cache.put(LAYER, UnpackedSize(5))
    (file,) = (each for each in tmp_path.rglob("*") if each.is_file())
    file.write_text(text)

    assert cache.get(LAYER) is None


def test_a_cache_that_cannot_be_written_keeps_nothing_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "v1").write_text("a file where a folder should be")

    UnpackedCache(tmp_path).put(LAYER, UnpackedSize(5))

    assert UnpackedCache(tmp_path).get(LAYER) is None


def test_the_cache_command_counts_and_clears_unpacked_sizes_too(tmp_path: Path) -> None:
    UnpackedCache(tmp_path).put(LAYER, UnpackedSize(5))

    assert DigestCache(tmp_path).info().entries == 1
    DigestCache(tmp_path).clear()
    assert UnpackedCache(tmp_path).get(LAYER) is None


def test_a_recording_keeps_what_was_written_into_it(tmp_path: Path) -> None:
    file = write_unpacked(tmp_path, {OTHER: 7, LAYER: 2**40})

    assert file.name == "unpacked.jsonl"
    assert read_unpacked(tmp_path) == {LAYER: 2**40, OTHER: 7}
    written = [json.loads(text) for text in file.read_text().splitlines()]
    assert [each["digest"] for each in written] == sorted(map(str, (LAYER, OTHER)))
    assert {each["provenance"] for each in written} == {"measured"}


def test_what_a_recording_only_assumes_is_not_taken_for_measured(tmp_path: Path) -> None:
    (tmp_path / "unpacked.jsonl").write_text(line(provenance="assumed") + "\n\n" + line(digest=str(OTHER)) + "\n")

    assert read_unpacked(tmp_path) == {OTHER: 5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1 is not an object"),
        (line(more=1), "line 1, more: is not known; known are digest, provenance, unpacked_bytes"),
        (line(digest="sha256:1"), "line 1, digest: "),
        (line(provenance="guessed"), "line 1, provenance: is neither measured nor assumed"),
        (line(unpacked_bytes=-5), "line 1, unpacked_bytes: is not a number of bytes"),
        (line(unpacked_bytes=None), "line 1, unpacked_bytes: is not a number of bytes"),
    ],
)
def test_a_wrong_line_is_named_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "unpacked.jsonl").write_text(text)

    with pytest.raises(InputError) as caught:
        read_unpacked(tmp_path)

    assert str(caught.value).startswith(f"{tmp_path / 'unpacked.jsonl'}: ")
    assert said in str(caught.value)


def test_a_recording_tells_sizes_from_its_file_and_from_its_facts(tmp_path: Path) -> None:
    layers = [{"digest": str(LAYER), "size": 1, "unpacked": 3}, {"digest": str(OTHER), "size": 1, "unpacked": 4}]
    (tmp_path / "facts.jsonl").write_text(fact(*layers, {"digest": str(Digest.of(b"3")), "size": 1, "unpacked": None}))
    write_unpacked(tmp_path, {LAYER: 5})

    recording = Recording(tmp_path)

    assert isinstance(recording, UnpackedSource)
    assert recording.unpacked_size(LAYER) == 5
    assert recording.unpacked_size(OTHER) == 4
    assert recording.unpacked_size(Digest.of(b"3")) is None
    assert len(recording.facts(Reference.parse("nginx:1"))[0].layers) == 3


def test_a_wrong_unpacked_size_of_a_fact_is_named(tmp_path: Path) -> None:
    (tmp_path / "facts.jsonl").write_text(fact({"digest": str(LAYER), "size": 1, "unpacked": "3"}))

    with pytest.raises(InputError, match=r"line 1, layers\[0\].unpacked: is not a number of bytes"):
        Recording(tmp_path)
