"""What `regplan verify` tells on demand: tags that have moved at their source, what no version names, and how to mend."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import http, images
from support.tokens import Account

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry]

PROJECT = "spectro-images"
BASE = images.layer(40_000, 1)
APP = images.image([BASE, images.layer(9_000, 2)], label="app")
TOOL = images.multi_platform(seed=30)
OLD = images.image([BASE, images.layer(5_000, 3)], label="old")
OLDER = images.image([BASE, images.layer(5_500, 4), images.layer(6_000, 5)], label="older")
MOVED = images.image([BASE, images.layer(9_100, 6)], label="moved")
SITE = """
name: store
profiles: [now.txt]
upgrade_from: [[before.txt]]
registry: {{kind: other, address: {address}, project: spectro-images}}
"""


@dataclass(frozen=True)
class Place:
    """A site with two images now and an older one before, seeded."""

    folder: Path
    source: Registry
    target: Registry

    @property
    def app(self) -> str:
        return f"{self.source.address}/edge/app:1"

    @property
    def tool(self) -> str:
        return f"{self.source.address}/edge/tool:1"

    def at(self, repository: str) -> str:
        return f"{PROJECT}/{self.source.address.replace(':', '_')}/{repository}"

    def run(self, verb: str, *arguments: str) -> Said:
        hosts = (f"--plain-http={self.source.address}", f"--plain-http={self.target.address}")
        return regplan(verb, str(self.folder / "site.yaml"), *arguments, *hosts, "-o", "json", "--quiet")

    def verify(self, *arguments: str) -> Said:
        return self.run("verify", "--mapping", "host", *arguments)


@pytest.fixture
def place(start_registry: StartRegistry, tmp_path: Path) -> Place:
    found = Place(tmp_path, start_registry(), start_registry())
    images.push(found.source, "edge/app", APP, ["1", "0"])
    images.push(found.source, "edge/app", OLD, ["0"])
    images.push(found.source, "edge/tool", TOOL, ["1"])
    (tmp_path / "now.txt").write_text(f"{found.app}\n{found.tool}\n")
    (tmp_path / "before.txt").write_text(f"{found.source.address}/edge/app:0\n")
    (tmp_path / "site.yaml").write_text(SITE.format(address=found.target.address))
    said = found.run("seed", "--yes")
    assert said.code == 0, said.err
    (tmp_path / "seeded.json").write_text(said.out)
    return found


def test_a_tag_that_moved_at_its_source_is_told_with_what_was_seeded_by_one_head_for_each_tag(place: Place) -> None:
    images.push(place.source, "edge/app", MOVED, ["1"])
    place.source.forget_requests()

    said = place.verify("--plan", str(place.folder / "seeded.json"), "--drift")

    assert said.code == 0, said.err
    assert said.document["drift"] == {
        "looked": True,
        "why_not": "",
        "asked": 2,
        "moved": [{"reference": place.app, "seeded": APP.manifest.digest, "now": MOVED.manifest.digest}],
        "unknown": [],
    }
    looked = [each for each in place.source.requests() if each.method == "HEAD" and "/manifests/1" in each.path]
    assert len(looked) == 2


def test_an_image_of_one_platform_has_not_moved_while_the_index_behind_its_tag_holds_it(place: Place) -> None:
    for more in ((), ("--plan", str(place.folder / "seeded.json"))):
        drift = place.verify("--drift", *more).document["drift"]

        assert (drift["asked"], drift["moved"], drift["unknown"]) == (2, [], [])


@pytest.mark.slow
def test_a_tag_that_is_gone_at_its_source_has_moved_and_a_source_that_does_not_answer_tells_nothing(
    place: Place,
) -> None:
    digest = APP.manifest.digest
    assert http.request("DELETE", f"{place.source.url}/v2/edge/app/manifests/{digest}").status == 202
    plan = ("--plan", str(place.folder / "seeded.json"), "--drift")

    drift = place.verify(*plan).document["drift"]
    assert drift["moved"] == [{"reference": place.app, "seeded": digest, "now": None}]

    place.source.stop()
    drift = place.verify(*plan).document["drift"]
    assert drift["moved"] == []
    assert [each["reference"] for each in drift["unknown"]] == [place.app, place.tool]


@pytest.mark.slow
def test_offline_no_source_is_asked_and_that_is_said(place: Place) -> None:
    tree = f"oci:{place.folder / 'disk'}"
    assert place.run("seed", "--to", tree, "--yes").code == 0
    place.source.forget_requests()

    said = place.verify("--at", tree, "--drift", "--offline")

    assert said.document["drift"]["looked"] is False
    assert "being offline allows no connection" in said.document["drift"]["why_not"]
    assert not place.source.requests()


def test_without_the_options_nothing_is_looked_for(place: Place) -> None:
    said = place.verify()

    assert (said.document["drift"], said.document["orphans"], said.document["mend"]) == (None, None, None)
    assert not any("tags/list" in each.path or "_catalog" in each.path for each in place.target.requests())


def _harm(place: Place) -> None:
    """Push what no version names: two into a repository of the site, one of them shared with another's, one elsewhere."""
    images.push(place.target, place.at("edge/app"), OLD, ["0"])
    images.push(place.target, place.at("edge/app"), OLDER, ["by-hand"])
    images.push(place.target, place.at("edge/tool"), MOVED, ["stray"])
    images.push(place.target, "others/thing", MOVED, ["1"])


