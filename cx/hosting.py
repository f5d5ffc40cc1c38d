"""Commands of the command line for whoever runs the program for others: the password of the house, links, the audit."""

import sys
from typing import Annotated

import typer

from cx import telling
from cx.errors import AccessError
from cx.principal import LOCAL


def add(app: typer.Typer) -> None:
    """Registers the commands."""
    for command in (password, links, audit):
        app.command()(command)


def password(
    hashed: Annotated[
        bool, typer.Option("--hash", help="Print the hash for CX_PASSWORD_HASH instead of keeping it.")
    ] = False,
) -> None:
    """Set the password of CX_MODE=password, asked for twice (or read from standard input); everybody is signed out."""
    from cx.share import routes
    from cx.store import visits

    given = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if hashed:
        print(visits.hashed(given))
        return
    routes.set_password(LOCAL, given)
    print("The password is set.")


def links(
    withdraw: Annotated[
        int | None, typer.Option("--withdraw", min=1, max=2**31 - 1, help="The number of the link that goes.")
    ] = None,
) -> None:
    """List the share links there are, or withdraw one."""
    from cx.store import links as kept

    if withdraw is not None:
        kept.revoke(LOCAL, withdraw)
        print(f"Link {withdraw} is withdrawn.")
        return
    found = [
        {
            "link": link.id, "state": link.state, "label": link.scope.label, "dataset": link.scope.dataset,
            "pages": list(link.scope.pages), "by": link.scope.owner, "opens": link.opens,
            "until": link.scope.expires.isoformat(timespec="seconds") if link.scope.expires else None,
        }
        for link in kept.listed(LOCAL)
    ]  # fmt: skip
    telling.as_json(found)


def audit() -> None:
    """Print who did what, when and from where (addresses hashed), as CSV."""
    from cx.store import audit as kept

    sys.stdout.write(kept.csv(LOCAL).decode("utf-8-sig"))


def _asked() -> str:
    import getpass

    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise AccessError("These are two different passwords. Nothing was changed.")
    return first
