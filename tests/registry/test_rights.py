"""Whether a login may push, told by a dry run before anything is written: docker-registry with its tokens, passwords and without a login."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Said, regplan
from support import images
from support.tokens import Account

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Auth, Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry]

NAMES = [f"quay.io/shop/part-{number}" for number in range(25)]
READ, WRITE = frozenset({"pull"}), frozenset({"pull", "push"})


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rights") / "layout"
    one = images.image([images.layer(2_000, 1)], label="one")
    images.write_layout(folder, {f"{name}:1": one for name in NAMES})
    return folder


def look(
    registry: Registry, layout: Path, monkeypatch: pytest.MonkeyPatch, *more: str, user: str, password: str
) -> Said:
    """Look with a dry run, or do what else is asked for."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    named = [f"{name}:1" for name in NAMES]
    place = ["--to", f"docker://{registry.address}/edge", "--from", f"oci:{layout}", "-o", "json"]
    login = ["--username", user, "--password-stdin", f"--ca-cert={registry.ca_file}"]
    return regplan("seed", *named, *place, *login, *(more or ("--dry-run",)))


def right(said: Said) -> dict[str, Any]:
    [found] = [each for each in said.document["findings"] if each["rule"] == "seed.rights"]
    return dict(found)


@pytest.mark.parametrize(
    ("grants", "code", "verdict", "words"),
    [
        ({"*": WRITE}, 0, "PASS", "push to 25 places"),
        ({"*": READ}, 1, "FAIL", "push to 25 of 25 places: edge/quay.io/shop/part-0"),
        ({"*": READ, "edge/*[0-8]": WRITE}, 1, "FAIL", "push to 2 of 25 places: edge/quay.io/shop/part-9, edge/quay.io/shop/part-19"),
    ],
)  # fmt: skip
def test_a_dry_run_tells_by_the_tokens_whether_the_login_may_push_and_where_not(
    start_registry: StartRegistry, layout: Path, monkeypatch: pytest.MonkeyPatch,
    grants: dict[str, frozenset[str]], code: int, verdict: str, words: str,
) -> None:  # fmt: skip
    registry = start_registry("token", tls=True)
    assert registry.options.tokens is not None
    registry.options.tokens.accounts["edge"] = Account("3dge", grants)

    said = look(registry, layout, monkeypatch, user="edge", password="3dge")

    assert said.code == code, said.err
    found = right(said)
    assert found["verdict"] == verdict
    assert words in found["message"]
    # Twenty places fit into one token, and nothing is asked of the registry for it.
    asked = [each for each in registry.options.tokens.requests if any("push" in scope for scope in each.scopes)]
    assert [len(each.scopes) for each in asked] == [20, 5]
    assert {each.method for each in registry.requests()} <= {"GET", "HEAD"}


def test_a_run_finds_it_out_by_its_first_upload_and_asks_for_no_more_tokens_than_that_takes(
    start_registry: StartRegistry, layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = start_registry("token", tls=True)

    said = look(registry, layout, monkeypatch, "--yes", user="reader", password="reads only")

    assert said.code == 3, said.err
    assert registry.blob_files() == {}
    assert "reads only" not in said.out + said.err


@pytest.mark.parametrize(("auth", "why"), [("basic", "a password does not tell"), (None, "no login was asked for")])
def test_where_no_token_tells_it_the_dry_run_says_that_it_is_not_known(
    start_registry: StartRegistry, layout: Path, monkeypatch: pytest.MonkeyPatch, auth: Auth | None, why: str
) -> None:
    registry = start_registry(auth, tls=True)

    said = look(registry, layout, monkeypatch, user=registry.user, password=registry.password)

    assert said.code == 0, said.err
    found = right(said)
    assert found["verdict"] == "INFO"
    assert "not known before the first upload" in found["message"]
    assert why in found["message"]
