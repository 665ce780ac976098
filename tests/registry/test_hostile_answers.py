"""Registries that are broken or lie, as bare sockets on loopback: one bad image is told of and hides none of the others.

Each is asked by `regplan layers` in a process of its own, among good images of the same registry. What the process took
in memory is bounded, and so is the time, generously: a stuck or endless read would go far beyond both. What is tried
five times, and one that nobody waits for, are given more of it than what is told from one answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import RegistryError
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from support import content, images
from support.certificates import new_authority
from support.limits import MB, measure, skip_where_memory_cannot_be_measured
from support.raw import RawServer, answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from support.limits import Taken
    from support.raw import Conversation

_MOST_PEAK = 150 * MB
# An answer that is read once tells itself in a second or two; one that is tried again waits for about twenty.
_MOST_S = 30
_MOST_RETRIED_S = 75
# An empty tar as Docker's and BuildKit's builders write it, gzipped in Go: 32 bytes.
_EMPTY_TAR = bytes.fromhex("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000")
_OCI = images.MEDIA_TYPES["oci"]
GOOD = {f"good/{number}": images.image([images.layer(1_000, 1), images.layer(900 + number, 10 + number)]) for number in range(5)}  # fmt: skip
BASE = images.image([images.layer(2_000, 1_000)])


def _manifest(**changed: Any) -> content.Blob:
    """The manifest of BASE with other values."""
    return content.Blob(_OCI["manifest"], content.encode({**json.loads(BASE.manifest.data), **changed}))


def _layer(**changed: Any) -> dict[str, Any]:
    return {**BASE.layers[0].blob.descriptor(), **changed}


def _index(*children: Mapping[str, Any]) -> content.Blob:
    document = {"schemaVersion": 2, "mediaType": _OCI["index"], "manifests": list(children)}
    return content.Blob(_OCI["index"], content.encode(document))


def _compact(kind: str, document: Mapping[str, Any]) -> content.Blob:
    """A document without a blank, so that as many entries as can be stand in 4 MiB."""
    return content.Blob(_OCI[kind], json.dumps(document, separators=(",", ":")).encode())


def _amd64(blob: content.Blob, **more: Any) -> dict[str, Any]:
    return blob.descriptor(platform={"os": "linux", "architecture": "amd64"}, **more)


@dataclass(frozen=True)
class Registry:
    """Good repositories, and `bad/image`, which answers as the test says: by a function, or with a blob as its manifest."""

    bad: Callable[[Conversation], None] | content.Blob
    trees: Mapping[str, content.Image] = field(default_factory=lambda: GOOD)

    def __call__(self, asked: Conversation) -> None:
        """Answer one request."""
        repository = asked.path.removeprefix("/v2/").split("/manifests/")[0].split("/blobs/")[0]
        if repository == "bad/image" and not isinstance(self.bad, content.Blob):
            self.bad(asked)
            return
        tree = self.trees.get(repository, BASE)
        named = self.bad if tree is BASE and isinstance(self.bad, content.Blob) else tree.manifest
        blobs = {each.digest: each for each in (*tree.manifests(), *tree.blobs(), named)}
        blob = named if asked.path.endswith("/manifests/1") else blobs.get(asked.path.rpartition("/")[2])
        if asked.path == "/v2/" or blob is None:
            asked.send(answer(200 if asked.path == "/v2/" else 404))
        elif asked.method == "HEAD":
            told = answer(200, content_type=blob.media_type, content_length=str(blob.size))
            asked.send(told.replace(b"\r\n\r\n", f"\r\nDocker-Content-Digest: {blob.digest}\r\n\r\n".encode()))
        else:
            asked.send(answer(200, blob.data, content_type=blob.media_type))


def _always(data: bytes, *, hangs_up: bool = False) -> Callable[[Conversation], None]:
    def respond(asked: Conversation) -> None:
        asked.send(data)
        if hangs_up:
            asked.hang_up()

    return respond


def _endless(head: bytes, chunk: bytes) -> Callable[[Conversation], None]:
    def respond(asked: Conversation) -> None:
        asked.hang_up()
        asked.send(head)
        # More than any client that keeps it could hold within the bound, and an end should nobody stop us.
        for _ in range(400 * MB // len(chunk)):
            asked.send(chunk)

    return respond


def _redirect(location: str) -> Callable[[Conversation], None]:
    return _always(answer(307, location=location))


def _round(asked: Conversation) -> None:
    asked.send(answer(307, location=asked.path))


def _bearer(realm: str) -> Callable[[Conversation], None]:
    return _always(
        answer(401, www_authenticate=f'Bearer realm="{realm}",service="s",scope="repository:bad/image:pull"')
    )


def _tokens(given: bytes) -> Callable[[Conversation], None]:
    """A registry that is its own token server."""

    def respond(asked: Conversation) -> None:
        realm = f"http://{asked.headers['host']}/v2/bad/image/manifests/token"
        asked.send(given) if "/manifests/token" in asked.path else _bearer(realm)(asked)

    return respond


def _another_manifest(asked: Conversation) -> None:
    """An index whose image, asked for by its digest, comes as other bytes of the same length."""
    wanted = _index(_amd64(BASE.manifest)) if asked.path.endswith("/1") else BASE.manifest
    data = wanted.data if asked.path.endswith("/1") else wanted.data.replace(b"sha256:", b"sha256:"[::-1], 1)
    asked.send(answer(200, data, content_type=wanted.media_type))


def _cycle(asked: Conversation) -> None:
    """An index that lists itself: for whatever digest is asked, the same index comes again."""
    inner = {"mediaType": _OCI["index"], "digest": _WRONG, "size": 0}
    size = len(_index(inner).data)
    while len(_index({**inner, "size": size}).data) != size:
        size = len(_index({**inner, "size": size}).data)
    asked.send(answer(200, _index({**inner, "size": size}).data, content_type=_OCI["index"]))


def _million_layers(asked: Conversation) -> None:
    """A manifest of a million layers, 200 MB, as it is made."""
    asked.hang_up()
    asked.send(answer(200, b"", transfer_encoding="chunked", **_TYPED))
    head = BASE.manifest.data.partition(b'"layers":')[0] + b'"layers":['
    asked.send(b"%x\r\n%s\r\n" % (len(head), head))
    for start in range(0, 1_000_000, 1000):
        rows = (content.encode(_layer(digest=f"sha256:{number:064x}")) for number in range(start, start + 1000))
        chunk = b",".join(rows) + b","
        asked.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))


_JSON = "application/json"
_CHUNK = b"10000\r\n" + b" " * 65_536 + b"\r\n"
_TYPED = {"content_type": _OCI["manifest"]}
_WRONG = f"sha256:{'0' * 64}"

# What `bad/image:1` answers, and what the user is told of it. The exit code is 4 for each: the others were counted.
UNRESOLVED: dict[str, tuple[Callable[[Conversation], None] | content.Blob, str]] = {
    "404": (_always(answer(404)), "has no manifest bad/image:1"),
    "401-basic": (_always(answer(401, www_authenticate='Basic realm="x"')), "wants a login"),
    "401-without-challenge": (_always(answer(401)), "wants a login"),
    "401-strange-challenge": (_always(answer(401, www_authenticate="Negotiate")), "wants a login"),
    "401-token-server-away": (_bearer("http://127.0.0.1:9/token"), "127.0.0.1:9 (token server of"),
    "401-token-server-none": (_bearer("ftp://127.0.0.1/token"), "names no server that gives one"),
    "401-token-refused": (_tokens(answer(401)), "wants a login for a token for manifest bad/image:1"),
    "401-token-broken": (_tokens(answer(200, b"<html>")), "answered with something that is no token"),
    "401-token-of-no-use": (_tokens(answer(200, b'{"token": "t"}', content_type=_JSON)), "wants a login"),
    "403": (_always(answer(403, b'{"errors":[{"code":"DENIED","message":"no"}]}', content_type=_JSON)), "denies access"),
    "429-without-retry-after": (_always(answer(429)), "too many requests"),
    "429-for-a-day": (_always(answer(429, retry_after="86400")), "it asks to wait 86400 s"),
    "429-nonsense": (_always(answer(429, retry_after="soon, perhaps")), "too many requests"),
    "500": (_always(answer(500)), "HTTP 500"),
    "503": (_always(answer(503, retry_after="1")), "HTTP 503"),
    "599": (_always(answer(599)), "HTTP 599"),
    "204": (_always(answer(204)), "HTTP 204"),
    "no-http": (_always(b"SSH-2.0-OpenSSH_9.2\r\n", hangs_up=True), "broke"),
    "nothing": (_always(b"", hangs_up=True), "broke"),
    "cut-body": (_always(answer(200, b'{"schemaVersion"', content_length="5000", **_TYPED), hangs_up=True), "broke"),
    "cut-chunks": (_always(answer(200, b"ff\r\n{", transfer_encoding="chunked", **_TYPED), hangs_up=True), "broke"),
    "length-too-small": (_always(answer(200, BASE.manifest.data, content_length="40", **_TYPED), hangs_up=True), "JSON"),
    "length-absurd": (_always(answer(200, b"{}", content_length="9" * 30, **_TYPED), hangs_up=True), "bad Content-Length"),
    "length-negative": (_always(answer(200, b"{}", content_length="-1", **_TYPED), hangs_up=True), "bad Content-Length"),
    "endless-chunks": (_endless(answer(200, b"", transfer_encoding="chunked", **_TYPED), _CHUNK), "more than 4194304 bytes"),
    "endless-without-length": (
        _endless(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", b" " * 65_536),
        "more than 4194304 bytes",
    ),
    "endless-lying-length": (_endless(answer(200, b"", content_length=str(10**12), **_TYPED), b" " * 65_536), "4194304"),
    "endless-error": (_endless(answer(404, b"", transfer_encoding="chunked"), _CHUNK), "has no manifest"),
    "endless-headers": (_endless(b"HTTP/1.1 200 OK\r\n", b"X-Pad: " + b"y" * 65_000 + b"\r\n"), "Receive buffer too long"),
    "wrong-digest-header": (
        _always(answer(200, BASE.manifest.data, docker_content_digest=_WRONG, **_TYPED)),
        "the registry says sha256:0000",
    ),
    "wrong-digest": (_another_manifest, "what came is sha256:"),
    "wrong-child": (
        _index({**_amd64(BASE.manifest), "digest": _WRONG}),
        "does not hold that",
    ),
    "web-page": (_always(answer(200, b"<!DOCTYPE html><html></html>", content_type="text/html")), "web page"),
    "web-page-as-json": (_always(answer(200, b"<!DOCTYPE html><html></html>", content_type=_JSON)), "is not JSON"),
    "json-but-none": (_always(answer(200, b'{"hello": "world"}', content_type=_JSON)), "neither a manifest nor an index"),
    "json-list": (_always(answer(200, b"[]", **_TYPED)), "not a JSON object"),
    "deep-json": (_always(answer(200, b"[" * 1_000_000, **_TYPED)), "is not JSON"),
    "long-number": (_always(answer(200, b'{"schemaVersion": ' + b"9" * 100_000 + b"}", **_TYPED)), "bad/image"),
    "schema-1": (
        _always(answer(200, b'{"schemaVersion": 1, "fsLayers": []}', content_type="application/vnd.docker.distribution.manifest.v1+prettyjws")),
        "schema 1",
    ),
    "redirect-loop": (_round, "redirects"),
    # Refused before a connection is made: the addresses are never asked, which a test below watches.
    "redirect-to-private-address": (_redirect("https://10.0.0.9/v2/bad/image/manifests/1"), "internal address"),
    "redirect-to-metadata": (_redirect("https://169.254.169.254/latest/meta-data/"), "internal address"),
    "redirect-to-file": (_redirect("file:///etc/passwd"), "neither an http:// nor an https:// URL"),
    "redirect-to-nothing": (_redirect("http://[::1"), "sends us on to what is no URL"),
    "size-negative": (_manifest(layers=[_layer(size=-1)]), "layers[0] has no valid size: -1"),
    "size-absurd": (_manifest(layers=[_layer(size=10**30)]), "layers[0] has no valid size"),
    "size-text": (_manifest(layers=[_layer(size="12")]), "layers[0] has no valid size: '12'"),
    "size-fraction": (_manifest(layers=[_layer(size=1.5)]), "layers[0] has no valid size: 1.5"),
    "digest-none": (_manifest(layers=[_layer(digest="latest")]), "layers[0]: 'latest' is not a digest"),
    "no-config": (_manifest(config=None), "config is not a descriptor"),
    "config-too-large": (_manifest(config={**BASE.config.descriptor(), "size": 9 * MB}), "8 MiB is allowed"),
    "config-of-another-size": (_manifest(config={**BASE.config.descriptor(), "size": 7}), "has more than 7 bytes"),
    "config-larger-than-it-is": (_manifest(config={**BASE.config.descriptor(), "size": BASE.config.size + 1}), "ended after"),
    "config-of-another-digest": (_manifest(config={**BASE.config.descriptor(), "digest": BASE.layers[0].blob.digest, "size": BASE.layers[0].blob.size}), "is not JSON"),
    "million-layers": (_million_layers, "more than 4194304 bytes"),
    "million-layers-within-the-bound": (_compact("manifest", {**json.loads(BASE.manifest.data), "layers": [0] * 1_000_000}), "layers[0] is not"),
    "million-children-within-the-bound": (_compact("index", {"schemaVersion": 2, "manifests": [0] * 1_000_000}), "manifests[0] is not"),
    "two-sizes-of-one-digest": (_manifest(layers=[_layer(), _layer(size=5)]), "two sizes"),
    "cycle-of-indexes": (_cycle, "what came is sha256:"),
    "index-of-itself": (_index({**_amd64(BASE.manifest), "mediaType": _OCI["index"]}), "listed as an index and is an image"),
    "index-of-nothing": (_index(), "it has no platform"),
    "index-without-platform": (
        _index(BASE.manifest.descriptor(platform={"os": "linux", "architecture": "s390x"})),
        "has no image for linux/amd64; it has linux/s390x",
    ),
    "child-of-another-size": (_index({**_amd64(BASE.manifest), "size": 7}), "bytes and not 7"),
    "many-children": (
        _index(*(_amd64(BASE.manifest) | {"digest": f"sha256:{number:064x}", "mediaType": _OCI["index"]} for number in range(10_000))),
        "bad/image",
    ),
}  # fmt: skip


# Their token server is at a path of the registry, where another one answers when there are several.
_OF_ITS_PATH = {"401-token-refused", "401-token-broken", "401-token-of-no-use"}
# All of them at once are tested in every run, with what is told of each; alone there are these, and all others in the long run.
ALONE = _OF_ITS_PATH | {
    "404", "403", "endless-chunks", "endless-lying-length", "wrong-digest", "web-page", "deep-json", "redirect-to-metadata",
    "size-absurd", "million-layers", "many-children",
}  # fmt: skip
# Tried five times, which takes seconds.
RETRIED = {
    "401-token-server-away", "429-without-retry-after", "429-nonsense", "500", "503", "no-http", "nothing", "cut-body", "cut-chunks",
    "length-absurd", "length-negative", "endless-headers",
}  # fmt: skip

# What is odd and allowed: `bad/image:1` is counted, and these digests with these sizes are what it adds.
_EMPTY = content.Layer(content.Blob(_OCI["layer"], b""), f"sha256:{hashlib.sha256(b'').hexdigest()}")
_NO_TAR = content.Blob(_OCI["layer"], _EMPTY_TAR)
_NO_FILES = images.layer(700, 5)
_MANY = [content.Blob(_OCI["layer"], str(number).encode()) for number in range(43_000)]
_INLINE = {**BASE.layers[0].blob.descriptor(), "data": "bm90IHRoZSBieXRlcw==", "urls": [], "x-unknown": {"a": 1}}
ODD: dict[str, tuple[content.Blob, tuple[content.Blob, ...]]] = {
    "layer-twice": (
        _manifest(layers=[_layer(), _NO_FILES.blob.descriptor(), _layer(), _NO_FILES.blob.descriptor()]),
        (BASE.config, BASE.layers[0].blob, _NO_FILES.blob),
    ),
    "empty-layer-twice": (
        _manifest(layers=[_NO_TAR.descriptor(), _layer(), _NO_TAR.descriptor()]),
        (BASE.config, _NO_TAR, BASE.layers[0].blob),
    ),
    "layer-of-no-bytes": (_manifest(layers=[_EMPTY.blob.descriptor(), _layer()]), (BASE.config, BASE.layers[0].blob)),
    "no-layers": (_manifest(layers=[]), (BASE.config,)),
    "layers-null": (_manifest(layers=None), (BASE.config,)),
    "as-many-layers-as-a-manifest-holds": (
        _compact("manifest", {**json.loads(BASE.manifest.data), "layers": [_MANY[0].descriptor(), *({"digest": each.digest, "size": each.size} for each in _MANY[1:])]}),
        (BASE.config, *_MANY),
    ),
    "foreign-layer": (
        _manifest(layers=[_layer(mediaType=_OCI["foreign"], digest=_WRONG, size=10**12), _layer()]),
        (BASE.config, BASE.layers[0].blob),
    ),
    "data-field": (_manifest(layers=[_INLINE]), (BASE.config, BASE.layers[0].blob)),
    "unknown-layer-type": (_manifest(layers=[_layer(mediaType="application/x-strange")]), (BASE.config, BASE.layers[0].blob)),
    "unknown-config-type": (
        _manifest(config={**BASE.config.descriptor(), "mediaType": "application/vnd.example.config"}),
        (BASE.config, BASE.layers[0].blob),
    ),
    "no-layer-type": (_manifest(layers=[{**_layer(), "mediaType": None}]), (BASE.config, BASE.layers[0].blob)),
    "config-is-a-layer-too": (_manifest(layers=[_layer(), BASE.config.descriptor()]), (BASE.config, BASE.layers[0].blob)),
    "index-of-unknown-types": (
        _index(_amd64(content.Blob("application/x-strange", b"{}")), _amd64(BASE.manifest)),
        (BASE.manifest, BASE.config, BASE.layers[0].blob),
    ),
}  # fmt: skip


def _sizes(*trees: content.Tree) -> int:
    distinct = {blob.digest: blob.size for tree in trees for blob in (*tree.manifests(), *tree.blobs())}
    return sum(distinct.values())


def _layers(server: RawServer, *names: str, retried: bool = False) -> Taken:
    references = [f"{server.address}/{name}:1" for name in names]
    return _measured(*references, f"--plain-http={server.address}", retried=retried)


def _measured(*arguments: str, retried: bool = False) -> Taken:
    """What `regplan layers` says, within the bounds of memory and time."""
    most_s = _MOST_RETRIED_S if retried else _MOST_S
    said = measure("layers", *arguments, "-o", "json", timeout_s=_MOST_RETRIED_S + 15)
    assert said.peak_bytes < _MOST_PEAK
    assert said.seconds < most_s
    assert "Traceback" not in said.err
    return said


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind in ALONE else [pytest.mark.slow]) for kind in UNRESOLVED]
)
def test_a_bad_answer_leaves_one_image_out_and_counts_the_others(kind: str) -> None:
    skip_where_memory_cannot_be_measured()
    bad, words = UNRESOLVED[kind]

    with RawServer(Registry(bad)) as server:
        said = _layers(
            server, "good/0", "bad/image", *(f"good/{number}" for number in range(1, 5)), retried=kind in RETRIED
        )

    assert said.code == 4, said.err
    document = json.loads(said.out)
    assert document["unique_bytes"] == _sizes(*GOOD.values())
    [unresolved] = document["unresolved"]
    assert unresolved["reference"] == f"{server.address}/bad/image:1"
    assert words in unresolved["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ODD)
def test_an_odd_image_is_counted_by_its_distinct_digests(kind: str) -> None:
    skip_where_memory_cannot_be_measured()
    manifest, blobs = ODD[kind]

    with RawServer(Registry(manifest)) as server:
        said = _layers(server, "good/0", "bad/image")

    assert said.code == 0, said.err
    top = () if manifest.media_type == _OCI["index"] else (manifest,)
    distinct = {blob.digest: blob.size for blob in (*top, *blobs)}
    assert json.loads(said.out)["unique_bytes"] == _sizes(GOOD["good/0"]) + sum(distinct.values())


def _of_kinds(registries: Mapping[str, Registry], good: Registry) -> Callable[[Conversation], None]:
    """All of these registries in one, each below its kind, beside a good one."""

    def respond(asked: Conversation) -> None:
        kind = asked.path.removeprefix("/v2/").split("/")[0]
        asked.path = asked.path.replace(f"/v2/{kind}/", "/v2/", 1) if kind in registries else asked.path
        registries.get(kind, good)(asked)

    return respond


def test_odd_images_of_every_kind_are_counted_together_by_their_distinct_digests() -> None:
    skip_where_memory_cannot_be_measured()
    registries = {kind: Registry(manifest) for kind, (manifest, _) in ODD.items()}

    with RawServer(_of_kinds(registries, Registry(BASE.manifest))) as server:
        said = _layers(server, "good/0", *(f"{kind}/bad/image" for kind in ODD))

    assert said.code == 0, said.err
    odd = [blob for _, blobs in ODD.values() for blob in blobs]
    tops = [top for top, _ in ODD.values() if top.media_type != _OCI["index"]]
    distinct = {blob.digest: blob.size for blob in (*odd, *tops)}
    assert json.loads(said.out)["unique_bytes"] == _sizes(GOOD["good/0"]) + sum(distinct.values())


@pytest.mark.slow
def test_one_image_of_every_bad_kind_hides_none_of_142_good_ones() -> None:
    skip_where_memory_cannot_be_measured()
    good = {f"good/{number}": images.image([images.layer(1_000, 1), images.layer(900 + number, 10 + number)]) for number in range(142)}  # fmt: skip
    # The loop leads back to a name that this server takes for another image.
    kinds = [kind for kind in UNRESOLVED if kind != "redirect-loop"]
    registries = {kind: Registry(UNRESOLVED[kind][0]) for kind in kinds}

    with RawServer(_of_kinds(registries, Registry(BASE.manifest, trees=good))) as server:
        said = _layers(server, *good, *(f"{kind}/bad/image" for kind in kinds), retried=True)

    document = json.loads(said.out)
    assert said.code == 4
    told = {each["reference"].split("/")[1]: each["reason"] for each in document["unresolved"]}
    assert told.keys() == set(kinds)
    reasons = {kind: reason.replace(f"{kind}/bad/image", "bad/image") for kind, reason in told.items()}
    other = {kind: reason for kind, reason in reasons.items() if UNRESOLVED[kind][1] not in reason}
    # What is tried again may end with another fault, such as no answer in time on a busy machine.
    assert other.keys() <= _OF_ITS_PATH | RETRIED, other
    assert document["unique_bytes"] == _sizes(*good.values())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("self_signed", "signed by itself and by no CA"),
        ("good", "signed by an unknown CA"),
        ("misnamed", "is for another name"),
        ("expired", "has expired"),
    ],
)
def test_a_registry_whose_certificate_is_not_trusted_hides_none_of_another_registrys_images(
    fault: str, words: str, tmp_path: Path
) -> None:
    skip_where_memory_cannot_be_measured()
    authority = new_authority(tmp_path)
    context = getattr(authority, fault)().server_context()

    with RawServer(Registry(BASE.manifest)) as server, RawServer(Registry(BASE.manifest), context) as other:
        trust = [] if fault == "good" else [f"--ca-cert={other.address}={authority.ca_file}"]
        names = [*(f"{server.address}/{name}:1" for name in GOOD), f"{other.address}/bad/image:1"]
        said = _measured(*names, f"--plain-http={server.address}", *trust)

    document = json.loads(said.out)
    assert document["unique_bytes"] == _sizes(*GOOD.values())
    [unresolved] = document["unresolved"]
    assert unresolved["reference"] == names[-1]
    assert words in unresolved["reason"]
    # The others were counted, and nothing was sent to that registry.
    assert (said.code, other.asked()) == (4, [])


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data/", "https://[fe80::1]/x", "http://0.0.0.0:1/", "http://10.0.0.9/x"],
)
@pytest.mark.anyio
async def test_a_redirect_to_an_internal_address_is_refused_before_anything_is_sent(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = []

    async def connect(loop: asyncio.SelectorEventLoop, sock: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        assert address[0] == "127.0.0.1"
        await real(loop, sock, address)

    real = asyncio.SelectorEventLoop.sock_connect
    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", connect)
    with RawServer(Registry(_redirect(location))) as server:
        options = ConnectionOptions({server.address: HostOptions(plain_http=True), "*": HostOptions(plain_http=True)})
        async with RegistryClient(options, Credentials(options, {})) as client:
            with pytest.raises(RegistryError, match=r"internal address .* it is not followed"):
                await client.manifest(Reference.parse(f"{server.address}/bad/image:1"))

    assert connected == ["127.0.0.1"]
