"""`serve`: what is in a file or a folder, as an OCI registry."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.saying import say

if TYPE_CHECKING:
    from regplan.verbs.serving import Serving

__all__ = ["serve_command"]


@verb(
    "serve",
    "regplan serve oci:/media/usb/images",
    "regplan serve bundle:content.tar.zst --listen 127.0.0.1:0",
    "regplan serve oci:registry/ --writable",
    "regplan serve oci:registry/ --writable --listen 0.0.0.0:5000 --htpasswd users --tls-cert tls.crt --tls-key tls.key",
)
@click.argument("source", metavar="SOURCE")
@click.option("--writable", is_flag=True, help="Take pushes and deletions, into oci:DIR or a new folder.")
@click.option("--listen", default="127.0.0.1:5000", metavar="HOST:PORT", show_default=True, help="Port 0: a free one.")
@click.option("--tls-cert", metavar="FILE", help="The certificate to show, with its chain, in PEM.")
@click.option("--tls-key", metavar="FILE", help="The certificate's key, in PEM.")
@click.option("--auth-user", metavar="NAME", help="Ask for this user and the password of --auth-password-stdin.")
@click.option("--auth-password-stdin", is_flag=True, help="Read that password from standard input.")
@click.option("--htpasswd", metavar="FILE", help="Ask for a user of this file (bcrypt, as htpasswd -B writes it).")
@click.option("--access-log", metavar="FILE", help="Add a line for each answer, in Apache's combined form.")
@common
def serve_command(common: Common, *, auth_password_stdin: bool, **told: Any) -> int:  # noqa: ANN401  click's own
    """Serve the images of a source as an OCI registry, until it is interrupted.

    SOURCE is what --from takes, or a folder with image layouts. An image stands under its name with its host
    (docker.io/library/nginx) and without it (library/nginx). Without --writable nothing can be changed.
    """
    from regplan.cli.connection import secret_line
    from regplan.verbs.options import Options
    from regplan.verbs.serving import ServeJob, Watcher, serve

    password = secret_line("--auth-password-stdin") if auth_password_stdin else None
    watcher = Watcher(lambda serving: _say_started(serving, common), _say)
    is_whole = serve(ServeJob(**told, auth_password=password), watcher, Options(read_only=common.read_only))
    return ExitCode.DONE if is_whole else ExitCode.INTERRUPTED


def _say_started(serving: Serving, common_: Common) -> None:
    for warning in serving.warnings:
        _say(f"warning: {warning}")
    record = {
        "url": serving.url,
        "address": serving.address,
        "source": serving.source,
        "writable": serving.writable,
        "tls": serving.has_tls,
        "auth": "basic" if serving.has_login else "none",
        "repositories": serving.repositories,
        "example": _example(serving),
    }
    if common_.output == "table":
        how = "read and written" if serving.writable else "read-only"
        click.echo(f"{serving.source} is served at {serving.url} ({how}, repositories: {serving.repositories})")
        click.echo(f"  {record['example']}")
    else:
        columns = tuple(Column(key, key.upper()) for key in record)
        emit(Answer({"kind": "serve", **record}, (Table(columns, (record,)),)), common_.output)
    # Whoever started this in the background reads the address from a pipe.
    sys.stdout.flush()
    if not common_.quiet:
        _say("press Ctrl-C to stop")


def _example(serving: Serving) -> str:
    reach = "" if serving.has_tls else f" --plain-http={serving.address}"
    if serving.writable:
        return f"regplan seed profile.json --to docker://{serving.address}/spectro-images{reach}"
    return f"regplan layers profile.json --from docker://{serving.address}{reach}"


def _say(message: str) -> None:
    say(f"regplan: {message}")
