"""References to images: Docker's familiar names made whole (distribution specification, "Pulling manifests")."""

from __future__ import annotations

from dataclasses import replace
from functools import total_ordering
from typing import Final

from regplan.errors import InvalidDigest, InvalidReference
from regplan.oci.digest import Digest
from regplan.patterns import pattern
from regplan.values import dataclass

__all__ = ["Reference", "is_tag", "refuse_password", "without_password"]

DOCKER_HUB: Final = "docker.io"
_HUB_ALIASES: Final = frozenset({"index.docker.io", "registry-1.docker.io"})
_TAG = pattern(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = pattern(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY = pattern(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?")
_IMAGE_ID = pattern(r"[a-f0-9]{64}")
_MOST_REPOSITORY: Final = 255
# Something:else@ before what is neither a digest nor half of one: a user and a password.
_DIGEST_LIKE: Final = r"(?:[A-Za-z0-9+._-]+:(?![0-9]{1,5}$)[0-9a-zA-Z]*|[0-9a-f]{32,})$"
_LOGIN = pattern(rf"(?:[A-Za-z][A-Za-z0-9+.-]*:(?://)?)?[^/@\s]+:[^@\s]*@(?!{_DIGEST_LIKE})")
# What lies on a disk: a folder may have an @ in its name, and @NUMBER or a digest may stand behind the file's colon.
_ON_DISK = pattern(
    r"(?:oci|oci-archive|docker-archive|bundle|recording):(?!//)(?:[A-Za-z]:(?=[\\/]))?[^:]*"
    rf"(?::(?:@[0-9]+|[^@]*(?:@{_DIGEST_LIKE})?))?"
)
# A whole address with its login inside a text, as a macro may bring it in.
_ADDRESS_LOGIN = pattern(rf"://[^/@\s]+@(?!{_DIGEST_LIKE})")
_MOST_PORT: Final = 65535
_SHA256_LENGTH: Final = len("sha256:") + 64
# More than twice what any registry takes as a name with tag and digest.
_MOST_TEXT: Final = 2_000


@total_ordering
@dataclass(frozen=True, slots=True)
class Reference:
    """Where an image is: registry, repository, and a tag, a digest or both; sorted by how it is written.

    A reference with both names the digest; the tag is kept, since a copy is tagged with it.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference as Docker does (distribution/reference, `ParseNormalizedNamed`); raises `InvalidReference`.

        Hosts are made lower case, but for one that only its upper case tells from a path on Docker Hub.

        >>> str(Reference.parse("nginx"))
        'docker.io/library/nginx:latest'
        >>> str(Reference.parse("localhost:5000/a/b:1.2"))
        'localhost:5000/a/b:1.2'
        """
        refuse_password(text)
        if len(text) > _MOST_TEXT:
            raise InvalidReference(
                f"{without_password(text)[:60]!r}… has {len(text):,} characters, and no image reference has"
            )
        if _IMAGE_ID.fullmatch(text):
            raise InvalidReference(f"{text!r} is an image's ID, and not a reference to where an image is")
        rest, digest = _split_digest(text)
        rest, tag = _split_tag(rest, text)
        registry, repository = _split_registry(rest)
        _check(registry, repository, text)
        if tag is None and digest is None:
            tag = "latest"
        return cls(registry, repository, tag, digest)

    @property
    def name(self) -> str:
        """Registry and repository, without tag or digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def target(self) -> str:
        """What a registry is asked for after `/manifests/`: the digest where there is one, else the tag."""
        return str(self.digest) if self.digest is not None else self.tag or "latest"

    @property
    def familiar(self) -> str:
        """The shortest text that means the same, as Docker shows it.

        >>> Reference.parse("docker.io/library/nginx:1.27").familiar
        'nginx:1.27'
        """
        if self.registry != DOCKER_HUB:
            return str(self)
        official = self.repository.removeprefix("library/")
        short = self.repository if "/" in official else official
        head, slash, _ = short.partition("/")
        return str(self) if slash and _is_host(head) else f"{short}{self._ending}"

    def pinned(self, digest: Digest) -> Reference:
        """Tell the same reference held to `digest`."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        """The reference written out in full."""
        return f"{self.name}{self._ending}"

    def __lt__(self, other: Reference) -> bool:
        return str(self) < str(other)

    @property
    def _ending(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{tag}{digest}"


def is_tag(text: str) -> bool:
    """Tell whether a text may be a tag (distribution specification, "Pulling manifests").

    >>> is_tag("1.27-alpine"), is_tag("feature/x"), is_tag("")
    (True, False, False)
    """
    return _TAG.fullmatch(text) is not None


def refuse_password(text: str) -> None:
    """Raise `InvalidReference` for a text with a user and password before a host, without repeating it.

    >>> refuse_password("nginx:1.27@sha256:abc")
    """
    if _has_login(text):
        raise InvalidReference(
            "a name with a user and password in it is not read: "
            "use docker login, an auth file, or --username with --password-stdin"
        )


def without_password(text: str) -> str:
    """Write a text as it may be shown: what stands before a host as user and password is masked.

    >>> without_password("me:hunter2@reg.example/x:1"), without_password("nginx:1.27@sha256:abc")
    ('***@reg.example/x:1', 'nginx:1.27@sha256:abc')
    """
    if len(text) > _MOST_TEXT:
        text = f"{text[:_MOST_TEXT]}…"
    return f"***@{text.rpartition('@')[2]}" if _has_login(text) else text


def _has_login(text: str) -> bool:
    head = text[:_MOST_TEXT]
    _, at, behind = head.partition("@")
    # Nearly every text with an @ is a reference with a digest, and is spared the patterns.
    if not at or _is_sha256(behind) or _ON_DISK.fullmatch(head):
        return False
    return _LOGIN.match(head) is not None or _ADDRESS_LOGIN.search(head) is not None


def _is_sha256(text: str) -> bool:
    return len(text) == _SHA256_LENGTH and text.startswith("sha256:") and text.isascii() and text[7:].isalnum()


def _split_digest(text: str) -> tuple[str, Digest | None]:
    rest, at, encoded = text.partition("@")
    if not at:
        return rest, None
    try:
        return rest, Digest.parse(encoded)
    except InvalidDigest as error:
        raise InvalidReference(f"{text!r} is not an image reference: {error}") from error


def _split_tag(rest: str, text: str) -> tuple[str, str | None]:
    head, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        return rest, None
    if _TAG.fullmatch(tag) is None:
        raise InvalidReference(f"{text!r} is not an image reference: {tag!r} is not a tag")
    return head, tag


def _split_registry(rest: str) -> tuple[str, str]:
    head, slash, tail = rest.partition("/")
    if not slash or not _is_host(head):
        return DOCKER_HUB, rest if slash else f"library/{rest}"
    registry = head.lower() if _is_host(head.lower()) else head
    if registry in _HUB_ALIASES or registry == DOCKER_HUB:
        return DOCKER_HUB, tail if "/" in tail else f"library/{tail}"
    return registry, tail


def _is_host(head: str) -> bool:
    return "." in head or ":" in head or head == "localhost" or head != head.lower()


def _check(registry: str, repository: str, text: str) -> None:
    host = _REGISTRY.fullmatch(registry)
    if host is None or int(host["port"] or 0) > _MOST_PORT:
        raise InvalidReference(f"{text!r} is not an image reference: {registry!r} is not a host or host:port")
    if _REPOSITORY.fullmatch(repository) is None:
        hint = "; a repository is lower case" if repository != repository.lower() else ""
        raise InvalidReference(f"{text!r} is not an image reference: {repository!r} is not a repository{hint}")
    if len(repository) > _MOST_REPOSITORY:
        raise InvalidReference(
            f"{text!r} is not an image reference: its repository is longer than {_MOST_REPOSITORY} characters"
        )
