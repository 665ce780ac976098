from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from regplan.profile.parts import Members
from regplan.profile.read import NamedText, read
from unit.profile.folders import chart, folder, pack_folder
from unit.profile.texts import deployment, export, listing, pack, read_one

if TYPE_CHECKING:
    from regplan.model.patch import ListPatch


def patches(values: str, file: str = "values.yaml") -> tuple[ListPatch, ...]:
    return read_one(values, file).patches


def charts(**web: Any) -> str:
    return f"charts: {json.dumps({'web': web})}\n"


def image(repository: str, tag: str = "1") -> dict[str, str]:
    return {"repository": repository, "tag": tag}


def written(patch: ListPatch) -> list[tuple[str, bool]]:
    return [(line.image, line.is_active) for line in patch.lines]


def test_a_list_that_needs_no_change_is_not_written() -> None:
    assert patches(listing("a:1", "x/agent:1-windows") + charts(image=image("q.io/other"))) == ()


def test_a_missing_image_is_added_behind_what_is_listed_with_the_reason() -> None:
    web = pack("web", listing("a:1"), manifests=[{"name": "m", "content": deployment("b:1")}])
    (patch,) = patches(export(web, pack("db", listing("c:1"))), "shop.json")
    assert (patch.file, patch.profile, patch.layer, patch.pack, patch.version) == (
        "shop.json", "shop", "addon", "web", "1.0.0",
    )  # fmt: skip
    assert written(patch) == [("a:1", True), ("docker.io/library/b:1", True)]
    assert patch.changes == ("1 image added",)
    assert patch.lines[1].why == "runs in shop.json:1"
    assert patch.lines[1].is_new


def test_a_misspelt_key_is_mended_where_it_stands() -> None:
    (patch,) = patches("pack: {content: {images: [{image: a:1}, {iamge: 'b:1  '}, c:1]}}")
    assert written(patch) == [("a:1", True), ("b:1", True), ("c:1", True)]
    assert patch.changes == (
        "`pack.content.images[].iamge` becomes `pack.content.images[].image`",
        "`pack.content.images[]` becomes `pack.content.images[].image`",
    )


def test_a_list_that_stands_elsewhere_is_written_where_palette_reads_it() -> None:
    (patch,) = patches("packs: {content: {images: [{image: a:1}]}}")
    assert written(patch) == [("a:1", True)]
    assert patch.changes == ("`packs.content.images[].image` becomes `pack.content.images[].image`",)


def test_an_image_whose_tag_is_unknown_stands_in_a_comment_that_says_what_to_fill_in() -> None:
    (patch,) = patches(listing("r.io/x/x:7") + charts(image=image("q.io/x/x", "")))
    assert written(patch) == [("r.io/x/x:7", True), ("q.io/x/x:TAG", False)]
    assert "fill in what is not known" in patch.lines[1].why
    assert "the list has r.io/x/x:7 instead" in patch.lines[1].why
    assert "unused: the pack uses q.io/x/x instead" in patch.lines[0].why


def test_a_pack_without_a_list_gets_one_of_all_that_its_values_name() -> None:
    off = {"enabled": False, "image": image("q.io/off")}
    (patch,) = patches(charts(image=image("q.io/x"), side=off))
    assert written(patch) == [("q.io/x:1", True), ("q.io/off:1", False)]
    assert "take it out if nothing runs it" in patch.lines[0].why
    assert patch.lines[1].why.startswith("only with charts.web.side.enabled: true")


def test_what_only_might_be_needed_is_a_comment_where_there_is_a_list() -> None:
    (patch,) = patches("packs: {content: {images: [{image: a:1}]}}\n" + charts(image=image("q.io/x")))
    assert written(patch) == [("a:1", True), ("q.io/x:1", False)]
    assert "nobody can tell here whether it runs" in patch.lines[1].why


def test_a_text_that_is_no_reference_becomes_a_comment_and_a_macro_stays() -> None:
    (patch,) = patches("pack: {content: {images: [{image: Not One}, {image: 'a:{{.spectro.var.T}}'}]}}")
    assert written(patch) == [("Not One", False), ("a:{{.spectro.var.T}}", True)]
    assert patch.changes == ("1 text that is no reference put into a comment",)


def test_schemes_stay_as_they_are_written() -> None:
    (patch,) = patches("pack: {content: {images: [{image: 'container://r.io/a/b:1'}, b:1]}}")
    assert written(patch)[0] == ("container://r.io/a/b:1", True)


def test_an_image_that_several_places_name_is_added_once_by_its_surest_mention() -> None:
    texts = pack_folder("web") | folder("charts/web", chart("web", image="q.io/x"))
    texts["presets.yaml"] = (
        'presets: [{name: p, group: g, add: "charts: {web: {image: {repository: q.io/x, tag: 1.0.0}}}"}]'
    )
    (patch,) = read([Members("web", texts)]).patches
    assert [line.image for line in patch.lines if line.is_active] == ["a/web:1", "q.io/x:1.0.0"]
    assert [line.image for line in patch.lines].count("q.io/x:1.0.0") == 1


def test_lists_and_manifests_by_themselves_are_not_patched() -> None:
    assert read([NamedText("images.txt", "a:1\n"), NamedText("app.yaml", deployment("b:1"))]).patches == ()
