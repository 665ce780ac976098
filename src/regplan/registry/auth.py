"""How a host wants to know us: basic and bearer authentication as a flow without I/O.

The flow yields token requests and is sent their answers; whoever runs it does the sending. Sources: RFC 9110, 11; the
distribution project's "Token Authentication Specification" and "Oauth2 Token Authentication".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from regplan.errors import RegistryError, Unauthorized
from regplan.registry.options import Secret, is_loopback
from regplan.registry.problems import error_for
from regplan.registry.redact import redact_url
from regplan.registry.wire import Challenge, leads_inside, origin_of, parse_challenges
from regplan.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.registry.options import Credential
    from regplan.registry.problems import Asked
    from regplan.registry.wire import Answer

__all__ = [
    "CATALOG_SCOPE",
    "Authenticator",
    "Moment",
    "TokenRequest",
    "Want",
    "basic_header",
    "granted_actions",
    "repository_scope",
]

CATALOG_SCOPE: Final = "registry:catalog:*"
_CLIENT: Final = "regplan"
# "If omitted, this defaults to 60 seconds" (token specification, expires_in).
_DEFAULT_LIFE_S: Final = 60.0
_LONGEST_LIFE_S: Final = 10**10  # what is longer is no time, and may be more than a float holds
_MARGIN_S: Final = 10.0

Flow = Generator["TokenRequest", "Answer", Secret | None]


@dataclass(frozen=True, slots=True)
class Want:
    """What a request needs: the scopes, and who asks for them (None: nobody in particular)."""

    scopes: frozenset[str]
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """The time twice: `clock_s` never jumps and measures lifetimes, `date` is for dated headers."""

    clock_s: float
    date: datetime


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request to a token server; its parts are not shown, since they hold credentials."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def body(self) -> bytes | None:
        """The form as it is sent, None where there is none."""
        return None if self.form is None else urlencode(self.form).encode()


@dataclass(frozen=True, slots=True)
class _Token:
    header: Secret
    born_s: float
    life_s: float

    def serves(self, now_s: float, life_s: float) -> bool:
        """Tell whether enough life is left, or the token is as fresh as this server makes them."""
        left = self.born_s + self.life_s - now_s
        if left <= min(_MARGIN_S, self.life_s / 4):
            return False
        return left >= life_s or now_s - self.born_s <= self.life_s / 10


class Authenticator:
    """What one host has told of how it wants to know us, and the tokens that it gave.

    `host` is its name for messages and `names_plain_http` tells whether plain HTTP was asked for a host by name.
    """

    def __init__(self, host: str, names_plain_http: Callable[[str], bool]) -> None:
        """Know nothing yet."""
        self._host = host
        self._names_plain_http = names_plain_http
        self._latest: Challenge | None = None
        self._challenges: dict[Want, Challenge] = {}
        self._tokens: dict[Want, _Token] = {}
        self._given: set[Secret] = set()
        self._again: set[Secret] = set()

    @property
    def is_challenged(self) -> bool:
        """Whether this host has asked for a login or token yet."""
        return self._latest is not None

    def takes_anybody(self, want: Want) -> bool:
        """Tell whether nothing was ever asked of whoever comes, so that there is no header to be had or thought of."""
        is_armed = want.credential is not None and want.credential.bearer_token
        return self._latest is None and not self._challenges and not is_armed

    @property
    def realm(self) -> str:
        """The token server's URL as the host told it, "" where it has named none."""
        return "" if self._latest is None or self._latest.scheme != "bearer" else self._latest.get("realm")

    def secrets(self) -> tuple[Secret, ...]:
        """List every token that was given, expired ones too, so that messages can be kept clean of them."""
        return tuple(self._given)

    def authorize(self, want: Want, asked: Asked, moment: Moment, life_s: float = 0.0) -> Flow:
        """Yield the token requests that are needed, and return the Authorization header's value, or None for none.

        A token must have `life_s` seconds left, or be new. Raises `Unauthorized` and other `RegistryError`s.
        """
        if want.credential is not None and want.credential.bearer_token:
            return Secret(f"Bearer {want.credential.bearer_token.reveal()}")
        challenge = self._challenges.get(want, self._latest)
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            return basic_header(want.credential)
        token = self._held(want, moment.clock_s, life_s)
        if token is None:
            token = yield from self._fetch(challenge, want, asked, moment)
            self._tokens[want] = token
        else:
            self._again.add(token.header)
        return token.header

    def may_go_without(self, want: Want) -> bool:
        """Tell whether a request for which no token could be had may go without one, since it was never asked for one.

        What this host asked of another repository is then no longer taken to hold for all.
        """
        if want in self._challenges:
            return False
        self._latest = None
        return True

    def refused(self, want: Want, sent: Secret | None, answer: Answer) -> bool:
        """Learn from a 401 to a request that went with `sent`; tell whether one more try makes sense."""
        self._forget(want, sent)
        challenges = parse_challenges(answer.headers.get("www-authenticate", ""))
        by_scheme = {challenge.scheme: challenge for challenge in reversed(challenges)}
        challenge = by_scheme.get("bearer") or by_scheme.get("basic")
        if challenge is None or (want.credential is not None and want.credential.bearer_token):
            return False
        if challenge.scheme == "basic" and sent in self._given_headers():
            return self._prefers_basic(want, sent, challenge)
        self._challenges[want] = self._latest = challenge
        if challenge.scheme == "basic":
            ours = basic_header(want.credential)
            return ours is not None and ours != sent
        return True

    def _prefers_basic(self, want: Want, sent: Secret, challenge: Challenge) -> bool:
        """Learn from a 401 that asks for HTTP Basic though a token was sent; tell whether one more try makes sense.

        Harbor does so for each token that will not do: one that is too old, so that a new one is asked for, and a new one
        where it takes none at all, as for its catalogue. What it wants of others stays as it is.
        """
        if sent in self._again:
            return True
        self._challenges[want] = challenge
        return basic_header(want.credential) is not None

    def _forget(self, want: Want, sent: Secret | None) -> None:
        """Drop a token that was refused, and, where it did before, all that would be taken in its place: they may be as old."""
        refused = [held for held, token in self._tokens.items() if token.header == sent]
        # Of several requests with one token the first that comes back does this; the others find new ones.
        others = [held for held in self._tokens if self._covers(held, want)] if refused and sent in self._again else []
        for held in {*refused, *others}:
            del self._tokens[held]

    @staticmethod
    def _covers(held: Want, want: Want) -> bool:
        return held.credential == want.credential and held.scopes >= want.scopes

    def _given_headers(self) -> set[Secret]:
        return {Secret(f"Bearer {token.reveal()}") for token in self._given}

    def _held(self, want: Want, now_s: float, life_s: float) -> _Token | None:
        fitting = (
            token for held, token in self._tokens.items() if self._covers(held, want) and token.serves(now_s, life_s)
        )
        return next(fitting, None)

    def _fetch(
        self, challenge: Challenge, want: Want, asked: Asked, moment: Moment
    ) -> Generator[TokenRequest, Answer, _Token]:
        own = self._challenges.get(want)
        extra = own.get("scope") if own is not None else ""
        scopes = _merge(want.scopes, extra)
        realm = self._realm(challenge, want.credential)
        request = _token_request(realm, challenge.get("service"), scopes, want.credential)
        answer = yield request
        if answer.status != 200:
            about = replace(asked, host=f"the token server of {self._host}", what=f"a token for {asked.what}")
            raise error_for(answer, about, moment.date)
        return self._read(answer, moment.clock_s)

    def _realm(self, challenge: Challenge, credential: Credential | None) -> str:
        realm = challenge.get("realm")
        try:
            scheme, name, _ = origin_of(realm)
        except RegistryError as error:
            message = f"{self._host} asks for a token and names no server that gives one"
            raise Unauthorized(message, status=401) from error
        if leads_inside(name, name):
            raise Unauthorized(f"{self._host} sends us for a token to {name}, where no token server is", status=401)
        netloc = urlsplit(realm).netloc.rpartition("@")[2]
        if scheme == "https" or is_loopback(netloc) or self._may_speak_plainly(netloc, name):
            return realm
        what = "logins are" if credential is not None else "tokens are"
        raise Unauthorized(
            f"{self._host} says that {what} to be had from {redact_url(realm)} over plain HTTP; "
            f"if that is meant, say --plain-http={netloc}",
            status=401,
        )

    def _may_speak_plainly(self, netloc: str, name: str) -> bool:
        own_name = urlsplit(f"//{self._host}").hostname
        return self._names_plain_http(netloc) or (name == own_name and self._names_plain_http(self._host))

    def _read(self, answer: Answer, now_s: float) -> _Token:
        try:
            document = json.loads(answer.body)
            value = document.get("token") or document.get("access_token")
        except (ValueError, AttributeError, RecursionError) as error:
            raise RegistryError(f"the token server of {self._host} answered with something that is no token") from error
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
            raise RegistryError(f"the token server of {self._host} answered without a usable token")
        self._given.add(Secret(value))
        life = document.get("expires_in")
        is_number = isinstance(life, int | float) and not isinstance(life, bool) and 0 < life < _LONGEST_LIFE_S
        return _Token(Secret(f"Bearer {value}"), now_s, float(life) if is_number else _DEFAULT_LIFE_S)


