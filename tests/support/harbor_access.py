"""Who may do what at the double of Harbor: its projects, accounts, robots and tokens.

"source" is goharbor/harbor at c50c7ddd6 (August 2026).
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from support.double import Question, Reply, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEVELOPER", "MAINTAINER", "ROBOT", "Access", "Account", "Project", "Who", "no_project"]

# source: src/common/rbac/project/rbac_role.go: a developer reads a project and its quota, and may not list immutable tags.
DEVELOPER: Final = frozenset({"pull", "push", "read"})
MAINTAINER: Final = DEVELOPER | {"delete", "rules"}
# A robot has what it was given; this is what Harbor's screens preset for pushing.
ROBOT: Final = frozenset({"pull", "push"})
_SERVICE: Final = "harbor-registry"
_REPOSITORY_ACTIONS: Final = frozenset({"pull", "push", "delete"})
# source: src/common/const.go JwtLeeway.
_LEEWAY_S: Final = 60.0


@dataclass(slots=True)
class Project:
    """A project: its quota in bytes (-1: none), its immutable tag rules, and the bytes of each digest that count against it."""

    name: str
    quota_bytes: int = -1
    is_public: bool = False
    is_proxy: bool = False
    rules: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    born_s: float = field(default_factory=time.monotonic)

    def refusal(self, more: Mapping[str, int]) -> Reply | None:
        """Tell why these digests (with their sizes) do not fit; None where they do."""
        used = sum(self.held.values())
        new = used + sum(size for digest, size in more.items() if digest not in self.held)
        # source: src/pkg/quota/util.go IsSafe: more than the limit is too much, and as much as the limit is not.
        if self.quota_bytes < 0 or new <= self.quota_bytes:
            return None
        # source: src/server/middleware/quota/quota.go: DENIED, which is 403; words of src/pkg/quota/errors.go.
        words = (
            f"adding {_size(new - used)} of storage resource, which when updated to current usage of {_size(used)} "
            f"will exceed the configured upper limit of {_size(self.quota_bytes)}."
        )
        return failure(403, "DENIED", words)


@dataclass(frozen=True, slots=True)
class Account:
    """A user, or a robot where the name begins with `robot$`: what it may do, by project."""

    password: str
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever asks: by name and password, or by a token, which knows of nothing but repositories."""

    name: str
    grants: Mapping[str, frozenset[str]]
    is_admin: bool = False
    is_token: bool = False

    def can(self, action: str, project: Project) -> bool:
        """Whether an action is granted in a project."""
        is_open = project.is_public and action in {"pull", "read"} and not self.is_token
        return self.is_admin or is_open or action in self.grants.get(project.name, frozenset())


_NOBODY: Final = Who("", {})


@dataclass(slots=True)
class _Token:
    who: Who
    born_s: float
    ends_s: float


class Access:
    """All accounts, projects and tokens; `life_s` is how long a token given from now on is taken."""

    def __init__(self, life_s: float) -> None:
        """Have none."""
        self.life_s = life_s
        self.accounts: dict[str, Account] = {}
        self.projects: dict[str, Project] = {}
        self.tokens: dict[str, _Token] = {}

    def revoke(self) -> None:
        """Take no token any more that was given so far."""
        self.tokens.clear()

    def who(self, question: Question, projects: tuple[str, ...] = ()) -> Who | None:
        """Tell who asks about these projects; None where nobody says so, or it is not true."""
        kind, _, value = question.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            # source: src/server/middleware/security: robot.go and basic_auth.go take Basic on every path, /v2/ included.
            name, _, password = base64.b64decode(value).decode().partition(":")
            account = self.accounts.get(name)
            known = account is not None and account.password == password
            return Who(name, account.grants, account.is_admin) if known and account is not None else None
        token = self.tokens.get(value) if kind.lower() == "bearer" else None
        if token is None or time.monotonic() > token.ends_s or not question.path.startswith("/v2"):
            # source: v2_token.go takes tokens below /v2 only. Harbor's own leeway of a minute is left out.
            return None
        # source: v2_token.go tokenIssuedAfterProjectCreation: each project must exist, and not be newer than the token.
        found = [self.projects.get(name) for name in projects]
        if any(each is None or token.born_s + _LEEWAY_S < each.born_s for each in found):
            return None
        return token.who

    def give_token(self, question: Question) -> Reply:
        """Answer /service/token."""
        if question.method != "GET":
            return Reply(405)  # source: src/core/middlewares/middlewares.go: "beego framework return 405"
        if question.first("service") != _SERVICE:
            return Reply(400, {}, f"Unable to handle service: {question.first('service')}".encode())  # source: token.go
        who = self.who(question)
        scopes = [scope for given in question.every("scope") for scope in given.split(" ") if scope]
        if who is None and not scopes:
            return Reply(401)  # source: creator.go: "for docker login"
        # source: creator.go: a wrong password with a scope gets a token all the same, which lets nobody in.
        asker = who or _NOBODY
        born_s = time.monotonic()
        token = _Token(Who(asker.name, self._granted(asker, scopes), is_token=True), born_s, born_s + self.life_s)
        value = _signed(token.who.grants, scopes)
        self.tokens[value] = token
        told = {"token": value, "access_token": "", "expires_in": int(self.life_s), "issued_at": "2026-08-21T05:58:10Z"}
        # source: src/common/models/token.go; beego keeps a session, whose cookie is `sid` (src/lib/config/config.go).
        headers = {"Content-Type": "application/json", "Set-Cookie": f"sid={uuid.uuid4().hex}; Path=/; HttpOnly"}
        return Reply(200, headers, json.dumps(told).encode())

    def _granted(self, who: Who, scopes: list[str]) -> dict[str, frozenset[str]]:
        """Tell what a token lets do: whatever the asker may do in the scopes' projects, whichever actions they name."""
        granted = {}
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            project = self.projects.get(rest.partition("/")[0])
            if kind == "repository" and "/" in rest:
                # source: creator.go repositoryFilter: "project does not exist, set empty permission".
                may = {each for each in _REPOSITORY_ACTIONS if project is not None and who.can(each, project)}
                granted[rest.partition("/")[0]] = frozenset(may)
        return granted


def _signed(grants: Mapping[str, frozenset[str]], scopes: list[str]) -> str:
    """Write a token as Harbor does, but for its signature.

    source: src/pkg/token/claims/v2/claims.go, `access`; creator.go resourceScopes: "*" where all three are granted.
    """
    access = []
    for scope in scopes:
        kind, _, rest = scope.partition(":")
        name = rest.rpartition(":")[0]
        actions = sorted(grants.get(name.partition("/")[0], frozenset()))
        every = ["*"] if len(actions) == len(_REPOSITORY_ACTIONS) else []
        access.append({"type": kind, "name": name, "actions": [*actions, *every]})
    claims = {"iss": "harbor-token-issuer", "aud": _SERVICE, "jti": uuid.uuid4().hex, "access": access}
    parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "RS256"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"no signature"))


def no_project(name: str) -> Reply:
    """Answer for a project that is not there, below /v2: 401 with an empty challenge."""
    # source: src/server/middleware/v2auth/auth.go check returns "" where the look-up fails; facts (e), the error map.
    told = f"project {name} not found"
    return failure(401, "UNAUTHORIZED", f"{told}: {told}", Www_Authenticate="")


def _size(size: int) -> str:
    """Write bytes as Harbor does."""
    value, units = float(size), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.1f} {units[0]}"
