from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from regplan.errors import RegistryError, Unauthorized
from regplan.registry.auth import Authenticator, Moment, TokenRequest, Want, granted_actions, repository_scope
from regplan.registry.options import Credential, Secret
from regplan.registry.problems import Asked
from regplan.registry.wire import Answer

ME = Credential("me", Secret("pa55word"), origin="the test")
PULL = frozenset({repository_scope("a/b", "pull")})
ASKED = Asked("r.example", "manifest a/b:1", "a/b", login="the test")
BEARER = 'Bearer realm="https://auth.example/token?x=1",service="registry",scope="repository:a/b:pull"'


def moment(clock_s: float = 0.0) -> Moment:
    return Moment(clock_s, datetime(2026, 11, 23, tzinfo=UTC))


def refusal(challenge: str) -> Answer:
    headers = {"www-authenticate": challenge} if challenge else {}
    return Answer("GET", "https://r.example/v2/a/b/manifests/1", 401, headers)


def granted(text: str = "t0ken", **more: object) -> Answer:
    document = {"token": text, **more}
    return Answer("GET", "https://auth.example/token", 200, {}, json.dumps(document).encode())


def authenticator(*named: str) -> Authenticator:
    return Authenticator("r.example", lambda host: host in named)


def run(
    auth: Authenticator, want: Want, *answers: Answer, at_s: float = 0.0, life_s: float = 0.0
) -> tuple[str | None, list[TokenRequest]]:
    """Run the flow with these answers, and tell the header and the token requests."""
    flow = auth.authorize(want, ASKED, moment(at_s), life_s)
    requests: list[TokenRequest] = []
    try:
        requests.append(next(flow))
        requests += [flow.send(answer) for answer in answers]
    except StopIteration as end:
        header: Secret | None = end.value
        return (None if header is None else header.reveal()), requests
    raise AssertionError("the flow wants more answers than there are")


