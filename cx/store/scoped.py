"""The tables of a version as those may see them who came by a share link: rows, and words of comments, that it leaves out
are not there for any query that follows, whoever wrote it."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cx.errors import StoreError
from cx.intake import privacy
from cx.principal import Params, Scope
from cx.view import filters
from cx.view.filters import ALL, Filter, quoted

if TYPE_CHECKING:
    import pandas as pd

MENTION = "mention."
"""Prefix of mention columns in facts.parquet, where they stand beside those of the response."""

FACETS = ("pillar", "touchpoint", "stage", "topic", "sentiment_label", "emotion", "effort")
"""Parameters of the comments' page that choose mentions by what they are about."""

NAMING = re.compile(r"@.*|id|kind|label|node|question|response|scale|value|[cf]\d+")
"""How queries call what names or groups, beside the columns of the tables: not what people said."""

LEAST_BASE = 10
"""For guests no number is shown from fewer responses, whatever the team has settled for itself."""


class Window(NamedTuple):
    """What of a dataset is seen: the `rows` that count; of these the `told` ones, one of whose mentions has the `facets` and
    which say every word that is `searched`, are those whose words may be read, in the way `comments` says. `splits`: the
    only columns to split by, where filters may be changed (None: all): a group under two filters would tell who is in one
    of them alone."""

    rows: Filter = ALL
    told: Filter = ALL
    facets: tuple[tuple[str, str], ...] = ()
    searched: str = ""
    comments: str = "full"
    splits: tuple[str, ...] | None = None


def window(scope: Scope | None, columns: Set[str] | Mapping[str, str]) -> Window | None:
    """The window of a link onto a dataset with these columns of responses; None for those who see all of it.

    Raises StoreError when the link is limited to values of a column that the dataset no longer has: without the limit it
    would show more than was meant.
    """
    if scope is None:
        return None
    if not scope.locked:
        return Window(comments=scope.comments)
    where, dropped = filters.from_url({name: list(values) for name, values in scope.params}, columns)
    if dropped:
        raise StoreError(f"This link is limited to {dropped[0]}, which the dataset no longer has. Ask for a new one.")
    facets, searched = _looked_for(scope.params) if scope.page == "comments" else ((), "")
    return Window(where._replace(begin=None, end=None), where, facets, searched, scope.comments)


def _looked_for(params: Params) -> tuple[tuple[tuple[str, str], ...], str]:
    """The facets and the words of a search on the comments' page; words that were meant, not said, tell no rows apart."""
    held = {name: values[-1] for name, values in params if values}
    words = "" if held.get("by") else held.get("words", "")
    return tuple((name, held[name]) for name in FACETS if name in held), words


def relation(
    where: Path, table: str, columns: Set[str] | Mapping[str, str], questions: Sequence[str], seen: Window
) -> tuple[str, list[object]]:
    """A table of the version in this folder as SQL, and what to bind; `columns` are those of the table."""
    source: list[object] = [str(where / f"{table}.parquet")]
    rows, bound = _inside(where, table, seen.rows)
    words, told = _words(where, table, columns, questions, seen)
    return f"(SELECT *{words} FROM read_parquet(?) WHERE {rows})", [*told, *source, *bound]


def _inside(where: Path, table: str, rows: Filter) -> tuple[str, list[object]]:
    """The condition a filter of responses puts on a table; mentions and purchases know only whose they are."""
    clause, bound = rows.sql()
    key = {"mentions": "response_id", "purchases": "customer_id"}.get(table)
    if key is None or rows == ALL:
        return clause, bound
    held = f"{key} IN (SELECT {key} FROM read_parquet(?) WHERE {clause})"
    return held, [str(where / "responses.parquet"), *bound]


def _words(
    where: Path, table: str, columns: Set[str] | Mapping[str, str], questions: Sequence[str], seen: Window
) -> tuple[str, list[object]]:
    """What replaces the columns of words: themselves where they may be read, else an empty text, so that who wrote and who
    did not is still counted."""
    said = {"text"} if table == "mentions" else {*questions, "comment", MENTION + "text"}
    texts = [name for name in columns if name in said]
    if not texts:
        return "", []
    clause, bound = _readable(where, table, questions, seen)
    if clause == "TRUE":
        return "", []
    chosen = [
        f"CASE WHEN {clause} THEN {quoted(name)} WHEN {quoted(name)} IS NOT NULL THEN '' END AS {quoted(name)}"
        for name in texts
    ]
    return f" REPLACE ({', '.join(chosen)})", bound * len(texts)


def _readable(where: Path, table: str, questions: Sequence[str], seen: Window) -> tuple[str, list[object]]:
    """The condition on rows of a table whose words may be read."""
    if seen.comments == "none":
        return "FALSE", []
    clause, bound = _inside(where, table, seen.told)
    if seen.facets:
        fits = " AND ".join(
            "(topic = ? OR subtopic = ?)" if name == "topic" else f"{quoted(name)} = ?" for name, _ in seen.facets
        )
        clause += f" AND response_id IN (SELECT response_id FROM read_parquet(?) WHERE {fits})"
        values = [value for name, value in seen.facets for _ in range(1 + (name == "topic"))]
        bound = [*bound, str(where / "mentions.parquet"), *values]
    if seen.searched:
        says, words = filters.saying(questions or ["comment"], seen.searched)
        clause += f" AND response_id IN (SELECT response_id FROM read_parquet(?) WHERE {says})"
        bound = [*bound, str(where / "responses.parquet"), *words]
    return clause, bound


def handed(
    found: "pd.DataFrame", known: Set[str], questions: Sequence[str], regions: Set[str], seen: Window | None
) -> "pd.DataFrame":
    """The answer to a query as it may be handed out: where comments are masked, personal data in them is blotted out, with
    telephone numbers as these countries write them. `known` are the columns of the tables: whatever else comes under a name
    that is not `NAMING` may be what somebody said, and is blotted too."""
    if seen is None or seen.comments != "masked":
        return found
    said = {"text", "comment", *questions}
    names = [
        name
        for name in map(str, found.select_dtypes(include=["object", "str"]))
        if (bare := name.removeprefix("@by ").removeprefix(MENTION)) in said
        or not (bare in known or NAMING.fullmatch(name))
    ]
    if not names:
        return found
    maskers = [privacy.Masker(region) for region in sorted(regions)] or [privacy.Masker()]
    out = found.copy()
    for name in names:
        out[name] = [_blotted(said, maskers) for said in out[name]]
    return out


def _blotted(said: Any, maskers: Sequence[privacy.Masker]) -> Any:
    """A text, or a list of texts, without personal data; anything else as it is."""
    if isinstance(said, str):
        for masker in maskers:
            said = privacy.blotted(said, masker)
    elif isinstance(said, Iterable):
        return [_blotted(each, maskers) for each in said]
    return said
