from __future__ import annotations

import base64
import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, Login, Secret

if TYPE_CHECKING:
    from pathlib import Path

POSIX = pytest.mark.skipif(os.name != "posix", reason="the stand-in for a credential helper is a shell script")


def pair(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def credentials(home: Path, login: Login | None = None, **environment: str) -> Credentials:
    return Credentials(ConnectionOptions(login=login), {"HOME": str(home), **environment})


def who(found: Credential | None) -> tuple[str, str] | None:
    return None if found is None or found.password is None else (found.username, found.password.reveal())


def test_files_are_looked_at_in_order_and_the_first_that_knows_the_host_decides(tmp_path: Path) -> None:
    named = write(tmp_path / "named.json", {"auths": {"a.example": pair("named", "1")}})
    write(
        tmp_path / "docker/config.json", {"auths": {host: pair("docker", "2") for host in ("a.example", "b.example")}}
    )
    write(
        tmp_path / "run/containers/auth.json", {"auths": {h: pair("podman", "3") for h in ("b.example", "c.example")}}
    )
    write(tmp_path / ".config/containers/auth.json", {"auths": {"d.example": pair("config", "4")}})
    found = credentials(
        tmp_path,
        Login("e.example", Credential("typed", Secret("5"))),
        REGISTRY_AUTH_FILE=str(named),
        DOCKER_CONFIG=str(tmp_path / "docker"),
        XDG_RUNTIME_DIR=str(tmp_path / "run"),
    )

    names = [who(found.find(f"{letter}.example")) for letter in "abcdef"]
    assert names == [("named", "1"), ("docker", "2"), ("podman", "3"), ("config", "4"), ("typed", "5"), None]


def test_the_environment_holds_a_login_file_as_pipelines_keep_it(tmp_path: Path) -> None:
    named = write(tmp_path / "named.json", {"auths": {"a.example": pair("named", "1")}})
    write(tmp_path / ".docker/config.json", {"auths": {f"{letter}.example": pair("docker", "2") for letter in "bc"}})
    text = json.dumps({"auths": {f"{letter}.example": pair("variable", "3") for letter in "ab"}})
    found = credentials(tmp_path, REGISTRY_AUTH_FILE=str(named), DOCKER_AUTH_CONFIG=text)

    assert [who(found.find(f"{each}.example")) for each in "abc"] == [
        ("named", "1"),
        ("variable", "3"),
        ("docker", "2"),
    ]
    seen = {str(file.path): file.hosts for file in found.files_seen()}
    assert seen["$DOCKER_AUTH_CONFIG"] == ("a.example", "b.example")


def test_a_login_text_that_is_none_is_named_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^\$DOCKER_AUTH_CONFIG: is not JSON \(line 1, column 1\)$"):
        credentials(tmp_path, DOCKER_AUTH_CONFIG="s3cr3t").find("a.example")
    assert "$DOCKER_AUTH_CONFIG" not in {str(file.path) for file in credentials(tmp_path).files_seen()}


def test_without_docker_config_the_home_folder_is_looked_in(tmp_path: Path) -> None:
    path = write(tmp_path / ".docker/config.json", {"auths": {"a.example": pair("me", "x:y")}})
    found = credentials(tmp_path).find("a.example")

    assert who(found) == ("me", "x:y")
    assert found is not None
    assert found.origin == str(path)


@pytest.mark.parametrize(
    "key",
    [
        "https://index.docker.io/v1/",
        "docker.io",
        "index.docker.io",
        "https://registry-1.docker.io",
        "registry-1.docker.io/v2/",
    ],
)
def test_docker_hub_is_found_under_all_its_names(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker/config.json", {"auths": {key: pair("me", "hub")}})

    assert who(credentials(tmp_path).find("docker.io", "library/nginx")) == ("me", "hub")


@pytest.mark.parametrize("key", ["https://harbor.corp:8443", "http://harbor.corp:8443/v2/", "HARBOR.corp:8443"])
def test_a_key_may_be_a_url(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker/config.json", {"auths": {key: pair("me", "x")}})

    assert who(credentials(tmp_path).find("harbor.corp:8443")) == ("me", "x")
    assert credentials(tmp_path).find("harbor.corp") is None


def test_the_longest_path_decides(tmp_path: Path) -> None:
    keys = ["quay.io", "quay.io/team", "quay.io/team/app"]
    write(tmp_path / ".docker/config.json", {"auths": {key: pair(key, "x") for key in keys}})
    found = credentials(tmp_path)
    names = {
        path: (found.find("quay.io", path) or Credential()).username for path in ("x", "teams/a", "team/b", "team/app")
    }

    assert names == {"x": "quay.io", "teams/a": "quay.io", "team/b": "quay.io/team", "team/app": "quay.io/team/app"}


def test_identity_and_registry_tokens_are_kept_apart(tmp_path: Path) -> None:
    entries = {"a.example": {**pair("me", ""), "identitytoken": "id"}, "b.example": {"registrytoken": "reg"}}
    write(tmp_path / ".docker/config.json", {"auths": entries})
    found = credentials(tmp_path)

    assert found.find("a.example") == Credential("me", None, Secret("id"), None, str(tmp_path / ".docker/config.json"))
    assert (found.find("b.example") or Credential()).bearer_token == Secret("reg")


def test_username_and_password_may_stand_openly(tmp_path: Path) -> None:
    write(tmp_path / ".docker/config.json", {"auths": {"a.example": {"username": "me", "password": "pw"}}})

    assert who(credentials(tmp_path).find("a.example")) == ("me", "pw")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"auths": {"a": {"auth": "pa55word"', "is not JSON \\(line 1"),
        ('["pa55word"]', "is not a login file"),
        ('{"auths": "pa55word"}', "auths is not an object"),
        ('{"auths": {"a.example": "pa55word"}}', r"auths\['a.example'\] is not an object"),
        ('{"auths": {"a.example": {"auth": "pa55word!"}}}', r"auths\['a.example'\].auth is not USER:PASSWORD"),
        ('{"auths": {"a.example": {"auth": "cGE1NXdvcmQ="}}}', r"auths\['a.example'\].auth is not USER:PASSWORD"),
        ('{"auths": {"a.example": {"auth": ["pa55word"]}}}', r"auths\['a.example'\].auth is not a text"),
        ('{"auths": {"a.example": {"registrytoken": "pa55w\\u00f6rd"}}}', r"registrytoken is not a token"),
        ('{"auths": {"a.example": {"registrytoken": "pa55word\\nX: y"}}}', r"registrytoken is not a token"),
        ('{"credHelpers": {"a.example": 1}}', r"credHelpers\['a.example'\] is not a name"),
        ('{"credsStore": ["pa55word"]}', "credsStore is not a name"),
        ('{"credsStore": "../../bin/sh"}', "is not the name of a credential helper"),
        ('{"credHelpers": {"a.example": "pass/word"}}', "is not the name of a credential helper"),
    ],
)
def test_a_broken_file_is_named_and_never_quoted(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / ".docker/config.json"
    path.parent.mkdir()
    path.write_text(text)

    with pytest.raises(InputError, match=message) as caught:
        credentials(tmp_path).find("a.example")

    assert str(caught.value).startswith(str(path))
    assert "pa55word" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_named_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    found = credentials(tmp_path, REGISTRY_AUTH_FILE=str(tmp_path / "none.json"))

    with pytest.raises(InputError, match=r"REGISTRY_AUTH_FILE names .*none.json"):
        found.find("a.example")


def test_an_empty_file_knows_nobody(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text("")

    assert credentials(tmp_path).find("a.example") is None


def helper(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def answer(**values: Any) -> str:
    return f"cat <<'END'\n{json.dumps(values)}\nEND"


@POSIX
def test_a_helper_is_asked_for_its_host_by_name_and_for_docker_hub_by_url(tmp_path: Path) -> None:
    helper(
        tmp_path / "bin",
        "keys",
        f'read server; echo "$1 $server" >> {tmp_path}/asked\n' + answer(Username="me", Secret="pw"),
    )
    write(tmp_path / ".docker/config.json", {"credHelpers": {"a.example": "keys", "docker.io": "keys"}})
    found = credentials(tmp_path, PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")

    assert who(found.find("a.example")) == who(found.find("docker.io")) == ("me", "pw")
    assert found.find("a.example", "one") == found.find("a.example", "two") == found.find("a.example")
    assert (tmp_path / "asked").read_text().splitlines() == ["get a.example", "get https://index.docker.io/v1/"]


@POSIX
def test_a_store_that_knows_nothing_leaves_the_file_to_answer(tmp_path: Path) -> None:
    helper(tmp_path / "bin", "store", "echo credentials not found in native keychain; exit 1")
    write(tmp_path / ".docker/config.json", {"credsStore": "store", "auths": {"a.example": pair("file", "x")}})
    found = credentials(tmp_path, PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")

    assert who(found.find("a.example")) == ("file", "x")
    assert found.find("b.example") is None


@POSIX
def test_a_store_may_hand_out_an_identity_token(tmp_path: Path) -> None:
    helper(tmp_path / "bin", "store", answer(Username="<token>", Secret="refresh"))
    write(tmp_path / ".docker/config.json", {"credsStore": "store", "auths": {"a.example": {}}})
    found = credentials(tmp_path, PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin").find("a.example")

    assert found is not None
    assert found.identity_token == Secret("refresh")
    assert found.origin == "docker-credential-store"


@POSIX
@pytest.mark.parametrize(
    "script",
    ["echo pa55word; exit 3", "echo pa55word", answer(Username=1, Secret="pa55word"), answer(Secret="pa55word")],
)
def test_a_helper_that_fails_is_named_and_never_quoted(tmp_path: Path, script: str) -> None:
    helper(tmp_path / "bin", "bad", script)
    path = write(tmp_path / ".docker/config.json", {"credHelpers": {"a.example": "bad"}})

    with pytest.raises(InputError, match="docker-credential-bad") as caught:
        credentials(tmp_path, PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin").find("a.example")

    assert str(path) in str(caught.value)
    assert "pa55word" not in str(caught.value)


def test_a_helper_that_is_not_installed_matters_only_where_it_holds_the_login(tmp_path: Path) -> None:
    write(tmp_path / ".docker/config.json", {"credsStore": "absent", "auths": {"a.example": {}}})
    found = credentials(tmp_path, PATH=str(tmp_path))

    assert found.find("b.example") is None
    with pytest.raises(InputError, match="credsStore names docker-credential-absent, which is not on PATH"):
        found.find("a.example")


def test_the_files_that_are_seen_are_told_without_what_they_hold(tmp_path: Path) -> None:
    entries = {
        "auths": {"a.example": pair("me", "pa55word")},
        "credHelpers": {"b.example": "keys"},
        "credsStore": "store",
    }
    docker = write(tmp_path / ".docker/config.json", entries)
    podman = tmp_path / ".config/containers/auth.json"
    podman.parent.mkdir(parents=True)
    podman.write_text("{")
    seen = {file.path: file for file in credentials(tmp_path, XDG_RUNTIME_DIR=str(tmp_path / "run")).files_seen()}

    assert list(seen) == [docker, tmp_path / "run/containers/auth.json", podman]
    assert seen[docker].hosts == ("a.example", "b.example")
    assert seen[docker].helpers == ("keys", "store")
    assert not seen[tmp_path / "run/containers/auth.json"].exists
    assert "is not JSON" in seen[podman].problem
    assert "pa55word" not in str(seen)


@pytest.mark.parametrize(
    ("document", "again"),
    [({"auths": {}}, False), ({"credsStore": "x"}, True), ({"credHelpers": {"b.example": "y"}}, True)],
)
def test_looking_takes_a_while_until_all_files_are_read_and_where_one_names_a_helper(
    tmp_path: Path, document: dict[str, Any], again: bool
) -> None:
    write(tmp_path / ".docker/config.json", document)
    found = Credentials(ConnectionOptions(), {"HOME": str(tmp_path), "PATH": ""})
    first = found.takes_a_while
    found.find("a.example")

    assert (first, found.takes_a_while) == (True, again)
