from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError, RegistryError, Unsupported
from regplan.model.image import Blob, Image
from regplan.model.recording import KeptEntry, KeptFact, Moved, RecordingDraft
from regplan.model.source import Content
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.store.recorder import write_recording
from regplan.store.recording import Recording
from support import images

if TYPE_CHECKING:
    from pathlib import Path

    from support.content import Blob as Bytes

pytestmark = pytest.mark.anyio

NAME = "docker.io/library/nginx:1"
TREE = images.multi_platform()
LONE = images.layer_twice()


def digest(number: int) -> Digest:
    return Digest("sha256", f"{number:064x}")


def fact(name: str = NAME, number: int = 1, platform: str = "linux/amd64") -> KeptFact:
    layers = (Descriptor(OCI_LAYER, digest(900), 900), Descriptor("", digest(901), 901))
    image = Image(
        digest(number), OCI_MANIFEST, Platform.parse(platform), 7, Blob(digest(800), None), layers, "somebody"
    )
    return KeptFact(Reference.parse(name), image)


def entry(blob: Bytes, name: str = NAME) -> KeptEntry:
    return KeptEntry(name, Digest.parse(blob.digest), blob.media_type, blob.size)


def whole(*blobs: Bytes, name: str = NAME) -> RecordingDraft:
    contents = tuple(Content(blob.media_type, Digest.parse(blob.digest), blob.data) for blob in blobs)
    return RecordingDraft((entry(blobs[0], name),), contents)


def facts(*told: KeptFact) -> RecordingDraft:
    return RecordingDraft((), (), told)


def manifests(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "index.json").read_bytes())["manifests"]
    return found


def test_facts_are_read_again_as_they_were(tmp_path: Path) -> None:
    told = (fact(), fact(number=2, platform="linux/arm64"), fact("quay.io/a/b:1", 3))

    written = write_recording(tmp_path / "rec", facts(*told))

    source = Recording(tmp_path / "rec")
    assert written.added == (NAME, "quay.io/a/b:1")
    assert [image for name in (NAME, "quay.io/a/b:1") for image in source.facts(Reference.parse(name))] == [
        each.image for each in told
    ]
    assert not (tmp_path / "rec/oci-layout").exists()


def test_lines_of_others_stay_as_they_stand(tmp_path: Path) -> None:
    line = json.dumps(
        {
            "reference": "b:1",
            "platform": "linux/amd64",
            "index": {"digest": str(digest(5))},
            "manifest": {"digest": str(digest(6))},
            "layers": [],
        }
    )
    (tmp_path / "facts.jsonl").write_text(f"\n{line}\n", encoding="utf-8")

    write_recording(tmp_path, facts(fact("a:1")))

    assert (tmp_path / "facts.jsonl").read_text(encoding="utf-8").splitlines()[0] == line


def test_facts_that_moved_leave_none_of_the_old_image(tmp_path: Path) -> None:
    write_recording(tmp_path, facts(fact(), fact(number=2, platform="linux/arm64")))

    written = write_recording(tmp_path, facts(fact(number=11)))

    assert written.moved == (Moved(NAME, digest(1), digest(11)),)
    assert [image.digest for image in Recording(tmp_path).facts(Reference.parse(NAME))] == [digest(11)]


def test_facts_of_an_image_whose_manifest_is_there_add_nothing(tmp_path: Path) -> None:
    write_recording(tmp_path, whole(TREE.manifest))
    amd64 = fact()
    same = KeptFact(amd64.reference, replace(amd64.image, digest=Digest.parse(TREE.children[0].manifest.digest)))

    written = write_recording(tmp_path, facts(same))

    assert (written.files, written.moved, (tmp_path / "facts.jsonl").exists()) == (0, (), False)


def test_facts_of_another_image_take_the_place_of_a_manifest(tmp_path: Path) -> None:
    nested = images.nested_index()
    write_recording(tmp_path, whole(nested.manifest, *nested.children[1].manifests()))
    inner = nested.children[1]
    assert isinstance(inner, images.Index)
    below = fact(number=0)
    known = KeptFact(below.reference, replace(below.image, digest=Digest.parse(inner.children[0].manifest.digest)))
    assert write_recording(tmp_path, facts(known)).moved == ()

    written = write_recording(tmp_path, facts(fact()))

    assert written.moved == (Moved(NAME, Digest.parse(nested.manifest.digest), digest(1)),)
    assert manifests(tmp_path) == []
    assert Recording(tmp_path).facts(Reference.parse(NAME))


