"""Bad input on the command line: one clear sentence, the documented exit code, no traceback."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images

if TYPE_CHECKING:
    from support.registry import Registry
    from support.starter import StartRegistry

DEMO = Path(__file__).parents[2] / "data" / "demo"


def test_no_terminal_acts_on_the_name_of_a_file_that_is_not_there() -> None:
    for arguments in (["plan", "no\x1b[2J\x9b\u202e.yaml"], ["plan", "--no\x1b[2J"]):
        said = regplan(*arguments)

        assert said.code == 2
        assert "[2J" in said.err
        assert not set("\x1b\x9b\u202e") & set(said.err)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["plan", "nowhere.yaml"], "nowhere.yaml"),
        (["layers", "nowhere.json"], "nowhere.json"),
        (["layers", "NOT VALID"], "NOT VALID"),
        (["layers", "x@sha256:12"], "sha256:12"),
        (["layers", "x:1", "--from", "ftp://a"], "ftp://a"),
        (["layers", "x:1", "--from", "docker://"], "docker://HOST"),
        (["layers", "x:1", "--from", "docker:mirror"], "docker://HOST"),
        (["layers", "x:1", "--from", "recording:"], "recording:DIR"),
        (["layers", "x:1", "--from", "recording:nowhere"], "nowhere"),
        (["layers", "x:1", "--from", "oci:nowhere"], "nowhere"),
        (["layers", "x:1", "--platform", "linux"], "linux"),
        (["layers", "x:1", "--ca-cert", "nowhere.pem"], "nowhere.pem"),
        (["layers", "x:1", "--tls-verify=maybe"], "maybe"),
        (["layers", "x:1", "--username", "me"], "--password-stdin"),
        (["seed", "x:1", "--to", "docker://host-only", "--yes"], "docker://HOST:PORT/PROJECT"),
        (["seed", "x:1", "--yes"], "--to"),
        (["report", str(DEMO / "site.yaml"), "-O", "plan.tex"], "plan.tex"),
        (["report", str(DEMO / "site.yaml"), "-O", "nowhere/plan.md"], "nowhere"),
        (["plann"], "plan"),
        (["plan"], "SITE"),
        (["plan", str(DEMO / "site.yaml"), "--offine"], "--offline"),
    ],
)
def test_what_cannot_be_read_or_meant_ends_with_2_and_names_it(arguments: list[str], names: str) -> None:
    said = regplan(*arguments)

    assert said.code == 2, said
    assert names in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("arguments", "says", "has_usage"),
    [
        (("plan", "--nope"), "regplan: no such option '--nope'", True),
        (("plan",), "regplan: missing argument 'SITE", True),
        (("layrs",), "regplan: no verb 'layrs'; did you mean 'layers'?", False),
        (("fleet", "a.csv", "--workers", "0"), "regplan: invalid value for '--workers': 0", True),
        (("fleet", "a.csv", "--workers"), "regplan: option '--workers' requires an argument", False),
        (("fleet", "a.csv", "b.csv"), "regplan: got unexpected extra argument (b.csv)", True),
        (("cache",), "regplan: missing argument '{info|clear}'. Choose from: info, clear", True),
        (("kernel", "install"), "regplan: say where: --user or --sys-prefix", False),
    ],
)
def test_what_is_wrong_with_a_command_line_is_said_as_every_other_error(
    arguments: tuple[str, ...], says: str, has_usage: bool
) -> None:
    said = regplan(*arguments)

    *before, last = said.err.splitlines()
    assert said.code == 2
    assert last.startswith(says)
    assert [line.partition(" ")[0] for line in before] == (["Usage:", "regplan"] if has_usage else [])


def test_a_profile_that_is_not_one_says_so_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "poem.json"
    file.write_text(json.dumps({"roses": "red"}))

    said = regplan("images", str(file))

    assert said.code == 2
    assert "poem.json" in said.err
    assert said.err.startswith("regplan: ")


def test_an_unknown_key_of_a_site_file_is_named_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text("name: s\nprofiles: [p.json]\nregistri: {kind: zot}\n")

    said = regplan("plan", str(file))

    assert said.code == 2
    assert all(word in said.err for word in ("site.yaml", "3", "registri", "registry"))


def test_a_registry_that_is_not_there_ends_with_3() -> None:
    said = regplan("layers", "127.0.0.1:9/a:1", "--plain-http")

    assert said.code == 3
    assert "127.0.0.1:9" in said.err


def test_offline_makes_no_connection_and_looks_up_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)

    said = regplan("layers", "registry.example/a:1", "--offline")

    assert said.code == 3
    assert "offline" in said.err


@pytest.mark.registry
def test_an_unknown_image_among_good_ones_ends_with_4_and_the_others_are_counted(start_registry: StartRegistry) -> None:
    source = start_registry()
    tree = images.layer_twice()
    images.push(source, "app/one", tree, ["1.0"])

    said = regplan(
        "layers", f"{source.address}/app/one:1.0", f"{source.address}/app/two:1.0", "--plain-http", "-o", "json"
    )

    assert said.code == 4
    assert said.document["unique_bytes"] == source.blob_bytes()
    assert said.document["unresolved"][0]["reference"] == f"{source.address}/app/two:1.0"


@pytest.mark.registry
def test_a_wrong_password_names_the_host_and_shows_no_password(
    basic_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("wrong-secret\n"))

    said = regplan(
        "layers", f"{basic_registry.address}/app:1", "--from", f"docker://{basic_registry.address}",
        f"--ca-cert={basic_registry.ca_file}", "--username", "palette", "--password-stdin",
    )  # fmt: skip

    assert said.code == 3
    assert basic_registry.address in said.err
    assert "wrong-secret" not in said.err


@pytest.mark.registry
def test_plain_http_is_never_guessed_and_the_message_says_how_to_ask(open_registry: Registry) -> None:
    said = regplan("layers", f"{open_registry.address}/app:1")

    assert said.code == 3
    assert f"--plain-http={open_registry.address}" in said.err


@pytest.mark.registry
def test_a_blob_of_another_digest_leaves_that_image_out_and_ends_with_4(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    source = start_registry()
    images.push(source, "app/good", images.layer_twice(), ["1.0"])
    images.push(source, "app/bad", images.image([images.layer(5_000, 4)], label="bad"), ["1.0"])
    said = regplan(
        "layers", f"{source.address}/app/bad:1.0", "--plain-http", "-o", "json", "--cache-dir", str(tmp_path)
    )
    digest = said.document["images"][0]["digest"].removeprefix("sha256:")
    manifest = next(source.root.rglob(f"blobs/sha256/*/{digest}/data"))
    manifest.write_bytes(manifest.read_bytes().replace(b"schemaVersion", b"schemaversion"))
    source.stop()
    source.start()

    spoilt = regplan(
        "layers", f"{source.address}/app/good:1.0", f"{source.address}/app/bad:1.0", "--plain-http", "-o", "json"
    )

    assert spoilt.code == 4
    assert len(spoilt.document["images"]) == 1
    assert "app/bad" in spoilt.document["unresolved"][0]["reference"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["layers", "me:hunter2@reg.example/x:1"],
        ["layers", "docker://me:hunter2@reg.example/x:1"],
        ["layers", "https://me:hunter2@reg.example/x:1"],
        ["layers", "x:1", "--from", "docker://me:hunter2@reg.example"],
        ["seed", "x:1", "--to", "docker://me:hunter2@reg.example/p", "--yes"],
    ],
)
def test_a_password_in_a_name_is_refused_and_not_repeated(arguments: list[str]) -> None:
    said = regplan(*arguments)

    assert said.code == 2
    assert "hunter2" not in said.err + said.out


def test_two_targets_are_refused_and_neither_is_taken() -> None:
    said = regplan("seed", "x:1", "--to", "docker://127.0.0.1:9/a", "--to", "docker://127.0.0.1:9/b", "--yes")

    assert said.code == 2
    assert "docker://127.0.0.1:9/a and docker://127.0.0.1:9/b differ in their project" in said.err


def test_a_certificate_that_is_none_is_the_users_to_mend_and_no_unresolved_image(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")

    said = regplan("layers", "127.0.0.1:9/a:1", f"--ca-cert={tmp_path / 'ca.pem'}")

    assert said.code == 2
    assert "ca.pem" in said.err


@pytest.mark.registry
def test_plain_http_spoken_to_a_tls_port_ends_with_3(basic_registry: Registry) -> None:
    said = regplan("layers", f"{basic_registry.address}/a:1", f"--plain-http={basic_registry.address}")

    assert said.code == 3


@pytest.mark.registry
def test_a_login_is_for_the_target_whatever_source_is_named(
    basic_registry: Registry, start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = start_registry()
    images.push(source, "shop/web", images.layer_twice(), ["1.0"])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{basic_registry.password}\n"))

    said = regplan(
        "seed", f"{source.address}/shop/web:1.0", "--from", f"docker://{source.address}",
        "--to", f"docker://{basic_registry.address}/login-for-target", "--yes",
        f"--plain-http={source.address}", f"--ca-cert={basic_registry.ca_file}",
        "--username", basic_registry.user, "--password-stdin",
    )  # fmt: skip

    assert said.code == 0, said.err


@pytest.mark.registry
def test_a_login_is_for_the_only_registry_that_an_image_names(
    basic_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    images.push(basic_registry, "only/one", images.layer_twice(), ["1.0"])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{basic_registry.password}\n"))

    said = regplan(
        "layers", f"{basic_registry.address}/only/one:1.0", f"--ca-cert={basic_registry.ca_file}",
        "--username", basic_registry.user, "--password-stdin",
    )  # fmt: skip

    assert said.code == 0, said.err


@pytest.mark.registry
def test_debug_lines_tell_the_requests_and_no_secret(start_registry: StartRegistry) -> None:
    registry = start_registry("token", tls=True)
    images.push(registry, "debug/one", images.layer_twice(), ["1.0"])
    login = base64.b64encode(f"{registry.user}:{registry.password}".encode()).decode()

    said = subprocess.run(
        [
            sys.executable, "-m", "regplan", "layers", f"{registry.address}/debug/one:1.0", "-vv",
            f"--ca-cert={registry.ca_file}", "--username", registry.user, "--password-stdin",
        ],
        input=f"{registry.password}\n", capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip

    assert said.returncode == 0, said.stderr
    assert "/v2/debug/one/manifests/1.0" in said.stderr
    assert not [
        secret for secret in (registry.password, login, "eyJ", "Bearer ") if secret in said.stderr + said.stdout
    ]


def test_simulating_with_an_unresolved_image_says_that_it_is_a_lower_bound(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    text = (
        (DEMO / "site.yaml")
        .read_text()
        .replace("profiles/", f"{DEMO}/profiles/")
        .replace(": [recording:recording/]", f": ['recording:{DEMO}/recording/']")
    )
    file.write_text(f"{text}images: [nowhere.example/a:1]\n")

    said = regplan("simulate", str(file), "--offline")
    document = regplan("simulate", str(file), "--offline", "-o", "json").document

    assert said.code == 4
    assert "lower bound" in said.out
    assert [each["reference"] for each in document["unresolved"]] == ["nowhere.example/a:1"]


def test_a_password_in_a_profile_is_refused_and_stands_in_no_face(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text('pack:\n  content:\n    images:\n      - image: "me:hunter2@reg.example/app:1"\n')
    site = tmp_path / "site.yaml"
    site.write_text("name: s\nprofiles: [values.yaml]\n")

    for call in (["images", str(file)], ["plan", str(site), "--offline"], ["layers", str(file), "--offline"]):
        for form in ("table", "json", "csv", "md"):
            said = regplan(*call, "-o", form)
            assert "hunter2" not in said.out + said.err
            assert said.code == 4


@pytest.mark.registry
def test_a_login_is_for_the_only_source_where_the_images_name_other_registries(
    basic_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    images.push(basic_registry, "mirror/acme/app", images.layer_twice(), ["1.0"])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{basic_registry.password}\n"))

    said = regplan(
        "layers", "acme/app:1.0", "--from", f"docker://{basic_registry.address}/mirror",
        f"--ca-cert={basic_registry.ca_file}", "--username", basic_registry.user, "--password-stdin",
    )  # fmt: skip

    assert said.code == 0, said.err


def test_verify_too_leaves_a_certificate_that_is_none_to_the_user(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")

    said = regplan("verify", "reg.example/a:1", "--at", f"oci:{tmp_path / 'tree'}", f"--ca-cert={tmp_path / 'ca.pem'}")

    assert said.code == 2
    assert "ca.pem" in said.err


@pytest.mark.registry
def test_read_only_refuses_a_seed_before_the_target_is_asked_anything(start_registry: StartRegistry) -> None:
    target = start_registry()
    target.forget_requests()

    said = regplan("seed", "x:1", "--to", f"docker://{target.address}/p", "--plain-http", "--read-only", "--yes")

    assert said.code == 2
    assert target.requests() == []


@pytest.mark.registry
def test_a_host_that_is_away_ends_with_3_where_nothing_else_was_resolved(open_registry: Registry) -> None:
    absent, away = f"{open_registry.address}/absent:1", "127.0.0.1:9/a:1"

    both = regplan("layers", absent, away, "--plain-http")
    one = regplan("layers", absent, "--plain-http")

    assert (both.code, one.code) == (3, 4)
    assert "127.0.0.1:9 cannot be reached" in both.err


@pytest.mark.parametrize("verb", [["demo"], ["schema", "site"], ["cache", "info"], ["init"], ["doctor"]])
def test_every_verb_that_prints_takes_offline(verb: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)

    assert regplan(*verb, "--offline").code == 0
