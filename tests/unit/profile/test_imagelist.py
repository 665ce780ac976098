from __future__ import annotations

from difflib import SequenceMatcher

import pytest

from regplan.profile.imagelist import is_near
from unit.profile.texts import defects, export, listing, pack, problems, read_one, statuses

FAIL = ("profile.misspelt-key", "FAIL")
INFO = ("profile.misspelt-key", "INFO")


def of_values(values: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    declarations = read_one(export(pack("web", values)))
    return statuses(declarations), defects(declarations)


def test_a_list_at_the_same_indent_as_its_key_is_a_list() -> None:
    assert of_values("pack:\n  content:\n    images:\n    - image: a:1\n") == ({"a:1": "listed"}, [])


@pytest.mark.parametrize("key", ["iamge", "images", "Image", "imgae", "img_image", "img", "repository"])
def test_an_image_behind_a_misspelt_key_is_counted_as_missing_and_fails(key: str) -> None:
    values = f"pack: {{content: {{images: [{{image: a:1}}, {{{key}: b:1}}]}}}}"
    assert of_values(values) == ({"a:1": "listed", "b:1": "missing"}, [FAIL])


def test_the_fix_for_a_misspelt_key_names_both_words_and_the_place() -> None:
    declarations = read_one(export(pack("web", "pack: {content: {images: [{iamge: b:1}]}}")))
    (finding,) = declarations.findings
    assert finding.fix == "Write `image` instead of `iamge`."
    assert finding.where == "shop.json:1 > shop > addon/web 1.0.0 > pack.content.images[0]"
    assert finding.source


@pytest.mark.parametrize(
    "values",
    [
        "pack: {content: {image: [{image: a:1}]}}",
        "pack: {content: {Images: [{image: a:1}]}}",
        "pack: {content: {imges: [{image: a:1}]}}",
        "pack: {contents: {images: [{image: a:1}]}}",
        "Pack: {content: {images: [{image: a:1}]}}",
        "pack: {images: [{image: a:1}]}",
        "content: {image: [{image: a:1}]}",
    ],
)
def test_a_list_that_palette_does_not_find_is_counted_as_missing_and_fails(values: str) -> None:
    assert of_values(values) == ({"a:1": "missing"}, [FAIL])


@pytest.mark.parametrize("values", ["packs: {content: {images: [{image: a:1}]}}", "content: {images: [{image: a:1}]}"])
def test_forms_that_some_page_shows_are_listed_and_said(values: str) -> None:
    assert of_values(values) == ({"a:1": "listed"}, [INFO])


def test_plain_texts_are_listed_and_said_once() -> None:
    assert of_values("pack: {content: {images: [a:1, b:1]}}") == ({"a:1": "listed", "b:1": "listed"}, [INFO])


@pytest.mark.parametrize("item", ["{image: }", "{image: [a]}", "null", "''"])
def test_an_item_without_an_image_is_kept_with_its_problem(item: str) -> None:
    (use,) = read_one(export(pack("web", f"pack: {{content: {{images: [{item}]}}}}"))).uses
    assert (use.reference, use.problem) == (None, "no image is named here")


@pytest.mark.parametrize("item", ["{}", "{repo: 'Not One'}", "{iamge: [a]}"])
def test_an_item_that_names_no_image_at_all_fails(item: str) -> None:
    declarations = read_one(export(pack("web", f"pack: {{content: {{images: [{item}]}}}}")))
    assert [use.problem for use in declarations.uses] == ["no image is named here"]
    assert defects(declarations) == [FAIL]


def test_further_keys_beside_image_do_no_harm() -> None:
    assert of_values("pack: {content: {images: [{image: a:1, note: x}]}}") == ({"a:1": "listed"}, [])


def test_charts_and_namespaces_are_not_taken_for_lists() -> None:
    values = listing("a:1") + "    charts: [{repo: r, name: n, version: v}]\n  namespace: x\ncontext: {images: x}\n"
    assert of_values(values) == ({"a:1": "listed"}, [])


def test_an_empty_list_says_that_there_are_no_images() -> None:
    assert of_values("pack: {content: {images: []}}") == ({}, [])


def test_a_list_with_nothing_behind_its_key_is_none() -> None:
    assert of_values("pack: {content: {images: }}") == ({}, [("profile.no-image-list", "INFO")])


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("ghcr.io/a/b@sha256:" + "c" * 64, "ghcr.io/a/b@sha256:" + "c" * 64),
        ("ghcr.io/a/b:1@sha256:" + "c" * 64, "ghcr.io/a/b:1@sha256:" + "c" * 64),
        ("container://us-docker.pkg.dev/p/i:v1", "us-docker.pkg.dev/p/i:v1"),
        ("docker://ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("oci://ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("'\"ghcr.io/a/b:1\"'", "ghcr.io/a/b:1"),
        ("'ghcr.io/a/b:1   '", "ghcr.io/a/b:1"),
        ("ghcr.io/a/b:1   ", "ghcr.io/a/b:1"),
        ("curlimages/curl:8.5", "docker.io/curlimages/curl:8.5"),
        ("busybox:1.37", "docker.io/library/busybox:1.37"),
        ("docker.io/curlimages/curl", "docker.io/curlimages/curl:latest"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b:1"),
    ],
)
def test_every_form_of_a_reference_that_packs_have_is_read(written: str, reference: str) -> None:
    (use,) = read_one(listing(written), "values.yaml").uses
    assert str(use.reference) == reference
    assert use.status.value == "listed"


def test_windows_images_are_listed_and_unused() -> None:
    found = read_one(listing("appd/agent:1.0-windows-amd64-nanoserver-ltsc2019", "appd/agent:1.0"), "values.yaml")
    assert list(statuses(found).values()) == ["unused", "listed"]


def test_a_list_below_an_empty_pack_is_the_mis_indented_one() -> None:
    assert of_values("pack:\ncontent:\n  images:\n    - image: a:1\n") == ({"a:1": "listed"}, [INFO])


def test_every_entry_knows_its_line() -> None:
    values = "pack:\n  content:\n    images:\n    - image: a:1\n    - note: x\n      iamge: b:1\n    - c:1\n    -\n"
    found = read_one(values, "values.yaml")
    assert [use.provenance.line for use in found.uses] == [4, 6, 7, 8]


def test_a_key_that_is_far_too_long_is_compared_with_nothing() -> None:
    assert not is_near("i" * 10_000_000, "images")


@pytest.mark.parametrize(
    ("images", "key", "problem"),
    [
        ("{image: a:1}", "", "a list of `- image: REFERENCE` is expected, and it is a mapping"),
        ("[[a]]", "[0]", "`- image: REFERENCE` is expected, and here is a list"),
    ],
)
def test_a_list_that_is_none_is_told_with_its_line_and_its_pack(images: str, key: str, problem: str) -> None:
    values = f"pack:\n  content:\n    images: {images}\n"

    assert problems(values, "values.yaml") == (f"values.yaml: line 3: pack.content.images{key}: {problem}",)
    assert problems(export(pack("web", values))) == (
        f"shop.json: line 1: shop > addon/web > pack.content.images{key}: {problem}",
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("pack:\n  content:\n    images:\n    - image: a:1\n    - iamge: b:1\n", "v.yaml:5 > pack.content.images[1]"),
        ("\npack:\n  content:\n    imagse:\n    - image: a:1\n", "v.yaml:4 > pack.content.imagse"),
        ("pack:\n  imges:\n  - image: a:1\n", "v.yaml:2 > pack.imges"),
    ],
)
def test_a_misspelt_key_is_told_with_its_file_and_line(text: str, place: str) -> None:
    (found,) = (each for each in read_one(text, "v.yaml").findings if each.rule == "profile.misspelt-key")
    assert found.where == place
    assert found.message.startswith(place)


@pytest.mark.parametrize("right", ["image", "images", "content", "pack"])
@pytest.mark.parametrize(
    "key", ["iamge", "Imagse", "egami", "contnet", "ontentc", "pakc", "pcks", "charts", "", "i", "contents", "aaaaa"]
)
def test_a_key_is_near_as_the_standard_library_compares_words(key: str, right: str) -> None:
    assert is_near(key, right) is (SequenceMatcher(None, key.lower(), right).ratio() >= 0.75)
