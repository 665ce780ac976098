"""`helm template`, where helm is on the PATH: in a private folder, without a network, a cluster, plugins or a login.

Nothing is left behind, whatever helm does: it has a time limit, a limit on what it writes, and a home of its own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from regplan.profile.parts import Rendered
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from regplan.profile.parts import RawChart, Renderer

__all__ = ["Limits", "find_renderer"]

_LOG = logging.getLogger(__name__)
# What Windows programs need before they start at all; nothing of helm's own is handed on.
_KEPT: Final = ("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "LANG", "LC_ALL")
_HOMES: Final = (
    "HELM_CACHE_HOME",
    "HELM_CONFIG_HOME",
    "HELM_DATA_HOME",
    "HELM_PLUGINS",
    "HOME",
    "USERPROFILE",
    "TEMP",
    "TMP",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)
_ARCHIVE = re.compile(r"\.(?:tgz|tar\.gz|tar)$", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"v?[0-9][0-9A-Za-z.+-]{0,60}")
_LEAST = re.compile(r"requires kubeVersion: [^,|]*>=\s*v?([0-9]+\.[0-9]+(?:\.[0-9]+)?)[^|]* which is incompatible")
_PREFIX = re.compile(r"^(?:level=\w+ msg=|Error:\s*|WARNING:\s*)+")
_MOST_NAME: Final = 53
_MOST_PROBLEM: Final = 400
_LINGER_S: Final = 2.0
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one rendering may take, and how much it may write."""

    seconds: float = 60.0
    output_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class _Helm:
    """Renders charts with one program."""

    program: str
    environment: Mapping[str, str] = field(repr=False)
    kube_version: str
    limits: Limits

    def __call__(self, chart: RawChart, values: str, namespace: str, kube_version: str = "") -> Rendered:
        """Render a chart with values over its own."""
        version = kube_version or self.kube_version
        try:
            with tempfile.TemporaryDirectory(prefix="regplan-helm-", ignore_cleanup_errors=True) as made:
                folder = Path(made)
                unsafe = _write(chart, folder / "chart")
                if unsafe:
                    return Rendered(None, f"the chart holds a file outside itself: {unsafe}")
                (folder / "home").mkdir()
                (folder / "values.json").write_text(values, encoding="utf-8")
                rendered = self._render(folder, chart, namespace, version)
                least = None if version else _LEAST.search(rendered.problem)
                # No cluster is known: the chart is meant for one that it can be installed on.
                return rendered if least is None else self._render(folder, chart, namespace, least[1])
        except OSError as error:
            return Rendered(None, f"helm could not be started: {error.strerror or 'its folder cannot be written'}")

    def _render(self, folder: Path, chart: RawChart, namespace: str, version: str) -> Rendered:
        home, root = folder / "home", folder / "chart"
        command = [self.program, "template", _release(chart.name), str(root), "-f", str(folder / "values.json")]
        command += ["--namespace", namespace if _NAMESPACE.fullmatch(namespace) else "default", "--include-crds"]
        command += ["--kube-version", version] if _VERSION.fullmatch(version) else []
        environment = dict(self.environment) | dict.fromkeys(_HOMES, str(home))
        _LOG.debug("helm template of %s %s", chart.name, chart.version)
        ended = _run(command, environment, folder, self.limits)
        if ended.problem:
            return Rendered(None, ended.problem)
        if ended.code != 0:
            return Rendered(None, _told(ended.errors, folder))
        try:
            return Rendered(ended.output.decode("utf-8"))
        except UnicodeDecodeError:
            return Rendered(None, "what helm wrote is no UTF-8")


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run of helm ended."""

    code: int
    output: bytes
    errors: bytes
    problem: str = ""


def find_renderer(
    environment: Mapping[str, str], kube_version: str = "", limits: Limits | None = None
) -> Renderer | None:
    """Find helm on the PATH of an environment; None where there is none.

    `kube_version` is what charts are told of the cluster ("1.30.5"); helm's own default where it is not known.
    """
    program = shutil.which("helm", path=environment.get("PATH") or os.defpath)
    if program is None:
        return None
    kept = {name: environment[name] for name in _KEPT if name in environment}
    kept["PATH"] = str(Path(program).resolve().parent)
    return _Helm(str(Path(program).resolve()), kept, kube_version, limits or Limits())


def _write(chart: RawChart, root: Path) -> str:
    """Write a chart's texts; tell the first path that leads out of it."""
    for path, text in _placed(chart):
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or any(set(part) & set("\\:\0") for part in parts):
            return path
        file = root.joinpath(*parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return ""


def _placed(chart: RawChart) -> Iterator[tuple[str, str]]:
    """Tell a chart's files where helm looks for them: what was an archive below it is a folder now.

    Schemas of values are left out: helm fetches what they refer to, and values that a user has yet to set break them.
    """
    for path, text in chart.texts.items():
        parts = path.split("/")
        if parts[-1] == "values.schema.json":
            continue
        for place, part in enumerate(parts[1:-1], 1):
            if parts[place - 1] == "charts" and _ARCHIVE.search(part):
                is_wrapped = "/".join([*parts[: place + 2], "Chart.yaml"]) in chart.texts
                parts[place : place + (2 if is_wrapped else 1)] = [_ARCHIVE.sub("", part)]
                break
        yield "/".join(parts), text


def _release(name: str) -> str:
    name = re.sub(r"[^a-z0-9-]+", "-", name.lower())[:_MOST_NAME].strip("-")
    return name if _NAME.fullmatch(name) else "release"


def _run(command: list[str], environment: Mapping[str, str], folder: Path, limits: Limits) -> _Ended:
    """Run helm until it ends, takes too long or writes too much."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    ) as process:
        readers = [_Reader(process, pipe, limits.output_bytes) for pipe in (process.stdout, process.stderr)]
        try:
            code = process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            return _Ended(1, b"", b"", f"helm did not end within {limits.seconds:g} s")
        finally:
            # What still writes once helm has ended was started by it, and keeps its group's number taken.
            if process.returncode is None or not all(each.is_done() for each in readers):
                _end(process)
        if not all(each.is_done() for each in readers):
            return _Ended(1, b"", b"", "helm ended and left something that goes on writing")
        output, errors = readers
        if output.is_over or errors.is_over:
            return _Ended(1, b"", b"", f"helm wrote more than {limits.output_bytes:,} bytes")
        return _Ended(code, bytes(output.data), bytes(errors.data))


class _Reader:
    """Reads a pipe in a thread of its own, up to a limit; what writes beyond it is ended."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: IO[bytes] | None, most: int) -> None:
        self.data = bytearray()
        self.is_over = False
        self._process, self._pipe, self._most = process, pipe, most
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def is_done(self) -> bool:
        """Wait a little for the pipe's end."""
        self._thread.join(timeout=_LINGER_S)
        return not self._thread.is_alive()

    def _read(self) -> None:
        while self._pipe is not None and (chunk := os.read(self._pipe.fileno(), _CHUNK)):
            if len(self.data) + len(chunk) > self._most:
                self.is_over = True
                _end(self._process)
                return
            self.data += chunk


def _end(process: subprocess.Popen[bytes]) -> None:
    """End helm and whatever it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, 9)
    if process.poll() is None:
        process.kill()


def _told(errors: bytes, folder: Path) -> str:
    """Tell why helm failed in its own words: one line, without the folders that it worked in."""
    text = errors.decode("utf-8", "replace")
    for path in (folder.resolve(), folder):
        text = text.replace(f"{path}{os.sep}", "").replace(str(path), "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = next((place for place, line in enumerate(lines) if line.startswith("Error:")), 0)
    line = lines[first] if lines else ""
    while line.endswith(":") and first + 1 < len(lines):
        first += 1
        line = f"{line} {lines[first].removeprefix('- ')}"
    return _PREFIX.sub("", line)[:_MOST_PROBLEM].strip() or "helm failed and did not say why"
