"""`--set-var`: the caller's word on profile variables and on the running cluster, on every verb that reads profiles."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = {
    "metadata": {"name": "shop"},
    "spec": {
        "version": "1.0.0",
        "template": {
            "type": "add-on",
            "packs": [
                {
                    "name": "app",
                    "layer": "addon",
                    "tag": "1.0.0",
                    "values": "pack:\n  content:\n    images:\n"
                    "      - image: r.io/app:{{.spectro.var.Tag}}\n"
                    "      - image: r.io/{{.spectro.system.cluster.name}}:1\n"
                    "      - image: r.io/{{.spectro.var.Hidden}}:1\n",
                }
            ],
        },
        "variables": [{"name": "Tag", "defaultValue": "1.0"}, {"name": "Hidden", "isSensitive": True}],
    },
}
SITE = """\
name: store
profiles: [shop.json]
variables: {Tag: "2.0"}
system: {cluster.name: store-7}
hosts: [{name: node-1, cpu: 8, memory: 16GiB, storage: 512GB}]
"""


def image(tag: str, layer_bytes: int) -> dict[str, object]:
    """What a recording says of an image of one layer."""
    sizes = {"manifest": 1, "config": 2, "layers": layer_bytes}
    parts = {
        name: {"digest": f"sha256:{sha256(f'{tag} {name}'.encode()).hexdigest()}", "size": size}
        for name, size in sizes.items()
    }
    return (
        {"reference": f"r.io/app:{tag}", "platform": "linux/amd64", "source": "test"}
        | parts
        | {"layers": [parts["layers"]]}
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.json").write_text(json.dumps(PROFILE))
    (tmp_path / "site.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def references(*more: str) -> list[str | None]:
    return [image["normalized"] for image in regplan("images", "shop.json", "-o", "json", *more).document["images"]]


@pytest.mark.usefixtures("folder")
def test_a_variable_of_the_command_line_wins_over_the_profiles_default() -> None:
    assert "r.io/app:1.0" in references()
    assert "r.io/app:3.0" in references("--set-var", "Tag=3.0")
    assert "r.io/app:4.0" in references("--set-var", "Tag=3.0", "--set-var", "Tag=4.0")


@pytest.mark.usefixtures("folder")
def test_what_the_running_cluster_knows_is_given_the_same_way() -> None:
    assert "r.io/shop-9:1" in references("--set-var", "system.cluster.name=shop-9")
    assert "r.io/shop-9:1" not in references()


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (("plan", "site.yaml", "-o", "json"), "7777780"),
        (("simulate", "site.yaml", "-o", "json"), "7777780"),
        (("layers", "shop.json", "-o", "json"), "7777780"),
        (("diff", "shop.json", "r.io/app:2.0", "-o", "json"), "7777780"),
        (("seed", "site.yaml", "--to", "oci:out", "--dry-run"), "r.io/app:9.9"),
        (("seed", "shop.json", "--to", "oci:out", "--dry-run"), "r.io/app:9.9"),
        (("verify", "site.yaml", "--at", "oci:out"), "r.io/app:9.9"),
        (("verify", "shop.json", "--at", "oci:out"), "r.io/app:9.9"),
        (("report", "site.yaml", "-O", "out.md"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_verb_that_reads_profiles_takes_it(folder: Path, verb: tuple[str, ...], told: str) -> None:
    (folder / "rec").mkdir()
    facts = [image("1.0", 1000), image("2.0", 1000), image("9.9", 7_777_777)]
    (folder / "rec" / "facts.jsonl").write_text("\n".join(map(json.dumps, facts)))
    said = regplan(*verb, "--offline", "--recording", "rec", "--set-var", "Tag=9.9")
    written = (folder / "out.md").read_text() if "out.md" in verb else ""
    assert (told or "r.io/app:9.9") in said.out + said.err + written


@pytest.mark.usefixtures("folder")
def test_the_command_line_wins_over_the_site_file_and_the_site_file_over_the_profile() -> None:
    def unresolved(*more: str) -> set[str]:
        images = regplan("plan", "site.yaml", "--offline", "-o", "json", *more).document["images"]
        return {each["reference"] for each in images["unresolved"]}

    with open("site.yaml", "a") as file:  # noqa: PTH123
        file.write("declared_sizes: {r.io/store-7:1: 1GB}\n")
    assert "r.io/app:2.0" in unresolved()
    assert "r.io/app:5.0" in unresolved("--set-var", "Tag=5.0")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("given", ["Tag", "=1.0", ""])
def test_what_is_no_pair_is_refused(given: str) -> None:
    said = regplan("images", "shop.json", "--set-var", given)
    assert said.code == 2
    assert "--set-var takes NAME=VALUE" in said.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_the_value_of_a_sensitive_variable_is_never_shown(form: str) -> None:
    said = regplan("images", "shop.json", "-o", form, "-v", "--set-var", "Hidden=hunter2")
    assert "hunter2" not in said.out + said.err
    assert said.code == 4
    assert form == "csv" or "sensitive" in said.out