def repository_scope(repository: str, *actions: str) -> str:
    """Tell the scope for actions on a repository.

    >>> repository_scope("library/nginx", "pull", "push")
    'repository:library/nginx:pull,push'
    """
    return f"repository:{repository}:{','.join(actions)}"


def granted_actions(header: Secret, repositories: Collection[str]) -> dict[str, frozenset[str]] | None:
    """Tell what a token says that it lets do in some repositories; None where it says nothing of any of them.

    It is the `access` claim of a JSON Web Token ("Token Authentication Implementation" of distribution), read without its
    signature, which is the registry's to check: a hint, and no proof.
    """
    try:
        payload = header.reveal().removeprefix("Bearer ").split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        entries = [{str(key).lower(): value for key, value in entry.items()} for entry in claims["access"]]
        told = {
            str(entry["name"]): frozenset(map(str, entry.get("actions") or ()))
            for entry in entries
            if entry.get("type") == "repository"
        }
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        return None
    if entries and told.keys().isdisjoint(repositories):
        return None
    return {repository: told.get(repository, frozenset()) for repository in repositories}


def basic_header(credential: Credential | None) -> Secret | None:
    """Write the Authorization header of HTTP Basic; None where no password is known."""
    if credential is None or credential.password is None:
        return None
    pair = f"{credential.username}:{credential.password.reveal()}".encode()
    return Secret(f"Basic {base64.b64encode(pair).decode()}")


