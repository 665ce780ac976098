"""Harbor's own pages at its double: `/api/v2.0`, which take HTTP Basic and no token.

"source" is goharbor/harbor at c50c7ddd6 (August 2026), src/server/v2.0/handler where nothing else is said.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from support.double import Question, Reply, failure
from support.harbor_access import Access, Project, Who

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.harbor import HarborOptions

__all__ = ["answer_page"]

_API: Final = "/api/v2.0"
_OF_PROJECT: Final = re.compile(rf"{_API}/projects/(?P<name>[^/]+)/(?P<page>summary|immutabletagrules)")
_REPOSITORIES: Final = re.compile(rf"{_API}/projects/(?P<name>[^/]+)/repositories")
# source: src/pkg/project/manager.go restrictedNameChars.
_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


def answer_page(question: Question, access: Access, options: HarborOptions, repositories: Iterable[str]) -> Reply:
    """Answer one of Harbor's pages; `repositories` are those that hold something."""
    who, place = access.who(question), (question.method, question.path)
    if place == ("GET", f"{_API}/ping"):
        return Reply(200, {"Content-Type": "text/plain"}, b"Pong")  # source: ping.go
    if place == ("GET", f"{_API}/systeminfo"):
        return _systeminfo(who, options)
    if place == ("GET", f"{_API}/systeminfo/volumes"):
        # source: systeminfo.go GetVolumes: administrators only.
        told = {"storage": [{"total": options.volume_bytes * 2, "free": options.volume_bytes}]}
        return _not_for(who, is_allowed=who is not None and who.is_admin) or _page(told)
    if question.method == "GET" and (found := _REPOSITORIES.fullmatch(question.path)):
        names = sorted(name for name in repositories if name.startswith(f"{found['name']}/"))
        return _repositories(question, who, access.projects.get(found["name"]), names)
    return _of_projects(question, who, access, options)


def _repositories(question: Question, who: Who | None, project: Project | None, names: list[str]) -> Reply:
    """List a project's repositories by pages; a robot that only pushes may not."""
    # source: repository.go ListRepositories: whoever may list the project's repositories, which every member may.
    allowed = who is not None and (who.can("read", project) if project is not None else who.is_admin)
    if refusal := _not_for(who, is_allowed=allowed):
        return refusal
    if project is None:
        return failure(404, "NOT_FOUND", "project not found")
    size = int(question.first("page_size") or "10")
    first = (int(question.first("page") or "1") - 1) * size
    return _page([{"name": name, "artifact_count": 1} for name in names[first : first + size]])


def _of_projects(question: Question, who: Who | None, access: Access, options: HarborOptions) -> Reply:
    """Answer what is about projects."""
    place = (question.method, question.path)
    if place == ("HEAD", f"{_API}/projects"):
        # source: project.go HeadProject: whoever is logged in is told whether any project exists.
        there = question.first("project_name") in access.projects
        return _not_for(who, is_allowed=True) or Reply(200 if there else 404)
    if place == ("POST", f"{_API}/projects"):
        return _not_for(who, is_allowed=True) or _create(question, who, access, options)
    if question.method == "GET" and (found := _OF_PROJECT.fullmatch(question.path)):
        return _of_project(question, who, access, found)
    return failure(404, "NOT_FOUND", f"path {question.path} was not found")


def _not_for(who: Who | None, *, is_allowed: bool) -> Reply | None:
    """Refuse who may not: 401 without any challenge to nobody, else 403."""
    # source: base.go RequireAuthenticated, RequireSystemAccess, RequireProjectAccess.
    if who is None:
        return failure(401, "UNAUTHORIZED", "unauthorized")
    return None if is_allowed else failure(403, "FORBIDDEN", "forbidden")


def _systeminfo(who: Who | None, options: HarborOptions) -> Reply:
    """Tell what Harbor is; its version to whoever is logged in."""
    told: dict[str, Any] = {"auth_mode": "db_auth", "primary_auth_mode": False, "self_registration": False}
    if who is not None:
        # source: src/controller/systeminfo/controller.go: the protected part has "VERSION-COMMIT".
        restriction = "adminonly" if options.only_admin_creates else "everyone"
        told |= {"harbor_version": f"{options.version}-c50c7ddd", "project_creation_restriction": restriction}
        told |= {"read_only": options.read_only}
    return _page(told)


def _create(question: Question, who: Who | None, access: Access, options: HarborOptions) -> Reply:
    assert who is not None
    asked = json.loads(question.body())
    if who.name.startswith("robot$"):
        # source: project.go CreateProject; a robot of the system, which could, is not played here.
        return failure(403, "FORBIDDEN", "Only system level robot can create project")
    if options.only_admin_creates and not who.is_admin:
        return failure(403, "FORBIDDEN", "Only system admin can create project")
    name = asked["project_name"]
    if not _NAME.fullmatch(name):
        # source: src/pkg/project/manager.go Create.
        return failure(400, "BAD_REQUEST", "project name is not in lower case or contains illegal characters")
    if name in access.projects:
        # source: src/pkg/project/dao/dao.go.
        return failure(409, "CONFLICT", f"The project named {name} already exists")
    # source: project.go: private where nothing is said; without a limit of its own it gets the default one.
    is_public = asked.get("metadata", {}).get("public") == "true"
    access.projects[name] = Project(name, options.default_quota_bytes, is_public)
    return Reply(201, {"Location": f"{_API}/projects/{len(access.projects)}"})


def _of_project(question: Question, who: Who | None, access: Access, found: re.Match[str]) -> Reply:
    """Answer a page of one project."""
    name, is_summary = found["name"], found["page"] == "summary"
    # source: parseProjectNameOrID: a name of digits alone is a number, unless the header says otherwise.
    is_number = name.isdigit() and question.headers.get("x-is-resource-name") != "true"
    project = None if is_number else access.projects.get(name)
    action = "read" if is_summary else "rules"
    # source: base.go HasProjectPermission: where there is no such project only who may do everything gets as far as 404.
    allowed = who is not None and (who.can(action, project) if project is not None else who.is_admin)
    if refusal := _not_for(who, is_allowed=allowed):
        return refusal
    if project is None:
        return failure(404, "NOT_FOUND", f"project {name} not found")
    if not is_summary:
        return _page(project.rules)
    told: dict[str, Any] = {"repo_count": 0}
    told["quota"] = {"hard": {"storage": project.quota_bytes}, "used": {"storage": sum(project.held.values())}}
    # source: project.go getProjectRegistrySummary: of a proxy cache its upstream.
    return _page(told | ({"registry": {"id": 1, "type": "docker-hub"}} if project.is_proxy else {}))


def _page(value: object) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(value).encode())
