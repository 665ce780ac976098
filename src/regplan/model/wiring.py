"""How a profile ties a registry to its cluster: registry packs, Registry Connect, the API server, rewritten names.

Nothing here holds a password: of each only its state is kept.
"""

from __future__ import annotations

from enum import StrEnum

from regplan.values import dataclass

__all__ = [
    "Admission",
    "Carried",
    "ConnectPack",
    "MemoryLimit",
    "PasswordState",
    "RegistryPack",
    "Retention",
    "RewriteRules",
    "TagPolicy",
    "V2Engine",
    "Wiring",
]


class PasswordState(StrEnum):
    """What is known of a password without keeping it; MACRO is filled in by Palette and counts as set."""

    ABSENT = "absent"
    EMPTY = "empty"
    DEFAULT = "default"
    SET = "set"
    MACRO = "macro"


@dataclass(frozen=True, slots=True)
class Carried:
    """A value of a legacy pack that its successor needs too: where it stands, and where it goes.

    `text` is the value as the successor takes it, "" for what is secret or cannot be told.
    """

    key: str
    goes_to: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """A container's memory limit in bytes and the key that it stands at; None where what stands there cannot be told."""

    key: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class TagPolicy:
    """How many tags a registry keeps of each repository that one of the globs matches, the last pushed or pulled.

    None where all are kept or nobody can tell how many, and `why` then tells which.
    """

    repositories: tuple[str, ...]
    keeps: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """What a registry pack's values say of deleting tags: where, the policies in their order, and why they are not in force."""

    key: str
    policies: tuple[TagPolicy, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class V2Engine:
    """A storage pack whose values speak of Longhorn's V2 data engine; `is_on` is None where they cannot be told."""

    where: str
    key: str
    is_on: bool | None


@dataclass(frozen=True, slots=True)
class RegistryPack:
    """A pack that runs a registry: `kind` is zot or harbor, `where` its provenance as a text.

    `storage_key` and `password_key` are where its size and its password stand, or would stand. `has_values` tells
    whether its chart's values are at hand, `profile` names the cluster profile ("" for a pack by itself).
    `carried` are the values of a legacy pack that its successor needs too. `rotates` tells that its values have
    cert-manager renew its certificate. `persistent` is what its values
    say at `persistence_key` of whether its chart keeps anything, None where they say nothing. `retention`, `collects`
    garbage, `on_demand` (fetches what is asked for) and `limit` are what Zot's values say of each, None where they do not.
    """

    kind: str
    where: str
    profile: str = ""
    storage_key: str = ""
    storage_bytes: int | None = None
    password_key: str = ""
    password: PasswordState = PasswordState.ABSENT
    has_values: bool = True
    is_legacy: bool = False
    persistent: bool | None = None
    persistence_key: str = ""
    carried: tuple[Carried, ...] = ()
    rotates: bool = False
    retention: Retention | None = None
    collects: bool | None = None
    on_demand: bool | None = None
    limit: MemoryLimit | None = None


@dataclass(frozen=True, slots=True)
class ConnectPack:
    """A Registry Connect pack; None and "" are what its values do not say.

    `preset` is zot, harbor or external where one is switched on; `wired_to` is zot or harbor where the values name that
    pack's own secret, namespace or claim. `has_values` tells whether its chart's values are at hand. `sync_unknown` tells
    that content sync is set to what is no truth value here, such as a macro without a value.
    """

    where: str
    profile: str = ""
    preset: str = ""
    wired_to: str = ""
    sync: bool | None = None
    sync_project: str | None = None
    cluster_project: str | None = None
    credentials_key: str = ""
    credentials: PasswordState = PasswordState.ABSENT
    storage_namespace: str | None = None
    storage_claim: str | None = None
    has_certificates: bool = False
    has_values: bool = True
    sync_unknown: bool = False

    @property
    def kind(self) -> str:
        """Which registry it is wired to: zot, harbor or external; "" where that is done by hand or not told."""
        return self.preset or self.wired_to


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether the API server of a layer k8s always pulls images anew; None where its values are not at hand."""

    where: str
    key: str = ""
    always_pulls: bool | None = False


@dataclass(frozen=True, slots=True)
class RewriteRules:
    """Prefixes of image names and what stands in their place; `source` says where they were read.

    `mapped` are `registryMappingRules`, `replaced` are `imageReplacementRules`, where the prefix "" is their key "all".
    `own` are addresses of the primary registry itself. `problems` tells of rules that were not understood.
    """

    mapped: tuple[tuple[str, str], ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()
    source: str = ""
    own: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is a rule, or what should have been one."""
        return bool(self.mapped or self.replaced or self.problems)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the profiles' values say of how a registry is tied to the cluster."""

    registries: tuple[RegistryPack, ...] = ()
    connects: tuple[ConnectPack, ...] = ()
    admissions: tuple[Admission, ...] = ()
    rules: RewriteRules = RewriteRules()
    engines: tuple[V2Engine, ...] = ()
