"""`regplan images` on folders, archives and site files: what a site hands over is read, whatever it comes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support.archives import tgz_of, zip_of
from unit.profile.folders import about, chart, folder, pack_folder
from unit.profile.texts import export, listing, pack

if TYPE_CHECKING:
    from pathlib import Path


def put(top: Path, texts: dict[str, str]) -> Path:
    for path, text in texts.items():
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return top


def images(*arguments: str) -> dict[str, str]:
    """The status of each image."""
    said = regplan("images", *arguments, "-o", "json")
    assert said.code in {0, 1, 4}, said
    return {image["normalized"]: image["status"] for image in said.document["images"]}


PACK = {**pack_folder("web"), **folder("charts/web", chart())}
BOTH = {"docker.io/a/web:1": "unused", "chart.example/web:1.0.0": "missing"}


def test_a_pack_is_read_as_a_folder_as_an_archive_and_as_one_of_a_tree(tmp_path: Path) -> None:
    put(tmp_path / "packs" / "web-1.0.0", PACK)
    (tmp_path / "web.tar.gz").write_bytes(tgz_of(folder("web-1.0.0", PACK)))
    (tmp_path / "web.zip").write_bytes(zip_of(PACK))
    (tmp_path / "web-tgz-by-content").write_bytes(tgz_of(PACK))

    for path in ("packs/web-1.0.0", "packs/web-1.0.0/", "packs/", "web.tar.gz", "web.zip", "./web-tgz-by-content"):
        told = images(f"{tmp_path}/{path}")
        assert set(told) == set(BOTH), path
        assert told["chart.example/web:1.0.0"] == "missing"


def test_where_an_image_stands_is_told_with_file_and_line(tmp_path: Path) -> None:
    put(tmp_path / "web", PACK)

    said = regplan("images", f"{tmp_path}/web/", "-o", "json")

    named = {image["normalized"]: image["provenance"][0] for image in said.document["images"]}
    assert json.dumps(named["docker.io/a/web:1"]).count("values.yaml") >= 1


def test_a_chart_by_itself_lists_what_it_runs(tmp_path: Path) -> None:
    put(tmp_path / "web", chart())
    assert images(f"{tmp_path}/web") == {"chart.example/web:1.0.0": "listed"}


def test_a_profile_and_a_shelf_of_packs_list_the_profiles_images(tmp_path: Path) -> None:
    put(tmp_path, {"shop.json": export(pack("web", listing("a:1")))})
    put(tmp_path / "packs" / "web", PACK)
    put(tmp_path / "packs" / "db", pack_folder("db"))

    told = images(f"{tmp_path}/shop.json", f"{tmp_path}/packs/")

    assert set(told) == {"docker.io/library/a:1", "chart.example/web:1.0.0"}
    assert told["chart.example/web:1.0.0"] == "missing"


def test_the_problems_of_all_packs_are_told_together(tmp_path: Path) -> None:
    put(tmp_path, {"a/pack.json": "{", "b/pack.json": about("b"), "b/values.yaml": "x: [", **pack_folder("c", "c")})

    said = regplan("images", f"{tmp_path}/")

    assert said.code == 2
    assert said.err.startswith("regplan: 2 problems keep regplan from reading this:")
    assert "a/pack.json: line 2" in said.err or "a/pack.json: line 1" in said.err
    assert "b/values.yaml: line 2" in said.err


def test_a_site_file_lists_the_images_of_its_profiles_with_its_variables_and_its_own(tmp_path: Path) -> None:
    profile = export(
        pack("web", listing("{{.spectro.var.Host}}/a:1")), variables=[{"name": "Host", "defaultValue": "first.example"}]
    )
    put(tmp_path, {"profiles/shop.json": profile})
    site = "name: store\nprofiles: [profiles/shop.json]\nimages: [b:1]\nvariables: {Host: site.example}\n"
    put(tmp_path, {"site.yaml": site, "more.txt": "c:1\n"})

    said = regplan("images", f"{tmp_path}/site.yaml", f"{tmp_path}/more.txt", "-o", "json")

    rows = {image["normalized"]: image["provenance"][0] for image in said.document["images"]}
    assert set(rows) == {"site.example/a:1", "docker.io/library/b:1", "docker.io/library/c:1"}
    assert "site.yaml" in json.dumps(rows["docker.io/library/b:1"])
    assert set(images(f"{tmp_path}/site.yaml", "--set-var", "Host=mine.example")) >= {"mine.example/a:1"}


def test_two_sites_that_set_a_variable_differently_are_refused_and_no_value_is_shown(tmp_path: Path) -> None:
    put(tmp_path, {"p.json": export(pack("web", listing("a:1")))})
    for number in (1, 2):
        put(tmp_path, {f"{number}.yaml": f"name: s{number}\nprofiles: [p.json]\nvariables: {{Key: hidden{number}}}\n"})

    said = regplan("images", f"{tmp_path}/1.yaml", f"{tmp_path}/2.yaml")

    assert said.code == 2
    assert "2.yaml: variables.Key has another value than in" in said.err
    assert "hidden" not in said.err


def test_a_site_inside_a_site_is_still_an_error(tmp_path: Path) -> None:
    put(tmp_path, {"inner.yaml": "name: i\nprofiles: [p.json]\n", "outer.yaml": "name: o\nprofiles: [inner.yaml]\n"})

    said = regplan("images", f"{tmp_path}/outer.yaml")

    assert said.code == 2
    assert "this is a site file, where a profile is expected" in said.err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "bundle.tar.zst",
            b"\x28\xb5\x2f\xfd\0\0\0\0",
            "is compressed with zstd, as content bundles are; write bundle:",
        ),
        ("image.tar", None, "holds an image; write oci-archive:"),
        ("none.tgz", b"", "no such file"),
        ("folder/", b"", "no such folder"),
        ("text.tgz", b"a: 1\n", "is no tar archive"),
    ],
)
def test_what_is_not_read_ends_with_2_and_says_what_to_do(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is None or content:
        data = tgz_of({"oci-layout": "{}"}) if content is None else content
        (tmp_path / name).write_bytes(data)

    said = regplan("images", f"{tmp_path}/{name}")

    assert said.code == 2
    assert says in said.err
    assert len(said.err.splitlines()) == 1


def test_an_archive_seeds_and_measures_as_its_profiles_do(tmp_path: Path) -> None:
    (tmp_path / "spc.tgz").write_bytes(
        tgz_of({"profiles/p.json": export(pack("web", listing("registry.example/a:1")))})
    )

    said = regplan("layers", f"{tmp_path}/spc.tgz", "--offline", "-o", "json")

    assert said.code == 3
    assert "registry.example" in said.err


def test_the_digest_of_a_folders_texts_tells_one_changed_text(tmp_path: Path) -> None:
    from regplan.verbs.inputs import digest_of_texts, read_inputs

    put(tmp_path / "web", PACK)
    first = digest_of_texts(read_inputs([f"{tmp_path}/web/"]).texts)
    moved = (tmp_path / "web").rename(tmp_path / "elsewhere")
    assert digest_of_texts(read_inputs([f"{moved}/"]).texts) == first
    (moved / "charts" / "web" / "values.yaml").write_text("image: {repository: x, tag: y}")
    assert digest_of_texts(read_inputs([f"{moved}/"]).texts) != first
