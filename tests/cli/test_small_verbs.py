"""The small verbs: init, schema, doctor, cache, completion, diff, and the forms that all verbs share."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from cli.running import regplan
from regplan.cli.app import main

if TYPE_CHECKING:
    from support.starter import StartRegistry

DEMO = Path(__file__).parents[2] / "data" / "demo"
APPS = [str(DEMO / "profiles" / f"retail-apps-{version}.yaml") for version in ("1.0.0", "1.1.0")]


def test_init_writes_a_site_file_that_its_own_schema_takes_and_never_overwrites_one(tmp_path: Path) -> None:
    file = tmp_path / "store-7.yaml"

    first, second = regplan("init", str(file)), regplan("init", str(file))

    assert first.code == 0
    assert "name: store-7" in file.read_text()
    assert second.code == 2
    assert "store-7.yaml" in second.err


def test_read_only_keeps_init_from_writing(tmp_path: Path) -> None:
    said = regplan("init", str(tmp_path / "site.yaml"), "--read-only")

    assert said.code == 2
    assert list(tmp_path.iterdir()) == []


def test_the_plan_document_is_what_the_plan_schema_says() -> None:
    schema = regplan("schema", "plan").document

    jsonschema.validate(regplan("demo", "-o", "json").document, schema)


def test_the_site_schema_takes_the_demos_site_and_refuses_an_unknown_key() -> None:
    import yaml

    schema = regplan("schema", "site").document
    site = yaml.safe_load((DEMO / "site.yaml").read_text())

    jsonschema.validate(site, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**site, "registri": {}}, schema)


def test_doctor_sees_an_auth_file_and_shows_no_credential(home: Path) -> None:
    folder = home / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"auths": {"reg.example": {"auth": "bWU6aHVudGVyMg=="}}}))

    said = regplan("doctor")

    assert said.code == 0
    assert "reg.example" in said.out
    assert "hunter2" not in said.out
    assert "bWU6aHVudGVyMg" not in said.out


def test_doctor_ends_with_1_where_an_auth_file_cannot_be_used(home: Path) -> None:
    folder = home / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text("{broken")

    said = regplan("doctor", "-o", "json")

    assert said.code == 1
    assert [check["state"] for check in said.document["checks"] if check["name"] == "auth file"] == ["problem"]


@pytest.mark.registry
def test_the_cache_keeps_manifests_by_digest_and_is_emptied(start_registry: StartRegistry, tmp_path: Path) -> None:
    from support import images

    source = start_registry()
    images.push(source, "a/b", images.layer_twice(), ["1"])
    regplan("layers", f"{source.address}/a/b:1", "--plain-http", "--cache-dir", str(tmp_path))

    before = regplan("cache", "info", "--cache-dir", str(tmp_path), "-o", "json").document
    regplan("cache", "clear", "--cache-dir", str(tmp_path))
    after = regplan("cache", "info", "--cache-dir", str(tmp_path), "-o", "json").document

    assert before["entries"] == 2
    assert after["entries"] == 0


def test_the_journals_of_seedings_are_counted_and_cleared_with_the_users_cache_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda *_, **__: str(tmp_path / "regplan"))
    folder = tmp_path / "regplan" / "journals"
    folder.mkdir(parents=True)
    for name in ("store-1", "store-2"):
        (folder / f"{name}.jsonl").write_text("{}\n")
    other = ["--cache-dir", str(tmp_path / "other")]

    told = regplan("cache", "info", "-o", "json").document
    assert (told["journals"], told["journals_size_bytes"], told["journals_folder"]) == (2, 6, str(folder))
    assert "2" in regplan("cache", "info").out.splitlines()[-1]
    assert regplan("cache", "clear", *other, "-o", "json").document["journals"] is None
    assert len(list(folder.iterdir())) == 2

    assert regplan("cache", "clear", "-o", "json").document["journals"] == 2
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: str) -> None:
    said = regplan("completion", shell)

    assert said.code == 0
    assert "_REGPLAN_COMPLETE" in said.out


def test_diff_of_the_demos_two_versions_keeps_drops_and_adds() -> None:
    said = regplan("diff", *APPS, "--recording", str(DEMO / "recording"), "--offline", "-o", "json")

    assert said.code == 0, said.err
    sizes = said.document
    assert sizes["peak_bytes"] == sizes["kept_bytes"] + sizes["new_bytes"] + sizes["dropped_bytes"]
    assert min(sizes["kept_bytes"], sizes["new_bytes"], sizes["dropped_bytes"]) > 0


def test_csv_holds_raw_numbers_and_neutralises_formulas(tmp_path: Path) -> None:
    said = regplan("layers", APPS[0], "--recording", str(DEMO / "recording"), "--offline", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))

    assert sum(int(row["size_bytes"]) for row in rows) > 10**8
    listed = tmp_path / "odd.yaml"
    listed.write_text('pack:\n  content:\n    images:\n      - image: "=cmd()"\n')
    assert "'=cmd()" in regplan("images", str(listed), "-o", "csv").out


def test_json_lines_hold_one_record_a_line() -> None:
    said = regplan("images", APPS[0], "-o", "jsonl")

    assert {type(json.loads(line)) for line in said.out.splitlines()} == {dict}


def test_quiet_and_no_color_are_taken_by_every_verb_that_prints() -> None:
    for verb in (["demo"], ["images", APPS[0]], ["doctor"], ["cache", "info"], ["schema", "site"]):
        assert regplan(*verb, "--quiet", "--no-color").err == ""


@pytest.mark.parametrize(
    ("form", "mark"), [("table", b"+ PASS"), ("md", b"+ PASS"), ("json", b'"PASS"'), ("csv", b"PASS")]
)
def test_a_code_page_without_the_glyphs_gets_plainer_ones(form: str, mark: bytes) -> None:
    raw = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(raw, encoding="cp1252", write_through=True)):
        code = main(["plan", str(DEMO / "site.yaml"), "--offline", "-o", form])

    assert code == 0
    assert mark in raw.getvalue()


def test_json_on_a_code_page_loses_no_character(tmp_path: Path) -> None:
    (tmp_path / "\u5e97.txt").write_text("nginx:1.27\n", encoding="utf-8")
    raw = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(raw, encoding="cp1252", write_through=True)):
        main(["images", str(tmp_path / "\u5e97.txt"), "-o", "json"])

    (image,) = json.loads(raw.getvalue())["images"]
    assert "\u5e97.txt" in image["provenance"][0]


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "~no-such-user/site.yaml"),
        ("layers", "~no-such-user/p.json"),
        ("layers", "nginx:1", "--from", "oci:~no-such-user/x"),
        ("layers", "nginx:1", "--ca-cert", "~no-such-user/ca.pem"),
    ],
)
def test_the_home_of_a_user_who_is_not_here_is_a_path_that_is_not_there(arguments: tuple[str, ...]) -> None:
    said = regplan(*arguments)

    assert said.code == 2
    assert "~no-such-user" in said.err
    assert "no such" in said.err


def test_without_a_known_home_the_demo_runs_and_a_registry_needs_a_cache_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> str:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("platformdirs.user_cache_dir", unknown)

    assert regplan("demo").code == 0
    said = regplan("layers", "nginx:1", "--offline")
    assert said.code == 2
    assert "--cache-dir" in said.err
