"""The watcher of tags: while anything is seeded, it must never see a tag on an image that is not whole.

A tag is one small file at distribution 2.8, and so is the link by which a repository has a manifest. Its file system driver
writes a link by emptying the file and then filling it (`PutContent` of registry/storage/driver/filesystem/driver.go in
v2.8.2: a `Writer` that does not append truncates; what it is given goes into a buffer and is flushed after that), also where
it had the same content before. Who asks in between reads no digest, and is answered 500 with the code UNKNOWN. So while a manifest is
put, for the first time or again, it cannot be read for about a millisecond under the tag that it gets and by its digest. No
other status is concerned, and no blob, whose links are kept in memory where `cache.blobdescriptor` is set, as it is here and
in what distribution ships (`test_watching.py`, in the long run, puts, uploads and mounts in a loop while it asks). No client can
avoid it: a tag is set by putting its manifest.

Nothing is known of the image at such a moment, neither that it is whole nor that it is not. The watcher asks again, for
two seconds at most, and then looks at the image once, as at any other. It is excused only for a manifest that the registry's own
log says was being put at that time; all else that is not right is an error at the first look.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from support.registry import Registry

__all__ = ["Watched", "Watcher"]

_MOST_S: Final = 3_600.0
# How long putting a manifest may take on a machine that does other things too, and the whole seconds of the log.
_PUT_S: Final = 5.0

Wanted = tuple[str, str, str]


class Watcher:
    """The process that looks, every 50 ms, at each stage that is watched; a context manager."""

    def __init__(self, folder: Path, every_s: float = 0.05) -> None:
        """Start it; `folder` is where it writes down what it saw."""
        self.out, self._stages_file = folder / "looks.jsonl", folder / "stages.json"
        self._stages: dict[str, tuple[str, list[tuple[str, str]]]] = {}
        self._number = 0
        self._tell()
        script = Path(__file__).with_name("watcher.py")
        numbers = [str(every_s), str(_MOST_S)]
        self._process = subprocess.Popen([sys.executable, script, self._stages_file, self.out, *numbers])

    def __enter__(self) -> Self:
        """Be there already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        Path(f"{self.out}.stop").touch()
        assert self._process.wait(30) == 0

    @contextmanager
    def watching(self, registry: Registry, wanted: Iterable[Wanted]) -> Iterator[Watched]:
        """Look at these (repository, tag, digest of the manifest) until the end of the block, and judge what was seen."""
        self._number += 1
        watched = Watched(self, registry, str(self._number))
        watched.look_at(wanted)
        try:
            yield watched
        finally:
            self.look(watched.name, None)
        watched.judge()

    def look(self, name: str, at: tuple[str, list[tuple[str, str]]] | None) -> None:
        """Look at these places of a stage from now on, or no more."""
        self._stages.pop(name, None)
        if at is not None:
            self._stages[name] = at
        self._tell()

    def _tell(self) -> None:
        new = self._stages_file.with_suffix(".new")
        new.write_text(json.dumps(self._stages))
        new.replace(self._stages_file)


@dataclass(slots=True)
class Watched:
    """One registry that is looked at, and what was seen there so far."""

    watcher: Watcher
    registry: Registry
    name: str
    _digests: dict[tuple[str, str], str] = field(default_factory=dict)

    def look_at(self, wanted: Iterable[Wanted]) -> None:
        """Look at these from now on."""
        places = {(repository, tag): digest for repository, tag, digest in wanted}
        self._digests.update(places)
        self.watcher.look(self.name, (self.registry.address, list(places)))

    def looks(self) -> list[dict[str, Any]]:
        """The looks at which the registry answered."""
        lines = self.watcher.out.read_text("utf-8").splitlines() if self.watcher.out.exists() else []
        looks = [json.loads(line) for line in lines if line.endswith("}")]
        return [look for look in looks if look["stage"] == self.name and not look["down"]]

    def wait_for(self, number: int, timeout_s: float = 120.0) -> bool:
        """Wait until there were so many looks."""
        deadline = time.monotonic() + timeout_s
        while len(self.looks()) < number:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def judge(self) -> None:
        """Assert that no tag was ever seen on an image that was not whole."""
        looks = self.looks()
        wrong = [look["wrong"] for look in looks if look["wrong"]]
        if wrong:
            raise AssertionError(f"a tag was seen on an image that was not whole: {wrong}")
        emptied = [(repository, name, at_s) for look in looks for repository, name, at_s in look["emptied"]]
        unexcused = sorted(set(emptied) - self._being_put(emptied)) if emptied else []
        if unexcused:
            raise AssertionError(f"these could not be read for a moment, and nobody was putting them: {unexcused}")

    def _being_put(self, emptied: list[tuple[str, str, float]]) -> set[tuple[str, str, float]]:
        """List those of the (repository, tag or digest, time)s at which the registry's log has that manifest being put."""
        puts: dict[tuple[str, str], list[float]] = {}
        for request in self.registry.requests():
            if request.method == "PUT" and "/manifests/" in request.path:
                repository, _, name = request.path.removeprefix("/v2/").partition("/manifests/")
                puts.setdefault(self._manifest(repository, name), []).append(request.began_s)
        return {
            each
            for each in emptied
            if any(began_s <= each[2] <= began_s + _PUT_S for began_s in puts.get(self._manifest(*each[:2]), ()))
        }

    def _manifest(self, repository: str, name: str) -> tuple[str, str]:
        return repository, self._digests.get((repository, name), name)
