"""`regplan verify` of a site against real registries that skopeo, a seeding or a hand has filled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import http, images, skopeo

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

PROJECT = "spectro-images"
BASE = images.layer(50_000, 1)
OLD = {
    "edge/app": images.image([BASE, images.layer(9_000, 2)], label="app-1"),
    "edge/tool": images.image([BASE, images.layer(7_000, 3)], label="tool"),
    "library/side": images.image([images.layer(3_000, 4)], label="side"),
}
NEW = {
    "edge/app": images.image([BASE, images.layer(9_500, 5)], label="app-2"),
    "edge/more": images.image([BASE], label="more"),
}


@dataclass(frozen=True)
class Place:
    """A site in a folder, whose images are at `source` and whose registry is `target`."""

    folder: Path
    source: Registry
    target: Registry

    def reference(self, repository: str, tag: str) -> str:
        return f"{self.source.address}/{repository}:{tag}"

    def at_host(self, repository: str) -> str:
        return f"{PROJECT}/{self.source.address.replace(':', '_')}/{repository}"

    def run(self, *arguments: str) -> Said:
        return regplan(*arguments, f"--plain-http={self.source.address}", f"--plain-http={self.target.address}")

    def verify(self, *arguments: str, site: str = "site.yaml") -> Said:
        return self.run("verify", str(self.folder / site), *arguments, "-o", "json", "--quiet")

    def copy(self, repository: str, tag: str, name: str) -> None:
        place = f"docker://{self.target.address}/{name}:{tag}"
        skopeo.copy(
            f"docker://{self.reference(repository, tag)}",
            place,
            source_registry=self.source,
            target_registry=self.target,
        )


SITE = """
name: store
profiles: [now.txt]
upgrade_to: [next.txt]
upgrade_from: [[before.txt]]
internet: {internet}
registry: {{kind: other, address: {address}, project: spectro-images, storage: 1GB, sync: {sync}}}
hosts:
  - {{name: node, role: control-plane, cpu: 8, memory: 16GiB, storage: 512GB}}
