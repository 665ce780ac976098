from __future__ import annotations

import csv
import io
import json
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from regplan.verbs.images import measure_images
from regplan.verbs.options import Options
from support import images, referrers
from support.archives import tar_of
from support.bundles import layout_files, packed, saved_tar

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.progress import Progress
    from support.content import Tree

NAME = "docker.io/library/nginx:1.27"
TREES: dict[str, Tree] = {NAME: images.multi_platform(), "quay.io/a/b:1": images.layer_twice(seed=3)}
PLAIN = images.image([images.layer(40_000, 1), images.layer(20_000, 2)])


def bundle(folder: Path, **more: bytes) -> Path:
    files = layout_files(folder / "layout", TREES, "bundle-pkg/") | {"charts/web.tgz": b"x" * 40_000} | more
    path = folder / "core.tar.zst"
    path.write_bytes(packed(tar_of(files), "zstd"))
    return path


def size_of(tree: Tree) -> int:
    return sum(blob.size for blob in (*tree.blobs(), *tree.manifests()))


def test_inspecting_a_bundle_tells_layouts_images_blobs_and_what_was_not_understood(tmp_path: Path) -> None:
    path = bundle(tmp_path)

    said = regplan("bundle", "inspect", str(path), "-o", "json")

    assert said.code == 0, said.err
    document = said.document
    blobs = {blob.digest: blob.size for tree in TREES.values() for blob in (*tree.blobs(), *tree.manifests())}
    assert document["kind"] == "bundle"
    assert document["file"] == str(path)
    assert document["parts"] == [{"file": "core.tar.zst", "size_bytes": path.stat().st_size}]
    assert (document["compression"], document["packed_bytes"]) == ("zstd", path.stat().st_size)
    assert document["layouts"] == [{"folder": "bundle-pkg", "depth": 1, "images": 2}]
    assert document["blobs"] == {"count": len(blobs), "bytes": sum(blobs.values())}
    assert document["unreferenced"] == {"count": 0, "bytes": 0}
    assert document["not_understood"] == ["charts/web.tgz"]
    assert document["wrong"] is None
    assert [(each["reference"], each["digest"], each["size_bytes"]) for each in document["images"]] == [
        (name, tree.manifest.digest, size_of(tree)) for name, tree in TREES.items()
    ]
    assert document["images"][0]["platforms"] == ["linux/amd64", "linux/arm64"]
    assert document["images"][0]["layout"] == "bundle-pkg"


def test_the_table_reads_and_the_other_forms_hold_the_images(tmp_path: Path) -> None:
    path = bundle(tmp_path)

    table = regplan("bundle", "inspect", str(path)).out
    rows = list(csv.DictReader(io.StringIO(regplan("bundle", "inspect", str(path), "-o", "csv").out)))
    lines = regplan("bundle", "inspect", str(path), "-o", "jsonl").out.splitlines()
    markdown = regplan("bundle", "inspect", str(path), "-o", "md").out

    assert "layout bundle-pkg (depth 1): 2 images" in table
    assert "not understood: charts/web.tgz" in table
    assert [row["reference"] for row in rows] == list(TREES)
    assert [json.loads(line)["reference"] for line in lines] == list(TREES)
    assert "| docker.io/library/nginx:1.27 |" in markdown


def test_what_no_image_needs_is_counted(tmp_path: Path) -> None:
    path = bundle(tmp_path, **{f"bundle-pkg/blobs/sha256/{'a' * 64}": b"x" * 500})

    document = regplan("bundle", "inspect", str(path), "-o", "json").document

    assert document["unreferenced"] == {"count": 1, "bytes": 500}


def test_verifying_reads_every_blob_and_ends_with_1_where_one_is_wrong(tmp_path: Path) -> None:
    layer = next(blob for blob in TREES[NAME].blobs() if blob.size > 9000)
    right = regplan("bundle", "inspect", str(bundle(tmp_path)), "--verify")
    assert (right.code, right.out.splitlines()[-1]) == (0, "every blob was read, and is what its digest says")
    path = bundle(tmp_path, **{f"bundle-pkg/blobs/sha256/{layer.digest[7:]}": b"!" * layer.size})

    unread = regplan("bundle", "inspect", str(path))
    assert (unread.code, "what its digest says" in unread.out) == (0, False)
    said = regplan("bundle", "inspect", str(path), "--verify")

    assert said.code == 1
    assert f"wrong: bundle:{path}: blob {layer.digest} has other content" in said.out


def test_an_image_that_is_not_whole_ends_with_4(tmp_path: Path) -> None:
    child = TREES[NAME].manifests()[0]
    path = bundle(tmp_path, **{f"bundle-pkg/blobs/sha256/{child.digest[7:]}": b"!" * child.size})

    said = regplan("bundle", "inspect", str(path), "-o", "json")

    assert said.code == 4
    assert [each["reference"] for each in said.document["unresolved"]] == [NAME]
    assert child.digest in said.document["unresolved"][0]["reason"]
    assert [each["reference"] for each in said.document["images"]] == ["quay.io/a/b:1"]


