"""Any source served read-only, pulled by skopeo, by raw requests and by a second regplan; and trees written from both sides."""

from __future__ import annotations

import http.client as http_client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from registry.ours import serving
from regplan.errors import InputError, QuotaExceeded
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.mirror import MirrorSource
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.registry.push import Pusher
from regplan.seed.flow import Flow, Gate
from regplan.seed.passing import Passing
from regplan.seed.settings import Settings
from regplan.seed.tree import TreeTarget
from regplan.store.tree import LayoutTree
from support import http, images, skopeo
from support.bodies import Pieces
from support.registry import Options, Registry
from support.tools import skip_without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ours import Served

APP = images.multi_platform(seed=4000)
SIDE = images.image([images.layer(50_000, 4010)], label="side")
SOURCE = Path(__file__).parents[2] / "src"


def peer(server: Served) -> Registry:
    """What skopeo's helper needs to know of a registry."""
    return Registry(Path(), Options(), int(server.address.rpartition(":")[2]))


def get(server: Served, path: str, **headers: str) -> http.Response:
    return http.request("GET", f"{server.url}/v2/{path}", headers=headers)


def listed(server: Served, path: str = "_catalog") -> list[str]:
    told: dict[str, Any] = json.loads(get(server, path).body)
    names: list[str] = told["repositories" if path == "_catalog" else "tags"]
    return names


