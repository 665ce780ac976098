"""The app in a browser: who may come in, what the page may load, and a real Chromium that asks nobody else for anything."""

from __future__ import annotations

import contextlib
import http.client
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.tui.served import ServedApp, app_command, check_listen, context, is_allowed, is_served, policy
from regplan.verbs.demo import demo_site
from support.tools import in_ci

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
APP = ServedApp("regplan tui", "127.0.0.1", 8000, "secret-key")
OPEN = ServedApp("regplan tui", "0.0.0.0", 8000, "secret-key")  # noqa: S104  what one may ask for


def test_a_visitors_app_has_the_arguments_but_those_about_serving() -> None:
    command = app_command(["tui", "my site.yaml", "--serve", "--listen=127.0.0.1:1", "--insecure-listen", "--offline"])

    assert shlex.split(command) == [sys.executable, "-m", "regplan", "tui", "my site.yaml", "--offline"]


def test_only_this_machine_is_listened_to_unless_one_says_otherwise() -> None:
    assert check_listen("127.0.0.1:8000", insecure=False) == ("127.0.0.1", 8000)
    assert check_listen("[::1]:0", insecure=False) == ("::1", 0)
    assert check_listen("0.0.0.0:80", insecure=True) == ("0.0.0.0", 80)  # noqa: S104
    with pytest.raises(InputError, match="--insecure-listen"):
        check_listen("0.0.0.0:80", insecure=False)
    with pytest.raises(InputError, match="HOST:PORT"):
        check_listen("8000", insecure=False)


@pytest.mark.parametrize(
    ("path", "key", "headers", "allowed"),
    [
        ("/", "secret-key", {"Host": "127.0.0.1:8000"}, True),
        ("/", "secret-key", {"Host": "localhost:8000", "Origin": "http://localhost:8000"}, True),
        ("/", "", {"Host": "127.0.0.1:8000"}, False),
        ("/", "secret-kex", {"Host": "127.0.0.1:8000"}, False),
        ("/ws/secret-key", "", {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}, True),
        ("/ws/secret-key", "", {"Host": "127.0.0.1:8000", "Origin": "http://evil.example"}, False),
        ("/ws/secret-key", "", {"Host": "127.0.0.1:8000", "Origin": "null"}, False),
        ("/", "secret-key", {"Host": "evil.example:8000"}, False),
        ("/", "secret-key", {}, False),
    ],
)
def test_who_has_no_key_and_pages_of_other_origins_get_nothing(
    path: str, key: str, headers: dict[str, str], allowed: bool
) -> None:
    assert is_allowed(path, key, headers, APP) is allowed


def test_where_others_may_come_in_any_name_of_the_host_will_do_but_no_other_origin() -> None:
    assert is_allowed("/", "secret-key", {"Host": "jump-host:8000"}, OPEN)
    assert not is_allowed("/", "secret-key", {"Host": "jump-host:8000", "Origin": "http://evil.example"}, OPEN)
    assert not is_allowed("/", "", {"Host": "jump-host:8000"}, OPEN)


def test_the_page_loads_from_its_own_server_alone() -> None:
    told = policy("127.0.0.1:8000")

    assert "default-src 'none'" in told
    assert re.findall(r"\w+://[^ ;]+", told) == ["ws://127.0.0.1:8000"]
    assert context(APP, "127.0.0.1:8000", "20")["font_size"] == 20
    assert [context(APP, "h", text)["font_size"] for text in ("", "5", "999", "'", "-1")] == [16] * 5
    assert APP.page == "http://127.0.0.1:8000/?key=secret-key"
    page = (Path(app_command.__code__.co_filename).with_name("web") / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"https?://", page) == []


def test_only_textual_serves_driver_makes_a_page_of_the_terminal() -> None:
    assert is_served({"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"})
    assert not is_served({})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Serve the demo's own site file as a user would, and tell the address; its visitors' apps end with it."""
    shutil.copytree(demo_site().parent, tmp_path / "demo")
    command = [sys.executable, "-m", "regplan", "tui", "demo/site.yaml", "--serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
    assert code == 0
    assert _apps_in(tmp_path) == []


def _apps_in(folder: Path) -> list[str]:
    """List processes that still run in a folder, after up to five seconds for them to end."""
    for _ in range(50):
        found = []
        for each in Path("/proc").glob("[0-9]*/cwd"):
            try:
                found += [each.parent.name] if each.readlink() == folder else []
            except OSError:
                continue
        if not found:
            break
        time.sleep(0.1)
    return found


def _status(url: str, path: str, **headers: str) -> int:
    host = url.removeprefix("http://").partition("/")[0]
    with contextlib.closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as response:
            return response.status


@pytest.mark.slow
@pytest.mark.tui
def test_a_real_server_gives_nothing_without_its_key_and_lists_no_folder(served: str) -> None:
    key = served.partition("key=")[2]

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?key=[\w-]{32}", served)
    assert _status(served, f"/?key={key}") == 200
    assert _status(served, "/") == 403
    assert _status(served, f"/?key={key[:-1]}") == 403
    assert _status(served, f"/?key={key}", Origin="http://evil.example") == 403
    assert _status(served, "/ws/") == 404
    assert _status(served, f"/ws/{key[:-1]}") == 404
    assert _status(served, f"/ws/{key}", Origin="http://evil.example") == 403
    assert _status(served, "/static/") == 403
    assert _status(served, "/own/../index.html") == 404


@pytest.mark.slow
@pytest.mark.tui
@pytest.mark.skipif(CHROMIUM is None and not in_ci(), reason="no Chromium is installed")
def test_in_chromium_keys_work_at_once_and_no_request_leaves_this_machine(served: str) -> None:
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 700})
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: _watch(socket, asked, received))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        received: list[bytes] = []
        page.goto(served)
        page.wait_for_selector("body.-first-byte", timeout=60_000)
        _until(page, received, b"Rules")
        page.keyboard.press("h")
        _until(page, received, b"Placed here")
        browser.close()

    ours = served.partition("/?")[0]
    assert len(asked) >= 4
    assert [url for url in asked if not url.startswith((ours, ours.replace("http", "ws"), "data:"))] == []
    assert complaints == []


def _watch(socket: Any, asked: list[str], received: list[bytes]) -> None:
    asked.append(socket.url)
    socket.on("framereceived", lambda frame: received.append(frame if isinstance(frame, bytes) else frame.encode()))


def _until(page: Any, received: list[bytes], words: bytes) -> None:
    """Wait, a minute at most, until the app has drawn some words."""
    for _ in range(600):
        if words in b"".join(received):
            return
        page.wait_for_timeout(100)
    raise AssertionError(b"".join(received)[-2000:])
