"""Options that verbs share, gathered into one value each, so that no verb has a dozen parameters."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.output import FORMATS
from regplan.errors import InputError
from regplan.units import parse_bytes
from regplan.values import dataclass
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from regplan.registry.palette_target import PaletteAsked
    from regplan.verbs.options import Options

__all__ = [
    "Common",
    "common",
    "connecting",
    "declared_option",
    "mapping_option",
    "media_option",
    "reading",
    "referrers_option",
    "resolving",
    "rules_option",
    "unpacked_option",
    "variables_of",
    "verb",
    "versions_option",
]

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Common:
    """What every verb takes: the form of the data, how much is said beside it, and what must not be done."""

    output: str = "table"
    quiet: bool = False
    read_only: bool = False
    verbose: int = 0
    offline: bool = False


def common(function: Function) -> Function:
    """Add the options of every verb; they arrive as `common`."""

    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:  # noqa: ANN401  click hands over what the verb declares
        told = Common(*(given.pop(name) for name in ("output", "quiet", "read_only", "verbose", "offline")))
        no_color = given.pop("no_color")
        _set_up(told, no_color=no_color)
        return function(common=told, **given)

    return _with(wrapped, _COMMON)


def resolving(function: Function) -> Function:
    """Add the options of verbs that resolve images; they arrive as `options`. Stands below `common`."""
    return _with(_optioned(function), (*_RESOLVING, *_READING, *_CONNECTING))


def reading(function: Function) -> Function:
    """Add the options of verbs that read profiles and resolve nothing; they arrive as `options`. Stands below `common`."""
    return _with(_optioned(function), (*_READING, *_CONNECTING))


def connecting(function: Function) -> Function:
    """Add the options of verbs that ask Palette alone; they arrive as `options`. Stands below `common`."""
    return _with(_optioned(function), _CONNECTING)


def _optioned(function: Function) -> Function:
    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:  # noqa: ANN401
        told = {name: given.pop(name, unsaid) for name, unsaid in _UNSAID.items()}
        told["offline"] = given["common"].offline
        named = (*given.get("things", ()), *_versions(given))
        # A site is a file, but for a plan in a registry.
        sites = (given.get("site"), given.get("base"), *given.get("others", ()))
        named = (*named, *(each for each in sites if each and names_artefact(each)))
        # What `doctor` looks at is a host like a target's.
        looked_at = (host if names_artefact(host) else f"docker://{host}" for host in given.get("hosts", ()))
        targets = (*given.get("targets", ()), *filter(None, (given.get("push"),)), *looked_at)
        options = _options(told, given["common"], targets, named)
        return function(options=options, **given)

    return wrapped


def _versions(given: Mapping[str, Any]) -> list[str]:
    """List what the versions of `diff` name, each of which may be several with commas between."""
    told = (given.get("old"), given.get("new"), *given.get("newer", ()))
    return [part.strip() for text in told if text for part in text.split(",")]


def verb(name: str, *examples: str) -> Callable[[Function], click.Command]:
    """Make a verb of a function; its help starts with `examples` and goes on with the docstring."""

    def decorate(function: Function) -> click.Command:
        text = inspect.cleandoc(function.__doc__ or "")
        # The backspace keeps click from filling the examples into a paragraph.
        shown = "\n".join(["Examples:", "", "\b", *(f"  {example}" for example in examples), "", text])
        return click.command(name, help=shown, short_help=text.partition("\n")[0])(function)

    return decorate


_COMMON: Final = (
    click.option("-o", "--output", type=click.Choice(FORMATS), default="table", help="Form of the data on stdout."),
    click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors."),
    click.option("--read-only", is_flag=True, help="Refuse whatever writes to a registry or a disk."),
    click.option("--offline", is_flag=True, help="Make no connection and look up no name."),
    click.option("--no-color", is_flag=True, help="No colour; also NO_COLOR and TERM=dumb."),
    click.option("-v", "--verbose", count=True, help="Debug lines on stderr."),
)
_RESOLVING: Final = (
    click.option(
        "--from", "sources", multiple=True, metavar="SOURCE",
        help="Where images are resolved, in order: docker://HOST[/PREFIX], oci:DIR, oci-archive:FILE, docker-archive:FILE, "
        "bundle:FILE, recording:DIR, origin, mirrors.",
    ),
    click.option(
        "--mirror", "mirrors", multiple=True, metavar="SOURCE-HOST=HOST[/PREFIX]",
        help="Ask this host first for images of SOURCE-HOST; several in order. --from mirrors: never ask SOURCE-HOST.",
    ),
    click.option("--recording", "recordings", multiple=True, metavar="DIR", help="The same as --from recording:DIR."),
    click.option("--platform", "platforms", multiple=True, metavar="OS/ARCH", help="Default: the hosts', or linux/amd64."),
    click.option("--all-platforms", is_flag=True, help="Keep indexes with all their platforms."),
    click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Where manifests are kept."),
    click.option("--username", metavar="NAME", help="For the host of --to or --at, else the only registry named."),
    click.option("--password-stdin", is_flag=True, help="Read the password from standard input."),
)  # fmt: skip
_CONNECTING: Final = (
    click.option(
        "--palette", metavar="URL",
        help="Palette's API; profiles are then also named as they are there. Default: $PALETTE_HOST, $SPECTROCLOUD_HOST.",
    ),
    click.option(
        "--palette-project", metavar="ID", help="Default: $PALETTE_PROJECT_UID, $SPECTROCLOUD_DEFAULT_PROJECT_ID."
    ),
    click.option(
        "--palette-key-stdin", is_flag=True,
        help="Read the API key from standard input. Default: $PALETTE_API_KEY, $SPECTROCLOUD_APIKEY.",
    ),
    click.option("--plain-http", multiple=True, metavar="[HOST:PORT]", help="Speak HTTP without TLS; never guessed."),
    click.option("--tls-verify", multiple=True, metavar="[HOST:PORT=]true|false", help="Check certificates (default)."),
    click.option("--ca-cert", multiple=True, metavar="[HOST:PORT=]FILE", help="Trust this CA."),
    click.option("--client-cert", multiple=True, metavar="[HOST:PORT=]FILE", help="Show this client certificate."),
    click.option("--client-key", multiple=True, metavar="[HOST:PORT=]FILE", help="The client certificate's key."),
    click.option("--tls-fingerprint", multiple=True, metavar="[HOST:PORT=]sha256:HEX", help="Pin a certificate."),
)  # fmt: skip
_READING: Final = (
    click.option(
        "--set-var", "set_vars", multiple=True, metavar="NAME=VALUE",
        help="A profile variable; wins over the site file. system.NAME: what the cluster knows.",
    ),
)  # fmt: skip
# What each option is where a verb does not take it.
_UNSAID: Final[Mapping[str, Any]] = {
    "sources": (), "mirrors": (), "recordings": (), "set_vars": (), "platforms": (), "all_platforms": False,
    "cache_dir": None, "plain_http": (), "tls_verify": (), "ca_cert": (), "client_cert": (), "client_key": (),
    "tls_fingerprint": (), "username": None, "password_stdin": False, "palette": None, "palette_project": None,
    "palette_key_stdin": False, "with_referrers": False, "declared_sizes": "",
    "unpacked": False, "rules": (), "media": (), "sensitivity": False,
}  # fmt: skip


def declared_option(function: Function) -> Function:
    """Add `--declared-sizes`, which arrives among `options`."""
    return click.option(
        "--declared-sizes",
        default="",
        metavar="FILE.csv",
        help="Sizes of images that no source can tell: columns reference,size. Goes before the site file's.",
    )(function)


def unpacked_option(function: Function) -> Function:
    """Add `--unpacked`, which asks for the unpacked size of every layer; it arrives in `options`. Stands above `common`."""
    return click.option(
        "--unpacked",
        is_flag=True,
        help="Measure what layers take unpacked, by a few bytes of each: one small request a layer.",
    )(function)


def rules_option(function: Function) -> Function:
    """Add `--rules`, which names users' own rules beside those in `rules/`; it arrives in `options`, above `common`."""
    return click.option(
        "--rules",
        multiple=True,
        metavar="PATH",
        help="A file or folder of rules of your own, beside those in the folder rules/ next to the site file.",
    )(function)


