"""How packs' values tie a registry to the cluster: registry packs, Registry Connect, and the API server.

Documented in Palette docs, "Deploy Cluster with a Primary Registry" and "Enable Automatic TLS Rotation" (presets and
the names of secrets and claims). The keys below `storageCheck` and `credentials` are in no public page, so that any key
that says namespace, claim, user or password is taken. An older page has `charts.zot.registryPassword`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.wiring import Carried, ConnectPack, PasswordState, RegistryPack, V2Engine, Wiring
from regplan.profile.admission import read_admission
from regplan.profile.composer import Map, Seq
from regplan.profile.macros import has_macro
from regplan.profile.mapping_rules import profile_rules
from regplan.profile.packvalues import CONNECT, LEGACY
from regplan.profile.tree import flag, texts_of
from regplan.profile.zot_config import ZotConfig, read_limit, read_zot_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.profile.composer import Tree
    from regplan.profile.packvalues import PackValues

__all__ = ["connect_values", "password_state", "read_wiring"]

# What the packs' charts come with; nobody may leave it (goharbor/harbor-helm, values.yaml).
_DEFAULTS: Final = frozenset({"Harbor12345"})
_PASSWORDS: Final = {
    "zot": (("registry", "password"), ("registryPassword",)),
    "harbor": (("harborAdminPassword",), ("existingSecretAdminPassword",)),
}
# Where each chart is told whether it keeps anything (values.yaml of project-zot/helm-charts and goharbor/harbor-helm).
_PERSISTENCE: Final = {"zot": ("persistence",), "harbor": ("persistence", "enabled")}
_V2_ENGINE: Final = ("defaultSettings", "v2DataEngine")
_LEGACY_PASSWORD: Final = ("harbor-config", "auth", "password")
# The names that the packs' own objects have; a registry of one's own has others.
_OWN_NAMES: Final = {
    "zot": frozenset({"zot-system", "zot-pvc", "zot-tls", "zot-secret"}),
    "harbor": frozenset({"harbor", "harbor-registry", "harbor-ingress-tls", "harbor-nginx"}),
}
_PRESETS: Final = ("zot", "harbor", "external")
_NO_SECRET: Final = frozenset({"domain", "url", "user", "username", "usernameref"})
# From the best to the worst that can be said of a password which several keys may hold.
_BEST_FIRST: Final = (
    PasswordState.SET,
    PasswordState.MACRO,
    PasswordState.DEFAULT,
    PasswordState.EMPTY,
    PasswordState.ABSENT,
)


def read_wiring(packs: Sequence[PackValues], sizes: Sequence[tuple[int | None, str]]) -> Wiring:
    """Read how the packs tie a registry in; `sizes` are bytes and key of each registry pack's claim, in order."""
    stores = [values for values in packs if values.kind is not None]
    rules = profile_rules(packs)
    return Wiring(
        registries=tuple(_registry(values, *size) for values, size in zip(stores, sizes, strict=True)),
        connects=tuple(_connect(values) for values in packs if values.is_connect),
        admissions=tuple(read_admission(values) for values in packs if values.raw.pack.layer == "k8s"),
        rules=rules,
        engines=tuple(engine for values in packs for engine in _engines(values)),
    )


def connect_values(*keys: str) -> tuple[str, ...]:
    """Tell the key path below Registry Connect's `config`.

    >>> connect_values("content", "sync")
    ('charts', 'registry-connect', 'config', 'content', 'sync')
    """
    return ("charts", CONNECT, "config", *keys)


def password_state(tree: Tree) -> PasswordState:
    """Tell the state of a password that is there, whatever it is: a text, nothing, or a reference to a secret.

    >>> password_state("hunter2"), password_state(None), password_state("Harbor12345")
    (<PasswordState.SET: 'set'>, <PasswordState.EMPTY: 'empty'>, <PasswordState.DEFAULT: 'default'>)
    """
    if not isinstance(tree, str):
        return PasswordState.SET if tree else PasswordState.EMPTY
    if not tree.strip():
        return PasswordState.EMPTY
    if has_macro(tree):
        return PasswordState.MACRO
    return PasswordState.DEFAULT if tree.strip() in _DEFAULTS else PasswordState.SET


