"""Names at the registry, and how a registry is tied in, as a user asks for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.running import regplan
from support import images
from unit.profile.texts import export, listing, pack

if TYPE_CHECKING:
    from support.starter import StartRegistry

DEMO = Path(__file__).parents[2] / "data" / "demo"
CONNECT = {
    "charts": {
        "registry-connect": {
            "config": {
                "certificates": [{"certificateRef": {"name": "zot-tls", "namespace": "zot-system"}}],
                "registry": {"imageReplacementRules": '"quay.io": "example.registry.com/quay"\n'},
            }
        }
    }
}


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def targets(*arguments: str) -> dict[str, Any]:
    said = regplan("images", *arguments, "-o", "json")
    return {image["normalized"]: image["target"] for image in said.document["images"]}


def findings(*arguments: str) -> list[tuple[str, str, str]]:
    told = regplan(*arguments, "-o", "json").document["findings"]
    return [(each["rule"], each["verdict"], each["where"]) for each in told]


@pytest.fixture
def profile(tmp_path: Path) -> str:
    """A profile whose Registry Connect renames what is from quay.io."""
    zot = json.dumps({"charts": {"zot": {"registry": {"password": "hunter2"}}}})
    web = listing("quay.io/a/b:1", "gcr.io/a/b:1", "harbor.corp:8443/c:2")
    return write(
        tmp_path, "shop.json", export(pack("web", web), pack("zot", zot), pack("registry-connect", json.dumps(CONNECT)))
    )


def test_names_keep_the_host_unless_another_mapping_is_asked_for(profile: str, tmp_path: Path) -> None:
    rules = write(tmp_path, "rules.yaml", "registryMappingRules: {gcr.io/a: mirror.corp/x}\n")

    assert targets(profile) == {
        "quay.io/a/b:1": "spectro-images/quay.io/a/b:1",
        "gcr.io/a/b:1": "spectro-images/gcr.io/a/b:1",
        "harbor.corp:8443/c:2": "spectro-images/harbor.corp_8443/c:2",
    }
    assert targets(profile, "--mapping", rules)["gcr.io/a/b:1"] == "spectro-images/mirror.corp/x/b:1"
    assert targets(profile, "--mapping", "profile") == {
        "quay.io/a/b:1": "spectro-images/example.registry.com/quay/a/b:1",
        "gcr.io/a/b:1": "spectro-images/gcr.io/a/b:1",
        "harbor.corp:8443/c:2": "spectro-images/harbor.corp_8443/c:2",
    }


def test_a_site_among_the_arguments_says_project_and_addresses_of_its_registry(profile: str, tmp_path: Path) -> None:
    rules = write(tmp_path, "rules.yaml", "gcr.io: 10.0.0.5:30003/public\n")
    registry = {"project": "store", "address": "10.0.0.5:30003"}
    site = write(tmp_path, "site.yaml", json.dumps({"name": "s", "profiles": [profile], "registry": registry}))

    assert targets(site)["quay.io/a/b:1"] == "store/quay.io/a/b:1"
    assert targets(site, "--mapping", rules)["gcr.io/a/b:1"] == "public/a/b:1"
    assert targets(profile, "--mapping", rules)["gcr.io/a/b:1"] == "spectro-images/10.0.0.5_30003/public/a/b:1"


def test_a_column_shows_the_names_where_a_mapping_is_asked_for(profile: str) -> None:
    assert "TARGET" not in regplan("images", profile).out
    assert "spectro-images/a/b:1" in regplan("images", profile, "--mapping", "plain").out


def test_two_sources_under_one_name_fail(profile: str) -> None:
    said = regplan("images", profile, "--mapping", "plain", "-o", "json")

    assert said.code == 1
    assert [each["verdict"] for each in said.document["findings"] if each["rule"] == "mapping.collision"] == ["FAIL"]


def test_rules_in_a_profile_are_told_and_applied_only_when_asked_for(profile: str) -> None:
    told = [each for each in findings("images", profile) if each[0].startswith("mapping.")]

    assert told == [("mapping.profile-rules", "INFO", "shop > addon/registry-connect")]
    assert not [each for each in findings("images", profile, "--mapping", "profile") if each[0].startswith("mapping.")]


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("flat", "neither host, plain, last nor profile"),
        ("absent.yaml", "absent.yaml: no such file"),
        ("profile", "have no imageReplacementRules"),
    ],
)
@pytest.mark.parametrize("verb", ["images", "plan", "seed", "verify"])
def test_a_mapping_that_is_none_ends_with_2_before_anything_else(
    verb: str, mapping: str, says: str, tmp_path: Path
) -> None:
    listed = write(tmp_path, "list.txt", "nginx:1.27\n")
    site = write(tmp_path, "site.yaml", f"name: s\nimages: [nginx:1.27]\nfrom: ['recording:{DEMO / 'recording'}']\n")
    tree = f"oci:{tmp_path / 'tree'}"
    more = {"seed": ["--to", tree, "--dry-run", "--offline"], "verify": ["--at", tree, "--offline"]}.get(verb, [])
    said = regplan(verb, site if verb == "plan" else listed, *more, "--mapping", mapping)

    assert said.code == 2
    assert says in said.err


def test_broken_wiring_shows_in_the_images_of_a_profile_and_no_password_does(tmp_path: Path) -> None:
    harbor = json.dumps({"charts": {"harbor": {"harborAdminPassword": "Harbor12345"}}})
    k8s = "cluster:\n  config: |\n    kube-apiserver-arg:\n    - enable-admission-plugins=AlwaysPullImages\n"
    text = export(
        pack("edge-k3s", k8s, layer="k8s"), pack("harbor", harbor), pack("registry-connect", json.dumps(CONNECT))
    )
    file = write(tmp_path, "shop.json", text)
    said = regplan("images", file, "-o", "json")

    assert said.code == 1
    assert "Harbor12345" not in said.out
    told = [
        (each["verdict"], each["where"]) for each in said.document["findings"] if each["rule"] == "registry.connect"
    ]
    assert told == [
        ("FAIL", "shop > addon/registry-connect"),
        ("FAIL", "shop > addon/harbor > charts.harbor.harborAdminPassword"),
        ("FAIL", "shop > k8s/edge-k3s > cluster.config"),
    ]


def test_the_demos_wiring_is_whole() -> None:
    told = regplan("plan", str(DEMO / "site.yaml"), "-o", "json").document["findings"]

    assert [each["verdict"] for each in told if each["rule"] == "registry.connect"] == ["PASS"]


@pytest.mark.parametrize(
    ("content", "verdict", "overall"),
    [
        (None, "INCOMPLETE", "INCOMPLETE"),
        ({"palette_images": "unknown"}, "INCOMPLETE", "INCOMPLETE"),
        ({"palette_images": "none"}, "PASS", "MARGINAL"),
        ({"palette_images": "all"}, "INFO", "MARGINAL"),
        ({"palette_images": "all", "palette_images_size": "3GB"}, "PASS", "MARGINAL"),
    ],
)
def test_what_no_profile_says_is_asked_for(
    content: dict[str, str] | None, verdict: str, overall: str, tmp_path: Path
) -> None:
    site = yaml.safe_load((DEMO / "site.yaml").read_text())
    del site["content"]
    for key in ("profiles", "upgrade_to"):
        site[key] = [str(DEMO / each) for each in site[key]]
    site["from"] = [f"recording:{DEMO / 'recording'}"]
    file = write(tmp_path, "site.json", json.dumps(site | ({"content": content} if content else {}), default=str))
    found = regplan("plan", file, "-o", "json").document

    assert [each["verdict"] for each in found["findings"] if each["rule"] == "content.palette-images"] == [verdict]
    assert found["verdict"] == overall
    size = {term["key"]: term["bytes"] for term in found["storage"]["terms"]}.get("palette_images")
    assert size == (3 * 10**9 if content and "palette_images_size" in content else None)


def test_a_bundle_definition_says_what_no_profile_does_and_its_images_are_counted(tmp_path: Path) -> None:
    site = yaml.safe_load((DEMO / "site.yaml").read_text())
    del site["content"], site["upgrade_to"]
    bundle = {"artifacts": [{"reference": "us-docker.pkg.dev/palette-images/edge/agent:v4.7.2", "type": "image"}]}
    definition = write(tmp_path, "bundle-definition.yaml", yaml.safe_dump(bundle))
    site |= {"profiles": [*(str(DEMO / each) for each in site["profiles"]), definition]}
    site["from"] = [f"recording:{DEMO / 'recording'}"]
    found = regplan("plan", write(tmp_path, "site.json", json.dumps(site)), "-o", "json").document

    (told,) = [each for each in found["findings"] if each["rule"] == "content.palette-images"]
    assert (told["verdict"], "bundle-definition.yaml" in told["message"]) == ("PASS", True)
    assert str(tmp_path) not in told["message"]
    assert [each["reference"] for each in found["images"]["unresolved"]] == [
        "us-docker.pkg.dev/palette-images/edge/agent:v4.7.2"
    ]


def test_a_values_file_by_itself_is_told_without_its_folder(tmp_path: Path) -> None:
    file = write(tmp_path, "values.yaml", 'charts: {zot: {registry: {password: ""}}}\n')
    told = [each for each in findings("images", file) if each[0] == "registry.connect"]

    assert told == [
        ("registry.connect", "INFO", "profiles"),
        ("registry.connect", "FAIL", "values.yaml > charts.zot.registry.password"),
    ]


@pytest.mark.registry
def test_what_is_seeded_by_rules_is_verified_by_them_and_stands_under_their_names(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    source, target = start_registry(), start_registry()
    for name in ("web", "own"):
        images.push(source, f"shop/{name}", images.image([images.layer(2_000, len(name))], label=name), ["1.0"])
    references = [f"{source.address}/shop/{name}:1.0" for name in ("web", "own")]
    rules = write(
        tmp_path,
        "rules.yaml",
        json.dumps(
            {f"{source.address}/shop/web": "mirror.corp/x/web", f"{source.address}/shop/own": f"{target.address}/mine"}
        ),
    )
    to = f"docker://{target.address}/spectro-images"
    seeded = regplan("seed", *references, "--to", to, "--plain-http", "--mapping", rules, "--yes", "-o", "json")
    checked = regplan("verify", *references, "--at", to, "--plain-http", "--mapping", rules, "-o", "json")
    otherwise = regplan("verify", *references, "--at", to, "--plain-http", "-o", "json")

    assert (seeded.code, seeded.document["verified"]) == (0, True), seeded.err
    assert (checked.code, checked.document["complete"]) == (0, True)
    assert (otherwise.code, len(otherwise.document["missing"])) == (1, 2)
    assert {
        request.path.partition("/manifests/")[0]
        for request in target.requests()
        if request.method == "PUT" and "/manifests/" in request.path
    } == {
        "/v2/spectro-images/mirror.corp/x/web",
        "/v2/mine",
    }
