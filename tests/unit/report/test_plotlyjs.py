from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from plotly.offline import get_plotlyjs

from regplan.errors import MissingExtra
from regplan.report.plotlyjs import offline_plotly_js

if TYPE_CHECKING:
    from pathlib import Path


def test_only_addresses_change_and_no_licence_notice_is_lost() -> None:
    before, after = str(get_plotlyjs()), offline_plotly_js()
    blank = re.compile(r"""https?://[^"'`\s<>)\\]*|about:blank""")
    assert blank.sub("", before) == blank.sub("", after)
    notices = before[before.rfind("/*! Bundled license information") :]
    assert notices in after
    assert after.startswith(before[:200].partition("http")[0])


def test_it_is_still_a_script(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    file = tmp_path / "plotly.js"
    file.write_text(offline_plotly_js(), encoding="utf-8")
    assert subprocess.run([node, "--check", str(file)], check=False).returncode == 0


def test_without_plotly_it_names_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    offline_plotly_js.cache_clear()
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(MissingExtra, match=r"regplan\[report\]"):
        offline_plotly_js()
