"""Sizes that somebody declares, and what unresolved images may take, as the command line shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from cli.running import regplan

if TYPE_CHECKING:
    from pathlib import Path

SITE = {
    "name": "dark",
    "images": ["registry.invalid/app:1", "registry.invalid/db:2"],
    "content": {"palette_images": "none"},
    "registry": {"storage": "320GB"},
    "assumptions": {
        "versions_kept": 1,
        "releases_per_year": 0,
        "free_space": "0%",
        "filesystem_overhead": "0%",
        "metadata_bytes_per_link": "1B",
        "parallel_uploads": 1,
    },
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site none of whose images any source has."""
    (tmp_path / "rec").mkdir()
    (tmp_path / "rec" / "facts.jsonl").write_text("")
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump({**SITE, "from": [f"recording:{tmp_path / 'rec'}"]}))
    return file


def test_beside_incomplete_stands_the_size_that_would_break_the_pvc_and_the_need_at_published_sizes(site: Path) -> None:
    found = regplan("plan", str(site), "-o", "json")
    shown = regplan("plan", str(site))

    assert (found.code, shown.code) == (4, 4)
    assert found.document["verdict"] == "INCOMPLETE"
    assert found.document["storage"]["unresolved"] == {
        "count": 2,
        "break_even_bytes": 160 * 10**9,
        "p50_bytes": 132_400_000,
        "p90_bytes": 1_180_000_000,
        "need_p50_bytes": 264_800_000,
        "need_p90_bytes": 2_360_000_000,
    }
    jsonschema.validate(found.document, regplan("schema", "plan").document)
    assert (
        "2 unresolved images may take 160 GB each on average before the PVC is too small; "
        "at published sizes (assumed): 265 MB needed at p50 (132 MB), 2.36 GB at p90 (1.18 GB)" in shown.out
    )
    named = {each["key"]: each for each in found.document["assumptions"]}
    assert "container-chonks" in named["image_p50_bytes"]["source"]


def test_published_sizes_are_assumptions_that_a_site_may_set(site: Path) -> None:
    told = yaml.safe_load(site.read_text())
    told["assumptions"]["image_p90_bytes"] = "2GB"
    site.write_text(yaml.safe_dump(told))

    assert regplan("plan", str(site), "-o", "json").document["storage"]["unresolved"]["need_p90_bytes"] == 4 * 10**9


def test_a_site_file_may_name_a_csv_of_sizes_beside_it_and_an_option_goes_before_it(site: Path) -> None:
    told = yaml.safe_load(site.read_text())
    site.write_text(yaml.safe_dump({**told, "declared_sizes": "sizes.csv"}))
    (site.parent / "sizes.csv").write_text("reference;size\nregistry.invalid/app:1;1,5GB\nregistry.invalid/db:2;2GB\n")
    mine = site.parent / "mine.csv"
    mine.write_text("reference,size\nregistry.invalid/db:2,3GB\n")

    first = regplan("plan", str(site), "-o", "json").document
    second = regplan("plan", str(site), "--declared-sizes", str(mine), "-o", "json").document

    assert first["storage"]["unresolved"] is None
    assert first["storage"]["required_bytes"] == 3_500_000_000
    assert second["storage"]["required_bytes"] == 4_500_000_000
    assert [each["verdict"] for each in first["findings"] if each["rule"] == "storage.claim"] == ["PASS"]


def test_the_same_sizes_make_the_same_digest_of_inputs_wherever_their_file_lies(site: Path) -> None:
    told = yaml.safe_load(site.read_text())
    digests = set()
    for name in ("a.csv", "b.csv"):
        (site.parent / name).write_text("reference,size\nregistry.invalid/app:1,1GB\n")
        site.write_text(yaml.safe_dump({**told, "declared_sizes": name}))
        digests.add(regplan("plan", str(site), "-o", "json").document["inputs_digest"])

    assert len(digests) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("sizes.txt", "declared_sizes: 'sizes.txt' is neither a mapping of references to sizes nor a file"),
        ("absent.csv", "absent.csv: no such file"),
        (["sizes.csv"], "a mapping is expected"),
    ],
)
def test_what_is_no_file_of_sizes_is_an_error(site: Path, given: object, told: str) -> None:
    written = yaml.safe_load(site.read_text())
    site.write_text(yaml.safe_dump({**written, "declared_sizes": given}))

    said = regplan("plan", str(site))

    assert said.code == 2
    assert told in said.err


