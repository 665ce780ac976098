"""Rules that are checked while profiles are read: rows without a look, so that each id has its page."""

from __future__ import annotations

from typing import Final

from regplan.model.finding import Verdict
from regplan.plan.rules.rule import Rule
from regplan.plan.rules.sources import API, ISSUES, LONGHORN, MACROS, PACKS, PRIMARY, SIGHT, TAGS

__all__ = ["RULES"]

RULES: Final = (
    Rule(
        id="image.missing-from-list",
        title="Images that run and stand in no list",
        compares="the images that manifests, charts and values use with `pack.content.images`",
        source=PRIMARY,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.mutable-tag",
        title="Tags that move",
        compares="each reference's tag with those that are made to move, such as latest, or none at all",
        source=TAGS,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.host-mismatch",
        title="Images under a host that nothing pulls from",
        compares="the hosts in `pack.content.images` with those that charts, manifests and values pull the same "
        "repositories from",
        source=PRIMARY,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.unused",
        title="Images that are listed and used by nothing",
        compares="each listed image with all that its pack runs, with its presets, and with what its name tells: "
        "Windows, another architecture than the hosts', variants of one kernel module",
        source=SIGHT,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.other-platform",
        title="Images for other machines, by their names",
        compares="the architecture that a listed image's tag or name tells with amd64, where the hosts are not known",
        source=SIGHT,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.tag-collision",
        title="One tag for two digests",
        compares="the digests that packs and profiles pin one tag to",
        source=ISSUES,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.passed-by-name",
        title="Images that an operator is told by name",
        compares="the arguments and environment of pods with references to images, which no webhook rewrites",
        source=LONGHORN,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.misspelt-key",
        title="Misspelt keys",
        compares="the keys of `pack.content` with those that are known: FAIL where Palette does not see the image, INFO for "
        "forms that some documentation shows",
        source=PACKS,
        verdicts=(Verdict.FAIL, Verdict.INFO),
    ),
    Rule(
        id="profile.no-image-list",
        title="Packs without an image list",
        compares="whether a pack has `pack.content.images`: INCOMPLETE where it shows images that cannot be told in full, or "
        "manifests that are not here",
        source=PRIMARY,
        verdicts=(Verdict.INCOMPLETE, Verdict.INFO),
    ),
    Rule(
        id="profile.unresolved-macro",
        title="Macros without a value",
        compares="the macros with the values of packs and variables: INCOMPLETE for an image, INFO for replicas and quantities",
        source=MACROS,
        verdicts=(Verdict.INCOMPLETE, Verdict.INFO),
    ),
    Rule(
        id="profile.unpublished-draft",
        title="Profiles that are not published",
        compares="whether an API answer holds a draft that is not what is published",
        source=API,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.chart-not-read",
        title="Charts that are not at hand or not rendered",
        compares="the charts that packs name with those that were handed over, and whether `helm template` renders "
        "them",
        source=SIGHT,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.k8s-layer-images",
        title="Images listed by the Kubernetes layer",
        compares="whether a pack of the layer k8s lists images, which the provider image holds already",
        source=ISSUES,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.attached-manifest",
        title="Manifests attached to packs",
        compares="whether manifests are attached to a pack instead of being a layer of their own",
        source=ISSUES,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.legacy-harbor",
        title="The deprecated Harbor pack",
        compares="the names of packs with harbor-edge-native-config",
        source=PRIMARY,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.not-understood",
        title="Files that look as if they named images",
        compares="the members of a folder or an archive with every form that is read",
        source="regplan: what a folder or an archive holds is told by its content",
        verdicts=(Verdict.INCOMPLETE,),
    ),
    Rule(
        id="profile.other-version",
        title="Packs at hand of another version",
        compares="the version of a pack that was handed over with that of the profile's pack of its name",
        source="regplan: a pack at hand joins the profile's pack of its name",
        verdicts=(Verdict.INFO,),
    ),
)
