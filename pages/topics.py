"""Topics: what customers talk about, found in their own words; two levels."""

import streamlit as st

from cx.ui import cached, editing, frame, nav, say, shows
from cx.view import charts, headlines, theme, topics

about = frame.begin(needs="comments")
rows = cached.topic_rows(about)
stored = cached.stored_topics(about)
say.headline(headlines.topics(rows))
if rows.empty:
    say.empty(
        "No topics in this selection.", "Topics need at least a few dozen comments; widen the period or the filters."
    )
    st.stop()
left, right = st.columns([3, 2], gap="large")
with left:
    say.quiet("Mentions per topic: negative, neutral, positive. Click a bar to read its comments.")
    given = charts.topic_bars(topics.bars(rows), about.theme)
    say_ = f"{len(rows)} topics; the largest is {rows['name'].iloc[0]}"
    for bar in shows.chart(given, say_, "topics", select="picked"):
        nav.go("comments", topic=bar["id"])
    say.quiet(
        f"{topics.unassigned(about.data, about.where):.0f} % of mentions belong to no topic. {topics.steady(stored)}"
    )
    editing.said()
    editing.topics(about, stored)
with right:
    names = dict(zip(rows["id"], rows["name"], strict=True))
    topic = st.selectbox("Look into a topic", list(names), format_func=names.get, key="topic_detail")
    row = rows.set_index("id").loc[topic]
    net = theme.sentence("Net sentiment", topics.estimate.of_row(row), "points")
    say.quiet(f"{net}. {row['share']:.0f} % of mentions. Words: {', '.join(row['terms'])}.")
    say.notice([f"“{quote}”" for quote in row["exemplars"]] or ["No quote of readable length."])
    if st.button("Comments of this topic", key="topic_comments", type="primary"):
        nav.go("comments", topic=topic)
    inner = cached.topic_rows(about, topic)
    within = {entry["id"]: entry["name"] for entry in stored["topics"] if entry["parent"] == topic}
    others = {key: name for key, name in names.items() if key != topic}
    editing.topic(about, row.to_dict() | {"id": topic}, others, within)
    if not inner.empty:
        say.quiet("Within it")
        for bar in shows.chart(
            charts.topic_bars(topics.bars(inner), about.theme), "subtopics", "subtopics", select="picked"
        ):
            nav.go("comments", topic=bar["id"])
table = rows[["name", "n", "m", "share", "value", "low", "high", "change", "real"]].rename(
    columns={"n": "responses", "m": "mentions", "value": "net sentiment"}
)
shows.twin(table, "topics", lambda place: nav.go("comments", topic=rows["id"].iloc[place]))
