"""Which registry answers, told by what it says of itself; pure.

Every sign here is one that the product's source or documentation shows: a realm, a service, a header, an answer that only it
gives. What no sign tells is an OCI registry of an unknown kind, or none at all.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from regplan.model.probe import RegistryKind
from regplan.registry.redact import redact_text
from regplan.registry.wire import parse_challenges
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.registry.wire import Answer, Challenge

__all__ = ["FURTHER", "PING", "UNKNOWN_REGISTRY", "kind_of", "speaks_registry"]

UNKNOWN_REGISTRY: Final = "unknown OCI registry"
PING: Final = "/v2/"
_ZOT: Final = "/v2/_oci/ext/discover"
_ZOT_MANAGED: Final = "/v2/_zot/ext/mgmt"
_HARBOR: Final = "/api/v2.0/systeminfo"
_HARBOR_PING: Final = "/api/v2.0/ping"
_GITEA: Final = "/api/v1/version"
# Asked only where the first answer tells nothing, one after the other, until one tells.
FURTHER: Final = (_ZOT, _ZOT_MANAGED, _HARBOR, _HARBOR_PING, _GITEA)
_VERSION = re.compile(r"v?\d+(?:\.\d+){1,3}[\w.+-]*")
_ECR = re.compile(r"\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
_MOST_TEXT: Final = 60


@dataclass(frozen=True, slots=True)
class _Ping:
    """The parts of the answer to `/v2/` by which registries are known."""

    host: str
    headers: Mapping[str, str]
    realm: str
    service: str

    @property
    def realm_host(self) -> str:
        """The token server's host."""
        return urlsplit(self.realm).hostname or ""

    @property
    def realm_path(self) -> str:
        """The token server's path."""
        return urlsplit(self.realm).path.rstrip("/")


def _is_gitea(ping: _Ping) -> bool:
    return ping.service == "container_registry" and ping.realm_path == "/v2/token"


_Sign = tuple[str, str, "Callable[[_Ping], bool]"]
_SIGNS: Final[tuple[_Sign, ...]] = (
    ("Docker Hub", "its token server is auth.docker.io", lambda ping: ping.realm_host == "auth.docker.io"),
    ("GitHub Container Registry", "its token server is ghcr.io", lambda ping: ping.realm_host == "ghcr.io"),
    ("Amazon ECR", "its host and service", lambda ping: bool(_ECR.fullmatch(ping.host))),
    ("Amazon ECR", "its service is ecr.amazonaws.com", lambda ping: ping.service == "ecr.amazonaws.com"),
    ("Amazon ECR Public", "its service is public.ecr.aws", lambda ping: ping.service == "public.ecr.aws"),
    ("Azure Container Registry", "its service", lambda ping: ping.service.endswith(".azurecr.io")),
    (
        "Google Artifact Registry",
        "its service",
        lambda ping: ping.service == "gcr.io" or ping.service.endswith(".pkg.dev"),
    ),
    ("Harbor", "its service is harbor-registry", lambda ping: ping.service == "harbor-registry"),
    ("Harbor", "its token server is /service/token", lambda ping: ping.realm_path == "/service/token"),
    ("Quay", "its token server is /v2/auth", lambda ping: ping.realm_path == "/v2/auth"),
    ("GitLab", "its token server is /jwt/auth", lambda ping: ping.realm_path.endswith("/jwt/auth")),
    ("Gitea or Forgejo", "its service and /v2/token", _is_gitea),
    ("Artifactory", "its header X-JFrog-Version", lambda ping: "x-jfrog-version" in ping.headers),
    ("Artifactory", "its header X-Artifactory-Id", lambda ping: "x-artifactory-id" in ping.headers),
    ("Nexus", "its header Server", lambda ping: ping.headers.get("server", "").lower().startswith("nexus/")),
    ("regplan serve", "its header Server", lambda ping: ping.headers.get("server", "") == "regplan"),
    ("Nexus", "its realm", lambda ping: "sonatype nexus" in ping.realm.lower()),
)
_VERSION_HEADERS: Final = {"Artifactory": "x-jfrog-version", "Nexus": "server"}