def jwt(claims: object) -> Secret:
    """A token with these claims."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    return Secret("Bearer " + ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"?")))


def entry(name: str, *actions: str, **more: object) -> dict[str, object]:
    return {"type": "repository", "name": name, "actions": [*actions], **more}


@pytest.mark.parametrize(
    ("access", "told"),
    [
        ([entry("a", "pull", "push"), entry("b", "pull")], {"a": {"pull", "push"}, "b": {"pull"}}),
        ([entry("a", "*")], {"a": {"*"}, "b": set()}),
        ([{"Type": "repository", "Name": "a", "Actions": ["push"]}], {"a": {"push"}, "b": set()}),
        ([entry("a", "push"), entry("b") | {"actions": None}], {"a": {"push"}, "b": set()}),
        ([], {"a": set(), "b": set()}),
    ],
)
def test_a_token_tells_what_it_lets_do_in_each_repository(
    access: list[dict[str, object]], told: dict[str, set[str]]
) -> None:
    found = granted_actions(jwt({"access": access}), ("a", "b"))

    assert found is not None
    assert {repository: set(actions) for repository, actions in found.items()} == told


@pytest.mark.parametrize(
    "token",
    [
        Secret("Bearer opaque"),
        Secret("Bearer a.b.c"),
        Secret("Bearer a.\x00.c"),
        jwt([]),
        jwt({"sub": "me"}),
        jwt({"access": "all"}),
        jwt({"access": [1]}),
        jwt({"access": [{"type": "repository"}]}),
        jwt({"access": [entry("another", "pull")]}),
        jwt({"access": [entry("a", "pull") | {"actions": 1}]}),
    ],
)
def test_a_token_that_tells_nothing_of_the_repositories_is_not_taken_to_refuse_them(token: Secret) -> None:
    assert granted_actions(token, ("a", "b")) is None


def test_nothing_is_sent_before_a_host_asks_for_it() -> None:
    auth = authenticator()

    assert run(auth, Want(PULL, ME)) == (None, [])
    assert not auth.is_challenged


def test_basic_is_sent_at_once_from_then_on() -> None:
    auth, want = authenticator(), Want(PULL, ME)

    assert auth.refused(want, None, refusal('Basic realm="r"'))
    header, requests = run(auth, want)

    assert header == "Basic " + base64.b64encode(b"me:pa55word").decode()
    assert requests == []
    assert run(auth, Want(frozenset({"repository:c:pull"}), ME))[0] == header


def test_basic_that_was_refused_is_not_tried_again() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal("Basic"))
    sent = Secret(run(auth, want)[0] or "")

    assert not auth.refused(want, sent, refusal("Basic"))


def test_basic_without_a_credential_is_hopeless() -> None:
    auth = authenticator()

    assert not auth.refused(Want(PULL), None, refusal("Basic"))
    assert run(auth, Want(PULL)) == (None, [])


def test_a_token_is_asked_for_with_all_scopes_at_once() -> None:
    auth = authenticator()
    want = Want(frozenset({repository_scope("a/b", "pull", "push"), repository_scope("c", "pull")}), ME)
    assert auth.refused(want, None, refusal(BEARER))

    header, (request,) = run(auth, want, granted())

    assert header == "Bearer t0ken"
    assert request.method == "GET"
    assert request.headers["Authorization"].startswith("Basic ")
    assert request.url.startswith("https://auth.example/token?x=1&")
    assert parse_qsl(urlsplit(request.url).query) == [
        ("x", "1"),
        ("service", "registry"),
        ("scope", "repository:a/b:pull,push"),
        ("scope", "repository:c:pull"),
        ("account", "me"),
        ("client_id", "regplan"),
    ]


def test_the_challenges_own_scope_is_asked_for_too() -> None:
    auth, want = authenticator(), Want(PULL)
    auth.refused(
        want, None, refusal('Bearer realm="https://auth.example/t",scope="repository:a/b:pull,x repository:z:pull"')
    )

    _, (request,) = run(auth, want, granted())

    scopes = [value for name, value in parse_qsl(urlsplit(request.url).query) if name == "scope"]
    assert scopes == ["repository:a/b:pull,x", "repository:z:pull"]


def test_an_anonymous_token_is_asked_for_without_a_login() -> None:
    auth, want = authenticator(), Want(PULL)
    auth.refused(want, None, refusal(BEARER))

    header, (request,) = run(auth, want, granted())

    assert header == "Bearer t0ken"
    assert "Authorization" not in request.headers
    assert "account" not in request.url


def test_an_identity_token_is_traded_by_post() -> None:
    auth = authenticator()
    want = Want(PULL, Credential(identity_token=Secret("refresh")))
    auth.refused(want, None, refusal(BEARER))

    header, (request,) = run(
        auth, want, Answer("POST", "https://auth.example/token", 200, {}, b'{"access_token": "acc"}')
    )

    assert header == "Bearer acc"
    assert (request.method, request.url) == ("POST", "https://auth.example/token?x=1")
    assert request.form == {
        "grant_type": "refresh_token",
        "service": "registry",
        "client_id": "regplan",
        "scope": "repository:a/b:pull",
        "refresh_token": "refresh",
    }


def test_a_ready_bearer_token_is_sent_as_it_is_and_never_renewed() -> None:
    auth, want = authenticator(), Want(PULL, Credential(bearer_token=Secret("ready")))

    assert run(auth, want) == ("Bearer ready", [])
    assert not auth.refused(want, Secret("Bearer ready"), refusal(BEARER))


def test_a_token_serves_until_shortly_before_it_expires() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("first", expires_in=300))

    assert run(auth, want, at_s=289) == ("Bearer first", [])
    header, requests = run(auth, want, granted("second"), at_s=291)
    assert (header, len(requests)) == ("Bearer second", 1)


@pytest.mark.parametrize("expires_in", [None, 0, -5, "300", True, 10**400])
def test_a_token_without_a_usable_lifetime_lives_sixty_seconds(expires_in: object) -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("first", expires_in=expires_in))

    assert run(auth, want, at_s=49) == ("Bearer first", [])
    assert run(auth, want, granted("second"), at_s=51)[0] == "Bearer second"


def test_a_long_upload_gets_a_token_with_enough_life() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("first", expires_in=300))

    assert run(auth, want, at_s=100, life_s=150)[0] == "Bearer first"
    assert run(auth, want, granted("second", expires_in=300), at_s=100, life_s=250)[0] == "Bearer second"
    # A new token is as good as this server makes them.
    assert run(auth, want, at_s=110, life_s=5000) == ("Bearer second", [])


def test_a_token_for_more_serves_for_less_and_for_nobody_else() -> None:
    auth = authenticator()
    wide = Want(frozenset({*PULL, "repository:c:pull"}), ME)
    auth.refused(wide, None, refusal(BEARER))
    run(auth, wide, granted("wide"))

    assert run(auth, Want(PULL, ME)) == ("Bearer wide", [])
    assert run(auth, Want(PULL), granted("anonymous"))[0] == "Bearer anonymous"


def test_a_refused_token_is_dropped_and_asked_for_anew() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("first"))

    assert auth.refused(want, Secret("Bearer first"), refusal(BEARER))
    assert run(auth, want, granted("second"))[0] == "Bearer second"


def test_a_token_that_another_request_has_renewed_is_kept() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("second"))

    assert auth.refused(want, Secret("Bearer first"), refusal(BEARER))
    assert run(auth, want) == ("Bearer second", [])


def test_a_401_without_a_way_in_is_final() -> None:
    auth = authenticator()

    assert not auth.refused(Want(PULL, ME), None, refusal(""))
    assert not auth.refused(Want(PULL, ME), None, refusal("Negotiate"))


def test_bearer_goes_before_basic() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(f'Basic realm="x", {BEARER}'))

    assert run(auth, want, granted())[0] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("realm", "named"),
    [
        ("https://anywhere.example/token", ()),
        ("http://127.0.0.1:5001/token", ()),
        ("http://auth.example/token", ("auth.example",)),
        ("http://r.example/service/token", ("r.example",)),
        ("http://r.example:8080/token", ("r.example",)),
    ],
)
def test_a_login_goes_to_the_server_that_the_registry_names(realm: str, named: tuple[str, ...]) -> None:
    auth, want = authenticator(*named), Want(PULL, ME)
    auth.refused(want, None, refusal(f'Bearer realm="{realm}"'))

    assert run(auth, want, granted())[0] == "Bearer t0ken"


@pytest.mark.parametrize("realm", ["http://auth.example/token", "http://auth.example@127.0.0.1.example/t"])
@pytest.mark.parametrize("credential", [ME, None])
def test_no_login_goes_over_plain_http_that_was_not_asked_for(realm: str, credential: Credential | None) -> None:
    auth, want = authenticator("r.example"), Want(PULL, credential)
    auth.refused(want, None, refusal(f'Bearer realm="{realm}"'))

    with pytest.raises(Unauthorized, match="over plain HTTP; if that is meant, say --plain-http="):
        run(auth, want, granted())


@pytest.mark.parametrize("realm", ["", "token", "ftp://auth.example/", "file:///etc/passwd", "https://["])
def test_a_realm_that_is_no_url_is_refused(realm: str) -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(f'Bearer realm="{realm}"'))

    with pytest.raises(Unauthorized, match="names no server"):
        run(auth, want, granted())


@pytest.mark.parametrize(
    "realm", ["https://169.254.169.254/latest", "https://[fe80::1]/token", "https://0.0.0.0/token"]
)
def test_no_login_goes_to_an_address_where_no_token_server_is(realm: str) -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(f'Bearer realm="{realm}"'))

    with pytest.raises(Unauthorized, match="where no token server is"):
        run(auth, want, granted())


def test_a_token_server_that_refuses_the_login_is_named() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    answer = Answer("GET", "https://auth.example/token", 401, {"www-authenticate": "Basic"}, b"")

    with pytest.raises(Unauthorized, match=r"the token server of r\.example refuses the login from the test"):
        run(auth, want, answer)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"token": ""}',
        b'{"token": 1}',
        b'{"token": "a\\r\\nX-Evil: 1"}',
        b'{"token": "a b"}',
    ],
)
def test_an_answer_without_a_usable_token_is_an_error(raw: bytes) -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))

    with pytest.raises(RegistryError, match=r"the token server of r\.example"):
        run(auth, want, Answer("GET", "https://auth.example/token", 200, {}, raw))


def test_nothing_of_the_flow_shows_a_secret() -> None:
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    _, (request,) = run(auth, want, granted("s3cr3t-token"))

    for shown in (repr(auth), repr(want), repr(request), str(auth.secrets()), repr(vars(auth))):
        assert "pa55word" not in shown
        assert base64.b64encode(b"me:pa55word").decode() not in shown
        assert "s3cr3t-token" not in shown
    assert [secret.reveal() for secret in auth.secrets()] == ["s3cr3t-token"]


BASIC = 'Basic realm="harbor"'


def test_a_token_that_did_before_and_is_refused_with_a_call_for_basic_is_renewed() -> None:
    """Harbor calls for HTTP Basic whatever is wrong with a token."""
    auth, want = authenticator(), Want(PULL, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("one", expires_in=1800))
    held, _ = run(auth, want)

    assert auth.refused(want, Secret(held or ""), refusal(BASIC))
    assert run(auth, want, granted("two", expires_in=1800))[0] == "Bearer two"


def test_a_token_that_is_refused_takes_along_those_that_would_stand_in_for_it() -> None:
    auth, want, wider = authenticator(), Want(PULL, ME), Want(PULL | {repository_scope("a/c", "pull")}, ME)
    auth.refused(want, None, refusal(BEARER))
    run(auth, want, granted("one", expires_in=1800))
    run(auth, wider, granted("wide", expires_in=1800))
    held, _ = run(auth, want)

    assert auth.refused(want, Secret(held or ""), refusal(BASIC))
    assert run(auth, want, granted("two", expires_in=1800))[0] == "Bearer two"
    # Another request that went with the old one finds the new one.
    assert auth.refused(want, Secret(held or ""), refusal(BASIC))
    assert run(auth, want)[0] == "Bearer two"


def test_a_new_token_that_is_refused_with_a_call_for_basic_has_this_alone_asked_for_with_the_password() -> None:
    """As Harbor's catalogue is, which takes no token; its other pages go on taking them."""
    auth, catalog = authenticator(), Want(frozenset({"registry:catalog:*"}), ME)
    auth.refused(Want(PULL, ME), None, refusal(BEARER))
    new, _ = run(auth, catalog, granted("one", expires_in=1800))

    assert auth.refused(catalog, Secret(new or ""), refusal(BASIC))
    assert run(auth, catalog)[0] == f"Basic {base64.b64encode(b'me:pa55word').decode()}"
    assert run(auth, Want(PULL, ME), granted("two"))[0] == "Bearer two"
    assert auth.realm.startswith("https://auth.example/token")


def test_nobody_has_nothing_to_send_where_basic_is_called_for() -> None:
    auth, want = authenticator(), Want(PULL)
    auth.refused(want, None, refusal(BEARER))
    new, _ = run(auth, want, granted("one"))

    assert not auth.refused(want, Secret(new or ""), refusal(BASIC))
