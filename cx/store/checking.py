"""Whether what is stored fits together: ids, mentions and their places, counts, files."""

import gzip
import json

from cx.principal import Principal
from cx.store import datasets
from cx.store.datasets import ROW_COUNTS, Dataset
from cx.view.filters import quoted

SOUND = (
    ("SELECT count(*) - count(DISTINCT response_id) FROM responses", "responses have the id of another"),
    ("SELECT count(*) FROM mentions ANTI JOIN responses USING (response_id)", "mentions have no response"),
    ("SELECT abs((SELECT count(*) FROM facts) - (SELECT count(*) FROM mentions))", "rows too few or too many in facts"),
)
"""Queries that count what must not be, and the words for it."""

_CUT_ELSEWHERE = """SELECT count(*) FROM mentions m JOIN responses r USING (response_id) WHERE m.question = ?
    AND substring(r.{column}, m."start" + 1, m."end" - m."start") IS DISTINCT FROM m.text"""


def check(principal: Principal, name: str) -> list[str]:
    """What is wrong with a dataset's versions, in words; empty when all is well."""
    out = []
    for version in datasets.versions(principal, name):
        try:
            found = problems(datasets.open_dataset(principal, name, version))
        except Exception as error:  # whatever a broken file raises is the finding
            found = [f"{type(error).__name__}: {str(error).splitlines()[0]}"]
        out += [f"{name}/{version}: {problem}" for problem in found]
    return out


def problems(dataset: Dataset) -> list[str]:
    """What is wrong with one version, in words. Raises whatever a broken file raises."""

    def count(sql: str, *bound: object) -> int:
        return dataset.query(sql, bound).iloc[:, 0].astype(int).item()

    out = [f"{many:,} {words}" for sql, words in SOUND if (many := count(sql))]
    for question in dataset.manifest["comments"]:
        if moved := count(_CUT_ELSEWHERE.format(column=quoted(question)), question):
            out.append(f"{moved:,} mentions do not stand where they say in '{question}'")
    said, stored = dataset.manifest, count("SELECT count(*) FROM responses")
    if stored != said["rows_kept"]:
        out.append(f"{stored:,} responses are stored, the manifest says {said['rows_kept']:,}")
    for total in [said, *said["sources"]]:
        if total["rows_in"] != total["rows_kept"] + total["rows_duplicate"] + total["rows_rejected"]:
            out.append(f"{total.get('file', 'in all')}: rows in are not kept + duplicate + rejected")
    for name in ROW_COUNTS:
        if said[name] != sum(entry[name] for entry in said["sources"]):
            out.append(f"{name} is not the sum over the files")
    json.loads((dataset.where / "topics.json").read_text(encoding="utf-8"))
    with gzip.open(dataset.where / "original.csv.gz") as original:
        while original.read(1 << 20):  # to its end: the checksum stands there
            pass
    return out
