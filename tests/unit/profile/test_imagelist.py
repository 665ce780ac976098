from __future__ import annotations

import pytest

from unit.profile.texts import export, findings, listing, pack, read_one, statuses

FAIL = ("profile.misspelt-key", "FAIL")
INFO = ("profile.misspelt-key", "INFO")


def of_values(values: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    declarations = read_one(export(pack("web", values)))
    return statuses(declarations), findings(declarations)


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
    assert finding.where == "shop > addon/web > pack.content.images[0]"
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
    assert findings(declarations) == [FAIL]


def test_further_keys_beside_image_do_no_harm() -> None:
    assert of_values("pack: {content: {images: [{image: a:1, note: x}]}}") == ({"a:1": "listed"}, [])


def test_charts_and_namespaces_are_not_taken_for_lists() -> None:
    values = listing("a:1") + "    charts: [{repo: r, name: n, version: v}]\n  namespace: x\ncontext: {images: x}\n"
    assert of_values(values) == ({"a:1": "listed"}, [])


def test_an_empty_list_says_that_there_are_no_images() -> None:
    assert of_values("pack: {content: {images: []}}") == ({}, [])


def test_a_list_with_nothing_behind_its_key_is_none() -> None:
    assert of_values("pack: {content: {images: }}") == ({}, [("profile.no-image-list", "INFO")])
