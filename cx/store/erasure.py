"""One customer erased everywhere: from every version's tables, its original, its rejects and the topics' quotes.

And a dataset with everything people wrote down about it.
"""

import contextlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cx.errors import NotAllowedError, StoreError
from cx.intake.masking import pseudonym
from cx.principal import Principal
from cx.store import audit, datasets, ledger, places, records, staging, vectors
from cx.store.datasets import Dataset, cursor

PSEUDONYM = re.compile(r"[0-9a-f]{16}")
SHORTEST = 4
"""Letters of a customer's own name from which on it is looked for in the cells of rejected rows; "5" is also an answer."""

_THEIRS = "SELECT response_id FROM responses WHERE customer_id IN (SELECT unnest(?))"


class Erased(NamedTuple):
    """What was erased: customers asked for and found, their responses over all versions, versions changed."""

    customers: int
    responses: int
    versions: int


def forget(principal: Principal, name: str, customers: Sequence[str]) -> Erased:
    """Erases customers, named as in the source's file or by their pseudonym. Raises StoreError when none is found."""
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not erase customers.")
    with datasets.writing():
        datasets.open_dataset(principal, name)
        key = datasets.key()
        wanted = {given: {given.strip(), str(pseudonym(given, key))} for given in customers if given.strip()}
        names = sorted(set().union(*wanted.values()))
        with _changed(name, datasets.versions(principal, name)) as versions:
            # Topics outlive what they were made of: each version forgets the words of all.
            said = set().union(*(_texts(dataset, names) for dataset in versions))
            for dataset in versions if said else ():
                _forget_words(dataset, names, said)
            theirs = set().union(*(_ids(dataset, names) for dataset in versions))
            erased = [_erase(dataset, names) for dataset in versions]
        records.change_edits(name, lambda kind, edit: _without_them(kind, edit, theirs, said))
        found = [given for given, own in wanted.items() if own & set().union(*(met for met, _ in erased))]
        if not found:
            raise StoreError(f"No customer of the dataset '{name}' is called {', '.join(customers)}.")
    done = Erased(len(found), sum(many for _, many in erased), sum(bool(met) for met, _ in erased))
    audit.write(principal, "erased customers", name, customers=done.customers, responses=done.responses)
    return done


@contextlib.contextmanager
def _changed(name: str, versions: Sequence[str]) -> Iterator[list[Dataset]]:
    """Versions in folders where they may be changed."""
    folders = [places.changing(name, version) for version in versions]
    try:
        yield [Dataset(where) for where in folders]
    finally:
        for where in folders:
            places.put_away(where)


def _erase(dataset: Dataset, names: list[str]) -> tuple[set[str], int]:
    """Erases what one version holds; returns the names it met and how many responses were theirs.

    The responses go last: broken off, they are found and done again.
    """
    sql = "SELECT response_id, source, customer_id FROM responses WHERE customer_id IN (SELECT unnest(?))"
    rows, where = dataset.query(sql, [names]), dataset.where
    ids, met = rows["response_id"].tolist(), set(rows["customer_id"])
    told = {name for name in names if len(name) >= SHORTEST}
    safe = {ledger.formula_safe(name): name for name in told}
    # A rejected row may hold its customer's own name, in any cell: nobody could tell the cells apart.
    rejected = [row for row in ledger.rows(where / ledger.REJECTS) if not safe.keys().isdisjoint(row[3:])]
    original = _Original(dataset, names, told, {(row[2], row[0]) for row in rejected})
    ledger.rewrite(where / ledger.ORIGINAL, original.without)
    met |= original.met
    ledger.rewrite(where / ledger.REJECTS, lambda row: None if row in rejected else row)
    met.update(safe[cell] for row in rejected for cell in row[3:] if cell in safe)
    met |= _without(where / "purchases.parquet", "customer_id", names)
    vectors.forget(where)
    for table in ("facts", "mentions", "responses"):
        _without(where / f"{table}.parquet", "response_id", ids)
    if met:
        datasets.finish(where, _recounted(dataset, Counter(rows["source"]), Counter(row[2] for row in rejected)))
    else:
        places.publish(where)  # its topics may have forgotten words of another version
    return met, len(ids)


def forget_dataset(principal: Principal, name: str) -> None:
    """Removes a dataset: its versions, and what people wrote down and set about it."""
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not delete datasets.")
    datasets.delete(principal, name)
    records.forget(name, settings_too=True)
    audit.write(principal, "deleted", name)


