"""A PostgreSQL of our own for the tests: made in a temporary folder, gone with them; where there is none, the one that
`CX_DATABASE_URL` names. Every test gets a new schema in it, so nothing that lies there already is touched."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

NAMED = os.environ.get("CX_DATABASE_URL", "")
"""Read when the tests are collected: they run without it."""

ABSENT = "no PostgreSQL here: neither initdb and pg_ctl on this machine nor a server named by CX_DATABASE_URL"


@contextmanager
def server() -> Iterator[sa.Engine | None]:
    """An engine that may make schemas; None where there is no server."""
    if programs := _programs():
        with tempfile.TemporaryDirectory(prefix="postgres") as folder, _started(programs, Path(folder)) as url:
            yield from _engine(url)
    elif NAMED.startswith("postgres"):
        url = sa.make_url(NAMED.replace("postgres://", "postgresql://", 1))
        yield from _engine(url.set(drivername="postgresql+psycopg"))
    else:
        yield None


@contextmanager
def new_schema(engine: sa.Engine, name: str) -> Iterator[str]:
    """The address, with its password, of an empty schema: as good as a database of its own, and made at once."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
    try:
        own = engine.url.set(drivername="postgresql", query={"options": f"-csearch_path={name}"})
        yield own.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP SCHEMA "{name}" CASCADE')


def _engine(url: sa.URL) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps it off the path."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((found for found in folders if (found / "initdb").exists() and (found / "pg_ctl").exists()), None)


def _account() -> str:
    """Who runs it: not root, whom initdb refuses."""
    if os.geteuid():
        return getpass.getuser()
    there = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in there else "nobody"


@contextmanager
def _started(programs: Path, folder: Path) -> Iterator[sa.URL]:
    account, port = _account(), _free_port()
    secret = folder / "password"
    secret.write_text("s3cret", encoding="utf-8")
    if not os.geteuid():
        for path in (folder, secret):
            shutil.chown(path, account, pwd.getpwnam(account).pw_gid)
    as_account = {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [programs / program, "-D", folder / "data", *words], cwd=folder, check=True, capture_output=True,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, timeout=120, **({} if os.geteuid() else as_account),
        )  # fmt: skip

    run("initdb", "-U", "felicific", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield sa.URL.create("postgresql+psycopg", "felicific", "s3cret", "127.0.0.1", port, "postgres")
    finally:
        run("pg_ctl", "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]
