"""Fixtures for all tests: an empty home folder each, real registries on loopback, and no way off it."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import tempfile
from functools import wraps
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import hypothesis
import pytest

from support import tracing
from support.certificates import Authority, new_authority
from support.guard import loopback
from support.starter import StartRegistry
from support.tools import in_ci

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from support.registry import Program, Registry

# Python's own hook for a process that starts: it finds its neighbour only where that folder is on the path, as it is there.
collect_ignore = ["support/guard/sitecustomize.py"]

# A law is about values, not about the speed of the machine; in CI the same examples are tried in every run.
hypothesis.settings.register_profile("regplan", deadline=None, derandomize=in_ci(), print_blob=True)
hypothesis.settings.load_profile("regplan")

# What a developer's or a build machine's environment would otherwise bring into a test.
_FOREIGN = (
    "REGPLAN_", "DOCKER_", "REGISTRY_AUTH_FILE", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "NO_COLOR", "FORCE_COLOR", "PALETTE_",
    "SPECTROCLOUD_",
)  # fmt: skip
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_FOLDERS = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_RUNTIME_DIR": "run",
    "XDG_STATE_HOME": ".local/state",
}


_GUARD = str(Path(loopback.__file__).parent)
# While a test runs that installs packages: what it starts may ask pip's index, as the set-up did.
_installs: list[bool] = []
_STARTS = subprocess.Popen.__init__
# Numbers for folders of tests: each is a name that none had.
_folders = count()


@wraps(_STARTS)
def _guarded(self: Any, *args: Any, **given: Any) -> None:
    """Start a program with the guard on its Python path, whatever else a test says of its environment."""
    env = dict(os.environ if given.get("env") is None else given["env"])
    # A worker of pytest was started so itself, and hands its path on.
    path = [each for each in env.get("PYTHONPATH", "").split(os.pathsep) if each and each != _GUARD]
    held = [] if _installs else [_GUARD]
    env |= {"PYTHONPATH": os.pathsep.join([*path, *held]), loopback.LOG: os.environ[loopback.LOG]}
    _STARTS(self, *args, **{**given, "env": env})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the folders whose tests are traced for coverage."""
    parser.addoption("--traced", metavar="FOLDER,...", help=tracing.HELP)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop the tracer that pytest-cov has started by now, where another folder's tests are to come."""
    if folders := session.config.getoption("--traced"):
        tracing.trace_only(session, folders)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without a look for garbage: next to all of it stays, and is gone through again and again; nor is it later.

    What tests leave is looked for as always while it is young. A look at all there is takes a fifth of a second, which was a
    fifth of the time of the app's tests: it comes a tenth as often.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, 100)
        gc.enable()


def pytest_configure() -> None:
    """Hold this process, and every Python that a test starts, to loopback."""
    handle, log = tempfile.mkstemp(prefix="off-loopback-")
    os.close(handle)
    os.environ[loopback.LOG] = log
    loopback.hold()
    subprocess.Popen.__init__ = _guarded  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    """Take away what the guard wrote into."""
    subprocess.Popen.__init__ = _STARTS  # type: ignore[method-assign]
    Path(os.environ.pop(loopback.LOG)).unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def on_loopback(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that reaches for another host, or looks up another name than localhost, itself or in what it starts."""
    loopback.told()
    _installs[:] = [True] if request.node.get_closest_marker("installs") else []
    yield
    _installs.clear()
    if gone := loopback.told():
        pytest.fail("off loopback: " + "; ".join(gone))


@pytest.fixture(scope="session")
def anyio_backend() -> Literal["asyncio"]:
    """Tests marked anyio run on asyncio alone."""
    return "asyncio"


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pytest's own, with a number that needs no look at all folders for the next free one, milliseconds beside thousands."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    return tmp_path_factory.mktemp(f"{name}_{next(_folders)}", numbered=False)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder: no auth file, cache, proxy or setting of the machine is seen or touched by a test."""
    folder = tmp_path_factory.mktemp(f"home_{next(_folders)}", numbered=False)
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    for name, inside in _FOLDERS.items():
        monkeypatch.setenv(name, str(folder / inside))
    (folder / "run").mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that no machine trusts, for registries with TLS."""
    return new_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def registry_program() -> Program | None:
    """What the registries of a test are; None is Debian's docker-registry. tests/registry has others too."""
    return None


@pytest.fixture
def start_registry(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, registry_program: Program | None
) -> Iterator[StartRegistry]:
    """Start registries that are this test's own: `start_registry(auth=None|"basic"|"token", tls=, delete=, upstream=)`."""
    start = StartRegistry(tmp_path_factory.mktemp, authority, program=registry_program)
    with start.stops:
        yield start


@pytest.fixture(scope="session")
def _start_shared(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, registry_program: Program | None
) -> Iterator[StartRegistry]:
    start = StartRegistry(tmp_path_factory.mktemp, authority, program=registry_program)
    with start.stops:
        yield start


@pytest.fixture(scope="session")
def open_registry(_start_shared: StartRegistry) -> Registry:
    """A registry without login, shared by all tests: use a repository name of your own, count nothing."""
    return _start_shared()


@pytest.fixture(scope="session")
def basic_registry(_start_shared: StartRegistry) -> Registry:
    """The same with TLS and basic authentication."""
    return _start_shared("basic", tls=True)


@pytest.fixture(scope="session")
def token_registry(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Registry]:
    """The same with token authentication, over plain HTTP; always docker-registry."""
    start = StartRegistry(tmp_path_factory.mktemp, authority)
    with start.stops:
        yield start("token")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat what the gates before pytest said, where scripts/test runs both."""
    if gates := os.environ.get("REGPLAN_GATES"):
        terminalreporter.section("gates before pytest")
        terminalreporter.write_line(gates)