"""


@pytest.fixture
def place(start_registry: StartRegistry, tmp_path: Path) -> Place:
    found = Place(tmp_path, start_registry(), start_registry())
    for built, tag in ((OLD, "1"), (NEW, "2")):
        for repository, tree in built.items():
            images.push(found.source, repository, tree, [tag])
    now = [found.reference(name, "1") for name in OLD]
    newer = [found.reference("edge/app", "2"), found.reference("edge/more", "2"), *now[1:]]
    (tmp_path / "now.txt").write_text("\n".join(now))
    (tmp_path / "next.txt").write_text("\n".join(newer))
    (tmp_path / "before.txt").write_text("\n".join(now[1:]))
    write_site(found)
    return found


def write_site(place: Place, *, sync: bool = True, internet: str = "thin") -> None:
    address = place.target.address
    text = SITE.format(internet=internet, address=address, sync=str(sync).lower())
    (place.folder / "site.yaml").write_text(text)


def states(said: Said) -> dict[str, str]:
    return {image["reference"].rpartition("/")[2]: image["state"] for image in said.document["images"]}


@pytest.mark.docker_registry
def test_a_registry_that_skopeo_sync_has_filled_is_complete_under_the_last_component_of_its_names(place: Place) -> None:
    for repository in OLD:
        skopeo.run(
            "sync", "--src", "docker", "--dest", "docker", "--src-tls-verify=false", "--dest-tls-verify=false",
            place.reference(repository, "1"), f"{place.target.address}/{PROJECT}",
        )  # fmt: skip

    said = place.verify("--level", "deep")

    assert said.code == 0, said.err
    assert said.document["mapping"] == {"name": "last", "hits": 3, "probes": 3, "is_told": False}
    assert (said.document["complete"], said.document["missing"]) == (True, [])
    assert place.verify("--mapping", "host").code == 1


def test_what_is_named_by_its_path_alone_is_found_so_and_one_gap_in_it_is_a_gap(place: Place) -> None:
    for repository in ("edge/app", "edge/tool"):
        place.copy(repository, "1", f"{PROJECT}/{repository}")

    said = place.verify()

    assert said.code == 1
    assert said.document["mapping"]["name"] == "plain"
    assert said.document["mapping"]["hits"] == 2
    assert said.document["missing"] == [place.reference("library/side", "1")]


def test_an_empty_registry_is_named_as_the_documentation_names_it(place: Place) -> None:
    document = place.verify().document

    assert document["mapping"] == {"name": "host", "hits": 0, "probes": 3, "is_told": False}
    assert len(document["missing"]) == 3


def test_the_usual_naming_is_told_by_one_question_for_each_probe(place: Place) -> None:
    for repository in OLD:
        place.copy(repository, "1", place.at_host(repository))
    place.target.forget_requests()

    assert place.verify().document["mapping"] == {"name": "host", "hits": 3, "probes": 3, "is_told": False}
    assert len([each for each in place.target.requests() if "/manifests/" in each.path]) == 3 + 3


def test_an_upgrade_can_start_when_the_next_version_is_there_and_rollback_works_while_the_current_one_is(
    place: Place,
) -> None:
    for repository in OLD:
        place.copy(repository, "1", place.at_host(repository))
    before = place.verify("--for", "next")
    assert before.code == 1
    assert (before.document["can_start"], before.document["rollback"]) == (False, True)
    assert sorted(before.document["missing"]) == [place.reference("edge/app", "2"), place.reference("edge/more", "2")]
    sizes = sum(
        len(blob.data)
        for tree in NEW.values()
        for blob in (*tree.blobs(), *tree.manifests())
        if blob.digest != BASE.blob.digest
    )
    assert before.document["room"]["to_come_bytes"] == sizes
    assert before.document["room"]["claimed_bytes"] == 10**9

    for repository in NEW:
        place.copy(repository, "2", place.at_host(repository))
    ready = place.verify("--for", "next")
    assert (ready.code, ready.document["can_start"], ready.document["rollback"]) == (0, True, True)
    assert ready.document["room"]["fits"]
    assert place.verify("--for", "both").code == 0

    gone = f"{place.target.url}/v2/{place.at_host('edge/app')}/manifests/{OLD['edge/app'].manifest.digest}"
    assert http.request("DELETE", gone).status == 202
    no_way_back = place.verify("--for", "next")
    assert (no_way_back.code, no_way_back.document["can_start"], no_way_back.document["rollback"]) == (0, True, False)
    assert no_way_back.document["missing"] == []
    both = place.verify("--for", "both")
    assert both.code == 1
    assert both.document["missing"] == [place.reference("edge/app", "1")]
    assert both.document["versions"]["current"] == {
        "complete": False, "images": 3, "missing": 1, "wrong": 0, "equivalent": 0, "unpinned": 0, "unresolved": 0,
    }  # fmt: skip


@pytest.mark.docker_registry
@pytest.mark.parametrize("versions", ["next", "both"])
def test_the_command_that_verify_names_for_the_next_version_brings_all_of_it(place: Place, versions: str) -> None:
    site = str(place.folder / "site.yaml")
    if versions == "next":
        assert place.run("seed", site, "--yes").code == 0
    lacking = place.verify("--for", versions)
    assert (lacking.code, lacking.document["mend"]) == (1, f"regplan seed {site} --for {versions}")

    mend = lacking.document["mend"].split()[1:]
    foretold = place.run(*mend, "--dry-run", "-o", "json")
    done = place.run(*mend, "--yes", "-o", "json")

    named = {f"{name}:1" for name in OLD} | {f"{name}:2" for name in NEW}
    if versions == "next":
        named.remove("edge/app:1")
    assert (foretold.code, done.code, done.document["verified"]) == (0, 0, True)
    assert foretold.document["plan"]["manifests"] == done.document["plan"]["manifests"] == len(named)
    brought = {
        f"{item['repository'].removeprefix(place.at_host(''))}:{tag}"
        for item in done.document["expected"]
        for tag in item["tags"]
    }
    assert brought == named
    complete = place.verify("--for", versions)
    assert (complete.code, complete.document["mend"]) == (0, None)


@pytest.mark.parametrize(
    ("sync", "internet", "effect"), [(True, "thin", "internet"), (False, "thin", "fails"), (True, "none", "fails")]
)
def test_what_is_missing_goes_to_the_internet_only_where_content_is_synced(
    place: Place, sync: bool, internet: str, effect: str
) -> None:
    write_site(place, sync=sync, internet=internet)
    for repository in ("edge/app", "edge/tool"):
        place.copy(repository, "1", place.at_host(repository))

    document = place.verify().document
    lost = place.reference("library/side", "1")
    told = next(image for image in document["images"] if image["reference"] == lost)

    assert (told["effect"], told["hosts"], told["versions"]) == (effect, ["node"], ["current"])
    assert told["provenance"]
    assert document["internet_fallback"] == ([lost] if effect == "internet" else [])
    assert document["fails"] == ([lost] if effect == "fails" else [])


def seed_document(place: Place) -> dict[str, Any]:
    said = place.run(
        "seed",
        str(place.folder / "now.txt"),
        "--to",
        f"docker://{place.target.address}/{PROJECT}",
        "--yes",
        "-o",
        "json",
        "--quiet",
    )
    assert said.code == 0, said.err
    (place.folder / "seeded.json").write_text(said.out)
    return said.document


def test_a_seed_document_stands_in_for_the_source_at_every_level(place: Place) -> None:
    seed_document(place)
    place.source.stop()
    plan = ("--plan", str(place.folder / "seeded.json"))

    for level in ("tags", "blobs", "deep"):
        said = place.verify(*plan, "--level", level)
        assert (said.code, said.document["unpinned"], said.document["unresolved"]) == (0, [], []), said.err

    layer = OLD["edge/tool"].blobs()[-1]
    file = place.target.blob_file(layer.digest)
    file.write_bytes(bytes(len(layer.data)))
    assert place.verify(*plan, "--level", "blobs").code == 0
    assert place.verify(*plan, "--level", "deep").document["wrong"] == [place.reference("edge/tool", "1")]
    images.push(place.target, place.at_host("edge/app"), NEW["edge/app"], ["1"])
    assert place.reference("edge/app", "1") in place.verify(*plan).document["wrong"]


def test_without_any_digest_tags_are_looked_for_and_stand_as_unpinned(place: Place) -> None:
    seed_document(place)
    place.source.stop()
    said = place.verify("--cache-dir", str(place.folder / "empty"))

    assert said.code == 4
    assert len(said.document["unpinned"]) == 3


def test_a_seed_document_that_is_none_is_refused_with_the_key(place: Place) -> None:
    file = place.folder / "seeded.json"
    for text, told in (
        ("[]", "it is no seed document"),
        ("{", "no JSON document"),
        ('{"kind": "seed"}', "'expected' is not a list"),
        ('{"kind": "seed", "expected": [{"repository": "a", "digest": "x"}]}', "expected[0]: digest"),
        (
            '{"kind": "seed", "expected": [{"repository": "a", "digest": "sha256:' + "0" * 64 + '", "tags": 1}]}',
            "'tags'",
        ),
    ):
        file.write_text(text)
        said = place.verify("--plan", str(file))
        assert said.code == 2
        assert told in said.err


def test_a_version_that_the_site_does_not_name_is_refused(place: Place) -> None:
    at = f"--at=docker://{place.target.address}/{PROJECT}"
    said = place.verify(at, "--for", "next", site="now.txt")
    assert said.code == 2
    assert "upgrade_to" in said.err
    seeding = place.run("seed", str(place.folder / "now.txt"), at.replace("--at", "--to"), "--for", "next", "--dry-run")
    assert seeding.code == 2
    assert "upgrade_to" in seeding.err
    untold = place.verify(site="now.txt")
    assert untold.code == 2
    assert "--at" in untold.err


def test_what_is_found_is_shown_with_what_follows_from_it(place: Place) -> None:
    place.copy("edge/app", "1", place.at_host("edge/app"))
    said = place.run("verify", str(place.folder / "site.yaml"), "--for", "next", "--quiet")

    assert said.code == 1
    assert "fetched over the internet link" in said.out
    assert "the upgrade can NOT start" in said.out
    assert "still to come" in said.out
    assert json.loads(place.verify().out)["kind"] == "verify"