def _registry(values: PackValues, storage_bytes: int | None, storage_key: str) -> RegistryPack:
    raw, kind = values.raw, values.kind or ""
    is_legacy = raw.pack.name.lower() == LEGACY or values.tree("harbor-config") is not None
    charts = [name for name in values.charts if name.lower().startswith(kind)]
    keys = (
        [_LEGACY_PASSWORD]
        if is_legacy
        else [("charts", chart, *each) for chart in charts or [kind] for each in _PASSWORDS[kind]]
    )
    states = [(_filled_state(values.tree(*each), values), each) for each in keys if values.has(*each)]
    lasting = ("charts", charts[0] if charts else kind, *_PERSISTENCE[kind])
    config = read_zot_config(values, charts) if kind == "zot" else ZotConfig()
    state, key = min(states, key=lambda each: _BEST_FIRST.index(each[0]), default=(PasswordState.ABSENT, keys[0]))
    carried: tuple[Carried, ...] = ()
    if is_legacy:
        from regplan.profile.legacy import carried_values

        carried = carried_values(values)
    return RegistryPack(
        kind=kind,
        where=str(raw.where),
        profile=raw.where.profile,
        storage_key=storage_key,
        storage_bytes=storage_bytes,
        password_key=".".join(key),
        password=state,
        has_values=values.tree("harbor-config") is not None if is_legacy else bool(charts),
        is_legacy=is_legacy,
        carried=carried,
        persistent=None if is_legacy or not charts else flag(values.text(*lasting)),
        persistence_key="" if is_legacy or not charts else ".".join(lasting),
        rotates=any(_rotates(values.tree("charts", chart), values) for chart in charts),
        retention=config.retention,
        collects=config.collects,
        on_demand=config.on_demand,
        limit=read_limit(values, charts),
    )


def _engines(values: PackValues) -> Iterator[V2Engine]:
    """Tell what a storage pack's values say of Longhorn's V2 data engine (longhorn/longhorn, chart/values.yaml)."""
    for chart in values.charts if values.raw.pack.layer in {"csi", ""} else ():
        key = ("charts", chart, *_V2_ENGINE)
        if "longhorn" in chart.lower() and values.has(*key):
            yield V2Engine(str(values.raw.where), ".".join(key), flag(values.text(*key)))


def _rotates(tree: Tree, values: PackValues) -> bool:
    """Tell whether `certManager.enabled` is true, wherever it stands in a chart's values."""
    if not isinstance(tree, Map):
        return False
    manager = tree.get("certManager")
    if isinstance(manager, Map) and flag(values.fill(manager.get("enabled"))):
        return True
    return any(_rotates(child, values) for child in tree.values())


def _connect(values: PackValues) -> ConnectPack:
    in_cluster = connect_values("registry", "inClusterRegistry")
    storage = dict(_places(values.tree(*in_cluster, "storageCheck")))
    state, key = _credentials(values)
    synced = values.text(*connect_values("content", "sync", "projects", "images"))
    enable = connect_values("content", "sync", "enable")
    sync = flag(values.text(*enable))
    return ConnectPack(
        where=str(values.raw.where),
        profile=values.raw.where.profile,
        preset=_preset(values),
        wired_to=_wired_to(values),
        sync=sync,
        sync_project=synced,
        cluster_project=_cluster_project(values, synced),
        credentials_key=".".join(key),
        credentials=state,
        storage_namespace=storage.get("namespace"),
        storage_claim=storage.get("claim"),
        has_certificates=_has_certificates(values.tree(*connect_values("certificates"))),
        has_values=isinstance(values.tree("charts", CONNECT), Map),
        sync_unknown=sync is None and bool(values.tree(*enable)),
    )