def test_entries_of_others_and_their_annotations_stay(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {"1.0": LONE, "": LONE})
    document = json.loads((tmp_path / "index.json").read_bytes())
    document["annotations"] = {"org.example": "x"}
    document["manifests"][0]["annotations"]["org.example"] = "y"
    document["manifests"][1]["annotations"] = None
    (tmp_path / "index.json").write_text(json.dumps(document), encoding="utf-8")

    write_recording(tmp_path, whole(TREE.manifest))

    after = json.loads((tmp_path / "index.json").read_bytes())
    assert after["annotations"] == {"org.example": "x"}
    assert [each for each in after["manifests"] if each["digest"] == LONE.manifest.digest] == [
        document["manifests"][1], document["manifests"][0],
    ]  # fmt: skip


async def test_a_referrer_is_no_image_and_is_found_by_its_subject_in_its_repository(tmp_path: Path) -> None:
    subject = Digest.parse(TREE.manifest.digest)
    signature = replace(
        entry(LONE.manifest, f"{NAME[:-2]}@{LONE.manifest.digest}"), subject=subject, artifact_type="x/y"
    )
    draft = whole(TREE.manifest)
    known = replace(draft.entries[0], subjects=(subject, signature.digest))

    first = write_recording(tmp_path, replace(draft, entries=(known, signature)))
    write_recording(tmp_path, draft)

    source = Recording(tmp_path)
    assert first.added == (NAME,)
    assert [str(each) for each in source.references()] == [NAME]
    (found,) = await source.referrers(NAME[:-2], subject)
    assert (found.digest, found.artifact_type, found.size) == (signature.digest, "x/y", LONE.manifest.size)
    assert await source.referrers(NAME[:-2], signature.digest) == ()
    with pytest.raises(Unsupported):
        await source.referrers("quay.io/other", subject)


def test_a_damaged_blob_is_written_again(tmp_path: Path) -> None:
    write_recording(tmp_path, whole(LONE.manifest))
    path = tmp_path / "blobs/sha256" / LONE.manifest.digest.removeprefix("sha256:")
    path.write_bytes(b"x" * LONE.manifest.size)

    assert write_recording(tmp_path, whole(LONE.manifest)).files == 1
    assert path.read_bytes() == LONE.manifest.data


@pytest.mark.parametrize("left", [["index.json"], ["index.json", "blobs"], [".index.json.0a.tmp"]])
def test_what_a_run_that_died_has_left_is_gone_on_with(tmp_path: Path, left: list[str]) -> None:
    write_recording(tmp_path, whole(LONE.manifest))
    text = (tmp_path / "index.json").read_bytes()
    for path in (tmp_path / "oci-layout", tmp_path / "index.json"):
        path.unlink()
    for name in left:
        if name != "blobs":
            (tmp_path / name).write_bytes(text)

    write_recording(tmp_path, whole(LONE.manifest))

    assert [str(each) for each in Recording(tmp_path).references()] == [NAME]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("index.json", "{", r"index\.json is not JSON"),
        ("facts.jsonl", "{", "line 1 is not JSON"),
        ("oci-layout", "{}", "no imageLayoutVersion"),
    ],
)
def test_a_recording_that_cannot_be_read_is_not_written_to(tmp_path: Path, name: str, text: str, message: str) -> None:
    images.write_layout(tmp_path, {NAME: LONE})
    (tmp_path / name).write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(InputError, match=message):
        write_recording(tmp_path, whole(TREE.manifest))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_index_of_docker_keeps_its_type(tmp_path: Path) -> None:
    tree = images.docker_list()

    write_recording(tmp_path, whole(tree.manifest))

    assert manifests(tmp_path)[0]["mediaType"] == tree.manifest.media_type != OCI_INDEX


def test_many_that_record_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    names = [f"r.io/app:{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda name: write_recording(tmp_path / "rec", whole(LONE.manifest, name=name)), names))

    assert {str(each) for each in Recording(tmp_path / "rec").references()} == set(names)


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(RegistryError, match="nothing was recorded"):
        write_recording(tmp_path / "file" / "rec", whole(LONE.manifest))
