"""A source, a target, a faulty way to each of them, and the command line between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.running import Said, regplan
from faults.logbook import Logged
from faults.reading import problems
from support import images
from support.faulty import FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from faults.watching import Watched, Watcher
    from support.link import Link
    from support.registry import Registry

__all__ = ["PROJECT", "Scene", "build", "scene"]

PROJECT: Final = "spectro-images"
MB: Final = 10**6


def build(scale: int = 1) -> dict[tuple[str, str], images.Tree]:
    """A few images that share layers, one of them under two tags, and an index: 11 blobs; 2 MB at a scale of 1."""
    shared = images.layer(300_000 * scale, 11)
    app = images.image([shared, images.layer(700_000 * scale, 12)], label="app")
    side = images.image([shared, images.layer(20_000, 13), images.layer(500_000 * scale, 14)], label="side")
    return {
        ("library/app", "1.0"): app,
        ("library/app", "stable"): app,
        ("tools/side", "3"): side,
        ("multi/platform", "4"): images.multi_platform(size=90_000),
    }


@dataclass(slots=True)
class Scene:
    """The seeder reaches both registries through proxies; what is asserted is read past them."""

    source: Registry
    target: Registry
    built: Mapping[tuple[str, str], images.Tree]
    near_source: FaultyProxy
    near_target: FaultyProxy
    project: str = PROJECT
    more: list[str] = field(default_factory=list)
    watched: Watched | None = None
    _stored_before: int = 0
    _logged_before: int = 0

    @property
    def references(self) -> list[str]:
        """What is to be seeded, as a profile would name it."""
        return [f"{self.near_source.address}/{repository}:{tag}" for repository, tag in self.built]

    @property
    def wanted(self) -> list[tuple[str, str, str]]:
        """(repository, tag, digest) that must stand at the target."""
        return [(self.at_target(name), tag, tree.manifest.digest) for (name, tag), tree in self.built.items()]

    @property
    def digests(self) -> set[str]:
        """The digests of all blobs, from the bytes they were built of."""
        return {blob.digest for tree in self.built.values() for blob in tree.blobs()}

    def at_target(self, repository: str) -> str:
        """Where a repository goes to."""
        return f"{self.project}/{self.near_source.address.replace(':', '_')}/{repository}"

    def arguments(self, verb: str = "seed") -> list[str]:
        """The command's arguments."""
        place = f"docker://{self.near_target.address}/{self.project}"
        how = ["--to", place, "--yes"] if verb == "seed" else ["--at", place]
        return [verb, *self.references, *how, "--plain-http", "--all-platforms", "-o", "json", *self.more]

    def enter(self, project: str) -> None:
        """Seed into this project from now on, which is watched."""
        self.project = project
        assert self.watched is not None
        self.watched.look_at(self.wanted)

    def seed(self, *more: str) -> Said:
        """Seed, in this process."""
        self._begin()
        return regplan(*self.arguments(), *more)

    def verify(self, level: str = "tags") -> Said:
        """Verify, in this process."""
        return regplan(*self.arguments("verify"), "--level", level)

    def start(self, *more: str, is_beside: bool = False) -> subprocess.Popen[str]:
        """Seed, in a process of its own that may be killed or interrupted; `is_beside` counts it with one under way."""
        if not is_beside:
            self._begin()
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *self.arguments(), *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(),
        )  # fmt: skip

    def _begin(self) -> None:
        self._stored_before, self._logged_before = len(self.near_target.stored()), len(self.target.requests())

    def logged(self) -> Logged:
        """What the target's own log says that the last run asked, of this program's requests."""
        ours = [each for each in self.target.requests()[self._logged_before :] if each.agent == "regplan"]
        return Logged(self.built, self.at_target, ours)

    def problems(self) -> list[str]:
        """Tell what is not right at the target: nothing, once everything is seeded."""
        return problems(self.target.address, self.wanted)

    def assert_done(self, said: Said) -> None:
        """Assert that everything stands at the target, and that the last run said so, and of what it sent no more and no less."""
        assert said.code == 0, said.err + said.out
        assert self.problems() == []
        assert said.document["verified"] is True
        assert said.document["failed"] == []
        done = said.document["done"]
        assert done["uploaded_blobs"] == len(self.near_target.stored()) - self._stored_before

    def assert_true(self, document: dict[str, Any]) -> None:
        """Assert that the document of a run that ended well says what the target's log says of it, number by number."""
        logged, done = self.logged(), document["done"]
        assert document["verified"] is True
        assert document["failed"] == []
        told = {name: done[name] for name in logged.done}
        assert told == logged.done, f"{done}, and by the log {logged.done}"

    def assert_undone(self, said: Said, code: int, *words: str) -> None:
        """Assert that the run ended with this code and said truly that it failed, and why; that nothing stands half."""
        assert said.code == code, said.err + said.out
        assert self.problems() != []
        told = said.err if code != 5 else json.dumps(said.document["failed"])
        for word in words:
            assert word in told
        assert "Traceback" not in said.err
        assert self.halves() == []
        if code == 5:
            assert said.document["verified"] is False

    def halves(self) -> list[str]:
        """Tell which tags of the target stand on an image that is not whole."""
        return [wrong for wrong in self.problems() if "is 404" not in wrong]


@contextmanager
def scene(
    source: Registry,
    target: Registry,
    built: Mapping[tuple[str, str], images.Tree],
    link: Link | None = None,
    watcher: Watcher | None = None,
) -> Iterator[Scene]:
    """Open the two ways; the link is the one to the target, and a watcher looks at the tags there meanwhile."""
    with FaultyProxy(source.address) as near_source, FaultyProxy(target.address, link=link) as near_target:
        opened = Scene(source, target, built, near_source, near_target)
        if watcher is None:
            yield opened
            return
        with watcher.watching(target, opened.wanted) as opened.watched:
            yield opened


# Who runs tests in the background may have SIGINT ignored, which children inherit.
_PROGRAM: Final = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from regplan.cli import main; main()"


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
