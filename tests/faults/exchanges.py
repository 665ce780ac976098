"""Exchanges with Zot, as we recorded them: what is asked, and what of the answer matters. Nothing of Zot's own is in them.

A step's `method`, `path`, `type`, `span` and `body` make the request: {a}, {b} and {config} stand for digests, {session}
for the Location of the session that was opened last. `status` and `headers` are what came back; a header whose value is
"*" was there, and one whose value is null was not. `code` is the first error's. A step that is `late` sends the second half
of its body after `LATE_S`, which is longer than `READ_TIMEOUT_S`, with which that Zot was configured.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LATE", "READ_TIMEOUT_S", "RECORDED", "differences"]

_STEPS: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("zot_exchanges.json").read_text("utf-8"))
_IS_LATE: Final = next(number for number, step in enumerate(_STEPS) if step["path"].startswith("/v2/p/late/"))
RECORDED: Final = _STEPS[:_IS_LATE]
LATE: Final = _STEPS[_IS_LATE:]
READ_TIMEOUT_S: Final = 0.4
LATE_S: Final = 0.6
_PLAIN: Final = images.image([images.layer(3_000, 1)], label="plain")
_DOCKER: Final = images.image([images.layer(3_000, 2)], label="docker", dialect="docker")
_ABSENT: Final = images.image([images.layer(3_000, 3)], label="absent")
_INDEX: Final = images.multi_platform(50, 3_000)
_BODIES: Final[Mapping[str, bytes]] = {
    "": b"",
    "a": _PLAIN.layers[0].blob.data,
    "a spoilt": _PLAIN.layers[0].blob.data[:-1] + b"?",
    "first half of b": _DOCKER.layers[0].blob.data[:1_500],
    "second half of b": _DOCKER.layers[0].blob.data[1_500:],
    "b": _DOCKER.layers[0].blob.data,
    "config": _PLAIN.config.data,
    "docker config": _DOCKER.config.data,
    "manifest": _PLAIN.manifest.data,
    "docker manifest": _DOCKER.manifest.data,
    "manifest without blobs": _ABSENT.manifest.data,
    "index without children": _INDEX.manifest.data,
}
_NAMES: Final = {
    "a": _PLAIN.layers[0].blob.digest,
    "b": _DOCKER.layers[0].blob.digest,
    "config": _PLAIN.config.digest,
    "docker_config": _DOCKER.config.digest,
    "manifest": _PLAIN.manifest.digest,
    "nowhere": f"sha256:{'0' * 64}",
}
_TYPES: Final = {
    "octets": "application/octet-stream",
    "manifest": _PLAIN.manifest.media_type,
    "docker manifest": _DOCKER.manifest.media_type,
    "index": _INDEX.manifest.media_type,
}


def differences(url: str, recorded: list[dict[str, Any]]) -> list[str]:
    """Ask a registry that is empty all that is recorded, in order; tells what it answers otherwise."""
    found, session = list[str](), ""
    for number, step in enumerate(recorded):
        path = step["path"].format(**_NAMES, session=session)
        headers = {"Content-Type": _TYPES[step["type"]]} if "type" in step else {}
        headers |= {"Content-Range": step["span"]} if "span" in step else {}
        body = _BODIES[step.get("body", "")]
        if step.get("late"):
            headers["Content-Length"] = str(len(body))
            answer = http.request(step["method"], urljoin(url, path), body=_late(body), headers=headers)
        else:
            answer = http.request(step["method"], urljoin(url, path), body=body or None, headers=headers)
        if step["method"] == "POST" and answer.status == 202:
            session = answer.headers.get("location", "")
        told = {"status": answer.status, "code": _code(answer.body), "headers": dict(answer.headers)}
        found += [f"{number} {step['method']} {step['path']}: {what}" for what in _differ(step, told)]
    return found


def _late(body: bytes) -> Iterator[bytes]:
    middle = len(body) // 2
    yield body[:middle]
    time.sleep(LATE_S)
    yield body[middle:]


def _differ(step: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    found = [f"{key} {told[key]}, not {step[key]}" for key in ("status", "code") if told[key] != step.get(key, "")]
    for name, value in step.get("headers", {}).items():
        said = told["headers"].get(name)
        wanted = None if value is None else value.format(**_NAMES)
        if said != wanted and not (wanted == "*" and said is not None):
            found.append(f"{name} {said!r}, not {wanted!r}")
    return found


def _code(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    errors = document.get("errors") if isinstance(document, dict) else None
    return str(errors[0]["code"]) if errors else ""
