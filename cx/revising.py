"""What people changed, done again on what is stored: a version with other topics, another taxonomy, corrected sentiments."""

import json
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from cx import adapting, grouping
from cx.incoming import Edits
from cx.store import staging
from cx.store.datasets import Dataset, finish
from cx.text import embed, sentiment, taxonomy_edits, topic_edits, topics, understand
from cx.text.taxonomy import Taxonomy

AT_ONCE = 20_000
"""Mentions revised together: memory does not grow with their number."""

ASSIGNED = ("pillar", "touchpoint", "stage")


class Revision:
    """A version on its way to the next: what was stored, and what people want of it."""

    def __init__(self, before: Dataset, where: Path, edits: Edits, touched: Sequence[str] = ()) -> None:
        self.before, self.where, self.edits = before, where, edits
        self.notices: list[str] = []
        own = before.where / "taxonomy.toml"
        found = taxonomy_edits.loaded(own if own.exists() else None, json.dumps(list(map(dict, edits.taxonomy))))
        self.nodes: Taxonomy | None = None
        self.taxonomy = found.taxonomy
        if self.taxonomy.version != before.manifest["taxonomy"]["version"]:
            self.nodes = self.taxonomy  # assigned anew only when they changed
        self.notices += found.notices
        self.owners = {owner for owner, _, _ in edits.sentiment} | set(touched)

    def written(self) -> dict[str, Any]:
        """Writes the tables into `where`, the manifest last; returns it."""
        for file in self.before.where.iterdir():
            if file.name not in ("manifest.json", "mentions.parquet", "facts.parquet", "topics.json"):
                os.link(file, self.where / file.name)  # nobody writes into a version: what stays is the same file
        model = self._mentions()
        self._responses()
        staging.write_facts(self.where)
        manifest = {
            **self.before.manifest, **staging.statistics(self.where),
            "taxonomy": {
                "name": self.taxonomy.name, "version": self.taxonomy.version, "touchpoints": list(self.taxonomy.touchpoints)
            },
            "topics": len(model.topics),
            "notices": list(dict.fromkeys([*self.before.manifest["notices"], *self.notices])),
            "imported": datetime.now(UTC).isoformat(timespec="seconds"),
            "edited": True,
        }  # fmt: skip
        finish(self.where, manifest)
        return manifest

    def _mentions(self) -> topics.Model:
        """Every mention again with its topic, its node and its sentiment; writes them and the topics."""
        fitted = grouping.before(self.before.where)
        stored = json.loads((self.before.where / "topics.json").read_text(encoding="utf-8"))
        edited, notices = topic_edits.applied(fitted, self.edits.topics) if fitted else (None, [])
        self.notices += notices
        count = grouping.Count(edited) if edited else None
        schema = staging.mention_schema()
        with pq.ParquetWriter(self.where / "mentions.parquet", schema) as writer:
            for batch in pq.ParquetFile(self.before.where / "mentions.parquet").iter_batches(AT_ONCE):
                found = self._revised(batch.to_pandas(), count)
                writer.write_table(staging.to_table(found, schema))
        if count is None:
            shutil.copyfile(self.before.where / "topics.json", self.where / "topics.json")
            return topics.from_json(stored)
        assert fitted is not None
        model = count.counted()
        taken = {topic.id for topic in model.topics}
        offers = [topics.emerging_from_json(offer) for offer in stored.get("emerging", ()) if offer["id"] not in taken]
        staging.write_json(self.where / "topics.json", topic_edits.as_json(fitted, model, offers))
        return model

    def _revised(self, found: pd.DataFrame, count: grouping.Count | None) -> pd.DataFrame:
        found = self._scored(found)
        scored = found["sentiment"].notna().to_numpy()
        texts = found.loc[scored, "text"].tolist()
        vectors = np.zeros((len(found), embed.DIMENSIONS), dtype=np.float32)
        if scored.any():
            vectors[scored] = embed.vectors(texts)
            if self.nodes:
                given = self.nodes.assign(texts, vectors[scored], found.loc[scored, "sentiment"].tolist())
                for name in ASSIGNED:
                    found.loc[scored, name] = given[name]
        if count:
            count.give(found, vectors.astype(np.float16).astype(np.float32))  # as they are when an import assigns
        return found

    def _scored(self, found: pd.DataFrame) -> pd.DataFrame:
        """The mentions of responses that somebody corrected, or took a correction back of, scored anew."""
        own = (found["response_id"].isin(self.owners) & found["sentiment"].notna()).to_numpy()
        if not own.any():
            return found
        models = self._models(sorted(set(found.loc[own, "response_id"])))
        scores = found["sentiment"].tolist()
        labels = found["sentiment_label"].tolist()
        for at in np.flatnonzero(own).tolist():
            row = found.iloc[at]
            scores[at] = sentiment.scores([row["text"]], models.get(row["response_id"]))[0]
            labels[at] = sentiment.label(scores[at])
        found = found.assign(sentiment=scores, sentiment_label=labels)
        return understand.corrected(found, self.edits.sentiment)

    def _models(self, owners: list[str]) -> dict[str, sentiment.Adapted | None]:
        """Which adapted model may score each of these responses."""
        frame = self.before.query("SELECT * FROM responses WHERE response_id IN (SELECT unnest(?))", [owners])
        return dict(zip(frame["response_id"].tolist(), adapting.models(self.before, frame), strict=True))

    def _responses(self) -> None:
        """The sentiment of responses whose mentions were scored anew."""
        if not self.owners:
            return
        found = pd.read_parquet(self.where / "mentions.parquet", columns=["response_id", "sentiment"])
        found = found[found["response_id"].isin(self.owners)]
        path, fresh = self.where / "responses.parquet", self.where / "responses.part"
        given = pq.ParquetFile(path)
        with pq.ParquetWriter(fresh, given.schema_arrow) as writer:
            for batch in given.iter_batches(AT_ONCE):
                frame = batch.to_pandas()
                own = frame["response_id"].isin(self.owners).to_numpy()
                if own.any():
                    scores, labels = understand.of_responses(
                        found, frame.loc[own, "response_id"], adapting.kept(self.before.where)
                    )
                    frame.loc[own, "sentiment"], frame.loc[own, "sentiment_label"] = scores, labels
                writer.write_table(staging.to_table(frame, given.schema_arrow))
        os.replace(fresh, path)
