"""What SARIF 2.1.0 (OASIS) demands of the parts of a log that code hosts read, written from the specification.

The JSON Schema holds shapes (sections 3.13 to 3.52, each named beside its object); what is between them, such as a rule's index,
`problems` looks at. An object may have no other property than these, so that a slip of the pen is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import jsonschema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["problems"]


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": {**properties, "properties": {"type": "object"}},
        "additionalProperties": False,
    }


def _list(items: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_TEXT: Final = {"type": "string", "minLength": 1}
_MESSAGE: Final = _object("text", text=_TEXT)  # 3.11 and 3.12
_REGION: Final = _object("startLine", startLine={"type": "integer", "minimum": 1})  # 3.30
_LOCATION: Final = _object(  # 3.28, 3.29, 3.4
    "physicalLocation",
    physicalLocation=_object("artifactLocation", artifactLocation=_object("uri", uri=_TEXT), region=_REGION),
)
_RULE: Final = _object("id shortDescription", id=_TEXT, shortDescription=_MESSAGE, fullDescription=_MESSAGE)  # 3.49
_DRIVER: Final = _object(  # 3.19
    "name rules",
    name=_TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules={**_list(_RULE), "uniqueItems": True},
)
_RESULT: Final = _object(  # 3.27
    "ruleId level message",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=_MESSAGE,
    locations=_list(_LOCATION, 1),
    partialFingerprints={"type": "object", "minProperties": 1, "additionalProperties": _TEXT},
    suppressions=_list(  # 3.35
        _object("kind", kind={"enum": ["inSource", "external"]}, justification={"type": "string"}), 1
    ),
)
_RUN: Final = _object(  # 3.14
    "tool results",
    tool=_object("driver", driver=_DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(_RESULT),
)
_LOG: Final = {  # 3.13
    **_object(
        "version runs",
        version={"const": "2.1.0"},
        runs=_list(_RUN, 1),
        **{"$schema": {"type": "string", "pattern": "^https://.*sarif-schema-2[.]1[.]0[.]json$"}},
    ),
    "$schema": "https://json-schema.org/draft/2020-12/schema",
}


def problems(log: Mapping[str, Any]) -> list[str]:
    """List what a log has that the specification does not allow; nothing where all is well."""
    validator = jsonschema.Draft202012Validator(_LOG)
    shapes = [f"{each.json_path}: {each.message}" for each in validator.iter_errors(log)]
    return shapes or [problem for run in log["runs"] for problem in _within(run)]


def _within(run: Mapping[str, Any]) -> Iterator[str]:
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    if len(set(ids)) < len(ids):
        yield "a rule stands twice"  # 3.19.23: unique by id
    for place, result in enumerate(run["results"]):
        index = result.get("ruleIndex", -1)
        if not 0 <= index < len(ids) or ids[index] != result["ruleId"]:
            yield f"results[{place}]: ruleIndex {index} is not the place of {result['ruleId']}"  # 3.27.6
        for location in result.get("locations", ()):
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            if not _is_reference(uri):
                yield f"results[{place}]: {uri} is neither a relative reference nor a file URI"  # 3.4.3


def _is_reference(uri: str) -> bool:
    parts = urlsplit(uri)
    plain = all(each.isascii() and each.isprintable() and each not in ' "<>\\^`{|}' for each in uri)
    whole = parts.scheme == "file" and parts.path.startswith("/")
    return plain and (whole or (not parts.scheme and not uri.startswith("/")))
