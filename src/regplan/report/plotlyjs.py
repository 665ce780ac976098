"""plotly.js for pages that reach no other host."""

from __future__ import annotations

import functools
import re
from typing import Final

from regplan.errors import MissingExtra

__all__ = ["offline_plotly_js"]

# Maps, the cloud button and the logo have addresses in them. None is used here, so none needs to be there.
_OUTSIDE = re.compile(r"""https?://(?!www\.w3\.org/)[^"'`\s<>)\\]*""")
_NOTICES: Final = "/*! Bundled license information"


@functools.cache
def offline_plotly_js() -> str:
    """Tell plotly.js with every web address blanked, except names of XML namespaces and what stands in licence notices.

    Raises `MissingExtra` where plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingExtra("a chart in HTML", "report") from error
    script = str(get_plotlyjs())
    notices = script.rfind(_NOTICES)
    end = notices if notices >= 0 else len(script)
    return _OUTSIDE.sub("about:blank", script[:end]) + script[end:]