@contextmanager
def source_of(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """A source of each kind that holds APP, and the host that its name has there."""
    if kind == "tree":
        images.write_layout(folder / "edge/quay.io/team/app", {"1": APP})
        yield f"oci:{folder}", "quay.io"
    elif kind in {"layout", "bare folder"}:
        images.write_layout(folder / "x", {"quay.io/team/app:1": APP})
        yield f"oci:{folder}/x" if kind == "layout" else f"{folder}/x", "quay.io"
    elif kind == "oci-archive":
        images.write_layout(folder / "x", {"quay.io/team/app:1": APP})
        shutil.make_archive(str(folder / "x"), "tar", folder / "x")
        yield f"oci-archive:{folder}/x.tar", "quay.io"
    else:
        skip_without("zstd")
        images.write_layout(folder / "x", {"quay.io/team/app:1": APP})
        shutil.make_archive(str(folder / "x"), "tar", folder)
        subprocess.run(["zstd", "-q", folder / "x.tar"], check=True)
        yield f"bundle:{folder}/x.tar.zst", "quay.io"


@pytest.mark.parametrize("kind", ["tree", "layout", "bare folder", "oci-archive", "bundle"])
def test_any_source_is_pulled_from_by_skopeo_under_both_names(kind: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with source_of(kind, tmp_path / "in") as (source, host), serving(source) as server:
        assert {f"{host}/team/app", "team/app"} <= set(listed(server))
        assert listed(server, "team/app/tags/list") == ["1"]
        for number, name in enumerate((f"{host}/team/app", "team/app")):
            place = f"docker://{server.address}/{name}:1"
            assert skopeo.manifest(place, peer(server)) == APP.manifest.data
            skopeo.copy(place, f"dir:{tmp_path}/{number}", source_registry=peer(server), all_platforms=True)
            pulled = {file.name for file in (tmp_path / str(number)).iterdir()}
            assert {blob.digest[7:] for blob in APP.blobs()} <= pulled
        blob = APP.blobs()[1]
        part = get(server, f"team/app/blobs/{blob.digest}", Range="bytes=10-99")
        assert (part.status, part.body) == (206, blob.data[10:100])
        assert server.troubles == []


@pytest.mark.parametrize("kind", ["tree", "layout"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "team/app/manifests/2"),
        ("DELETE", "team/app/manifests/1"),
        ("POST", "team/app/blobs/uploads/"),
        ("PATCH", "team/app/blobs/uploads/x"),
        ("DELETE", f"team/app/blobs/{APP.blobs()[0].digest}"),
    ],
)
def test_what_is_served_read_only_cannot_be_changed(kind: str, method: str, path: str, tmp_path: Path) -> None:
    with source_of(kind, tmp_path) as (source, _), serving(source) as server:
        before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
        answer = http.request(method, f"{server.url}/v2/{path}")

        assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (405, "UNSUPPORTED")
        assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_a_tree_stands_under_its_folders_too_and_what_is_added_is_seen(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "edge/docker.io/library/nginx", {"1": SIDE})
    images.write_layout(tmp_path / "edge/quay.io/a/b", {"1": SIDE})
    images.write_layout(tmp_path / "edge/ghcr.io/a/b", {"1": SIDE})
    with serving(f"oci:{tmp_path}") as server:
        assert listed(server) == [
            "docker.io/library/nginx", "edge/docker.io/library/nginx", "edge/ghcr.io/a/b", "edge/quay.io/a/b",
            "ghcr.io/a/b", "library/nginx", "quay.io/a/b",
        ]  # fmt: skip
        assert get(server, "a/b/tags/list").status == 404
        images.write_layout(tmp_path / "new/thing", {"2": SIDE})
        assert "new/thing" in listed(server)
        assert get(server, "new/thing/manifests/2").body == SIDE.manifest.data


def test_a_recording_serves_manifests_and_configs_and_says_that_it_has_no_layers(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {"quay.io/team/app:1": APP, "docker.io/library/side:2": SIDE}, sparse=True)
    with serving(f"recording:{tmp_path}") as server:
        for manifest in APP.manifests():
            assert get(server, f"team/app/manifests/{manifest.digest}").body == manifest.data
        assert get(server, f"library/side/blobs/{SIDE.config.digest}").body == SIDE.config.data
        for method in ("GET", "HEAD"):
            layer = http.request(method, f"{server.url}/v2/library/side/blobs/{SIDE.layers[0].blob.digest}")
            assert layer.status == 404
        told = get(server, f"library/side/blobs/{SIDE.layers[0].blob.digest}").body
        assert json.loads(told)["errors"][0]["code"] == "BLOB_UNKNOWN"
        # A blob of another repository is none of this one's.
        assert get(server, f"team/app/blobs/{SIDE.config.digest}").status == 404
        assert get(server, f"library/side/manifests/{SIDE.config.digest}").status == 404
        assert get(server, "library/side/manifests/3").status == 404
        assert get(server, "library/none/tags/list").status == 404


def test_what_refers_to_an_image_of_a_layout_is_served_with_its_type(tmp_path: Path) -> None:
    document = json.loads(SIDE.manifest.data)
    document |= {"subject": APP.manifest.descriptor(), "artifactType": "a/sbom", "annotations": {"k": "v"}}
    manifest = images.Blob(SIDE.manifest.media_type, json.dumps(document).encode())
    sbom = images.Image(manifest, SIDE.config, SIDE.layers)
    images.write_layout(tmp_path, {"quay.io/team/app:1": APP, "quay.io/team/app:sbom": sbom})
    with serving(f"oci:{tmp_path}") as server:
        told = json.loads(get(server, f"team/app/referrers/{APP.manifest.digest}").body)["manifests"]
    assert [(each["digest"], each["artifactType"], each["annotations"]) for each in told] == [
        (sbom.manifest.digest, "a/sbom", {"k": "v"})
    ]


def test_a_blob_that_rotted_breaks_the_answer_off_and_is_told_of_here(tmp_path: Path) -> None:
    large = images.image([images.layer(3_000_000, 4020), images.layer(9_000, 4021)], label="large")
    images.write_layout(tmp_path, {"quay.io/team/large:1": large})
    layer, small = (each.blob for each in large.layers)
    for blob in (layer, small):
        (tmp_path / "blobs/sha256" / blob.digest[7:]).write_bytes(bytes(blob.size))
    with serving(f"oci:{tmp_path}") as server:
        assert get(server, f"team/large/blobs/{small.digest}").status == 500
        with pytest.raises(http_client.IncompleteRead):
            get(server, f"team/large/blobs/{layer.digest}")
        for _ in range(100):
            if server.troubles:
                break
            time.sleep(0.02)
        assert any(layer.digest in trouble for trouble in server.troubles)


@pytest.mark.parametrize(
    ("source", "writable", "why"),
    [
        ("docker://127.0.0.1:1/x", False, "is a registry already"),
        ("origin", False, "is not a source|no such folder|is a registry already"),
        ("oci:{}/none", False, "no such folder"),
        ("{}/none", False, "no such folder"),
        ("{}/file", False, "say what it is"),
        ("oci:{}/other", False, "no image layout is in this folder"),
        ("oci:{}/other", True, "holds other things than image layouts"),
        ("oci:{}/layout", True, "is a single image layout"),
        ("oci:{}/file", True, "cannot be used"),
        ("recording:{}/layout", True, "cannot be written to"),
        ("oci:{}/new:1.0", True, "takes a whole folder"),
        ("user:secret@host/x:1", False, "user and password"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(source: str, writable: bool, why: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/notes.txt").write_text("mine")
    (tmp_path / "file").write_text("x")
    images.write_layout(tmp_path / "layout", {"1": SIDE})

    with pytest.raises(InputError, match=why), serving(source.format(tmp_path), writable=writable):
        raise AssertionError


def client_for(address: str) -> RegistryClient:
    options = ConnectionOptions({address: HostOptions(plain_http=True)})
    return RegistryClient(options, Credentials(options, {}))


@pytest.mark.anyio
async def test_a_second_regplan_finds_images_by_their_own_names(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "edge/docker.io/library/nginx", {"1.27": APP})
    images.write_layout(tmp_path / "edge/harbor.corp_8443/team/side", {"1": SIDE})
    with serving(f"oci:{tmp_path}") as server:
        async with client_for(server.address) as client:
            mirror = MirrorSource(client, server.address)
            assert (await mirror.manifest(Reference.parse("nginx:1.27"))).data == APP.manifest.data
            side = Reference.parse("harbor.corp:8443/team/side:1")
            assert (await mirror.manifest(side)).data == SIDE.manifest.data


@pytest.mark.anyio
async def test_a_tree_is_written_through_the_registry_and_beside_it_and_both_read_both(tmp_path: Path) -> None:
    layer = SIDE.layers[0].blob
    with serving(f"oci:{tmp_path}", writable=True) as server:
        images.push(peer(server), "edge/docker.io/library/pushed", SIDE, ["1"])
        beside = TreeTarget(tmp_path)
        for blob in SIDE.blobs():
            descriptor = Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size)
            flow = Flow(Settings(), Gate(), lambda _: None)
            passing = Passing(LayoutTree(tmp_path), "docker.io/library/absent", descriptor, flow)
            names = ("edge/docker.io/library/beside", "edge/docker.io/library/pushed")
            assert not await beside.copy_blob(*names, passing)
        await beside.put_manifest("edge/docker.io/library/beside", "1", SIDE.manifest.media_type, SIDE.manifest.data)

        for name in ("pushed", "beside"):
            got = await anyio.to_thread.run_sync(get, server, f"edge/docker.io/library/{name}/manifests/1")
            assert got.body == SIDE.manifest.data
            assert (await LayoutTree(tmp_path).manifest(Reference.parse(f"{name}:1"))).data == SIDE.manifest.data
            assert skopeo.manifest(f"oci:{tmp_path}/edge/docker.io/library/{name}:1") == SIDE.manifest.data
    assert names_of(tmp_path, layer.digest) == (2, 1)


def names_of(tree: Path, digest: str) -> tuple[int, int]:
    """How many names and how many files a blob has in a tree."""
    files = [file.stat().st_ino for file in tree.glob(f"**/blobs/sha256/{digest[7:]}")]
    return len(files), len(set(files))


def test_skopeo_copies_in_and_out_and_between_dialects(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "in", {"1": APP})
    with serving(f"oci:{tmp_path}/tree", writable=True) as server:
        registry, place = peer(server), f"docker://{server.address}/team/app"
        skopeo.copy(f"oci:{tmp_path}/in:1", f"{place}:1", target_registry=registry, all_platforms=True)
        assert skopeo.manifest(f"{place}:1", registry) == APP.manifest.data
        skopeo.copy(f"{place}:1", f"docker://{server.address}/other/app:2", source_registry=registry, target_registry=registry, all_platforms=True)  # fmt: skip
        flags = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", "--override-arch=amd64"]
        archive = f"docker-archive:{tmp_path}/app.tar:team/app:1"
        subprocess.run(["skopeo", *flags, f"{place}:1", archive], check=True)
        back = ["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]
        subprocess.run(["skopeo", *back, f"docker-archive:{tmp_path}/app.tar", f"{place}:docker"], check=True)
        synced = ["--insecure-policy", "sync", "--src", "docker", "--dest", "dir", "--src-tls-verify=false", "--all"]
        subprocess.run(["skopeo", *synced, f"{server.address}/team/app", str(tmp_path / "synced")], check=True, capture_output=True)  # fmt: skip

        assert skopeo.inspect(f"{place}:docker", registry)["RepoTags"] == ["1", "docker"]
        assert {each.name for each in (tmp_path / "synced").rglob("app:*")} == {"app:1", "app:docker"}
        assert server.troubles == []


@contextmanager
def process(*arguments: str, before: tuple[str, ...] = ()) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`regplan serve` as a process of its own, and its address."""
    command = [*before, sys.executable, "-m", "regplan", "serve", *arguments, "--listen", "127.0.0.1:0", "-o", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(SOURCE)}
    ) as running:
        try:
            assert running.stdout is not None
            text = ""
            while not text.rstrip().endswith("}"):
                line = running.stdout.readline()
                if not line:
                    assert running.stderr is not None
                    pytest.fail(f"did not start: {running.stderr.read()}")
                text += line
            yield running, str(json.loads(text)["address"])
        finally:
            running.kill()


@pytest.mark.anyio
async def test_a_kill_within_an_upload_leaves_a_whole_tree_and_an_upload_to_go_on_with(tmp_path: Path) -> None:
    data = images.layer(4_000_000, 4030).blob
    with process(f"oci:{tmp_path}", "--writable") as (running, address):
        registry = Registry(Path(), Options(), int(address.rpartition(":")[2]))
        images.push(registry, "docker.io/library/side", SIDE, ["1"])
        where = http.request("POST", f"http://{address}/v2/docker.io/library/side/blobs/uploads/").headers["location"]
        sent = http.request("PATCH", f"http://{address}{where}", body=data.data[:3_000_000])
        assert sent.status == 202
        running.send_signal(signal.SIGKILL)
        running.wait(20)

    assert (await LayoutTree(tmp_path).manifest(Reference.parse("side:1"))).data == SIDE.manifest.data
    with process(f"oci:{tmp_path}", "--writable") as (running, address):
        url = f"http://{address}{where}"
        assert http.request("GET", url).headers["range"] == "0-2999999"
        assert http.request("PUT", f"{url}?digest={data.digest}", body=data.data[3_000_000:]).status == 201
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0


@pytest.mark.anyio
async def test_a_full_disk_is_507_and_the_client_says_that_there_is_no_room(tmp_path: Path) -> None:
    skip_without("unshare", "mount")
    mounted = f'mount -t tmpfs -o size=3m none "{tmp_path}" && exec "$@"'
    before = ("unshare", "--mount", "--map-root-user", "sh", "-c", mounted, "sh")
    if await anyio.to_thread.run_sync(lambda: subprocess.call([*before, "true"], stderr=subprocess.DEVNULL)):
        pytest.skip("NOT TESTED: a full disk, since nothing may be mounted here")
    blob = images.layer(8_000_000, 4040).blob
    small = images.layer(1_000_000, 4041).blob
    with process(f"oci:{tmp_path}/tree", "--writable", before=before) as (_, address):
        url = f"http://{address}/v2/a/blobs/uploads/?digest={blob.digest}"
        answer = http.request("POST", url, body=blob.data)
        assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (507, "UNKNOWN")
        async with client_for(address) as client:
            pusher = Pusher(client, address)
            upload = await pusher.start_upload("a")
            assert upload is not None
            descriptor = Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size)
            with pytest.raises(QuotaExceeded, match=f"{address} has no room"):
                await pusher.put_blob(upload, descriptor, Pieces(blob.data))
        # What did not fit is gone again, and smaller things fit.
        fits = f"http://{address}/v2/a/blobs/uploads/?digest={small.digest}"
        assert (await anyio.to_thread.run_sync(lambda: http.request("POST", fits, body=small.data))).status == 201
