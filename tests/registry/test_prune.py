"""`regplan prune` of real registries; what it frees is measured on their disks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.verbs.options import Options
from regplan.verbs.pruning import PruneWishes, prune_site
from regplan.verbs.seeding import seed_job
from support import http, images

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said
    from regplan.model.pruning import PrunePlan
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.ours_later]

PROJECT = "spectro-images"
BASE = images.layer(40_000, 1)


def built(seed: int) -> images.Image:
    return images.image([BASE, images.layer(5_000 + 100 * seed, 100 + seed)], label=f"app-{seed}")


APPS = {number: built(number) for number in range(1, 5)}
TOOL = images.image([BASE, images.layer(2_000, 9)], label="tool")
OLD_TOOL = images.image([BASE, images.layer(2_500, 10)], label="old-tool")
ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
SITE = """
name: store
profiles: [now.txt]
upgrade_to: [next.txt]
upgrade_from: [[before.txt], [long-ago.txt]]
registry: {{kind: {kind}, address: {address}, project: spectro-images}}
"""


@dataclass(frozen=True)
class Place:
    """A site whose app goes from 1 (long ago) over 2 (before) and 3 (now) to 4 (next)."""

    folder: Path
    source: Registry
    target: Registry

    def at(self, repository: str) -> str:
        return f"{PROJECT}/{self.source.address.replace(':', '_')}/{repository}"

    def prune(self, *arguments: str) -> Said:
        hosts = (f"--plain-http={self.source.address}", f"--plain-http={self.target.address}")
        return regplan("prune", str(self.folder / "site.yaml"), *arguments, *hosts, "-o", "json", "--quiet")

    def has(self, repository: str, reference: str) -> bool:
        url = f"{self.target.url}/v2/{repository}/manifests/{reference}"
        return http.request("HEAD", url, headers={"Accept": ACCEPT}).status == 200

    def tags(self, said: Said) -> list[str]:
        return sorted(tag for item in said.document["items"] for tag in item["tags"])


def place_of(source: Registry, target: Registry, folder: Path) -> Place:
    place = Place(folder, source, target)
    for registry, named in ((source, lambda name: name), (target, place.at)):
        for number, tree in APPS.items():
            images.push(registry, named("edge/app"), tree, [str(number)])
        images.push(registry, named("edge/tool"), TOOL, ["1"])
        images.push(registry, named("edge/gone"), OLD_TOOL, ["1"])
    images.push(target, f"{PROJECT}/others/thing", built(50), ["1"])
    images.push(target, place.at("edge/app"), built(60), ["hand-made"])
    versions = {"long-ago": (1, "gone"), "before": (2, "tool"), "now": (3, "tool"), "next": (4, "tool")}
    for name, (number, tool) in versions.items():
        listed = [f"{source.address}/edge/app:{number}", f"{source.address}/edge/{tool}:1"]
        (folder / f"{name}.txt").write_text("\n".join(listed))
    (folder / "site.yaml").write_text(SITE.format(address=target.address, kind="other"))
    return place


@pytest.fixture
def place(start_registry: StartRegistry, tmp_path: Path) -> Place:
    return place_of(start_registry(), start_registry(), tmp_path)


def test_only_what_dropped_versions_alone_need_is_deleted_and_the_rest_stays(place: Place) -> None:
    said = place.prune("--keep", "2", "--yes")

    assert said.code == 0, said.err
    document = said.document
    assert (document["keep"], document["drop"]) == (["current", "next"], ["previous", "previous-2"])
    assert place.tags(said) == ["1", "1", "2"]
    assert len(document["done"]["deleted"]) == 3
    app = place.at("edge/app")
    assert [place.has(app, str(number)) for number in APPS] == [False, False, True, True]
    assert not place.has(app, APPS[1].manifest.digest)
    assert place.has(place.at("edge/tool"), "1")
    assert not place.has(place.at("edge/gone"), "1")
    assert place.has(f"{PROJECT}/others/thing", "1")
    assert place.has(app, "hand-made")
    assert place.prune("--keep", "2", "--yes").document["items"] == []


@pytest.mark.docker_registry
@pytest.mark.parametrize(("keep", "more"), [("2", ()), ("3", ()), ("1", ("--unnamed",))])
def test_the_bytes_that_are_shown_are_those_that_collecting_gives_back(
    place: Place, keep: str, more: tuple[str, ...]
) -> None:
    before = place.target.blob_bytes()
    shown = place.prune("--keep", keep, *more, "--dry-run").document
    assert place.target.blob_bytes() == before

    done = place.prune("--keep", keep, *more, "--yes").document
    assert place.target.blob_bytes() == before
    place.target.collect_garbage()

    assert before - place.target.blob_bytes() == shown["freed_bytes"] == done["done"]["freed_bytes"] > 0
    assert not shown["is_upper_bound"]


def test_a_dry_run_deletes_nothing_and_tells_what_no_version_names(place: Place) -> None:
    said = place.prune("--keep", "2", "--dry-run")

    assert said.code == 0
    assert [item["tags"] for item in said.document["unnamed"]["items"]] == [["hand-made"]]
    assert not any(each.method == "DELETE" for each in place.target.requests())
    assert "garbage-collect" in said.document["collect"]


def test_with_unnamed_the_same_repositories_lose_what_no_version_names_and_others_nothing(place: Place) -> None:
    assert place.prune("--keep", "4", "--unnamed", "--yes").code == 0

    assert not place.has(place.at("edge/app"), "hand-made")
    assert all(place.has(place.at("edge/app"), str(number)) for number in APPS)
    assert place.has(f"{PROJECT}/others/thing", "1")


def test_a_digest_that_another_tag_needs_stays(place: Place) -> None:
    images.push(place.target, place.at("edge/app"), APPS[1], ["stable"])

    said = place.prune("--keep", "2", "--yes")

    assert said.code == 0
    assert [each["digest"] for each in said.document["held"]] == [APPS[1].manifest.digest]
    assert "stable" in said.document["held"][0]["why"]
    assert place.has(place.at("edge/app"), "stable")


def prune_with(place: Place, agree: object) -> object:
    hosts = {each.address: HostOptions(plain_http=True) for each in (place.source, place.target)}
    job = seed_job([str(place.folder / "site.yaml")], None, "auto")
    return prune_site(job, PruneWishes(2), Options(connection=ConnectionOptions(hosts)), agree=agree)  # type: ignore[arg-type]


def test_what_is_uploaded_or_tagged_after_the_look_is_not_deleted(place: Place) -> None:
    def meanwhile(_: PrunePlan) -> bool:
        images.push(place.target, place.at("edge/app"), APPS[2], ["rescued"])
        images.push(place.target, place.at("edge/app"), images.index([APPS[1], built(70)]), ["both"])
        return True

    pruning = prune_with(place, meanwhile)
    result = pruning.result  # type: ignore[attr-defined]

    assert {str(each.digest) for each in result.skipped} == {APPS[1].manifest.digest, APPS[2].manifest.digest}
    assert [item.repository for item in result.deleted] == [place.at("edge/gone")]
    assert place.has(place.at("edge/app"), "rescued")
    assert place.has(place.at("edge/app"), APPS[1].manifest.digest)


def test_an_index_goes_before_what_it_holds_and_takes_its_images_with_it(place: Place) -> None:
    index = images.multi_platform(seed=7)
    images.push(place.target, place.at("edge/app"), index, ["1"])
    images.push(place.source, "edge/app", index, ["1"])

    said = place.prune("--keep", "2", "--all-platforms", "--yes")

    assert said.code == 0, said.document["failed"]
    gone = [blob.digest for blob in index.manifests()]
    assert not any(place.has(place.at("edge/app"), digest) for digest in gone)
    order = [item["digest"] for item in said.document["done"]["deleted"]]
    assert order.index(index.manifest.digest) == min(order.index(digest) for digest in gone)


@pytest.mark.docker_registry
def test_a_registry_that_does_not_delete_is_told_with_its_setting(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    place = place_of(start_registry(), start_registry(delete=False), tmp_path)

    said = place.prune("--keep", "2", "--yes")

    assert said.code == 3
    assert "REGISTRY_STORAGE_DELETE_ENABLED" in said.err
    assert all(place.has(place.at("edge/app"), str(number)) for number in APPS)


def test_what_cannot_be_chosen_safely_is_refused(place: Place) -> None:
    at = f"--at=docker://{place.target.address}/{PROJECT}"
    hosts = (f"--plain-http={place.source.address}", f"--plain-http={place.target.address}")
    for arguments, told in (
        (("now.txt", "--keep", "1", at), "site file"),
        (("site.yaml", "--keep", "0"), "at least one"),
        (("site.yaml", "--keep", "1", "--at", f"oci:{place.folder}/tree"), "for registries"),
    ):
        said = regplan("prune", str(place.folder / arguments[0]), *arguments[1:], *hosts, "--yes")
        assert said.code == 2
        assert told in said.err
    (place.folder / "next.txt").write_text(f"{place.source.address}/edge/app:4\n{{{{ .spectro.var.image }}}}\n")
    unread = place.prune("--keep", "2", "--dry-run")
    assert unread.code == 2
    assert regplan("prune", str(place.folder / "site.yaml"), "--keep", "1", "--yes", "--read-only", *hosts).code == 2


def test_what_is_kept_and_cannot_be_resolved_is_kept_by_its_tag(place: Place) -> None:
    digest = APPS[3].manifest.digest
    assert http.request("DELETE", f"{place.source.url}/v2/edge/app/manifests/{digest}").status == 202
    (place.folder / "before.txt").write_text(f"{place.source.address}/edge/app:3\n{place.source.address}/edge/app:2")

    assert place.prune("--keep", "2", "--cache-dir", str(place.folder / "empty"), "--yes").code == 0
    assert place.has(place.at("edge/app"), "3")