def speaks_registry(ping: Answer) -> bool:
    """Tell whether an answer to `/v2/` is a registry's: it says so, asks for a login, or is no page."""
    if "docker-distribution-api-version" in ping.headers or "distribution-api-version" in ping.headers:
        return True
    if ping.status == 401:
        return bool(_challenges(ping)) or not _is_page(ping)
    return ping.status == 200 and not _is_page(ping)


def kind_of(host: str, ping: Answer, further: Mapping[str, Answer]) -> RegistryKind | None:
    """Tell which registry `host` is by its answer to `/v2/` and those to `FURTHER`; None where more of those may tell.

    With an answer to each of them there always is a kind.
    """
    if not speaks_registry(ping):
        what = "no registry: a web page" if _is_page(ping) else f"no registry: HTTP {ping.status} from /v2/"
        return RegistryKind(what, is_registry=False, evidence="it does not answer /v2/ as the specification says")
    name = host.rpartition(":")[0] or host
    challenge = next(iter(_challenges(ping)), None)
    realm, service = ("", "") if challenge is None else (challenge.get("realm"), challenge.get("service"))
    seen = _Ping(name, ping.headers, realm, service)
    told = next(((kind, why) for kind, why, holds in _SIGNS if holds(seen)), None)
    if told is not None and (told[0] != "Harbor" or _HARBOR in further):
        version = ping.headers.get(_VERSION_HEADERS.get(told[0], ""), "")
        if told[0] == "Harbor":
            version = str(_json(further[_HARBOR]).get("harbor_version") or "")
        return RegistryKind(told[0], is_registry=True, version=_version(version), evidence=told[1])
    return _by_further(further) or (_unknown(ping) if set(FURTHER) <= set(further) else None)


def _by_further(further: Mapping[str, Answer]) -> RegistryKind | None:
    """Tell a kind by an answer that only one product gives."""
    for path, key in ((_ZOT, "extensions"), (_ZOT_MANAGED, "distSpecVersion")):
        if (zot := further.get(path)) is not None and zot.status == 200 and key in _json(zot):
            version = _version(str(_json(zot).get("releaseTag") or ""))
            return RegistryKind("Zot", is_registry=True, version=version, evidence=f"it answers {path}")
    if (harbor := further.get(_HARBOR)) is not None and harbor.status == 200 and "auth_mode" in _json(harbor):
        version = _version(str(_json(harbor).get("harbor_version") or ""))
        return RegistryKind("Harbor", is_registry=True, version=version, evidence=f"it answers {_HARBOR}")
    if (
        (pong := further.get(_HARBOR_PING)) is not None
        and pong.status == 200
        and pong.body.strip() in {b"Pong", b'"Pong"'}
    ):
        return RegistryKind("Harbor", is_registry=True, evidence=f"it answers {_HARBOR_PING}")
    if (
        (gitea := further.get(_GITEA)) is not None
        and gitea.status == 200
        and isinstance(_json(gitea).get("version"), str)
    ):
        version = _version(str(_json(gitea)["version"]))
        return RegistryKind("Gitea or Forgejo", is_registry=True, version=version, evidence=f"it answers {_GITEA}")
    return None


def _unknown(ping: Answer) -> RegistryKind:
    # Only the distribution project's own program says so and serves neither of the others' pages; Zot says it too.
    if ping.headers.get("docker-distribution-api-version", "") == "registry/2.0":
        why = "its header Docker-Distribution-Api-Version, and no other product's answers"
        return RegistryKind("distribution (registry:2), or one that is built on it", is_registry=True, evidence=why)
    return RegistryKind(UNKNOWN_REGISTRY, is_registry=True, evidence="it answers /v2/")


def _challenges(ping: Answer) -> tuple[Challenge, ...]:
    return parse_challenges(ping.headers.get("www-authenticate", ""))


def _is_page(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() in {
        "text/html",
        "application/xhtml+xml",
    }


def _json(answer: Answer) -> dict[str, object]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _version(text: str) -> str:
    match = _VERSION.search(text)
    return redact_text(match[0])[:_MOST_TEXT] if match else ""