def _cluster_project(values: PackValues, synced: str | None) -> str | None:
    """Tell the project that the cluster looks into; of a list the one that content is synced to, else the first."""
    projects = connect_values("registry", "inClusterRegistry", "projects")
    tree = values.tree(*projects)
    if isinstance(tree, Seq):
        named = [name for each in tree if (name := values.fill(each))]
        return synced if synced in named else next(iter(named), None)
    return values.text(*projects, "images") or values.text(*projects)


def _preset(values: PackValues) -> str:
    """Tell the preset that is switched on, in the values' first comment or in the answer of Palette's API."""
    raw = values.raw
    named = (*raw.enabled_presets, *(preset.name for preset in raw.presets if preset.is_on))
    return next((kind for name in named for kind in _PRESETS if kind in name.lower()), "")


def _wired_to(values: PackValues) -> str:
    """Tell whose objects the certificates and the storage check name, "" where they are nobody's or both's."""
    check = values.tree(*connect_values("registry", "inClusterRegistry", "storageCheck"))
    names = {*texts_of(check), *texts_of(values.tree(*connect_values("certificates")))}
    found = [kind for kind, own in _OWN_NAMES.items() if names & own]
    return found[0] if len(found) == 1 else ""


def _places(tree: Tree, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a storage check says, as "namespace" or "claim"; what is not set says nothing."""
    if isinstance(tree, str):
        what = "namespace" if "namespace" in key else "claim" if _is_claim(key) else ""
        if what and tree.strip():
            yield what, tree.strip()
    elif isinstance(tree, Map):
        for name, child in tree.items():
            # A claim's name may stand below it: `pvc: {name: zot-pvc}`.
            yield from _places(child, key if name.lower() == "name" and key else name.lower())
    else:
        for child in tree or ():
            yield from _places(child, key)


def _is_claim(key: str) -> bool:
    return any(word in key for word in ("pvc", "claim", "volume")) or key == "name"


def _credentials(values: PackValues) -> tuple[PasswordState, tuple[str, ...]]:
    """Tell the state of the credentials, and where they stand or would stand.

    For the cluster's own registry and, with the preset for an external one, in the list beside it.
    """
    own = connect_values("registry", "inClusterRegistry", "credentials")
    listed = connect_values("registry", "credentials")
    states = [(_state_of(values.tree(*each), values), each) for each in (own, listed) if values.tree(*each) is not None]
    return min(states, key=lambda each: _BEST_FIRST.index(each[0]), default=(PasswordState.ABSENT, own))


def _state_of(tree: Tree, values: PackValues) -> PasswordState:
    """Tell the state of credentials: the worst of their passwords, else whether anything but a user is there at all."""
    if isinstance(tree, str):
        return _filled_state(tree, values)
    passwords = [_filled_state(each, values) for each in _passwords(tree)]
    if passwords:
        return max(passwords, key=_BEST_FIRST.index)
    return PasswordState.SET if any(text.strip() for text in _beside_user(tree)) else PasswordState.EMPTY


def _filled_state(tree: Tree, values: PackValues) -> PasswordState:
    """Tell the state of a password whose macros are filled in where they can be, as by a variable's default."""
    filled = values.fill(tree) if isinstance(tree, str) and has_macro(tree) else None
    return password_state(tree if filled is None else filled)


def _beside_user(tree: Tree) -> Iterator[str]:
    """Yield the texts of credentials, but for who logs in and where, which let nobody in."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Map):
        for key, child in tree.items():
            if key.lower() not in _NO_SECRET:
                yield from _beside_user(child)
    else:
        for child in tree or ():
            yield from _beside_user(child)


def _passwords(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, Map):
        for key, child in tree.items():
            if "password" in key.lower():
                yield child
            else:
                yield from _passwords(child)
    elif isinstance(tree, Seq):
        for child in tree:
            yield from _passwords(child)


def _has_certificates(tree: Tree) -> bool:
    """Tell whether a certificate, or a reference to one by name, is given."""
    if isinstance(tree, Map):
        return any(_has_certificates(child) for key, child in tree.items() if key.lower() not in {"kind", "key"})
    if isinstance(tree, Seq):
        return any(map(_has_certificates, tree))
    return isinstance(tree, str) and bool(tree.strip())
