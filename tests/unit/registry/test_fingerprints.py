from __future__ import annotations

import json

import pytest

from regplan.model.probe import RegistryKind
from regplan.registry.fingerprints import FURTHER, kind_of, speaks_registry
from regplan.registry.wire import Answer

PLAIN = {"docker-distribution-api-version": "registry/2.0"}
NOTHING = {path: Answer("GET", path, 404, {}) for path in FURTHER}


def ping(status: int = 200, **headers: str) -> Answer:
    return Answer("GET", "/v2/", status, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")


def bearer(realm: str, service: str = "") -> Answer:
    return ping(401, www_authenticate=f'Bearer realm="{realm}",service="{service}"')


def told(answer: Answer, host: str = "registry.corp:5000", **further: object) -> RegistryKind:
    answers = dict(NOTHING)
    for name, document in further.items():
        path = next(each for each in FURTHER if each.endswith(f"/{name}"))
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        answers[path] = Answer("GET", path, 200, {}, body)
    kind = kind_of(host, answer, answers)
    assert kind is not None
    return kind


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (bearer("https://auth.docker.io/token", "registry.docker.io"), "Docker Hub"),
        (bearer("https://ghcr.io/token", "ghcr.io"), "GitHub Container Registry"),
        (bearer("https://public.ecr.aws/token/", "public.ecr.aws"), "Amazon ECR Public"),
        (ping(401, www_authenticate='Basic realm="https://x/",service="ecr.amazonaws.com"'), "Amazon ECR"),
        (bearer("https://corp.azurecr.io/oauth2/token", "corp.azurecr.io"), "Azure Container Registry"),
        (bearer("https://gcr.io/v2/token", "gcr.io"), "Google Artifact Registry"),
        (bearer("https://us-docker.pkg.dev/v2/token", "us-docker.pkg.dev"), "Google Artifact Registry"),
        (bearer("https://quay.io/v2/auth", "quay.io"), "Quay"),
        (ping(200, server="regplan"), "regplan serve"),
        (bearer("https://gitlab.corp/jwt/auth", "container_registry"), "GitLab"),
        (bearer("https://git.corp/v2/token", "container_registry"), "Gitea or Forgejo"),
        (ping(401, x_jfrog_version="Artifactory/7.77.5 77705900"), "Artifactory"),
        (ping(401, x_artifactory_id="abc", www_authenticate='Basic realm="Artifactory Realm"'), "Artifactory"),
        (ping(401, www_authenticate='BASIC realm="Sonatype Nexus Repository Manager"'), "Nexus"),
        (ping(200, server="Nexus/3.70.1-02 (OSS)"), "Nexus"),
        (bearer("https://harbor.corp/service/token", "harbor-registry"), "Harbor"),
    ],
)
def test_what_a_registry_says_of_itself_tells_its_kind(answer: Answer, name: str) -> None:
    kind = told(answer)

    assert (kind.name, kind.is_registry) == (name, True)
    assert kind.evidence


def test_ecr_is_known_by_its_host_too() -> None:
    assert told(ping(401), "123456789012.dkr.ecr.eu-central-1.amazonaws.com").name == "Amazon ECR"
    assert told(ping(401, www_authenticate='Basic realm="x"'), "ecr.eu.amazonaws.com.evil.example").name != "Amazon ECR"


def test_versions_are_told_where_a_product_shows_one() -> None:
    harbor = {"auth_mode": "db_auth", "harbor_version": "v2.12.2-73072d0d"}

    assert told(ping(401, x_jfrog_version="Artifactory/7.77.5 77705900")).version == "7.77.5"
    assert told(ping(200, server="Nexus/3.70.1-02 (OSS)")).version == "3.70.1-02"
    assert told(bearer("https://h/service/token", "harbor-registry"), systeminfo=harbor).version == "v2.12.2-73072d0d"
    assert told(Answer("GET", "/v2/", 200, PLAIN), systeminfo=harbor).name == "Harbor"


def test_products_that_say_nothing_are_known_by_pages_that_only_they_have() -> None:
    zot = {"extensions": [{"name": "_zot", "url": "x", "description": "zot registry extensions", "endpoints": []}]}

    assert told(Answer("GET", "/v2/", 200, PLAIN), discover=zot).name == "Zot"
    assert (
        told(Answer("GET", "/v2/", 401, PLAIN), mgmt={"distSpecVersion": "1.1.1", "releaseTag": "v2.1.8"}).version
        == "v2.1.8"
    )
    assert told(ping(401), ping=b'"Pong"').name == "Harbor"
    gitea = told(ping(401, www_authenticate='Basic realm="x"'), version={"version": "1.24.0+dev-1"})
    assert (gitea.name, gitea.version) == ("Gitea or Forgejo", "1.24.0+dev-1")


def test_distribution_and_unknown_registries_are_what_is_left() -> None:
    assert told(Answer("GET", "/v2/", 200, PLAIN)).name.startswith("distribution")
    assert told(ping(200)) == RegistryKind("unknown OCI registry", is_registry=True, evidence="it answers /v2/")


@pytest.mark.parametrize("body", [b"[]", b"null", b"not JSON", b'{"extensions_": []}', b"[" * 100_000])
def test_a_page_that_is_none_of_theirs_tells_nothing(body: bytes) -> None:
    assert told(ping(200), discover=body, mgmt=body, systeminfo=body, version=body).name == "unknown OCI registry"


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (ping(200, content_type="text/html; charset=utf-8"), "no registry: a web page"),
        (ping(404, content_type="text/html"), "no registry: a web page"),
        (ping(302), "no registry: HTTP 302 from /v2/"),
        (ping(404), "no registry: HTTP 404 from /v2/"),
        (ping(401, content_type="text/html"), "no registry: a web page"),
    ],
)
def test_what_does_not_answer_as_a_registry_is_none(answer: Answer, what: str) -> None:
    kind = kind_of("www.corp", answer, {})

    assert kind is not None
    assert (kind.name, kind.is_registry) == (what, False)
    assert not speaks_registry(answer)


def test_further_pages_are_only_asked_for_where_they_may_tell_more() -> None:
    assert kind_of("r.corp", ping(200), {}) is None
    assert kind_of("r.corp", bearer("https://auth.docker.io/token"), {}) is not None
    assert kind_of("r.corp", bearer("https://h/service/token", "harbor-registry"), {}) is None
