"""Which sites of a fleet name the same, so that it is read and resolved once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.verbs.study import choice_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from regplan.model.site import Site
    from regplan.verbs.options import Options
    from regplan.verbs.study import Ready

__all__ = ["SetKeys"]

# Charts are rendered for a version of Kubernetes, whether or not any text has its name.
_ALWAYS: Final = "kubernetes.version"


class SetKeys:
    """Tells sites apart by what they name; a variable that none of the profiles' texts has tells nobody apart.

    A fleet has a column such as `var.StoreNumber`, different in each row: as long as no profile has it, all is shared.
    """

    def __init__(self) -> None:
        """Know of no profile yet."""
        self._texts: dict[Hashable, tuple[str, ...]] = {}
        self._named: dict[tuple[Hashable, str], bool] = {}

    def of(self, site: Site, options: Options) -> tuple[Any, ...]:
        """Tell what a site names, as a value that is the same for all that name the same."""
        base = self._base(site, options)
        inputs = site.inputs
        if base not in self._texts:
            return base, inputs.variables, inputs.system
        return (
            base,
            tuple(pair for pair in inputs.variables if self._is_named(base, pair[0])),
            tuple(pair for pair in inputs.system if pair[0] == _ALWAYS or self._is_named(base, pair[0])),
        )

    def whole(self, site: Site, options: Options) -> tuple[Any, ...]:
        """Tell the same of a site that stands in another file: its own images are mentioned with that."""
        return (*self.of(site, options), site.file if site.inputs.images else "")

    def learn(self, site: Site, options: Options, ready: Ready) -> None:
        """Remember the texts of what a site names."""
        texts = tuple(text.text for each in ready.inputs if each is not None for text in each.texts)
        self._texts.setdefault(self._base(site, options), texts)

    def _base(self, site: Site, options: Options) -> Hashable:
        choice = choice_of(options, site)
        return replace(site.inputs, variables=(), system=()), choice.platforms, frozenset(h.arch for h in site.hosts)

    def _is_named(self, base: Hashable, name: str) -> bool:
        key = base, name
        if key not in self._named:
            self._named[key] = any(name in text for text in self._texts[base])
        return self._named[key]
