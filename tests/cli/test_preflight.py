"""What `seed` shows before anything moves, as users see it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images
from support.answers import Asked, Reply, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.answers import Served
    from support.starter import StartRegistry

DEMO = Path(__file__).parents[2] / "data" / "demo" / "site.yaml"
TREE = images.layer_twice(seed=9)
NAME = "quay.io/shop/web:1.0"


@pytest.fixture
def layout(tmp_path: Path) -> str:
    """A layout with one image."""
    images.write_layout(tmp_path / "layout", {NAME: TREE})
    return f"oci:{tmp_path / 'layout'}"


class Harbor:
    """As Harbor answers where its project is not there, until it is created; no more of it than this file needs.

    Source: goharbor/harbor api/v2.0/swagger.yaml, and facts on its `/v2/` challenge.
    """

    def __init__(self, quota_bytes: int = -1) -> None:
        self.created: list[dict[str, object]] = []
        self.quota_bytes = quota_bytes
        self.port = 0

    def __call__(self, asked: Asked) -> Reply:
        path, page = asked.path.partition("?")[0], "/api/v2.0/projects"
        if path == "/service/token":
            return Reply(body=b'{"token": "t0ken"}')
        if path.startswith("/v2/"):
            if "authorization" not in asked.headers:
                realm = f'Bearer realm="http://127.0.0.1:{self.port}/service/token",service="harbor-registry"'
                return Reply(401, headers={"WWW-Authenticate": realm})
            return Reply(404)
        if path == f"{page}/spectro-images/summary" and (self.created or self.quota_bytes >= 0):
            quota = {"quota": {"hard": {"storage": self.quota_bytes}, "used": {"storage": 0}}}
            return Reply(body=json.dumps(quota).encode())
        if path == page and asked.method == "POST":
            self.created.append(json.loads(asked.body))
            return Reply(201)
        return Reply(200, b"[]") if path.endswith("/immutabletagrules") else Reply(404)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Harbor12345\n"))


@pytest.fixture
def harbor() -> Iterator[tuple[Served, Harbor]]:
    answers = Harbor()
    with serve(answers) as served:
        answers.port = served.port
        yield served, answers


def seed(served: Served, layout: str, *more: str) -> list[str]:
    login = ["--username", "admin", "--password-stdin", f"--plain-http={served.address}"]
    return ["seed", NAME, "--from", layout, "--to", f"docker://{served.address}/spectro-images", *login, *more]


@pytest.mark.usefixtures("password")
def test_a_harbor_without_the_project_fails_before_a_byte_is_sent_and_names_the_call(
    harbor: tuple[Served, Harbor], layout: str
) -> None:
    served, _ = harbor

    said = regplan(*seed(served, layout, "--yes"))

    assert said.code == 1
    assert "Harbor has no project spectro-images" in said.out
    assert f"curl -u USER -X POST http://{served.address}/api/v2.0/projects" in said.out
    assert not [asked for asked in served.asked if asked.method in {"POST", "PUT"}]
    assert "Harbor12345" not in said.out + said.err


@pytest.mark.usefixtures("password")
def test_a_project_is_created_when_it_is_wanted(harbor: tuple[Served, Harbor], layout: str) -> None:
    served, answers = harbor

    regplan(*seed(served, layout, "--create-project", "--yes"))

    assert [each["project_name"] for each in answers.created] == ["spectro-images"]
    made = next(place for place, asked in enumerate(served.asked) if asked.path == "/api/v2.0/projects")
    later = [asked for asked in served.asked[made + 1 :] if asked.path.startswith("/v2/") and asked.method == "POST"]
    assert later


@pytest.mark.usefixtures("password")
def test_a_dry_run_creates_no_project(harbor: tuple[Served, Harbor], layout: str) -> None:
    served, answers = harbor

    said = regplan(*seed(served, layout, "--create-project", "--dry-run"))

    assert said.code == 1
    assert not answers.created


def test_a_quota_that_is_one_byte_short_stops_the_seeding(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = sum({blob.digest: len(blob.data) for blob in TREE.blobs()}.values())
    verdicts = []
    for quota in (needed, needed - 1):
        monkeypatch.setattr("sys.stdin", io.StringIO("Harbor12345\n"))
        answers = Harbor(quota)
        with serve(answers) as served:
            answers.port = served.port
            document = regplan(*seed(served, layout, "--dry-run", "-o", "json")).document
        verdicts += [each["verdict"] for each in document["findings"] if each["rule"] == "seed.quota"]
        assert document["left_bytes"] == needed

    assert verdicts == ["PASS", "FAIL"]


@pytest.mark.registry
def test_a_site_whose_registry_does_not_answer_is_told_what_must_be_on_every_host_first() -> None:
    said = regplan("seed", str(DEMO), "--to", "docker://127.0.0.1:9/p", "--plain-http", "--dry-run", "-o", "json")

    assert said.code == 3
    before, comes_up, content, proof = said.document["phases"]
    assert [each["state"] for each in (before, comes_up, content, proof)] == ["unknown", "now", "later", "later"]
    assert before["hosts"] == 3
    assert 0 < before["size_bytes"] < content["size_bytes"]
    assert set(comes_up["references"]) <= set(before["references"]) < set(content["references"])
    table = regplan("seed", str(DEMO), "--to", "docker://127.0.0.1:9/p", "--plain-http", "--dry-run").out
    assert all(reference in table for reference in before["references"])


@pytest.mark.registry
def test_images_of_which_only_sizes_are_known_can_be_planned_for_a_registry_and_not_seeded(
    start_registry: StartRegistry,
) -> None:
    target = f"docker://{start_registry().address}/p"

    looked = regplan("seed", str(DEMO), "--to", target, "--plain-http", "--dry-run", "-o", "json")
    done = regplan("seed", str(DEMO), "--to", target, "--plain-http", "--yes")

    assert (looked.code, done.code) == (1, 2)
    [source] = [each for each in looked.document["findings"] if each["rule"] == "seed.source"]
    assert source["required"] == looked.document["plan"]["manifests"] == 31
    assert [phase["state"] for phase in looked.document["phases"]] == ["done", "done", "now", "later"]


@pytest.mark.registry
def test_a_registry_that_holds_all_is_to_be_proved_and_nothing_is_left_to_send(
    start_registry: StartRegistry, layout: str
) -> None:
    target = f"docker://{start_registry().address}/p"
    arguments = ["seed", NAME, "--from", layout, "--to", target, "--plain-http"]

    first = regplan(*arguments, "--yes", "-o", "json")
    again = regplan(*arguments, "--dry-run", "-o", "json")

    assert first.code == again.code == 0
    assert first.document["left_bytes"] == sum({blob.digest: len(blob.data) for blob in TREE.blobs()}.values())
    assert again.document["left_bytes"] == 0


def test_a_tree_on_a_disk_is_told_with_the_room_that_it_has(tmp_path: Path, layout: str) -> None:
    said = regplan("seed", NAME, "--from", layout, "--to", f"oci:{tmp_path / 'usb'}", "--dry-run", "-o", "json")

    [space] = [each for each in said.document["findings"] if each["rule"] == "seed.space"]
    assert (said.code, space["verdict"]) == (0, "PASS")
    assert space["required"] == said.document["left_bytes"]
