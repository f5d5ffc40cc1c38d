"""Journey: stages from left to right, how each feels, what delights and hurts there, and who goes on to which."""

import streamlit as st

from cx.ui import addresses, cached, frame, pictures, say, shows, travelling
from cx.view import journey, journey_chart, wording

about = frame.begin()
measures = journey.measures(about.data)
if not measures or not journey.stage_column(about.data):
    say.empty(
        wording.of("No stage of the journey is known here."),
        wording.of(
            "Stages are found in comments: import a file with a comment column, or with a column whose role is stage."
        ),
    )
    st.stop()
measure = addresses.asked("measure", measures, next(iter(measures)))
sides, choice, people = travelling.curves(about, measure)
found = cached.journey(about, measure, choice, sides)
finding = journey.finding(found)
say.headline(finding)
travelling.controls(about, measures, measure, choice, people)
if people is not None and people.note:
    say.quiet(people.note[:1].upper() + people.note[1:] + ".")
if not found.stages or not found.volume["m"].sum():
    say.empty(
        wording.of("Nothing said here names a stage."), wording.of("Choose a longer period, or take a filter out.")
    )
    st.stop()
table = journey.rows(found)
pictures.wide("journey", journey_chart.width(found))
for picked in shows.chart(journey_chart.chart(found, about.theme), finding, "journey", select="picked"):
    travelling.opened(found, table.iloc[int(picked["at"])].to_dict(), sides, about)
say.lines(journey.notes(found, sides, about.min_base))
shows.twin(
    table.drop(columns="say"),
    "journey",
    lambda place: travelling.opened(found, table.iloc[place].to_dict(), sides, about),
)
