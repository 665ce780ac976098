"""A Palette on loopback: its public API as far as regplan reads it, with paging, keys, and everything that goes wrong."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from support.listening import listening
from support.palette_documents import PROJECT, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from support.certificates import ServerCertificate

__all__ = ["KEY", "Asked", "Palette", "Reply", "serve_palette"]

KEY = "k3y-of-the-tests-0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer instead of what the API would: after `wait_s`, with a body that is sent as it is."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came: header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Palette:
    """What this Palette holds; `instead` maps paths to replies that come first, each list used up from its front."""

    port: int = 0
    ca_file: Path | None = None
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    summaries: list[dict[str, Any]] = field(default_factory=list)
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    resolved: dict[str, dict[str, str]] = field(default_factory=dict)
    hosts: list[dict[str, Any]] = field(default_factory=list)
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    cluster_hosts: dict[str, list[str]] = field(default_factory=dict)
    cluster_variables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    instead: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    page: int = 50
    has_tokens: bool = True
    searches_whole_hosts: bool = True

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        return f"{'https' if self.ca_file else 'http'}://{self.address}"

    def add(self, document: dict[str, Any], **beside: Any) -> str:
        """Hold a profile, with its summary and what stands beside it; tell its id."""
        name = document["metadata"]["uid"]
        self.profiles[name] = document
        self.summaries.append(beside.get("summary") or summary(document))
        self.variables[name] = beside.get("variables", [])
        if "manifests" in beside:
            self.manifests[name] = beside["manifests"]
        if "resolved" in beside:
            self.resolved[name] = beside["resolved"]
        return str(name)

    def paths(self) -> list[str]:
        """The requests that came, as METHOD PATH."""
        return [f"{each.method} {each.path}" for each in self.asked]

    def answer(self, asked: Asked) -> Reply:
        """Tell what the API answers."""
        if waiting := self.instead.get(asked.path):
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if asked.headers.get("apikey") != KEY:
            return _error(401, "InvalidCredentials", "API key is invalid")
        if asked.headers.get("projectuid", PROJECT) != PROJECT:
            return _error(403, "OperationNotAllowed", "no access to this project")
        document = self._document(asked)
        if document is None:
            return _error(404, "ResourceNotFound", f"{asked.path} was not found")
        return document if isinstance(document, Reply) else _json(document)

    def _document(self, asked: Asked) -> Any:
        found: Any = _error(405, "405", f"method {asked.method} is not allowed here")
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["v1", "clusterprofiles", name, *rest]:
                found = self._of_profile(name, "/".join(rest))
            case "GET", ["v1", "edgehosts", name]:
                found = next((each for each in self.hosts if each["metadata"]["uid"] == name), None)
            case "POST", ["v1", "dashboard", "clusterprofiles"]:
                wanted = (json.loads(asked.body).get("filter") or {}).get("profileName", {}).get("eq")
                found = self._page(
                    [each for each in self.summaries if wanted in {None, each["metadata"]["name"]}], asked
                )
            case "POST", ["v1", "dashboard", "edgehosts", "search"]:
                found = self._page([self._found(each) for each in self.hosts], asked)
            case "GET", ["v1", "dashboard", "spectroclusters", "metadata"]:
                found = {"items": [each["metadata"] for each in self.clusters.values()]}
            case "GET", ["v1", "cloudconfigs", "edge-native", name]:
                found = self.pools.get(name)
            case "GET", ["v1", "spectroclusters", name, *rest]:
                found = self._of_cluster(name, "/".join(rest)) if name in self.clusters else None
        return found

    def _of_profile(self, name: str, rest: str) -> Any:
        match rest:
            case "":
                return self.profiles.get(name)
            case "packs/manifests":
                return self.manifests.get(name)
            case "packs/resolvedValues":
                return {"resolved": self.resolved[name]} if name in self.resolved else None
            case "variables":
                return {"variables": self.variables[name]} if name in self.variables else None
        return None

    def _of_cluster(self, name: str, rest: str) -> Any:
        match rest:
            case "":
                return self.clusters[name]
            case "edge-native/edgeHosts":
                wanted = self.cluster_hosts.get(name, [])
                return {"items": [each for each in self.hosts if each["metadata"]["uid"] in wanted]}
            case "variables":
                return self.cluster_variables.get(name, [])
        return None

    def _found(self, host: dict[str, Any]) -> dict[str, Any]:
        """Tell a host as searches do, where its `host` has an address and no id."""
        spec = {"host": {"hostAddress": host["spec"]["host"]["hostAddress"]}, "type": "edge-native"}
        if self.searches_whole_hosts:
            spec["device"] = host["spec"]["device"]
        return {"metadata": host["metadata"], "spec": spec, "status": host["status"]}

    def _page(self, items: list[dict[str, Any]], asked: Asked) -> Any:
        limit = int(asked.query.get("limit", ["50"])[0])
        if limit > 50:
            return _error(400, "608", "limit is more than 50")
        start = int(asked.query.get("offset", ["0"])[0])
        token = asked.query.get("continue", [""])[0]
        start = int(token.removeprefix("after-")) if token else start
        end = start + min(limit, self.page)
        more = f"after-{end}" if end < len(items) and self.has_tokens else ""
        meta = {"continue": more, "count": len(items), "limit": limit, "offset": end}
        return {"items": items[start:end], "listmeta": meta}


@contextmanager
def serve_palette(palette: Palette, certificate: ServerCertificate | None = None) -> Iterator[Palette]:
    """Serve until the end of the block, on a port of its own; over TLS where there is a certificate."""
    context = None
    if certificate is not None:
        palette.ca_file, context = certificate.ca_file, certificate.server_context()
    with listening(_handler(palette), context) as palette.port:
        yield palette


def _handler(palette: Palette) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, body)
            palette.asked.append(asked)
            reply = palette.answer(asked)
            time.sleep(reply.wait_s)
            try:
                self.send_response(reply.status)
                for name, value in ({"Content-Type": "application/json"} | dict(reply.headers)).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                # Who asked has gone away, as after a time-out.
                self.close_connection = True

    return Handler


def _json(document: Any) -> Reply:
    return Reply(200, json.dumps(document).encode())


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, json.dumps({"code": code, "details": {}, "message": message, "ref": "f3b1c5"}).encode())
