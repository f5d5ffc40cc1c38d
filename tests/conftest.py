"""A home of its own for every test, and the sample data imported once for all that only read."""

import io
import os
import shutil
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import settings

from tests import postgres, storage

# A busy machine is no bug: examples have no time limit of their own.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).parents[1]
SAMPLE = sorted((ROOT / "sample_data").glob("*.csv"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty CX_HOME; nothing a test does is seen by another."""
    monkeypatch.setenv("CX_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CX_DATABASE_URL", raising=False)
    monkeypatch.delenv("CX_DATASETS", raising=False)
    monkeypatch.delenv("CX_MODE", raising=False)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL that lives as long as the tests."""
    with postgres.server() as engine:
        if engine is None:
            pytest.skip(postgres.ABSENT)
        yield engine


@pytest.fixture
def on_postgres(postgres_server, home, monkeypatch):
    """The records in an empty PostgreSQL; its address."""
    from cx.store import database

    with postgres.new_schema(postgres_server, f"felicific_{uuid.uuid4().hex}") as address:
        monkeypatch.setenv("CX_DATABASE_URL", address)
        try:
            yield address
        finally:
            database.close()


@pytest.fixture(scope="session")
def storage_server():
    """Object storage that lives as long as the tests; its address."""
    with storage.server() as address:
        yield address


@pytest.fixture
def in_bucket(storage_server, home, monkeypatch):
    """Datasets in an empty bucket; `list()` of it are the keys it holds."""
    from cx.store import places

    held = storage.new_bucket(storage_server)
    for name, value in held.environment.items():
        monkeypatch.setenv(name, value)
    places.close()
    yield held
    places.close()


@pytest.fixture
def cx(monkeypatch, capsys):
    """`cx(word, …, given=b"") -> (exit code, stdout, stderr)`: the command line in this process."""
    from cx import cli

    monkeypatch.setenv("PYTHONWARNINGS", "ignore")

    def run(*words: object, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cx", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as left:
            cli.main()
        told = capsys.readouterr()
        return left.value.code or 0, told.out, told.err

    return run


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request):
    """What uses this runs twice: with the records in SQLite, and in PostgreSQL."""
    if request.param == "postgresql":
        request.getfixturevalue("on_postgres")
    return request.param


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory):
    """A home that holds the sample dataset. Imported once; never written to."""
    from cx import imports
    from cx.principal import LOCAL

    where = tmp_path_factory.mktemp("sample")
    before = os.environ.get("CX_HOME")
    os.environ["CX_HOME"] = str(where)
    try:
        imports.into(LOCAL, "sample", [imports.Given(path, path.name, {}) for path in SAMPLE])
    finally:
        if before is None:
            del os.environ["CX_HOME"]
        else:
            os.environ["CX_HOME"] = before
    return where


@pytest.fixture
def sample(sample_home, monkeypatch):
    """The sample dataset, for reading."""
    from cx.principal import LOCAL
    from cx.store import datasets

    monkeypatch.setenv("CX_HOME", str(sample_home))
    return datasets.open_dataset(LOCAL, "sample")


@pytest.fixture
def own_sample(sample_home, home):
    """A home with the sample dataset that a test may write to."""
    shutil.copytree(sample_home, home)
    return home


@pytest.fixture
def analyzed(tmp_path):
    """Writes rows as CSV and runs the pipeline on them: `analyzed(rows, roles) -> Dataset`."""
    import csv

    from cx import pipeline
    from cx.store.datasets import Dataset

    def run(
        rows: list[dict], roles: dict[str, str] | None = None, previous: Dataset | None = None, name: str = "given.csv"
    ):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        where = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        where.mkdir()
        pipeline.analyze([pipeline.Given(path, name, roles or {})], where, "given", b"key", previous=previous)
        return Dataset(where)

    return run