def _token_request(realm: str, service: str, scopes: tuple[str, ...], credential: Credential | None) -> TokenRequest:
    headers = {"Accept": "application/json"}
    if credential is not None and credential.identity_token:
        form = {
            "grant_type": "refresh_token",
            "service": service,
            "client_id": _CLIENT,
            "scope": " ".join(scopes),
            "refresh_token": credential.identity_token.reveal(),
        }
        return TokenRequest("POST", realm, headers, form)
    pairs = [("service", service)] if service else []
    pairs += [("scope", scope) for scope in scopes]
    basic = basic_header(credential)
    if basic is not None and credential is not None:
        headers["Authorization"] = basic.reveal()
        pairs += [("account", credential.username), ("client_id", _CLIENT)]
    joint = "&" if "?" in realm else "?"
    return TokenRequest("GET", f"{realm}{joint}{urlencode(pairs)}" if pairs else realm, headers)


def _merge(scopes: frozenset[str], challenged: str) -> tuple[str, ...]:
    """Join what we want and what the challenge names: one scope for each resource, its actions together.

    >>> _merge(frozenset({"repository:a:pull"}), "repository:a:push repository:b:pull")
    ('repository:a:pull,push', 'repository:b:pull')
    """
    actions: dict[str, dict[str, None]] = {}
    for scope in [*sorted(scopes), *challenged.split()]:
        resource, colon, named = scope.rpartition(":")
        if colon:
            actions.setdefault(resource, {}).update(dict.fromkeys(named.split(",")))
        else:
            actions.setdefault(scope, {})
    return tuple(f"{resource}:{','.join(named)}" if named else resource for resource, named in actions.items())
