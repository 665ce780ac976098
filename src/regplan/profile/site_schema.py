"""The JSON Schema (2020-12) of the site file, made of the table of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.profile.site_keys import SECTIONS, keys_of, subsections
from regplan.profile.tree import parse_documents

if TYPE_CHECKING:
    from regplan.profile.site_key import Key, Section

__all__ = ["site_schema"]


def site_schema() -> dict[str, object]:
    """Write the JSON Schema of the site file, for editors and checkers.

    >>> site_schema()["required"]
    ['name']
    """
    schema = _of_section(SECTIONS[0])
    schema |= {"anyOf": [{"required": ["profiles"]}, {"required": ["images"]}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "regplan site file", **schema}


def _of_section(section: Section) -> dict[str, object]:
    keys = keys_of(section.path)
    properties = {key.name: _of_key(key) for key in keys}
    properties |= {each.path.rpartition(".")[2]: _listed(each) for each in subsections(section.path)}
    needed = [key.name for key in keys if key.is_required]
    return {
        "description": section.meaning,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }


def _listed(section: Section) -> dict[str, object]:
    one = _of_section(section)
    return {"description": section.meaning, "type": "array", "items": one} if section.is_list else one


def _of_key(key: Key) -> dict[str, object]:
    meaning = f"{key.meaning} ({key.source})" if key.source else key.meaning
    described: dict[str, Any] = {"description": meaning, **key.kind.schema}
    if key.default:
        described["default"] = _default(key)
    return described


def _default(key: Key) -> object:
    """Write a default in the type that the schema asks for."""
    text = parse_documents(key.default)[0]
    match key.kind.schema.get("type"):
        case "boolean":
            return text == "true"
        case "integer" | "number":
            return float(str(text)) if "." in str(text) else int(str(text))
        case _:
            return text