def test_a_bad_row_is_an_error_with_file_and_line(site: Path) -> None:
    file = site.parent / "sizes.csv"
    file.write_text("reference,size\nregistry.invalid/app:1,=1+1\n")

    for verb in (
        ["plan", str(site)],
        ["layers", "registry.invalid/app:1", "--from", f"recording:{site.parent / 'rec'}"],
    ):
        said = regplan(*verb, "--declared-sizes", str(file))
        assert said.code == 2
        assert f"{file}: 1 lines cannot be read" in said.err
        assert "line 2: size: '=1+1' is a formula" in said.err


def test_layers_shows_declared_sizes_apart_from_every_sum(site: Path) -> None:
    file = site.parent / "sizes.csv"
    file.write_text("reference,size\nregistry.invalid/app:1,1GB\n")
    arguments = ("layers", *SITE["images"], "--from", f"recording:{site.parent / 'rec'}", "--declared-sizes", str(file))

    found, shown = regplan(*arguments, "-o", "json"), regplan(*arguments)

    assert found.code == 4
    assert found.document["unique_bytes"] == found.document["referenced_bytes"] == 0
    assert found.document["declared_bytes"] == 10**9
    assert found.document["declared"] == [{"reference": "registry.invalid/app:1", "bytes": 10**9}]
    assert [each["reference"] for each in found.document["unresolved"]] == ["registry.invalid/db:2"]
    assert "1,000,000,000 B declared for 1 image, in none of these sums" in shown.out


def test_layers_takes_the_sizes_that_a_site_among_its_arguments_declares(site: Path) -> None:
    given = yaml.safe_load(site.read_text())
    site.write_text(
        yaml.safe_dump({**given, "declared_sizes": {"registry.invalid/app:1": "1GB", "registry.invalid/db:2": "2GB"}})
    )
    file = site.parent / "sizes.csv"
    file.write_text("reference,size\nregistry.invalid/db:2,3GB\n")

    of_site = regplan("layers", str(site), "-o", "json")
    with_file = regplan("layers", str(site), "--declared-sizes", str(file), "-o", "json")

    assert of_site.code == 0, of_site.err
    assert (of_site.document["declared_bytes"], of_site.document["unresolved"]) == (3 * 10**9, [])
    assert with_file.document["declared_bytes"] == 4 * 10**9


def test_two_sites_that_declare_different_sizes_of_one_image_are_not_added_up(site: Path) -> None:
    given = yaml.safe_load(site.read_text())
    other = site.parent / "other.yaml"
    for file, size in ((site, "1GB"), (other, "2GB")):
        file.write_text(yaml.safe_dump({**given, "declared_sizes": {"registry.invalid/app:1": size}}))

    said = regplan("layers", str(site), str(other))

    assert said.code == 2
    assert "declared_sizes.registry.invalid/app:1 has another value than in " in said.err


def test_where_no_link_is_known_no_time_is_told_and_one_image_is_one_image(site: Path) -> None:
    given = yaml.safe_load(site.read_text())
    hosts = [{"name": "n1", "cpu": 8, "memory": "16GiB", "storage": "1TB"}]
    declared = {"declared_sizes": {"registry.invalid/app:1": "1GB"}, "hosts": hosts}
    site.write_text(yaml.safe_dump({**given, **declared}))

    said = regplan("plan", str(site)).out

    assert "internet, first bootstrap: 1.00 GB without the registry, 1.00 GB with it" in said
    assert ", with 1 image unresolved;" in said
