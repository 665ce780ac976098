"""What `--to` and `--at` name: a registry, or a folder for a tree of layouts."""

from __future__ import annotations

from regplan.errors import InputError
from regplan.values import dataclass
from regplan.verbs.arguments import split_layout

__all__ = ["Target", "parse_target"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to seed: a registry's host with a project, or a folder for a tree of layouts."""

    host: str = ""
    project: str = ""
    folder: str = ""

    def __str__(self) -> str:
        """The target as `--to` takes it."""
        return f"oci:{self.folder}" if self.folder else f"docker://{self.host}/{self.project}"


def parse_target(text: str) -> Target:
    """Read `docker://HOST[:PORT]/PROJECT` or `oci:DIR`; raises `InputError`.

    >>> str(parse_target("docker://10.0.0.5:30003/spectro-images/"))
    'docker://10.0.0.5:30003/spectro-images'
    """
    if text.startswith("oci:"):
        folder, name = split_layout(text.removeprefix("oci:"))
        if name:
            raise InputError(f"{text}: a tree takes every image under its own name; write oci:{folder}")
        return Target(folder=folder)
    if text.startswith("docker://"):
        host, _, project = text.removeprefix("docker://").strip("/").partition("/")
        if host and project and "@" not in host:
            return Target(host, project)
    raise InputError("a target reads docker://HOST:PORT/PROJECT or oci:DIR, without user and password")