def media_option(function: Function) -> Function:
    """Add `--media`, which asks for the drives that bring the images; it arrives in `options`, above `common`."""
    return click.option(
        "--media",
        multiple=True,
        metavar="SIZE",
        help="Tell how many drives of this size bring the images, such as 32GB, and what goes onto which.",
    )(function)


def _drive(text: str) -> int:
    try:
        return parse_bytes(text)
    except InputError as error:
        raise InputError(f"--media: {error}") from error


def mapping_option(function: Function) -> Function:
    """Add `--mapping`, which says how images are named at the registry; it arrives as `mapping`."""
    return click.option(
        "--mapping",
        default="host",
        metavar="host|plain|last|profile|FILE",
        help="Names at the registry: by source host, path alone, its last component, the profiles' rules, or a file of rules.",
    )(function)


def versions_option(help_text: str) -> Callable[[Function], Function]:
    """Add `--for`, which chooses among a site's versions; it arrives as `versions`."""
    return click.option(
        "--for", "versions", type=click.Choice(["current", "next", "both"]), default="current", help=help_text
    )


def referrers_option(function: Function) -> Function:
    """Add `--with-referrers`; it arrives in `options`, and stands above `resolving`."""
    return click.option(
        "--with-referrers",
        is_flag=True,
        help="Count what refers to the images too: signatures, attestations, SBOMs (referrers, sha256-*.sig|att|sbom).",
    )(function)


