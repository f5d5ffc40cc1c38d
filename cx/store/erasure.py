"""One customer erased everywhere: from every version's tables, its original, its rejects and the topics' quotes."""

import csv
import gzip
import io
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cx.errors import NotAllowedError, StoreError
from cx.intake.masking import pseudonym
from cx.principal import Principal
from cx.store import datasets
from cx.store.datasets import Dataset, cursor


class Erased(NamedTuple):
    """What was erased: customers asked for and found, their responses over all versions, versions changed."""

    customers: int
    responses: int
    versions: int


def forget(principal: Principal, name: str, customers: Sequence[str]) -> Erased:
    """Erases customers, named as in the source's file or by their pseudonym. Raises StoreError when none is found."""
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not erase customers.")
    key = datasets.key()
    wanted = {customer: {customer, str(pseudonym(customer, key))} for customer in customers}
    found: set[str] = set()
    responses = changed = 0
    for version in datasets.versions(principal, name):
        dataset = datasets.open_dataset(principal, name, version)
        names = [name for names in wanted.values() for name in sorted(names)]
        here = _present(dataset, names)
        if not here:
            continue
        found |= {customer for customer, names in wanted.items() if names & here}
        responses += _erase_version(dataset, names)
        changed += 1
    if not changed:
        raise StoreError(f"No customer of the dataset '{name}' is called {', '.join(customers)}.")
    return Erased(len(found), responses, changed)


def _present(dataset: Dataset, names: Sequence[str]) -> set[str]:
    found = set(
        dataset.query("SELECT DISTINCT customer_id FROM responses WHERE customer_id IN (SELECT unnest(?))", [names])[
            "customer_id"
        ]
    )
    path = dataset.where / "purchases.parquet"
    if path.exists():
        with cursor() as con:
            sql = "SELECT DISTINCT customer_id FROM read_parquet(?) WHERE customer_id IN (SELECT unnest(?))"
            found |= {row[0] for row in con.execute(sql, [str(path), names]).fetchall()}
    return found


def _erase_version(dataset: Dataset, names: Sequence[str]) -> int:
    gone = dataset.query("SELECT response_id, source FROM responses WHERE customer_id IN (SELECT unnest(?))", [names])
    ids = gone["response_id"].tolist()
    quotes = set(dataset.query("SELECT text FROM mentions WHERE response_id IN (SELECT unnest(?))", [ids])["text"])
    for table, column, values in (
        ("facts", "response_id", ids), ("mentions", "response_id", ids), ("responses", "response_id", ids),
        ("purchases", "customer_id", list(names)),
    ):  # fmt: skip
        _without(dataset.where / f"{table}.parquet", column, values)
    customer = {
        entry["file"]: place
        for entry in dataset.manifest["sources"]
        for place, column in enumerate(entry["columns"])
        if column["role"] == "customer_id"
    }
    _filter_csv(dataset.where / "original.csv.gz", set(names), customer)
    rejected = _filter_csv(dataset.where / "rejects.csv", set(names), None)
    _forget_quotes(dataset.where / "topics.json", quotes)
    _recount(dataset, dict(Counter(gone["source"].tolist())), rejected)
    return len(ids)


def _without(path: Path, column: str, values: Sequence[str]) -> None:
    """Writes a table again without some rows, in one step."""
    if not path.exists():
        return
    fresh = path.with_suffix(".part")
    target = str(fresh).replace("'", "''")
    with cursor() as con:
        sql = f"SELECT * FROM read_parquet(?) WHERE {column} IS NULL OR {column} NOT IN (SELECT unnest(?))"
        con.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet)", [str(path), list(values)])
    os.replace(fresh, path)


def _filter_csv(path: Path, names: set[str], customer: dict[str, int] | None) -> int:
    """Drops records that name the customer: in the file's customer column, or (`customer` None) in any cell."""
    if not path.exists():
        return 0
    packed = path.suffix == ".gz"
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    kept, dropped = io.StringIO(newline=""), 0
    writer = csv.writer(kept)
    for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")):
        if customer is None:
            named = bool(names & set(row))
        else:
            place = customer.get(row[0])
            named = place is not None and len(row) > place + 2 and row[place + 2] in names
        dropped += named
        if not named:
            writer.writerow(row)
    out = kept.getvalue().encode("utf-8")
    fresh = path.with_name(path.name + ".part")
    fresh.write_bytes(gzip.compress(out, mtime=0) if packed else out)
    os.replace(fresh, path)
    return dropped


def _forget_quotes(path: Path, quotes: set[str]) -> None:
    model = json.loads(path.read_text(encoding="utf-8"))
    for topic in model["topics"]:
        topic["exemplars"] = [quote for quote in topic["exemplars"] if quote not in quotes]
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(fresh, path)


def _recount(dataset: Dataset, erased: dict[str, int], rejected: int) -> None:
    """The manifest's sums without the erased rows; how many were erased stays written down."""
    manifest = dict(dataset.manifest)
    many = sum(erased.values())
    manifest["rows_in"] -= many + rejected
    manifest["rows_kept"] -= many
    manifest["rows_rejected"] -= rejected
    manifest["rows_erased"] = manifest.get("rows_erased", 0) + many + rejected
    manifest["mentions"] = int(dataset.query("SELECT count(*) AS n FROM mentions")["n"][0])
    for entry in reversed(manifest["sources"]):
        share = min(erased.get(entry["source"], 0), entry["rows_kept"])
        entry["rows_kept"] -= share
        entry["rows_in"] -= share
        erased[entry["source"]] = erased.get(entry["source"], 0) - share
    datasets.finish(dataset.where, manifest)
