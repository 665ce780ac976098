"""Findings about what profiles declare: each says what is wrong, where, how to mend it, and who says so.

Which verdict, and why:

- `profile.misspelt-key` FAILs where Palette does not see the image: nothing puts it into the registry or a bundle, and
  the fix is one word. It is INFO for forms that some documentation shows and regplan reads.
- `profile.unresolved-macro` is INCOMPLETE for an image, because its bytes are unknown; INFO for a count of replicas.
- `profile.no-image-list` is INCOMPLETE where a pack shows images that cannot be told in full, or holds manifests that
  are not here; else INFO.
- `image.missing-from-list`, `image.mutable-tag` and `profile.unpublished-draft` are INFO: with content sync on the site
  still works. Whether it works without is for `mode.sync-off-missing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.profile.parts import Draft

if TYPE_CHECKING:
    from regplan.model.profile import ImageUse
    from regplan.oci.reference import Reference

__all__ = [
    "alias_key",
    "hidden_manifests",
    "is_mutable",
    "missing_from_list",
    "misspelt_key",
    "mutable_tag",
    "no_image_list",
    "no_image_seen",
    "not_understood",
    "unpublished_draft",
    "unresolved_count",
    "unresolved_macro",
]

_PRIMARY: Final = 'Palette docs, "Deploy Cluster with a Primary Registry"'
_PACKS: Final = 'Palette docs, "Build Content Bundles"'
_MACROS: Final = 'Palette docs, "Macros"'
_OWN: Final = "regplan: arithmetic over this site's own numbers"
_API: Final = "Palette API, v1ClusterProfile"
_TAGS: Final = 'OCI distribution specification, "Pulling manifests"'
_LIST: Final = "List every image that the pack runs under `pack.content.images`."


def misspelt_key(where: str, wrong: str, right: str) -> Finding:
    """Tell of a key that Palette does not read, so that what stands behind it is lost."""
    message = f"{where}: `{wrong}` is not `{right}`, so Palette does not see what it names; here it is counted."
    fix = f"Write `{right}` instead of `{wrong}`."
    return Finding("profile.misspelt-key", Verdict.FAIL, message, where=where, fix=fix, source=_PACKS)


def alias_key(where: str, written: str, right: str) -> Finding:
    """Tell of a form that is read here although the packs' own form is another one."""
    message = f"{where}: images stand as {written}, where packs have {right}; they are read here, Palette may not."
    return Finding(
        "profile.misspelt-key", Verdict.INFO, message, where=where, fix=f"Write {right} instead.", source=_PACKS
    )


def no_image_list(where: str, told: int, untold: int) -> Finding:
    """Tell of a pack without a list that shows `told` images, and `untold` more that cannot be put together."""
    seen = f"{told + untold} image{'s' if told + untold > 1 else ''}"
    lost = f"; {untold} of them cannot be told in full, so that every sum is a lower bound" if untold else ""
    message = f"{where} has no `pack.content.images`, and its values and manifests name {seen}{lost}."
    verdict = Verdict.INCOMPLETE if untold else Verdict.INFO
    return Finding("profile.no-image-list", verdict, message, where=where, fix=_LIST, source=_PRIMARY)


def no_image_seen(where: str) -> Finding:
    """Tell of a pack without a list that shows no image either."""
    message = f"{where} has no `pack.content.images` and shows no image; if it runs one, every sum is a lower bound."
    return Finding("profile.no-image-list", Verdict.INFO, message, where=where, fix=_LIST, source=_PRIMARY)


def hidden_manifests(where: str) -> Finding:
    """Tell of a pack without a list whose manifests are only named, as in an API answer."""
    message = f"{where} has no `pack.content.images`, and its manifests are not here; every sum is a lower bound."
    fix = "Export the profile, which holds the manifests, or list the pack's images."
    return Finding("profile.no-image-list", Verdict.INCOMPLETE, message, where=where, fix=fix, source=_PRIMARY)


def missing_from_list(use: ImageUse) -> Finding:
    """Tell of an image that a workload runs and no list has."""
    where = str(use.provenance)
    message = f"{where} runs {use.reference}, which no `pack.content.images` has: it comes from the internet or fails."
    fix = f"Add `- image: {use.reference}` to the pack's `pack.content.images`."
    return Finding("image.missing-from-list", Verdict.INFO, message, where=where, fix=fix, source=_PRIMARY)


def mutable_tag(reference: Reference, where: str) -> Finding:
    """Tell of a reference whose tag is made to be moved."""
    message = f"{reference} may be another image tomorrow: what is planned now and what is pulled then can differ."
    fix = "Name a version, or pin the image with @sha256:."
    return Finding("image.mutable-tag", Verdict.INFO, message, where=where, fix=fix, source=_TAGS)


def is_mutable(reference: Reference) -> bool:
    """Tell whether a reference is made to move: no digest, and a tag that is latest or has no digit.

    >>> from regplan.oci.reference import Reference
    >>> [is_mutable(Reference.parse(text)) for text in ("nginx", "redis:alpine", "redis:7-alpine")]
    [True, True, False]
    """
    return reference.digest is None and not any(each.isdigit() for each in str(reference.tag))


def not_understood(use: ImageUse) -> Finding:
    """Tell of a text that should have been a reference."""
    where, text = str(use.provenance), use.text.strip()
    problem = use.problem or "this is not an image reference"
    message = f"{where}: {problem}." if text in problem else f"{where}: {text}: {problem}."
    fix = "Mend the reference."
    return Finding("image.unresolved", Verdict.INCOMPLETE, message, where=where, fix=fix, source=_OWN)


def unresolved_macro(use: ImageUse) -> Finding:
    """Tell of an image whose macro nobody here can fill in."""
    where = str(use.provenance)
    message = f"{where}: {use.text.strip()} stays unknown: {use.problem}."
    fix = "Give the macro a value, or name the image without it."
    return Finding("profile.unresolved-macro", Verdict.INCOMPLETE, message, where=where, fix=fix, source=_MACROS)


def unresolved_count(where: str, problem: str) -> Finding:
    """Tell of a workload whose number of replicas nobody here can fill in."""
    message = f"{where}: the number of replicas is not known: {problem}."
    fix = "Give the macro a value."
    return Finding("profile.unresolved-macro", Verdict.INFO, message, where=where, fix=fix, source=_MACROS)


def unpublished_draft(profile: str, draft: Draft) -> Finding:
    """Tell of a draft that is not what is published."""
    message = f"{profile} has a draft that differs from what is published; what is published is planned about."
    if draft is Draft.ONLY:
        message = f"{profile} is a draft that was never published; the draft is planned about."
    fix = "Publish the draft, or plan about its export."
    return Finding("profile.unpublished-draft", Verdict.INFO, message, where=profile, fix=fix, source=_API)
