"""JupyterLab in a browser: the one started as users start it, the other as they look at it."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT_MS = 240_000

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@contextlib.contextmanager
def started_lab(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Start `regplan lab`, and tell its address with the token."""
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout)
            found = (re.search(r"http://127\.0\.0\.1:\d+/lab\S*\?token=\w+", line) for line in lines)
            address = next(each[0] for each in found if each)
            _wait_for(urlsplit(address).port or 0)
            yield address
        finally:
            # It asks whether it should end; the second one does not ask.
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(2)
            process.kill()


@contextlib.contextmanager
def opened_page(downloads: Path) -> Iterator[Any]:
    """Open a page; in the end it must have asked no address but this machine's."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], downloads_path=downloads)
        opened = browser.new_page(viewport={"width": 1400, "height": 1600}, accept_downloads=True)
        opened.set_default_timeout(WAIT_MS)
        outside: list[str] = []
        ours = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
        opened.on("request", lambda request: None if request.url.startswith(ours) else outside.append(request.url))
        yield opened
        browser.close()
        assert outside == []


def _wait_for(port: int) -> None:
    """Wait until somebody listens: the address is printed a little sooner."""
    end_s = time.monotonic() + WAIT_MS / 1000
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end_s, f"nobody listens on {port}"
            time.sleep(0.2)
        else:
            return
