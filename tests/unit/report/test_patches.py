from __future__ import annotations

from typing import Any

import yaml

from regplan.model.patch import ListPatch, PatchLine
from regplan.report.patches import patches_document, patches_yaml

LINES = (
    PatchLine("a/b:1"),
    PatchLine("r.io/a/b:{{.spectro.var.Tag}}", "named in\nvalues.yaml:3", is_new=True),
    PatchLine("q.io/x:TAG", "fill in the tag", is_active=False, is_new=True),
)
PATCH = ListPatch("shop.json", "shop", "addon", "web", "1.0.0", LINES, ("1 image added", "a key mended"))


def test_a_patch_is_yaml_that_says_where_it_belongs_and_why() -> None:
    assert patches_yaml([PATCH]) == (
        "# shop > addon/web 1.0.0: 1 image added; a key mended\n"
        "pack:\n"
        "  content:\n"
        "    images:\n"
        "      - image: a/b:1\n"
        '      - image: "r.io/a/b:{{.spectro.var.Tag}}"  # named in values.yaml:3\n'
        "      # - image: q.io/x:TAG  # fill in the tag\n"
    )


def test_what_is_written_is_read_back_as_the_active_lines() -> None:
    documents = list(yaml.safe_load_all(patches_yaml([PATCH, PATCH])))
    images = [{"image": "a/b:1"}, {"image": "r.io/a/b:{{.spectro.var.Tag}}"}]
    assert documents == [{"pack": {"content": {"images": images}}}] * 2


def test_odd_texts_stay_texts_in_their_lines() -> None:
    odd = ["1.0", "yes", "a: b", "x # y", 'quo"te\\', "line\nbreak", "sep\u2028arated", "-", "@a"]
    patch = ListPatch("v.yaml", "", "", "", "", tuple(PatchLine(text, f"why {text}") for text in odd), ())
    told: Any = yaml.safe_load(patches_yaml([patch]))
    found = [each["image"] for each in told["pack"]["content"]["images"]]
    assert found == [*odd[:5], "line break", "sep arated", *odd[7:]]
    assert patches_yaml([patch]).startswith("# v.yaml: ")


def test_the_document_has_the_list_as_it_should_be_and_every_line_with_its_reason() -> None:
    (row,) = list(patches_document([PATCH])["patches"])  # type: ignore[call-overload]
    assert row["content"] == {"images": [{"image": "a/b:1"}, {"image": "r.io/a/b:{{.spectro.var.Tag}}"}]}
    assert [line["active"] for line in row["lines"]] == [True, True, False]
    assert (row["pack"], row["changes"]) == ("web", ["1 image added", "a key mended"])