class _Original:
    """Rows of the original that name a customer: by pseudonym, by the customer column, or a rejected one in any cell."""

    def __init__(self, dataset: Dataset, names: Sequence[str], told: set[str], rejected: set[tuple[str, str]]) -> None:
        self.names, self.told, self.rejected = set(names), told, rejected
        self.pseudonyms = {name for name in names if PSEUDONYM.fullmatch(name)}
        self.places = {
            tuple(column["name"] for column in entry["columns"]): place
            for entry in dataset.manifest["sources"]
            for place, column in enumerate(entry["columns"])
            if column["role"] == "customer_id"
        }
        self.place: int | None = None
        self.met: set[str] = set()

    def without(self, row: list[str]) -> list[str] | None:
        """The row, or None for one that goes."""
        cells = row[2:]
        if row[:2] == ["file", "line"]:
            self.place = self.places.get(tuple(cells))
            return row
        here = (self.told if (row[0], row[1]) in self.rejected else self.pseudonyms).intersection(cells)
        if self.place is not None and self.place < len(cells):
            here |= self.names.intersection([cells[self.place].strip()])
        self.met |= here
        return None if here else row


def _without(path: Path, column: str, values: Sequence[str]) -> set[str]:
    """Writes a table again without the rows that have one of the values, in one step; returns the values it had."""
    if not path.exists() or not values:
        return set()
    fresh, bound = path.with_suffix(".part"), [str(path), list(values)]
    with cursor() as con:
        there = f"FROM read_parquet(?) WHERE {column} IN (SELECT unnest(?))"
        met = {row[0] for row in con.execute(f"SELECT DISTINCT {column} {there}", bound).fetchall()}
        if met:
            # Numbered before they are told apart: a join may hand rows on in another order, and facts are sorted by date.
            rest = (
                'SELECT * EXCLUDE ("@place") FROM (SELECT *, row_number() OVER () AS "@place" FROM read_parquet(?)) '
                f'WHERE {column} IS NULL OR {column} NOT IN (SELECT unnest(?)) ORDER BY "@place"'
            )
            con.execute(f"COPY ({rest}) TO '{staging.escaped(fresh)}' (FORMAT parquet)", bound)
            os.replace(fresh, path)
    return met


def _ids(dataset: Dataset, names: list[str]) -> set[str]:
    return set(dataset.query(_THEIRS, [names])["response_id"])


def _without_them(kind: str, edit: dict[str, Any], theirs: set[str], said: set[str]) -> dict[str, Any] | None:
    """What somebody changed, without the customers' responses and quotes."""
    if kind == "sentiment":
        return None if edit["response_id"] in theirs else edit
    for part in [*edit.get("parts", ()), *([edit["found"]] if "found" in edit else [])]:
        part["exemplars"] = [quote for quote in part["exemplars"] if quote not in said]
    return edit


def _texts(dataset: Dataset, names: list[str]) -> set[str]:
    return set(dataset.query(f"SELECT DISTINCT text FROM mentions WHERE response_id IN ({_THEIRS})", [names])["text"])


def _forget_words(dataset: Dataset, names: list[str], said: set[str]) -> None:
    """Topics lose the quotes among `said`, and the terms with words of `said` that nobody else says."""
    path = dataset.where / "topics.json"
    model = json.loads(path.read_text(encoding="utf-8"))
    listed = [*model["topics"], *model.get("fitted", {}).get("topics", ()), *model.get("emerging", ())]
    told = {word for topic in listed for term in (topic["name"], *topic["terms"]) for word in _words(term)}
    asked = sorted(told.intersection(word for text in said for word in _words(text)))
    others = f"""SELECT word FROM (SELECT unnest(?) AS word) WHERE EXISTS (
        FROM mentions WHERE response_id NOT IN ({_THEIRS}) AND contains(lower(text), word))"""
    gone = set(asked) - set(dataset.query(others, [asked, names])["word"] if asked else ())
    for topic in listed:
        topic["exemplars"] = [quote for quote in topic["exemplars"] if quote not in said]
        topic["terms"] = [term for term in topic["terms"] if gone.isdisjoint(_words(term))]
        if not gone.isdisjoint(_words(topic["name"])):
            first = next(iter(topic["terms"]), f"topic {topic['id']}")
            topic["name"] = first[:1].upper() + first[1:]
    fresh = path.with_suffix(".part")
    staging.write_json(fresh, model)
    os.replace(fresh, path)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _recounted(dataset: Dataset, erased: Counter[str], rejected: Counter[str]) -> dict[str, Any]:
    """The manifest without the erased rows; how many were erased stays written down."""
    manifest = json.loads(json.dumps(dataset.manifest))
    left = erased.copy()
    for entry in reversed(manifest["sources"]):
        kept = min(left[entry["source"]], entry["rows_kept"])
        gone = min(rejected[entry["file"]], entry["rows_rejected"])
        left[entry["source"]] -= kept
        rejected[entry["file"]] -= gone
        entry["rows_kept"] -= kept
        entry["rows_rejected"] -= gone
        entry["rows_in"] -= kept + gone
        manifest["rows_erased"] = manifest.get("rows_erased", 0) + kept + gone
    manifest |= {name: sum(entry[name] for entry in manifest["sources"]) for name in datasets.ROW_COUNTS}
    return manifest | staging.statistics(dataset.where)
