"""A token server as registries use it (distribution's token authentication): Basic or a refresh token in, RS256 JWT out.

docker-registry itself verifies the tokens and enforces the repositories and actions that they name.
"""

from __future__ import annotations

import base64
import fnmatch
import json
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.certificates import ServerCertificate

__all__ = ["Account", "TokenRequest", "TokenServer", "new_token_server"]

ISSUER = "regplan-test-issuer"
SERVICE = "regplan-test-registry"
# docker-registry accepts a token for 60 s after its `exp`; a token that it shall refuse after n seconds ends 60 s earlier.
LEEWAY_S = 60


@dataclass(frozen=True, slots=True)
class Account:
    """Who may do what: actions by repository pattern (`*` matches any path)."""

    password: str
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allowed(self, repository: str, asked: Sequence[str]) -> list[str]:
        """The asked actions that a pattern of this account grants for the repository."""
        granted = {
            action
            for pattern, actions in self.grants.items()
            if fnmatch.fnmatchcase(repository, pattern)
            for action in actions
        }
        return [action for action in asked if action in granted]


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request that the server got: whose it was (None: anonymous or refused), what it asked and what it was given."""

    method: str
    user: str | None
    scopes: tuple[str, ...]
    status: int


@dataclass(slots=True)
class TokenServer:
    """A running token server on loopback; `accounts`, `anonymous` and `lifetime_s` may be changed while it runs."""

    key: rsa.RSAPrivateKey
    certificate_file: Path
    x5c: tuple[str, ...]
    accounts: dict[str, Account] = field(default_factory=dict)
    anonymous: Account = field(default_factory=lambda: Account(""))
    lifetime_s: int = 300
    requests: list[TokenRequest] = field(default_factory=list)
    realm: str = ""
    issuer: str = ISSUER
    service: str = SERVICE
    _server: ThreadingHTTPServer | None = None

    def start(self, tls: ServerCertificate | None = None) -> None:
        """Listen on a free loopback port, over TLS if given a certificate, and set `realm`."""
        handler = type("Handler", (_Handler,), {"tokens": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if tls:
            self._server.socket = tls.server_context().wrap_socket(self._server.socket, server_side=True)
        self.realm = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}/token"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def issue(self, user: str | None, scopes: Sequence[str]) -> str:
        """A signed token with what of the scopes the user (None: anonymous) is granted."""
        account = self.accounts[user] if user else self.anonymous
        ends = int(time.time()) + self.lifetime_s - LEEWAY_S
        begins = min(int(time.time()), ends) - 10
        claims = {
            "iss": self.issuer,
            "sub": user or "",
            "aud": self.service,
            "exp": ends,
            "nbf": begins,
            "iat": begins,
            "jti": uuid.uuid4().hex,
            "access": [access for scope in scopes if (access := _access(account, scope))["actions"]],
        }
        return self._sign(claims)

    def refresh_token(self, user: str) -> str:
        """An identity token for the user, as `docker login` keeps it for some registries."""
        return f"refresh-{user}"

    def user_of(self, refresh_token: str) -> str | None:
        """The account whose refresh token this is."""
        return next((user for user in self.accounts if self.refresh_token(user) == refresh_token), None)

    def _sign(self, claims: Mapping[str, Any]) -> str:
        header = {"typ": "JWT", "alg": "RS256", "x5c": list(self.x5c)}
        signed = f"{_base64url(json.dumps(header).encode())}.{_base64url(json.dumps(claims).encode())}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64url(signature)}"


def new_token_server(folder: Path) -> TokenServer:
    """Make a token server that is not started yet; its root certificate goes into `folder`."""
    ca = trustme.CA(key_type=trustme.KeyType.RSA)
    folder.mkdir(parents=True, exist_ok=True)
    certificate_file = folder / "token-ca.crt"
    certificate_file.write_bytes(ca.cert_pem.bytes())
    key = serialization.load_pem_private_key(ca.private_key_pem.bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        message = "trustme made no RSA key"
        raise TypeError(message)
    body = "".join(line for line in ca.cert_pem.bytes().decode().splitlines() if "-----" not in line)
    return TokenServer(key, certificate_file, (body,))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tokens: TokenServer

    def do_GET(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        header = self.headers.get("Authorization")
        user = self._basic(header) if header else None
        self._answer(user, query, refused=header is not None and user is None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = urllib.parse.parse_qs(body)
        first = {name: values[0] for name, values in form.items()}
        if first.get("grant_type") == "refresh_token":
            user = self.tokens.user_of(first.get("refresh_token", ""))
        else:
            user = self._checked(first.get("username", ""), first.get("password", ""))
        self._answer(user, form, refused=user is None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
        """Say nothing: `TokenServer.requests` has it."""

    def _basic(self, header: str) -> str | None:
        kind, _, value = header.partition(" ")
        if kind.lower() != "basic":
            return None
        name, _, password = base64.b64decode(value).decode().partition(":")
        return self._checked(name, password)

    def _checked(self, name: str, password: str) -> str | None:
        account = self.tokens.accounts.get(name)
        return name if account and account.password == password else None

    def _answer(self, user: str | None, query: Mapping[str, list[str]], *, refused: bool) -> None:
        scopes = tuple(scope for value in query.get("scope", []) for scope in value.split())
        status = 401 if refused else 200
        self.tokens.requests.append(TokenRequest(self.command, user, scopes, status))
        if refused:
            self._send(status, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong user name or password"}]})
            return
        token = self.tokens.issue(user, scopes)
        issued = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        answer = {"token": token, "access_token": token, "expires_in": self.tokens.lifetime_s, "issued_at": issued}
        if user and (query.get("access_type") == ["offline"] or query.get("offline_token") == ["true"]):
            answer["refresh_token"] = self.tokens.refresh_token(user)
        self._send(status, answer)

    def _send(self, status: int, value: Mapping[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="tokens"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _access(account: Account, scope: str) -> dict[str, Any]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": account.allowed(name, actions.split(","))}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
