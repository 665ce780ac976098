"""A plan document that others hand over: held to its schema and to itself, and made harmless, before anything shows it."""

from __future__ import annotations

import json
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from regplan.errors import InputError, InvalidQuantity
from regplan.plan.verdict import overall
from regplan.report.document import SCHEMA_VERSION
from regplan.report.rebuilt import study_of
from regplan.report.schema import plan_schema
from regplan.report.words import indented, is_active, tidy, with_escapes
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.plan import Study

__all__ = ["ReceivedPlan", "read_plan"]

_KIND: Final = "plan"
# A value takes some 100 bytes of memory; the largest fleet's largest site has a tenth of this.
_MOST_VALUES: Final = 1_000_000
_MOST_SHOWN: Final = 80
# Sizes in bytes, rates and times stay far below what can be divided and shown.
_MOST_NUMBER: Final = 2**63 - 1
_MOST_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class ReceivedPlan:
    """A plan document as it came: its `text`, the `document` with harmless texts, and the study that it tells of."""

    text: str = field(repr=False)
    document: dict[str, Any] = field(repr=False)
    study: Study

    @property
    def tool(self) -> str:
        """What made the document: a name and its version."""
        tool = self.document["tool"]
        return f"{tool['name']} {tool['version']}"


def read_plan(raw: bytes, where: str) -> ReceivedPlan:
    """Read a plan document; raises `InputError` naming `where`, for what is none or contradicts itself."""
    text, document = _parse(raw, where)
    _check_kind(document, where)
    try:
        _check_schema(document, where)
        shown = cast("dict[str, Any]", _harmless(document))
    except RecursionError:
        raise InputError(f"{where}: is nested deeper than any plan") from None
    for kept, told in zip(shown.get("values", ()), document.get("values", ()), strict=True):
        # To be pasted, so that its lines stay lines.
        kept["text"] = indented(told["text"])
    try:
        study = study_of(shown)
    except (InputError, OverflowError) as error:
        raise InputError(f"{where}: the plan cannot be read: {tidy(str(error))}") from None
    _check_sums(study, shown, where)
    return ReceivedPlan(with_escapes(text), shown, study)


def _parse(raw: bytes, where: str) -> tuple[str, Any]:
    if sum(map(raw.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise InputError(f"{where}: has more than {_MOST_VALUES:,} values, and no plan has")
    try:
        text = raw.decode()
        return text, json.loads(text, parse_constant=_refuse, parse_float=_float, parse_int=_int)
    except InvalidQuantity as error:
        raise InputError(f"{where}: {error}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{where}: is not JSON, and no plan") from None


def _refuse(name: str) -> float:
    raise InvalidQuantity(f"holds the number {_shown(name)}, and no plan does")


def _float(text: str) -> float:
    value = float(text)
    # Also false for what is beyond all numbers.
    return value if abs(value) <= _MOST_NUMBER else _refuse(text)


def _int(text: str) -> float:
    return _float(text) if len(text) > _MOST_DIGITS or abs(int(text)) > _MOST_NUMBER else int(text)


def _check_kind(document: object, where: str) -> None:
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind != _KIND:
        told = f"its kind is {_shown(kind)}" if isinstance(kind, str) else "it says of no kind what it is"
        raise InputError(f"{where}: is no plan document: {told}")
    version = document.get("schema_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        tool = document.get("tool")
        made = tool.get("version") if isinstance(tool, dict) else None
        by = f", made by regplan {_shown(made)}" if isinstance(made, str) else ""
        raise InputError(
            f"{where}: is a plan of schema version {version}{by}, and this regplan reads {SCHEMA_VERSION}: install a newer one"
        )


def _check_schema(document: object, where: str) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    # The first one is enough: a hostile document may have as many as it has values.
    error = best_match(islice(Draft202012Validator(plan_schema()).iter_errors(document), 1))
    if error is not None:
        place = ".".join(map(str, error.absolute_path)) or "its top"
        asked = f"{error.validator} {json.dumps(error.validator_value)}"
        raise InputError(f"{where}: is no plan document: at {_shown(place)} it breaks the schema ({_shown(asked)})")


def _check_sums(study: Study, document: dict[str, Any], where: str) -> None:
    """Hold what a plan says of itself to what its parts come to, so that no verdict stands above other findings."""
    plan = study.plan
    if plan.verdict is not overall(plan.findings):
        raise InputError(
            f"{where}: contradicts itself: its verdict is {plan.verdict}, and its findings come to {overall(plan.findings)}"
        )
    sums = [("storage.required_bytes", document["storage"]["required_bytes"], plan.storage.required_bytes)]
    if plan.wire is not None:
        sums.append(("wire.saved_bytes", document["wire"]["saved_bytes"], plan.wire.saved_bytes))
    for key, said, summed in sums:
        if said != summed:
            raise InputError(f"{where}: contradicts itself: {key} is {said:,}, and its parts come to {summed:,}")


def _harmless(value: object) -> object:
    """Tell the same values with texts on which no terminal acts; what is harmless stands as it came."""
    if isinstance(value, str):
        return tidy(value) if is_active(value) else value
    if isinstance(value, list):
        return [_harmless(each) for each in value]
    if isinstance(value, dict):
        return {str(_harmless(key)): _harmless(each) for key, each in value.items()}
    return value


def _shown(text: str) -> str:
    told = tidy(text)
    return repr(told if len(told) <= _MOST_SHOWN else f"{told[:_MOST_SHOWN]}…")
