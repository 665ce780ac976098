"""`regplan images` as people and scripts see it: statuses, places, and the lists that packs should have."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
import yaml

from cli.running import regplan

if TYPE_CHECKING:
    from pathlib import Path

VALUES = """pack:
  content:
    images:
      - image: r.io/shop/web:1
      - iamge: r.io/shop/db:1
charts:
  shop:
    auth: {password: hunter2}
    image: {repository: q.io/shop/web, tag: ""}
    proxy: {enabled: false, image: {repository: r.io/shop/proxy, tag: "1"}}
"""


@pytest.fixture
def values(tmp_path: Path) -> str:
    file = tmp_path / "values.yaml"
    file.write_text(VALUES, encoding="utf-8")
    return str(file)


def test_each_image_stands_once_with_its_status_and_its_line(values: str) -> None:
    said = regplan("images", values)

    assert said.code == 1
    lines = [line.split() for line in said.out.splitlines()]
    assert ["r.io/shop/web:1", "unused", "values.yaml:4"] in lines
    assert ["r.io/shop/db:1", "missing", "values.yaml:5"] in lines
    assert any(line[:1] == ["r.io/shop/proxy:1"] and line[1] == "only-if-enabled" for line in lines)
    assert "4 images: 2 missing from the lists, 1 only if enabled, 1 listed and unused" in said.out


def test_the_document_keeps_the_promised_fields_and_tells_every_mention(values: str) -> None:
    document = regplan("images", values, "-o", "json").document

    for row in document["images"]:
        assert {"reference", "normalized", "provenance", "status", "mentions", "counted"} <= row.keys()
        assert len(row["provenance"]) == len(row["mentions"])
        assert row["status"] in {"listed", "missing", "only-if-enabled", "unknown", "unused"}
    proxy = next(row for row in document["images"] if row["normalized"] == "r.io/shop/proxy:1")
    assert (proxy["counted"], proxy["enabled_by"]) == (False, ["charts.shop.proxy.enabled: true"])


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "md"])
@pytest.mark.parametrize("more", [[], ["--patch"]])
def test_no_secret_of_the_values_is_shown(values: str, form: str, more: list[str]) -> None:
    said = regplan("images", values, "-o", form, *more)

    assert "hunter2" not in said.out + said.err
    assert said.out


def test_a_patch_is_yaml_to_be_pasted(values: str) -> None:
    said = regplan("images", values, "--patch")

    assert yaml.safe_load(said.out) == {
        "pack": {"content": {"images": [{"image": "r.io/shop/web:1"}, {"image": "r.io/shop/db:1"}]}}
    }
    assert "# - image: q.io/shop/web:TAG  # fill in what is not known" in said.out
    assert "# - image: r.io/shop/proxy:1  # only with charts.shop.proxy.enabled: true (values.yaml:" in said.out
    assert said.code == regplan("images", values).code


def test_a_patch_as_data_has_the_same_list(values: str) -> None:
    (patch,) = regplan("images", values, "--patch", "-o", "json").document["patches"]
    rows = list(csv.DictReader(io.StringIO(regplan("images", values, "--patch", "-o", "csv").out)))

    assert patch["content"]["images"] == [{"image": "r.io/shop/web:1"}, {"image": "r.io/shop/db:1"}]
    assert [row["image"] for row in rows] == [line["image"] for line in patch["lines"]]


def test_a_list_that_is_right_needs_no_patch(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("pack: {content: {images: [{image: 'r.io/a/b:1'}]}}\n", encoding="utf-8")

    said = regplan("images", str(file), "--patch")

    assert (said.code, said.out) == (0, "# No list of images needs a change.\n")
    assert json.loads(regplan("images", str(file), "--patch", "-o", "json").out)["patches"] == []


def test_what_a_patch_lists_is_missing_no_more(tmp_path: Path, values: str) -> None:
    mended = tmp_path / "mended.yaml"
    patch = regplan("images", values, "--patch").out.replace("# - image: q.io/shop/web:TAG", "- image: q.io/shop/web:1")
    mended.write_text(patch + VALUES.partition("iamge: r.io/shop/db:1\n")[2], encoding="utf-8")

    found = regplan("images", str(mended), "-o", "json")

    assert found.code == 0
    assert {row["status"] for row in found.document["images"]} <= {"listed", "unused", "only-if-enabled"}


def test_people_are_told_what_switches_an_image_on(values: str) -> None:
    (line,) = (line for line in regplan("images", values).out.splitlines() if line.startswith("r.io/shop/proxy:1"))

    assert line.endswith("values.yaml:10, only with charts.shop.proxy.enabled: true")


def test_an_image_whose_tag_is_not_said_is_not_called_misunderstood(values: str) -> None:
    said = regplan("images", values).out

    assert "q.io/shop/web (no tag is said)" in said
    assert "not understood" not in said


def test_a_spreadsheet_has_the_facts_of_the_document(values: str) -> None:
    document = regplan("images", values, "-o", "json").document
    rows = list(csv.DictReader(io.StringIO(regplan("images", values, "-o", "csv").out)))

    for row, image in zip(rows, document["images"], strict=True):
        assert (row["reference"], row["normalized"]) == (image["reference"], image["normalized"] or "")
        assert (row["status"], row["counted"]) == (image["status"], str(image["counted"]))
        assert row["provenance"] == "; ".join(image["provenance"])
        assert row["enabled_by"] == "; ".join(image["enabled_by"])
        assert all(each.startswith("values.yaml:") for each in image["provenance"])


def test_the_worst_findings_stand_first_and_what_only_informs_is_folded(tmp_path: Path) -> None:
    images = "".join(f"    - image: r.io/a/{name}\n" for name in "abcde")
    text = f"pack:\n  content:\n    images:\n{images}    - image: 'B AD'\n    - iamge: r.io/a/f:1\n"
    (tmp_path / "values.yaml").write_text(text, encoding="utf-8")

    said = regplan("images", str(tmp_path / "values.yaml"))

    marks = [line.split()[1:3] for line in said.out.splitlines() if line.startswith(("✗", "?", "i "))]
    assert marks == [
        ["FAIL", "profile.misspelt-key"],
        ["INCOMPLETE", "image.unresolved"],
        *[["INFO", "image.mutable-tag"]] * 4,
    ]
    assert "image.mutable-tag     2 more of these; -o json has them all.\n" in said.out
    found = regplan("images", str(tmp_path / "values.yaml"), "-o", "json").document["findings"]
    assert sum(each["rule"] == "image.mutable-tag" for each in found) == 5


def test_a_bare_name_that_is_a_folder_too_is_an_image_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nginx").mkdir()
    monkeypatch.chdir(tmp_path)

    said = regplan("images", "nginx", "redis:7")

    assert "docker.io/library/nginx:latest" in said.out
    assert said.err == "regplan: nginx is read as an image; for the folder of that name write nginx/\n"
    assert regplan("images", "nginx", "--quiet").err == ""


@pytest.mark.parametrize(("path", "is_told"), [("", True), ("bin", False)])
def test_charts_that_are_read_without_helm_are_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, *, is_told: bool
) -> None:
    chart = tmp_path / "web"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n", encoding="utf-8")
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: r.io/a/web:1}]}\n"
    (chart / "templates" / "pod.yaml").write_text(pod, encoding="utf-8")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "helm").write_text(f"#!/bin/sh\ncat {chart}/templates/pod.yaml\n", encoding="utf-8")
    (fake / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / path) if path else "")

    said = regplan("images", str(chart))

    assert "r.io/a/web:1" in said.out
    assert ("helm is not on the PATH" in said.out) is is_told