def test_an_archive_that_is_not_understood_is_shown_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_bytes(tar_of({"packs/a.yaml": b"a"}, [("packs/b", tarfile.SYMTYPE, "/x")]))

    said = regplan("bundle", "inspect", str(tmp_path / "b.tar"), "-o", "json")

    assert said.code == 2
    assert said.document["images"] == []
    assert said.document["not_understood"] == ["packs/a.yaml", "packs/b is a link that leads out of the archive"]
    assert "`palette content serve`" in said.document["problem"]
    assert said.err == f"regplan: {said.document['problem']}\n"


def test_a_file_that_cannot_be_read_ends_with_2_and_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "b.tar.zst").write_bytes(bundle(tmp_path).read_bytes()[:-100])

    said = regplan("bundle", "inspect", str(tmp_path / "b.tar.zst"))

    assert (said.code, said.out) == (2, "")
    assert said.err == f"regplan: {tmp_path}/b.tar.zst: this archive cannot be read: it is cut short\n"


def test_what_docker_saved_is_inspected_with_a_note_on_its_sizes(tmp_path: Path) -> None:
    (tmp_path / "saved.tar").write_bytes(saved_tar([(PLAIN, ["web:1"])]))

    for file in (f"{tmp_path}/saved.tar", f"docker-archive:{tmp_path}/saved.tar"):
        said = regplan("bundle", "inspect", file)
        assert said.code == 0, said.err
        assert "docker.io/library/web:1" in said.out
        assert "a tool that compresses while it pushes stores fewer bytes" in said.out


@pytest.mark.parametrize("transport", ["oci-archive", "bundle"])
def test_images_of_an_archive_are_measured_as_arguments_and_as_a_source(tmp_path: Path, transport: str) -> None:
    path = tmp_path / "images.tar.zst"
    path.write_bytes(packed(tar_of(layout_files(tmp_path / "layout", TREES)), "zstd"))

    all_of_it = regplan("layers", f"{transport}:{path}", "--all-platforms", "-o", "json")
    one = regplan("layers", f"{transport}:{path}:quay.io/a/b:1", "-o", "json")
    named = regplan("layers", "quay.io/a/b:1", "--from", f"{transport}:{path}", "--offline", "-o", "json")

    assert (all_of_it.code, one.code, named.code) == (0, 0, 0), (all_of_it.err, one.err, named.err)
    blobs = {blob.digest: blob.size for tree in TREES.values() for blob in (*tree.blobs(), *tree.manifests())}
    assert all_of_it.document["unique_bytes"] == sum(blobs.values())
    for said in (one, named):
        assert said.document["unique_bytes"] == size_of(TREES["quay.io/a/b:1"])


def test_an_archive_stands_in_a_site_file_beside_it(tmp_path: Path) -> None:
    bundle(tmp_path)
    (tmp_path / "site.yaml").write_text(f"name: s\nimages: ['{NAME}']\nfrom: ['bundle:core.tar.zst']\n")

    said = regplan("plan", str(tmp_path / "site.yaml"), "-o", "json", "--platform", "linux/amd64")

    assert said.document["images"]["resolved"] == 1, said.err


def test_uncompressed_layers_are_told_where_sizes_are_shown(tmp_path: Path) -> None:
    (tmp_path / "saved.tar").write_bytes(saved_tar([(PLAIN, ["web:1"])]))

    said = regplan("layers", f"docker-archive:{tmp_path}/saved.tar")
    document = regplan("layers", f"docker-archive:{tmp_path}/saved.tar", "-o", "json").document

    assert said.code == 0, said.err
    assert "unique in 3 blobs and 1 manifest\n" in said.out
    assert "a tool that compresses while it pushes stores fewer bytes" in said.out
    assert document["uncompressed_bytes"] > 60_000


def test_an_image_is_named_by_its_number_among_the_arguments_and_as_a_source(tmp_path: Path) -> None:
    (tmp_path / "saved.tar").write_bytes(saved_tar([(images.layer_twice(), ["twice:1"]), (PLAIN, ["web:1"])]))

    second = regplan("layers", f"docker-archive:{tmp_path}/saved.tar:@1", "-o", "json")
    named = regplan("layers", "web:1", "--from", f"docker-archive:{tmp_path}/saved.tar:@1", "-o", "json")
    first = regplan("layers", "web:1", "--from", f"docker-archive:{tmp_path}/saved.tar:@0", "-o", "json")

    assert [said.code for said in (second, named, first)] == [0, 0, 4], (second.err, named.err)
    for said in (second, named):
        assert [image["reference"] for image in said.document["images"]] == ["docker.io/library/web:1"]