def test_what_no_version_names_is_listed_and_counted_and_left_alone(place: Place) -> None:
    _harm(place)
    place.target.forget_requests()

    said = place.verify("--orphans")

    orphans = said.document["orphans"]
    found = {(item["repository"], *item["tags"]): item["digest"] for item in orphans["items"]}
    assert found == {
        (place.at("edge/app"), "by-hand"): OLDER.manifest.digest,
        (place.at("edge/tool"), "stray"): MOVED.manifest.digest,
    }
    own = [blob for blob in OLDER.blobs() if blob.digest not in {each.digest for each in APP.blobs()}]
    assert orphans["freed_bytes"] == sum(len(blob.data) for blob in own) + len(OLDER.manifest.data)
    assert not orphans["is_upper_bound"]
    assert any("without a tag" in each for each in orphans["unlisted"])
    assert {each.method for each in place.target.requests()} <= {"GET", "HEAD"}
    assert said.code == 0


@pytest.mark.slow
def test_the_bytes_of_what_no_version_names_are_those_that_collecting_gives_back(place: Place) -> None:
    _harm(place)
    told = place.verify("--orphans").document["orphans"]
    before = place.target.blob_bytes()

    for item in told["items"]:
        url = f"{place.target.url}/v2/{item['repository']}/manifests/{item['digest']}"
        assert http.request("DELETE", url).status == 202
    place.target.collect_garbage()

    assert before - place.target.blob_bytes() == told["freed_bytes"] > 0
    assert place.verify("--level", "deep").code == 0


@pytest.mark.slow
def test_a_tree_on_a_disk_is_looked_through_too(place: Place) -> None:
    tree = f"oci:{place.folder / 'disk'}"
    assert place.run("seed", "--to", tree, "--yes").code == 0
    before = place.folder / "before-site.yaml"
    before.write_text((place.folder / "site.yaml").read_text().replace("[now.txt]", "[before.txt]"))
    hosts = (f"--plain-http={place.source.address}", "-o", "json", "--quiet")
    assert regplan("seed", str(before), "--to", tree, "--yes", *hosts).code == 0
    site = place.folder / "site.yaml"
    site.write_text(site.read_text().replace("upgrade_from: [[before.txt]]\n", ""))

    orphans = place.verify("--at", tree, "--orphans").document["orphans"]

    assert [item["tags"] for item in orphans["items"]] == [["0"]]
    own = [blob for blob in OLD.blobs() if blob.digest not in {each.digest for each in APP.blobs()}]
    assert orphans["freed_bytes"] == sum(len(blob.data) for blob in own) + len(OLD.manifest.data)


@pytest.mark.slow
def test_a_registry_that_lists_its_repositories_to_nobody_gives_an_upper_bound_and_says_so(
    start_registry: StartRegistry, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = start_registry("token")
    assert target.options.tokens is not None
    may = {f"{PROJECT}/*": frozenset({"pull", "push"})}
    target.options.tokens.accounts[target.user] = Account(target.password, may)
    login = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {target.address: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "site.yaml").write_text(SITE.format(address=target.address))
    other = Place(tmp_path, place.source, target)
    assert other.run("seed", "--yes").code == 0

    orphans = other.verify("--orphans").document["orphans"]

    assert orphans["is_upper_bound"]
    assert any("does not list" in each for each in orphans["unlisted"])


def test_what_is_wrong_comes_with_the_command_that_mends_it(place: Place) -> None:
    layer = APP.blobs()[-1].digest
    place.target.blob_file(layer).unlink()

    said = place.verify("--level", "blobs")
    site = str(place.folder / "site.yaml")

    assert (said.code, said.document["mend"]) == (1, f"regplan seed {site} --check blobs")
    assert place.run("seed", "--check", "blobs", "--yes").code == 0
    assert place.verify("--level", "deep").document["mend"] is None


@pytest.mark.slow
def test_in_words_drift_orphans_and_the_repair_are_told(place: Place) -> None:
    _harm(place)
    images.push(place.source, "edge/app", MOVED, ["1"])
    hosts = (f"--plain-http={place.source.address}", f"--plain-http={place.target.address}", "--quiet")
    said = regplan("verify", str(place.folder / "site.yaml"), "--drift", "--orphans", "--mapping", "host", *hosts)

    assert said.code == 1
    assert "drift: 1 of 2 tags have moved at their source since they were seeded" in said.out
    assert "orphans: 2 manifests in 2 repositories are named by no version; " in said.out
    assert f"mend it: regplan seed {place.folder / 'site.yaml'}" in said.out
    assert "by-hand" in said.out
