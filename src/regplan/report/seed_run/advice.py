"""What to do after a seeding, in sentences: of how it ended, and of what kept it from ending well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.report.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["next_steps"]

_PROBLEMS: Final = {
    "bad-source": "A source gives other bytes than its digest says: name another with --from, or resolve again.",
    "failed": "The target refused single items: see why, mend it there, and run the same command again.",
    "fatal": "The target took nothing more: mend what it says (login, quota, room), and run the same command again.",
    "kept": "The target keeps harmed files whatever it is sent: remove those that are named, and run the same command again.",
    "gone": "The target did not answer any more: see `regplan doctor` for it, and run the same command again.",
}


def next_steps(document: Mapping[str, Any]) -> Iterator[str]:
    """Tell what to do next, the most urgent first."""
    is_stopped = any(finding["verdict"] == "FAIL" for finding in document["findings"])
    if document["error"]:
        yield f"Nothing was done: {document['error']}"
    if is_stopped:
        yield "Mend what FAILs among the checks; nothing is written before."
    if document["interrupted"]:
        yield "Run the same command again: what is there stays there, and is not sent again."
    problems = dict.fromkeys(item["problem"] for item in document["items"] if item["problem"])
    known = [_PROBLEMS[problem] for problem in problems if problem in _PROBLEMS]
    yield from known or _unexplained(document)
    if document["unresolved"]:
        yield f"{counted(len(document['unresolved']), 'image')} could not be resolved: name a source that has what is missing."
    if document["dry_run"] and not document["error"] and not is_stopped:
        yield "Agree with --yes."
    if document["verified"] and document["check"]["level"] != "deep":
        yield "Prove the bytes too: `regplan verify` with --level blobs, or deep."


def _unexplained(document: Mapping[str, Any]) -> Iterator[str]:
    """Tell what to do where something is not right and no item says why; after an interrupt that is told already."""
    if document["verified"] or document["dry_run"] or document["interrupted"]:
        return
    if document["failed"]:
        yield "Mend what is told of each that failed, and run the same command again."
    elif document["blocked"]:
        yield "Run the same command again: what is there is not sent again."
