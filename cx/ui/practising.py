"""The practice self-assessment on its page: answers beside perception, the questionnaire, a team's own questions."""

from collections.abc import Sequence

import streamlit as st

from cx.errors import CXError
from cx.measure import practices
from cx.measure.practices import ANSWERS, Practice
from cx.schema import PILLARS
from cx.store import practices as kept
from cx.ui import here, noting, say, shows
from cx.ui.here import Here
from cx.view import driver_charts, wording
from cx.view import practices as view
from cx.view.scorecards import Card

TAKEN = "practices_taken"
"""Session key: what became of a file of questions, shown once."""


def section(about: Here, cards: Sequence[Card]) -> None:
    """Practice against perception, and for analysts the questionnaire."""
    asked = _asked(about)
    history = kept.history(about.principal, about.slug)
    now = {name: held.answer for name, held in kept.newest(history).items()}
    found = practices.gaps(asked, now, {card.pillar: card.score for card in cards})
    say.conclusion(view.finding(found))
    say.quiet(
        wording.of(
            "Practice is what you say of yourselves, 0 to 100; perception is the score above. The widest gap comes first."
        )
    )
    rows = view.chart_rows(found)
    if len(rows):
        shows.chart(driver_charts.gaps(rows, about.theme), view.finding(found), "gaps")
        shows.twin(view.table(found), "gaps")
    elif not about.principal.may_write():
        say.empty(wording.of("Nobody has answered yet."), wording.of("Analysts and admins answer the questions."))
    if about.principal.may_write():
        noting.said()
        _questionnaire(about, asked, now)
    if history:
        with st.expander(wording.of("Answers so far"), key="practice_history"):
            say.quiet(wording.of("The newest answer about a practice counts."))
            shows.table(view.answers_table(asked, history), "practice_answers")


def _asked(about: Here) -> tuple[Practice, ...]:
    own = kept.questions(about.principal, about.slug)
    return practices.read(own.encode(), wording.of("the team's own questions")) if own else practices.shipped()


def _questionnaire(about: Here, asked: Sequence[Practice], now: dict[str, int]) -> None:
    left = sum(practice.id not in now for practice in asked)
    again = wording.of("Answer again")
    title = wording.of("Answer the questions ({n} of {all} open)", n=left, all=len(asked)) if left else again
    with st.expander(title, key="practice_ask"), st.form("practices", border=False):
        say.quiet(" · ".join(f"{answer} {wording.of(meaning)}" for answer, meaning in ANSWERS.items()))
        for pillar in PILLARS:
            own = [practice for practice in asked if practice.pillar == pillar]
            if own:
                say.conclusion(wording.of(pillar))
            for practice in own:
                st.segmented_control(
                    say.label(f"{practice.title}: {practice.question}"), list(ANSWERS), default=now.get(practice.id),
                    key=f"practice_{practice.id}",
                )  # fmt: skip
        st.form_submit_button(wording.of("Keep the answers"), type="primary", on_click=_keep, args=(about, asked))
    _own_questions(about)


def _keep(about: Here, asked: Sequence[Practice]) -> None:
    fields = {practice.id: st.session_state.get(f"practice_{practice.id}") for practice in asked}
    given = {name: int(held) for name, held in fields.items() if held is not None}
    noting.kept(lambda: kept.answer(about.principal, about.slug, given))


def _own_questions(about: Here) -> None:
    with st.popover(wording.of("Other questions"), icon=":material/edit:", key="pop_practices"):
        own = kept.questions(about.principal, about.slug)
        say.quiet(
            wording.of(
                "Bring your own questions: take the file, change it, bring it back. Answers to what is no longer asked stay."
            )
        )
        st.download_button(wording.of("The questions (TOML)"), own or practices.file().read_bytes(), "practices.toml", "text/plain",
                           key="practice_file_now", on_click="ignore")  # fmt: skip
        st.file_uploader(wording.of("Your own (TOML)"), key="practice_file", type=["toml"], max_upload_size=1, on_change=_take_in,
                         args=(about,))  # fmt: skip
        if own:
            st.button(
                wording.of("Back to the questions that come with Felicific"), key="practice_reset", on_click=_reset,
                args=(about,),
            )  # fmt: skip
    if told := st.session_state.pop(TAKEN, None):
        say.notice(told[1], kind=told[0])


def _take_in(about: Here) -> None:
    """A file of questions is taken in whole, or not at all and every entry that is wrong is named."""
    given = st.session_state["practice_file"]
    if given is None:
        return
    here.speak()
    try:
        raw = given.getvalue()
        found = practices.read(raw, given.name[:60])
        kept.ask(about.principal, about.slug, raw.decode("utf-8-sig"))
    except CXError as error:
        st.session_state[TAKEN] = ("error", [*str(error).split("; "), wording.of("Nothing of it was taken in.")])
    else:
        told = wording.of("{n} practices are asked from now on.", n=len(found))
        st.session_state[TAKEN] = ("note", [told])


def _reset(about: Here) -> None:
    noting.kept(lambda: kept.ask(about.principal, about.slug, ""))