def _with(function: Function, options: tuple[Callable[[Function], Function], ...]) -> Function:
    for option in reversed(options):
        function = option(function)
    return function


def _set_up(told: Common, *, no_color: bool) -> None:
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if told.verbose:
        import logging

        # Of other libraries' debug lines nobody knows whether they hold headers, and so credentials.
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
        logging.getLogger("regplan").setLevel(logging.DEBUG)


def _options(told: dict[str, Any], common_: Common, targets: tuple[str, ...], named: tuple[str, ...]) -> Options:
    from regplan.cli.connection import connection_options
    from regplan.oci.platform import Platform
    from regplan.profile.mirrors import parse_mirrors
    from regplan.verbs.options import Options

    palette = _palette(told)
    sources = (*told["sources"], *(f"recording:{folder}" for folder in told["recordings"]))
    if told["mirrors"] and sources and not {"origin", "mirrors"} & set(sources):
        raise click.UsageError("--mirror needs --from origin or --from mirrors beside the sources that are named")
    return Options(
        sources=sources,
        platforms=tuple(Platform.parse(text) for text in told["platforms"]),
        all_platforms=told["all_platforms"],
        with_referrers=told["with_referrers"],
        connection=connection_options(told, (targets, sources, named)),
        cache_folder=told["cache_dir"],
        read_only=common_.read_only,
        variables=variables_of(told["set_vars"]),
        palette=palette,
        declared_sizes=told["declared_sizes"],
        mirrors=parse_mirrors(told["mirrors"]),
        unpacked=told["unpacked"],
        rules=told["rules"],
        sensitivity=told["sensitivity"],
        media=tuple(_drive(text) for text in told["media"]),
    )


def _palette(told: Mapping[str, Any]) -> PaletteAsked | None:
    """Read what was said of Palette; the key is read from standard input here, and never from an argument."""
    if told["palette"] is None and told["palette_project"] is None and not told["palette_key_stdin"]:
        return None
    from regplan.cli.connection import secret_line
    from regplan.registry.options import Secret
    from regplan.registry.palette_target import PaletteAsked

    key = None
    if told["palette_key_stdin"]:
        if told["password_stdin"]:
            raise click.UsageError(
                "--palette-key-stdin and --password-stdin both read standard input: give one of them"
            )
        key = Secret(secret_line("--palette-key-stdin").reveal().strip())
    return PaletteAsked(told["palette"], told["palette_project"], key)


def variables_of(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read what `--set-var` takes; a message never holds a value."""
    pairs = [each.partition("=") for each in given]
    for name, equals, _ in pairs:
        if not equals or not name.strip():
            raise click.UsageError("--set-var takes NAME=VALUE" + (f", and {name} has no value" if not equals else ""))
    return tuple((name.strip(), value) for name, _, value in pairs)
