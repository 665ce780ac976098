"""`seed --emit job`: the Job holds no secret, and what it would run does seed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.running import regplan
from support import http, images

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

IMAGE = "registry.corp/tools/regplan:1"
WEB, MANY = images.layer_twice(seed=3), images.multi_platform()


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    images.push(registry, "shop/web", WEB, ["1.0"])
    images.push(registry, "shop/many", MANY, ["2.0"])
    return registry


def job_of(source: Registry, target: str, *more: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    names = [f"{source.address}/shop/web:1.0", f"{source.address}/shop/many:2.0"]
    said = regplan(
        "seed", *names, "--from", "origin", "--to", target, "--emit", "job", "--job-image", IMAGE,
        f"--plain-http={source.address}", *more,
    )  # fmt: skip
    assert said.code == 0, said.err
    config, job = yaml.safe_load_all(said.out)
    return config, job, said.err


def test_every_image_is_pinned_to_what_is_to_stand_at_the_target_and_keeps_its_tag(source: Registry) -> None:
    config, _, err = job_of(source, "docker://10.0.0.5:30003/spectro-images")

    child = next(each for each in MANY.children if getattr(each, "platform", "") == "linux/amd64")
    assert config["data"]["images.txt"].splitlines() == [
        f"{source.address}/shop/web:1.0@{WEB.manifest.digest}",
        f"{source.address}/shop/many:2.0@{child.manifest.digest}",
        IMAGE,
    ]
    assert f"{IMAGE} is not among the images" in err


def test_the_job_names_its_secret_and_holds_none(
    source: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    ca = tmp_path / "ca.crt"
    ca.write_text("-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n", encoding="utf-8")
    host = "10.0.0.5:30003"

    config, job, _ = job_of(
        source, f"docker://{host}/spectro-images", "--job-secret", "registry-login", "--job-namespace", "edge",
        f"--ca-cert={host}={ca}", "--username", "admin", "--password-stdin",
    )  # fmt: skip

    assert "hunter2" not in yaml.safe_dump([config, job])
    assert config["data"]["ca-10.0.0.5_30003.crt"] == ca.read_text(encoding="utf-8")
    assert {config["metadata"]["namespace"], job["metadata"]["namespace"]} == {"edge"}
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert f"--ca-cert={host}=/etc/regplan/ca-10.0.0.5_30003.crt" in container["args"]
    assert container["image"] == IMAGE
    secret = next(each["secret"] for each in pod["volumes"] if "secret" in each)
    assert secret["secretName"] == "registry-login"
    assert {each["name"]: each["value"] for each in container["env"]}["DOCKER_CONFIG"] == "/var/run/regplan/login"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}


def run_job(config: dict[str, Any], job: dict[str, Any], folder: Path) -> Said:
    """Do what the Job does, with the ConfigMap's files in a folder; regplan's own image is nowhere here."""
    for name, text in config["data"].items():
        (folder / name).write_text(text.replace(f"{IMAGE}\n", ""), encoding="utf-8")
    [container] = job["spec"]["template"]["spec"]["containers"]
    places = {"/etc/regplan": str(folder), "/var/lib/regplan": str(folder / "state")}
    arguments = container["args"]
    for place, here in places.items():
        arguments = [argument.replace(place, here) for argument in arguments]
    return regplan(*arguments)


def manifest_at(target: Registry, repository: str, tag: str) -> bytes:
    kinds = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
    return http.request("GET", f"{target.url}/v2/{repository}/manifests/{tag}", headers={"Accept": kinds}).body


def test_what_the_job_runs_seeds_its_target(source: Registry, start_registry: StartRegistry, tmp_path: Path) -> None:
    target = start_registry()
    config, job, _ = job_of(source, f"docker://{target.address}/spectro-images", f"--plain-http={target.address}")

    said = run_job(config, job, tmp_path)

    assert said.code == 0, said.err
    name = f"spectro-images/{source.address.replace(':', '_')}/shop"
    assert manifest_at(target, f"{name}/web", "1.0") == WEB.manifest.data


def test_names_platforms_and_how_sources_are_reached_go_with_the_job(
    source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    target = start_registry()
    rules = tmp_path / "my-rules.yaml"
    rules.write_text(f"{source.address}/shop: corp.example/sold\n", encoding="utf-8")
    config, job, _ = job_of(
        source, f"docker://{target.address}/edge", "--plain-http", "--all-platforms", f"--mapping={rules}",
    )  # fmt: skip
    rules.unlink()

    said = run_job(config, job, tmp_path)

    assert said.code == 0, said.err
    assert manifest_at(target, "edge/corp.example/sold/many", "2.0") == MANY.manifest.data
    assert manifest_at(target, "edge/corp.example/sold/web", "1.0") == WEB.manifest.data


def test_a_mirror_and_a_source_with_a_ca_of_its_own_go_with_the_job(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    mirror, target = start_registry(tls=True), start_registry()
    images.push(mirror, "proxy/shop/web", WEB, ["1.0"])
    said = regplan(
        "seed", "quay.io/shop/web:1.0", "--from", "mirrors", "--mirror", f"quay.io={mirror.address}/proxy",
        "--to", f"docker://{target.address}/edge", "--emit", "job", "--job-image", IMAGE,
        f"--ca-cert={mirror.address}={mirror.ca_file}", f"--plain-http={target.address}",
    )  # fmt: skip
    assert said.code == 0, said.err
    config, job = yaml.safe_load_all(said.out)

    ran = run_job(config, job, tmp_path)

    assert ran.code == 0, ran.err
    assert manifest_at(target, "edge/quay.io/shop/web", "1.0") == WEB.manifest.data


@pytest.mark.parametrize("more", [(), ("--create-project",)])
def test_a_project_that_is_to_be_made_is_made_by_the_job(source: Registry, more: tuple[str, ...]) -> None:
    _, job, _ = job_of(source, "docker://10.0.0.5:30003/spectro-images", *more)

    [container] = job["spec"]["template"]["spec"]["containers"]
    assert ("--create-project" in container["args"]) is bool(more)


def test_a_site_that_names_the_jobs_image_counts_it_in_its_plan(source: Registry, tmp_path: Path) -> None:
    tool = images.image([images.layer(50_000, 9)])
    images.push(source, "tools/regplan", tool, ["1"])
    counted = []
    for names in (["shop/web:1.0"], ["shop/web:1.0", "tools/regplan:1"]):
        site = tmp_path / "site.yaml"
        listed = [f"{source.address}/{name}" for name in names]
        site.write_text(yaml.safe_dump({"name": "s", "images": listed, "registry": {"address": "10.0.0.5:30003"}}))
        said = regplan("plan", str(site), f"--plain-http={source.address}", "-o", "json")
        counted.append(sum(each["unique_bytes"] for each in said.document["layers"]))

    assert counted[1] - counted[0] == sum(
        len(blob.data)
        for blob in {tool.manifest.digest: tool.manifest, **{each.digest: each for each in tool.blobs()}}.values()
    )


def test_several_platforms_under_one_tag_are_refused_as_seeding_refuses_them(source: Registry) -> None:
    said = regplan(
        "seed", f"{source.address}/shop/many:2.0", "--to", "docker://h:1/p", "--emit", "job", "--job-image", IMAGE,
        f"--plain-http={source.address}", "--platform", "linux/amd64", "--platform", "linux/arm64",
    )  # fmt: skip

    assert said.code == 2
    assert "use --all-platforms" in said.err
    assert not said.out


def test_a_client_certificate_is_a_secret_that_no_job_holds(source: Registry, tmp_path: Path) -> None:
    pair = tmp_path / "client.pem"
    pair.write_text("KEY\n", encoding="utf-8")

    said = regplan(
        "seed", f"{source.address}/shop/web:1.0", "--to", "docker://h:1/p", "--emit", "job", "--job-image", IMAGE,
        f"--plain-http={source.address}", f"--client-cert=h:1={pair}",
    )  # fmt: skip

    assert said.code == 2
    assert "--client-cert" in said.err
    assert not said.out


def test_limits_and_the_sites_clock_go_with_the_job_of_a_site_that_names_the_image(
    source: Registry, tmp_path: Path
) -> None:
    own = f"{source.address}/shop/web:1.0"
    site = tmp_path / "site.yaml"
    site.write_text(
        f"name: store-9\nimages: ['{own}']\ntimezone: Europe/Berlin\nregistry: {{address: '10.0.0.5:30003'}}\n",
        encoding="utf-8",
    )

    said = regplan(
        "seed", str(site), "--emit", "job", "--job-image", own, f"--plain-http={source.address}",
        "--max-rate", "15Mbit/s", "--window", "22:00-05:00",
    )  # fmt: skip

    config, job = yaml.safe_load_all(said.out)
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert "--max-rate 15000000bit/s --window 22:00-05:00" in " ".join(container["args"])
    assert {each["name"]: each["value"] for each in container["env"]}["TZ"] == "Europe/Berlin"
    assert job["metadata"]["name"] == "regplan-seed-store-9"
    assert config["data"]["images.txt"] == f"{own}@{WEB.manifest.digest}\n"
    assert "is not among the images" not in said.err


def test_the_job_of_a_site_seeds_the_version_that_was_asked_for(source: Registry, tmp_path: Path) -> None:
    web, many = (f"{source.address}/shop/{name}" for name in ("web:1.0", "many:2.0"))
    (tmp_path / "now.txt").write_text(web, encoding="utf-8")
    site = tmp_path / "site.yaml"
    site.write_text(
        "name: s\nprofiles: [now.txt]\nupgrade_to: [next.txt]\nregistry: {address: '10.0.0.5:30003'}\n",
        encoding="utf-8",
    )

    listed = {}
    for asked in ("current", "next", "both"):
        if asked != "current":
            # Who seeds what runs now needs nothing of what comes next.
            (tmp_path / "next.txt").write_text(many, encoding="utf-8")
        said = regplan(
            "seed", str(site), "--for", asked, "--emit", "job", "--job-image", IMAGE, f"--plain-http={source.address}"
        )
        assert said.code == 0, said.err
        config, _ = yaml.safe_load_all(said.out)
        listed[asked] = [line.partition("@")[0] for line in config["data"]["images.txt"].splitlines()]

    assert listed == {"current": [web, IMAGE], "next": [many, IMAGE], "both": [web, many, IMAGE]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "oci:/usb", "--job-image", IMAGE], "--to docker://HOST:PORT/PROJECT"),
        (["--to", "docker://h:1/p", "--job-image", "no image"], "--job-image"),
        (["--to", "docker://h:1/p"], "--job-image"),
    ],
)
def test_a_job_that_cannot_be_is_refused_with_what_to_say(arguments: list[str], says: str) -> None:
    said = regplan("seed", "x:1", "--emit", "job", *arguments)

    assert said.code == 2
    assert says in said.err
    assert not said.out


def test_a_source_on_this_machine_is_no_source_of_a_pod(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "layout", {"quay.io/a/b:1": WEB})

    said = regplan(
        "seed", "quay.io/a/b:1", "--from", f"oci:{tmp_path / 'layout'}", "--to", "docker://h:1/p",
        "--emit", "job", "--job-image", IMAGE,
    )  # fmt: skip

    assert said.code == 2
    assert "is on this machine" in said.err


def test_options_of_a_job_without_a_job_are_refused() -> None:
    said = regplan("seed", "x:1", "--to", "docker://h:1/p", "--job-image", IMAGE, "--dry-run")

    assert said.code == 2
    assert "--emit job" in said.err
