"""Topics: what customers talk about, found in their own words; two levels."""

import streamlit as st

from cx.ui import cached, editing, frame, nav, say, shows
from cx.view import charts, headlines, theme, topics, wording

about = frame.begin(needs="comments")
rows = cached.topic_rows(about)
stored = cached.stored_topics(about)
say.headline(headlines.topics(rows))
if rows.empty:
    say.empty(
        wording.of("No topics in this selection."),
        wording.of("Topics need at least a few dozen comments; widen the period or the filters."),
    )
    st.stop()
left, right = st.columns([3, 2], gap="large")
with left:
    say.quiet(wording.of("Mentions per topic: negative, neutral, positive. Click a bar to read its comments."))
    given = charts.topic_bars(topics.bars(rows), about.theme)
    alt = wording.of("{many} topics; the largest is {name}", many=len(rows), name=rows["name"].iloc[0])
    for bar in shows.chart(given, alt, "topics", select="picked"):
        nav.go("comments", topic=bar["id"])
    share = wording.whole(topics.unassigned(about.data, about.where))
    say.quiet(f"{wording.of('{share} % of mentions belong to no topic.', share=share)} {topics.steady(stored)}")
    editing.said()
    editing.topics(about, stored)
with right:
    names = dict(zip(rows["id"], rows["name"], strict=True))
    topic = st.selectbox(wording.of("Look into a topic"), list(names), format_func=names.get, key="topic_detail")
    row = rows.set_index("id").loc[topic]
    net = theme.sentence(wording.of("Net sentiment"), topics.estimate.of_row(row), "points")
    share, terms = wording.whole(row["share"]), ", ".join(row["terms"])
    say.quiet(wording.of("{net}. {share} % of mentions. Words: {terms}.", net=net, share=share, terms=terms))
    if row["exemplars"] or about.scope is None:
        say.notice([f"“{quote}”" for quote in row["exemplars"]] or [wording.of("No quote of readable length.")])
    if nav.leads("comments") and st.button(wording.of("Comments of this topic"), key="topic_comments", type="primary"):
        nav.go("comments", topic=topic)
    inner = cached.topic_rows(about, topic)
    within = {entry["id"]: entry["name"] for entry in stored["topics"] if entry["parent"] == topic}
    others = {key: name for key, name in names.items() if key != topic}
    editing.topic(about, row.to_dict() | {"id": topic}, others, within)
    if not inner.empty:
        say.quiet(wording.of("Within it"))
        given, alt = charts.topic_bars(topics.bars(inner), about.theme), wording.of("subtopics")
        for bar in shows.chart(given, alt, "subtopics", select="picked"):
            nav.go("comments", topic=bar["id"])
table = rows[["name", "n", "m", "share", "value", "low", "high", "change", "real"]].rename(
    columns={"n": "responses", "m": "mentions", "value": "net sentiment"}
)
shows.twin(table, "topics", lambda place: nav.go("comments", topic=rows["id"].iloc[place]))
