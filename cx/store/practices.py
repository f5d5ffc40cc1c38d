"""What a team answers about its own practices, and its own questions: added to, never changed.

Everybody who may read a dataset reads them; analysts and admins answer and bring questions. Every function takes the
Principal who asks.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cx.errors import NoteError
from cx.principal import Principal
from cx.store import datasets, records
from cx.view import wording

MOST = 20_000
"""Answers kept per dataset."""


class Answer(NamedTuple):
    """An answer from 1 to 5 about a practice, who gave it when (UTC)."""

    practice: str
    answer: int
    author: str
    created: datetime


def history(principal: Principal, dataset: str) -> list[Answer]:
    """All answers ever given, the oldest first."""
    datasets.must_read(principal, dataset)
    table = records.practice_answers
    asked = sa.select(table).where(table.c.dataset == dataset).order_by(table.c.id)
    with records.engine().connect() as connection:
        rows = connection.execute(asked).mappings().all()
    return [Answer(**{name: row[name] for name in Answer._fields}) for row in rows]


def newest(given: list[Answer]) -> dict[str, Answer]:
    """The answer that counts for each practice: the newest, whoever gave it."""
    return {answer.practice: answer for answer in given}


def answer(principal: Principal, dataset: str, given: Mapping[str, int]) -> int:
    """Keeps answers (practice id → 1…5), those alone that say something new; returns how many.

    Raises NoteError for an answer that is none of these numbers; nothing is kept then.
    """
    _may_write(principal, dataset)
    for practice, held in given.items():
        if isinstance(held, bool) or held not in range(1, 6):
            raise NoteError(
                wording.of(
                    "The answer about '{practice}' is a number from 1 to 5, not '{value}'.",
                    practice=practice[:60],
                    value=held,
                )
            )
    before = history(principal, dataset)
    now = newest(before)
    fresh = {practice: held for practice, held in given.items() if practice not in now or now[practice].answer != held}
    if len(before) + len(fresh) > MOST:
        raise NoteError(
            wording.of(
                "There are {n} answers already; {most} can be kept.",
                n=wording.whole(len(before)), most=wording.whole(MOST),
            )
        )  # fmt: skip
    if fresh:
        told = {"dataset": dataset, "author": principal.name, "created": records.now()}
        rows = [told | {"practice": practice, "answer": int(held)} for practice, held in fresh.items()]
        with records.engine().begin() as connection:
            connection.execute(records.practice_answers.insert(), rows)
    return len(fresh)


def questions(principal: Principal, dataset: str) -> str:
    """The team's own questions as TOML; '' where those that come with the program count."""
    datasets.must_read(principal, dataset)
    table = records.questionnaires
    asked = sa.select(table.c.toml).where(table.c.dataset == dataset).order_by(table.c.id.desc()).limit(1)
    with records.engine().connect() as connection:
        row = connection.execute(asked).first()
    return row[0] if row else ""


def ask(principal: Principal, dataset: str, toml: str) -> None:
    """Keeps the team's own questions, checked before (`measure.practices.read`); '': back to the program's own."""
    _may_write(principal, dataset)
    values = {"dataset": dataset, "toml": toml, "author": principal.name, "created": records.now()}
    with records.engine().begin() as connection:
        connection.execute(records.questionnaires.insert().values(**values))


def _may_write(principal: Principal, dataset: str) -> None:
    datasets.must_write(principal, dataset)
    datasets.open_dataset(principal, dataset)  # there must be one
