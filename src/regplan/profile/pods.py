"""A pod's specification: images with their keys, and what its containers ask for.

Images stand in containers, initContainers, ephemeralContainers, image volumes and KubeVirt's containerDisks; full
references in arguments and environment variables are what operators start in their turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.profile import Container
from regplan.patterns import pattern
from regplan.profile.composer import Map, Seq
from regplan.profile.mention import image_use
from regplan.profile.tree import dig, line_of
from regplan.units import parse_cpu, parse_quantity
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree
    from regplan.profile.quantities import Desk

__all__ = ["PodImage", "containers_of", "images_of", "is_pod", "items", "told_images"]

_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
_HOST: Final = r"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost)(?::[0-9]{1,5})?"
_PATH: Final = r"(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+"
_TAG: Final = r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
_DIGEST: Final = r"(?:@sha256:[0-9a-f]{64})"
# Strict, since nobody says that these are images: a host, a path, and a tag that is no port, or a digest.
_TOLD = pattern(rf"(?:--?[A-Za-z0-9._-]+=|[A-Za-z0-9._-]+=)?({_HOST}{_PATH}(?:{_TAG}{_DIGEST}?|{_DIGEST}))")
# Where a name says that it is an image, Docker Hub's own names are enough: `--engine-image longhornio/longhorn-engine:v1.6`.
_CALLED = pattern(
    rf"(?:(--?[A-Za-z0-9._-]+|[A-Za-z0-9._-]+)=)?([a-z0-9]+(?:[._-]+[a-z0-9]+)*{_PATH}(?:{_TAG}{_DIGEST}?|{_DIGEST}))"
)
_MOST_TOLD: Final = 1_000
_POLICIES: Final = frozenset({"Always", "IfNotPresent", "Never"})


class PodImage(NamedTuple):
    """The text of an image, its key in the pod and its line."""

    text: str
    key: str
    line: int | None


def is_pod(spec: Tree) -> bool:
    """Tell whether a tree is unmistakably a pod's specification: it has containers, and one names its image."""
    return any(isinstance(dig(each, "image"), str) for each in items(dig(spec, "containers")))


def images_of(spec: Tree) -> Iterator[PodImage]:
    """Yield every image that a pod runs or mounts, in the order in which its specification is read."""
    for part in _CONTAINERS:
        for place, container in enumerate(items(dig(spec, part))):
            yield from _image(container, "image", f"{part}[{place}]")
    for place, volume in enumerate(items(dig(spec, "volumes"))):
        yield from _image(dig(volume, "image"), "reference", f"volumes[{place}].image")
        yield from _image(dig(volume, "containerDisk"), "image", f"volumes[{place}].containerDisk")
    kernel = ("domain", "firmware", "kernelBoot", "container")
    yield from _image(dig(spec, *kernel), "image", ".".join(kernel))


def told_images(spec: Tree) -> Iterator[PodImage]:
    """Yield the references among arguments and environment variables, which an operator may start.

    Full ones with a host, and others where the variable or the flag has `image` in its name.
    """
    for part in _CONTAINERS:
        for place, container in enumerate(items(dig(spec, part))):
            key = f"{part}[{place}]"
            for name in ("command", "args"):
                words = dig(container, name)
                before: Tree = ""
                for number, word in enumerate(items(words)):
                    yield from _told(word, before, PodImage("", f"{key}.{name}[{number}]", line_of(words, number)))
                    before = word
            for number, variable in enumerate(items(dig(container, "env"))):
                where = PodImage("", f"{key}.env[{number}].value", line_of(variable, "value"))
                yield from _told(dig(variable, "value"), dig(variable, "name"), where)


def containers_of(spec: Tree, desk: Desk) -> tuple[Container, ...]:
    """Read the containers with their requests and limits; an init container that always restarts runs beside the others.

    Quantities that cannot be read are noted at the desk.
    """
    found = []
    for part in _CONTAINERS[:2]:
        for place, each in enumerate(items(dig(spec, part))):
            if isinstance(each, Map):
                found.append(_container(each, f"{part}[{place}]", desk))
    return tuple(found)


def items(tree: Tree) -> Seq:
    """Give a list's items; nothing where it is no list."""
    return tree if isinstance(tree, Seq) else Seq()


def _container(tree: Map, key: str, desk: Desk) -> Container:
    image, name, policy = tree.get("image"), tree.get("name"), tree.get("imagePullPolicy")
    requests, limits = dig(tree, "resources", "requests"), dig(tree, "resources", "limits")
    asked, most = f"{key}.resources.requests", f"{key}.resources.limits"
    return Container(
        name=name if isinstance(name, str) else "",
        image=image_use(image, desk.where, desk.scope).reference if isinstance(image, str) else None,
        # KEP-753: such a sidecar is started first and goes on beside the containers.
        is_init=key.startswith("init") and tree.get("restartPolicy") != "Always",
        cpu_request_milli=desk.quantity(requests, "cpu", asked, parse_cpu),
        cpu_limit_milli=desk.quantity(limits, "cpu", most, parse_cpu),
        memory_request_bytes=desk.quantity(requests, "memory", asked, parse_quantity),
        memory_limit_bytes=desk.quantity(limits, "memory", most, parse_quantity),
        pull_policy=policy if isinstance(policy, str) and policy in _POLICIES else "",
    )


def _image(holder: Tree, name: str, key: str) -> Iterator[PodImage]:
    text = dig(holder, name)
    if isinstance(text, str):
        yield PodImage(text, f"{key}.{name}", line_of(holder, name))


def _told(text: Tree, name: Tree, where: PodImage) -> Iterator[PodImage]:
    """Yield the image that a word is, `name` being the variable or the flag that it belongs to."""
    word = text.strip() if isinstance(text, str) and len(text) <= _MOST_TOLD else ""
    if ":" not in word.partition("/")[2]:
        # Most words have no path with a tag or a digest, and are spared the patterns.
        return
    match, called = _TOLD.fullmatch(word), _CALLED.fullmatch(word)
    if match is not None:
        yield where._replace(text=match[1])
    elif called is not None and "image" in str(called[1] or name).lower():
        yield where._replace(text=called[2])
