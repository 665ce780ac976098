from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError, NotFound, Unsupported
from regplan.model.source import FactSource, ImageSource
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.store.recording import Recording
from support import images

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


def sha(number: int) -> str:
    return f"sha256:{number:064x}"


def fact(**more: Any) -> dict[str, Any]:
    return {
        "reference": "nginx:1.27",
        "platform": "linux/amd64",
        "manifest": {"digest": sha(1), "size": 500},
        "config": {"digest": sha(2), "size": 1000},
        "layers": [{"digest": sha(3), "size": 30}, {"digest": sha(4), "size": 0}, {"digest": sha(3), "size": 30}],
        "source": "a public file",
        **more,
    }


def recording(folder: Path, *facts: dict[str, Any] | str) -> Recording:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in facts]
    (folder / "facts.jsonl").write_text("\n".join(lines) + "\n")
    return Recording(folder)


async def test_facts_become_images_with_their_layers_in_order_and_repeats_kept(tmp_path: Path) -> None:
    source = recording(tmp_path, fact())
    (image,) = source.facts(Reference.parse("docker.io/library/nginx:1.27"))

    assert (str(image.digest), image.manifest_size) == (sha(1), 500)
    assert image.config is not None
    assert (str(image.config.digest), image.config.size) == (sha(2), 1000)
    assert [(str(layer.digest), layer.size) for layer in image.layers] == [(sha(3), 30), (sha(4), 0), (sha(3), 30)]
    assert (image.platform, image.source, image.raw) == (Platform("linux", "amd64"), "a public file", None)


async def test_a_recording_is_an_image_source_and_a_fact_source(tmp_path: Path) -> None:
    source = recording(tmp_path, fact())

    assert isinstance(source, ImageSource)
    assert isinstance(source, FactSource)
    assert source.name == f"recording:{tmp_path}"
    with pytest.raises(NotFound, match="facts only"):
        await source.manifest(Reference.parse("nginx:1.27"))


async def test_what_nobody_knows_stays_unknown(tmp_path: Path) -> None:
    source = recording(tmp_path, fact(manifest={"digest": sha(1), "size": None}, config=None))
    (image,) = source.facts(Reference.parse("nginx:1.27"))

    assert image.manifest_size is None
    assert image.config is None
    assert image.media_type == ""
    assert source.facts(Reference.parse("nginx:1.28")) == ()


async def test_one_reference_may_have_an_image_for_each_platform(tmp_path: Path) -> None:
    arm = fact(platform="linux/arm64/v8", manifest={"digest": sha(9), "size": 1})
    source = recording(tmp_path, fact(), arm)

    assert [str(image.platform) for image in source.facts(Reference.parse("nginx:1.27"))] == [
        "linux/amd64",
        "linux/arm64",
    ]


async def test_a_digest_names_a_manifest_or_its_index(tmp_path: Path) -> None:
    arm = fact(platform="linux/arm64", manifest={"digest": sha(9), "size": 1}, index={"digest": sha(100)})
    source = recording(
        tmp_path,
        fact(index={"digest": sha(100)}),
        arm,
        fact(reference=f"pinned@{sha(200)}", manifest={"digest": sha(7)}),
    )

    assert len(source.facts(Reference.parse(f"nginx@{sha(100)}"))) == 2
    assert len(source.facts(Reference.parse(f"nginx:1.27@{sha(1)}"))) == 1
    assert len(source.facts(Reference.parse(f"pinned@{sha(200)}"))) == 1
    assert len(source.facts(Reference.parse(f"pinned@{sha(7)}"))) == 1


async def test_one_manifest_under_two_names_is_one_image_when_asked_by_digest(tmp_path: Path) -> None:
    source = recording(tmp_path, fact(), fact(reference="nginx:stable"))

    assert len(source.facts(Reference.parse(f"nginx@{sha(1)}"))) == 1
    assert [str(reference) for reference in source.references()] == [
        "docker.io/library/nginx:1.27",
        "docker.io/library/nginx:stable",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 is not JSON"),
        ("[]", "line 2: is not an object"),
        (fact(sizes=1), "line 2, sizes: is not known; known are config"),
        (fact(reference="a//b"), "line 2, reference: "),
        (fact(reference=None), "line 2, reference: is missing or no text"),
        (fact(platform="linux"), "line 2, platform: 'linux' is not a platform"),
        (fact(manifest={"size": 1}), r"line 2, manifest\.digest: is missing"),
        (fact(manifest={"digest": "sha256:0"}), r"line 2, manifest\.digest: "),
        (fact(manifest={"digest": sha(1), "size": -1}), r"line 2, manifest\.size: is not a number of bytes"),
        (fact(manifest={"digest": sha(1), "size": True}), r"line 2, manifest\.size"),
        (fact(manifest=None), "line 2, manifest: is not an object"),
        (fact(config={"digest": sha(1), "size": "1kB"}), r"line 2, config\.size"),
        (fact(layers=None), "line 2, layers: is not a list"),
        (fact(layers=[{"digest": sha(3), "size": 1}, {"digest": sha(4)}]), r"line 2, layers\[1\]\.size"),
        (fact(layers=[{"digest": "x", "size": 1}]), r"line 2, layers\[0\]\.digest"),
        (fact(layers=[3]), r"line 2, layers\[0\]: is not an object"),
        (fact(layers=[{"digest": sha(3), "size": 1, "url": "x"}]), r"line 2, layers\[0\]\.url: is not known"),
        (fact(source=3), "line 2, source: is not a text"),
        (fact(), r"line 2 tells of docker.io/library/nginx:1.27 for linux/amd64 again \(line 1 did\)"),
    ],
)
async def test_a_malformed_line_is_named_with_file_line_and_key(
    tmp_path: Path, line: dict[str, Any] | str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        recording(tmp_path, fact(), line)

    assert str(caught.value).startswith(str(tmp_path / "facts.jsonl"))


async def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    assert recording(tmp_path, "", fact(), "", fact(reference="b")).facts(Reference.parse("b"))


async def test_layout_and_facts_stand_beside_each_other(tmp_path: Path) -> None:
    tree = images.multi_platform()
    images.write_layout(tmp_path, {"quay.io/a/b:1": tree}, sparse=True)
    source = recording(tmp_path, fact())

    assert (await source.manifest(Reference.parse("quay.io/a/b:1"))).data == tree.manifest.data
    assert source.facts(Reference.parse("nginx:1.27"))
    with pytest.raises(Unsupported, match=r"does not tell what refers to quay\.io/a/b@sha256"):
        await source.referrers("quay.io/a/b", Digest.parse(tree.manifest.digest))
    assert [str(reference) for reference in source.references()] == ["quay.io/a/b:1", "docker.io/library/nginx:1.27"]


async def test_a_folder_that_is_no_recording_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a recording: it has neither oci-layout nor facts\.jsonl"):
        Recording(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        Recording(tmp_path / "none")


async def test_what_a_recording_lacks_is_told_by_the_name_that_it_was_given_by(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {"docker.io/library/a:1": images.layer_twice()}, sparse=True)

    with pytest.raises(NotFound, match=f"^recording:{tmp_path} has no docker.io/library/b:1"):
        await Recording(tmp_path).manifest(Reference.parse("b:1"))
