"""The double of Harbor held to what can be run of it: the distribution 2.8 behind it, which is Debian's docker-registry."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import pytest

from support import http, images
from support.harbor import ADMIN, PASSWORD, Harbor
from support.harbor_access import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.starter import StartRegistry

    Step = tuple[str, str, bytes, Mapping[str, str]]

PLAIN: Final = images.image([images.layer(3_000, 1)], label="plain")
ABSENT: Final = images.image([images.layer(3_000, 3)], label="absent")
INDEX: Final = images.multi_platform(50, 3_000)
OCTETS: Final = {"Content-Type": "application/octet-stream"}
HEADERS: Final = ("range", "content-range", "docker-content-digest")


def steps() -> Iterator[Step]:
    """What is asked, in order: {session} is the Location that was given last by a POST, {here} by anything."""
    blob, config, uploads = PLAIN.layers[0].blob, PLAIN.config, "/v2/p/one/blobs/uploads/"
    half, first = blob.data[: blob.size // 2], {**OCTETS, "Content-Range": f"0-{blob.size // 2 - 1}"}
    close = f"{{session}}&digest={blob.digest}"
    yield "POST", f"{uploads}?mount={blob.digest}&from=p/two", b"", {}
    yield "POST", f"{uploads}?digest={blob.digest}", blob.data, OCTETS
    yield "PUT", close, blob.data[:-1] + b"?", OCTETS
    yield "PUT", close, blob.data, OCTETS
    yield "POST", uploads, b"", {}
    yield "PATCH", "{session}", half, first
    yield "GET", "{here}", b"", {}
    yield "PATCH", "{session}", half, first
    yield "PATCH", "{here}", half, first
    yield "PUT", f"{{here}}&digest={blob.digest}", b"", OCTETS
    yield "POST", uploads, b"", {}
    yield "PUT", close, blob.data, OCTETS
    yield "HEAD", f"/v2/p/one/blobs/{blob.digest}", b"", {}
    yield "GET", f"/v2/p/one/blobs/{blob.digest}", b"", {"Range": "bytes=2999-2999"}
    yield "GET", f"/v2/p/two/blobs/{blob.digest}", b"", {}
    yield "POST", f"/v2/p/two/blobs/uploads/?mount={blob.digest}", b"", {}
    yield "POST", f"/v2/p/two/blobs/uploads/?mount={blob.digest}&from=p/one", b"", {}
    yield "POST", uploads, b"", {}
    yield "DELETE", "{session}", b"", {}
    yield "GET", "{session}", b"", {}
    for tree in (ABSENT, INDEX):
        yield "PUT", "/v2/p/one/manifests/1", tree.manifest.data, {"Content-Type": tree.manifest.media_type}
    yield "POST", uploads, b"", {}
    yield "PUT", f"{{session}}&digest={config.digest}", config.data, OCTETS
    typed = {"Content-Type": PLAIN.manifest.media_type}
    for reference in (ABSENT.manifest.digest, "1", PLAIN.manifest.digest):
        yield "PUT", f"/v2/p/one/manifests/{reference}", PLAIN.manifest.data, typed
    yield "HEAD", "/v2/p/one/manifests/1", b"", {"Accept": PLAIN.manifest.media_type}


def answers(url: str, login: Mapping[str, str]) -> list[tuple[object, ...]]:
    """Ask it all; tells status, the first error's code, whether a Location came and is absolute, and some headers."""
    told, session, here = list[tuple[object, ...]](), "", ""
    for method, path, body, headers in steps():
        target = urljoin(url, path.format(session=session, here=here))
        sent = None if method in {"GET", "HEAD", "DELETE"} else body
        answer = http.request(method, target, body=sent, headers={**headers, **login})
        location = answer.headers.get("location", "")
        here = location or here
        session = location if method == "POST" and answer.status == 202 else session
        shown = [answer.headers.get(name) for name in HEADERS]
        told.append((method, path, answer.status, _code(answer.body), location.startswith("http"), *shown))
    return told


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["errors"][0]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


@pytest.mark.docker_registry
@pytest.mark.registry
def test_what_stands_behind_harbor_answers_in_its_double_as_distribution_does(start_registry: StartRegistry) -> None:
    real = answers(start_registry().url, {})
    login = {"Authorization": f"Basic {base64.b64encode(f'{ADMIN}:{PASSWORD}'.encode()).decode()}"}
    with Harbor().running(Project("p")) as harbor:
        played = answers(harbor.url, login)

    assert played == real
