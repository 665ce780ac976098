"""What a chart's texts say in passing: words that may be repositories, and rights to start more pods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.parts import RawChart

__all__ = ["may_start_more", "words_of"]

_WORD = re.compile(r"[\w./-]{4,}")
_RIGHTS = re.compile(r"^kind:\s*(?:Cluster)?Role(?:Binding)?\b|^kind:\s*MutatingWebhookConfiguration", re.MULTILINE)
_STRONG = re.compile(r"\bcreate\b|['\"]\*['\"]|cluster-admin|name:\s*(?:admin|edit)\b|MutatingWebhook")
_HEAD: Final = 4_000
_DEFINES = "CustomResourceDefinition"


def words_of(chart: RawChart, rendered: str | None) -> frozenset[str]:
    """Tell the words that may be repositories' names: of what was rendered, or else of all the chart's texts."""
    return frozenset(
        word for text in (_texts(chart) if rendered is None else (rendered,)) for word in _WORD.findall(text)
    )


def may_start_more(chart: RawChart) -> bool:
    """Tell whether a chart defines kinds of its own or lets anything start pods, so that more may run than it shows."""
    return any(_DEFINES in text[:_HEAD] for text in chart.texts.values()) or any(
        _RIGHTS.search(text) is not None and _STRONG.search(text) is not None for text in _texts(chart)
    )


def _texts(chart: RawChart) -> Iterator[str]:
    return (
        text
        for path, text in chart.texts.items()
        if ("templates/" in path or path.endswith("values.yaml")) and _DEFINES not in text[:_HEAD]
    )