def test_a_folder_with_an_at_sign_in_its_name_holds_sources_and_targets(tmp_path: Path) -> None:
    # Jenkins names the folders of builds that run at the same time so.
    folder = tmp_path / "job@2"
    folder.mkdir()
    path = bundle(folder)

    counted = regplan("layers", f"bundle:{path}", "-o", "json")
    recorded = regplan("record", NAME, "--from", f"bundle:{path}", "-O", str(folder / "rec"))
    planned = regplan("layers", NAME, "--recording", str(folder / "rec"), "-o", "json")
    seeded = regplan("seed", f"bundle:{path}", "--to", f"oci:{folder}/disk", "--yes")
    served = regplan("layers", f"oci:{folder}/disk", "-o", "json")

    assert [said.code for said in (counted, recorded, planned, seeded, served)] == [0] * 5, seeded.err
    assert counted.document["unique_bytes"] == served.document["unique_bytes"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("containers-storage:nginx:1", "`skopeo copy containers-storage:nginx:1 oci:DIR:nginx:1`"),
        ("docker-daemon:nginx:1", "`skopeo copy docker-daemon:nginx:1 oci:DIR:nginx:1`"),
        ("bundle:", "bundle: names no file; write bundle:FILE"),
        ("oci-archive:none.tar", "none.tar: no such file"),
    ],
)
def test_a_transport_that_cannot_be_read_is_told_with_what_to_do(text: str, says: str) -> None:
    said = regplan("layers", text)

    assert said.code == 2
    assert says in said.err


@pytest.mark.parametrize("form", ["argument", "source"])
def test_progress_of_reading_is_heard_in_the_loop_s_own_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr("regplan.store.archive._TELL_BYTES", 1)
    path = bundle(tmp_path)
    threads: dict[str, set[int]] = {}

    def hear(progress: Progress) -> None:
        threads.setdefault(progress.unit, set()).add(threading.get_ident())

    if form == "argument":
        measure_images([f"bundle:{path}"], Options(), hear)
    else:
        measure_images([NAME], Options(sources=(f"bundle:{path}",)), hear)

    assert threads["bytes"] == threads["images"]
    assert len(threads["bytes"]) == 1


@pytest.mark.parametrize("form", ["oci:FOLDER/layout", "oci-archive:FOLDER/images.tar", "bundle:FOLDER/images.tar"])
def test_what_refers_to_an_image_is_found_where_that_image_alone_is_named(tmp_path: Path, form: str) -> None:
    signature, sbom = referrers.cosign_signature(), referrers.referrer(PLAIN.manifest)
    trees = {"quay.io/a/web:1": PLAIN, f"quay.io/a/web:{referrers.cosign_tag(PLAIN.manifest)}": signature, "sbom": sbom}
    files = layout_files(tmp_path / "layout", trees | {"quay.io/a/other:1": images.layer_twice()})
    (tmp_path / "images.tar").write_bytes(tar_of(files))
    source = form.replace("FOLDER", str(tmp_path))

    by_name = regplan("layers", f"{source}:quay.io/a/web:1", "--with-referrers", "-o", "json")
    by_number = regplan("layers", f"{source}:@0", "--with-referrers", "-o", "json")
    as_source = regplan("layers", "quay.io/a/web:1", "--from", f"{source}:@0", "--with-referrers", "-o", "json")
    absent = regplan("layers", f"{source}:@4", "-o", "json")

    for said in (by_name, by_number, as_source):
        assert said.code == 0, said.err
        assert [image["reference"] for image in said.document["images"]] == ["quay.io/a/web:1"]
        assert said.document["unique_bytes"] == size_of(PLAIN) + size_of(signature) + size_of(sbom)
    assert absent.code == 2
    assert "holds no image '@4'" in absent.err


def test_the_images_of_a_tree_have_no_numbers(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "quay.io/a/web", {"1": PLAIN})

    said = regplan("layers", f"oci:{tmp_path}:@0")

    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "whose images have names and no numbers" in said.err


def test_a_part_of_a_bundle_is_no_image_and_no_registry_is_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = bundle(tmp_path).read_bytes()
    (tmp_path / "core.tar.zst_part00").write_bytes(data[:20_000])
    (tmp_path / "core.tar.zst_part01").write_bytes(data[20_000:])

    for part in ("core.tar.zst_part00", "core.tar.zst_part01"):
        bare, told = regplan("layers", part, "--offline"), regplan("layers", f"bundle:{part}", "--offline")

        assert (bare.code, told.code) == (2, 0)
        assert f"{part}: is a part of an archive; write bundle:{part}" in bare.err


@pytest.mark.parametrize(
    "name", ["a b", "-bad", "v1+build", "x" * 200, "http://x/y:1", "me:hunter2@h.io/x:1", "\x1b[31mred"]
)
@pytest.mark.parametrize("form", ["oci:FOLDER/layout", "bundle:FOLDER/images.tar"])
def test_an_entry_whose_name_is_none_goes_by_its_digest(tmp_path: Path, form: str, name: str) -> None:
    files = layout_files(tmp_path / "layout", {name: PLAIN})
    (tmp_path / "images.tar").write_bytes(tar_of(files))
    source = form.replace("FOLDER", str(tmp_path))

    told = regplan("layers", source, "-o", "json")
    seeded = regplan("seed", source, "--to", f"oci:{tmp_path}/disk", "--yes")

    assert (told.code, seeded.code) == (0, 0), told.err + seeded.err
    [image] = told.document["images"]
    assert image["reference"].startswith("localhost/")
    assert image["reference"].endswith(f"@{PLAIN.manifest.digest}")
    assert "hunter2" not in told.out + seeded.out + seeded.err
