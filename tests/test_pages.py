"""Every page, in the program's own frame, on datasets that have everything and on those that lack something."""

import csv
import io
import json
import re
import sys
from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cx import imports, jobs
from cx.principal import LOCAL
from cx.store import datasets, records, views
from cx.ui import asking, nav
from cx.view import search

ROOT = Path(__file__).parents[1]
PAGES = [*nav.SHARED, "taxonomy", "feedback"]
READING = list(nav.SHARED)


@pytest.fixture(autouse=True)
def _from_here(monkeypatch):
    """AppTest has no request: these are the headers of a browser on this machine.

    It also leaves its script behind as `__main__`, which the processes of a pool, started by a later test, would run.
    """
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost:8501"})
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(page: str, **params: str) -> AppTest:
    """The page as its first visitor sees it; fails when anything went wrong on the way."""
    at = AppTest.from_file(ROOT / "cx/ui/main.py", default_timeout=30)
    at.switch_page(str(ROOT / "pages" / f"{page}.py"))
    for name, value in params.items():
        at.query_params[name] = value
    return ok(at.run())


def ok(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    assert "could not be shown" not in words(at)
    return at


def words(at: AppTest) -> str:
    """Everything the page says, as one text."""
    html = [element.proto.body for element in at.get("html")]
    return "\n".join([*html, *(e.value for e in at.text), *(e.value for e in at.markdown)])


def specs(at: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


@pytest.fixture
def dataset(home, tmp_path):
    """Imports rows as the dataset 'given': `dataset(rows)`."""

    def make(rows: list[dict]) -> None:
        path = tmp_path / "given.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        imports.into(LOCAL, "given", [imports.Given(path, "given.csv")])

    return make


TEXTS = [
    "The staff in the shop were very friendly and helpful.", "Delivery was late and nobody answered my e-mails.",
    "I love the new app, it is so easy to use!", "The website crashed at checkout, terrible.",
    "Good value for money, I will come back.", "The refund took six weeks, very disappointing.",
]  # fmt: skip


def answers(n: int, *without: str) -> list[dict]:
    rows = [
        {
            "Response ID": f"r{i}", "Date": f"2026-{1 + i % 6:02d}-{1 + i % 28:02d}",
            "How likely are you to recommend us?": (i * 7) % 11, "Overall satisfaction (1-5)": 1 + (i * 3) % 5,
            "Region": ("North", "South")[i % 2], "Comment": TEXTS[i % 6] + f" Visit {i}.",
        }
        for i in range(n)
    ]  # fmt: skip
    return [{name: value for name, value in row.items() if name not in without} for row in rows]


@pytest.mark.parametrize("page", PAGES)
def test_without_any_dataset_a_page_says_what_to_do(page):
    said = words(opened(page))
    assert "Put the file on the Feedback page" in said or page == "feedback"


@pytest.mark.parametrize("page", PAGES)
def test_on_the_sample(sample, page):
    at = opened(page)
    said = words(at)
    assert "sample" in said
    assert {"overview": "NPS", "scorecards": "Infrastructure", "touchpoints": "furthest below",
            "journey": "389 customers were seen at several stages", "emotions": "moments of delight", "topics": "Most is said",
            "comments": "4,444 comments", "feedback": "6,803 rows in"}.get(page, "") in said or page == "comments"  # fmt: skip


def test_overview_has_a_tile_per_kpi_with_interval_and_base(sample):
    said = words(opened("overview"))
    for kpi in ("nps", "csat", "ces", "cx_index", "rating", "net_sentiment", "felicific_rate", "effort_high"):
        assert f'data-kpi="{kpi}"' in said
    assert "on the scale 0–1, kept apart" in said  # good/bad of the tickets is not averaged with 1–5


def test_scorecards_have_five_pillars(sample):
    said = words(opened("scorecards"))
    for pillar in ("Strategy", "People", "Infrastructure", "Process", "Metrics"):
        assert f'data-pillar="{pillar}"' in said


@pytest.mark.parametrize("measure", ["volume", "nps", "csat", "rating"])
def test_touchpoints_shows_the_measure_of_the_url(sample, measure):
    at = opened("touchpoints", measure=measure)
    assert at.selectbox(key="pick_measure").value == measure
    assert any(layer["mark"]["type"] == "rect" for layer in specs(at)[0]["layer"])


def test_any_two_dimensions_are_chosen_in_the_address_and_turned(sample):
    at = opened("touchpoints", rows="mention.emotion", columns="Region")
    assert (at.selectbox(key="pick_rows").value, at.selectbox(key="pick_columns").value) == (
        "mention.emotion",
        "Region",
    )
    ok(at.button(key="swap").click().run())
    assert at.query_params["rows"] in ("Region", ["Region"])
    ok(at.selectbox(key="pick_columns").select("Plan").run())
    assert at.selectbox(key="pick_columns").value == "Plan"


def test_unknown_dimensions_in_the_address_are_dropped_and_said(sample):
    said = words(opened("touchpoints", rows="<script>", columns="response_id", measure="drop table"))
    assert said.count("Left out of the address") == 3 and "<script>" not in said and "furthest below" in said


@pytest.mark.parametrize(
    ("params", "told"),
    [({"of": "Region", "b": "North"}, "North: Net sentiment"), ({"of": "Plan", "b": "Plus", "a": "*"}, "Plus against everyone else"),
     ({"of": "Region", "b": "North", "a": "South", "measure": "nps"}, "North against South"),
     ({"of": "@periods", "a": "before"}, "against"),
     ({"of": "@periods", "b": "2026-04-01:2026-06-30", "a": "before"}, "1 Apr 2026 – 30 Jun 2026 against 1 Jan 2026 – 31 Mar 2026"),
     ({"of": "@periods", "b": "2026-04-01:2026-06-30", "a": "2025-07-01:2025-08-31"}, "30 Jun 2026 against 1 Jul 2025 – 31 Aug 2025"),
     ({"of": "@periods", "b": "2026-04-01:2026-06-30"}, "1 Apr 2026 – 30 Jun 2026: Net sentiment"),
     ({"of": "@periods", "b": "2026-04-01:2026-06-30", "a": "2026-06-01:2026-08-01"}, "The two periods overlap"),
     ({"of": "@periods", "b": "<b>:2026-06-30"}, "Left out of the address"),
     ({"of": "@periods", "a": "<b>"}, "Left out of the address"),
     ({"of": "Region", "b": "<b>"}, "Left out of the address"), ({"of": "Region", "b": "North", "a": "<b>"}, "Left out of the address"),
     ({"of": "@persona", "b": "<b>", "a": "<b>"}, "Left out of the address"),
     ({"of": "revenue (ranges)", "a": "*"}, "There is no filter for"), ({"of": "<b>", "measure": "x"}, "Left out of the address")],
)  # fmt: skip
def test_the_journey_is_that_of_the_address(sample, params, told):
    said = words(opened("journey", **params))
    assert told in said and "<b>" not in said


def test_the_periods_of_a_journey_are_chosen_and_kept_in_the_address(sample):
    at = opened("journey", of="@periods")
    begin, end = date(2026, 2, 1), date(2026, 3, 31)
    ok(at.date_input(key="travel_b_days").set_value((begin, end)).run())
    assert at.query_params["b"] in ("2026-02-01:2026-03-31", ["2026-02-01:2026-03-31"])
    ok(at.selectbox(key="travel_a").select("before").run())
    assert "1 Feb 2026 – 31 Mar 2026 against 1 Dec 2025 – 31 Jan 2026" in words(at)
    ok(at.selectbox(key="travel_a").select("2025-12-01:2026-01-31").run())
    ok(at.date_input(key="travel_a_days").set_value((date(2025, 9, 1), date(2025, 10, 31))).run())
    assert "1 Feb 2026 – 31 Mar 2026 against 1 Sep 2025 – 31 Oct 2025" in words(at)


def test_the_journey_of_a_persona(sample):
    at = opened("journey", of="@persona", a="*")
    assert "against everyone else" in words(at) and at.selectbox(key="travel_b").value


def test_delights_are_searched_and_shown_literally(dataset):
    hostile = "I absolutely love this, <script>alert(1)</script> amazing, wonderful!"
    dataset([*answers(30), {**answers(1)[0], "Response ID": "evil", "Comment": hostile}])
    said = words(opened("emotions"))
    assert "moments of delight" in said and "<script>" not in said
    assert "No delight fits" in words(opened("emotions", delight="zzzz"))


@pytest.mark.parametrize("page", READING)
def test_a_filter_that_leaves_no_row_offers_a_way_back(sample, page):
    at = opened(page, **{"f.Region": "Atlantis"})
    assert "No responses fit this filter" in words(at)
    ok(at.button(key="clear_all").click().run())
    assert "No responses fit" not in words(at)


def test_what_means_nothing_in_the_address_is_dropped_and_said(sample):
    said = words(opened("overview", **{"f.<script>": "x", "from": "never", "d": "../../etc"}))
    assert "Left out of the address" in said and "<script>" not in said


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "rows",
    [answers(1), answers(120, "Date"), answers(120, "Comment"),
     answers(120, "How likely are you to recommend us?", "Overall satisfaction (1-5)")],
    ids=["one row", "no dates", "no comments", "no scores"],
)  # fmt: skip
def test_on_datasets_that_lack_something(dataset, rows, page):
    dataset(rows)
    at = opened(page)
    said = words(at)
    if page in ("scorecards", "topics", "comments", "emotions") and "Comment" not in rows[0]:
        assert "no comments" in said
    if page == "overview" and "Date" not in rows[0]:
        assert "No readable dates" in said
    if page == "overview" and len(rows) == 1:
        assert "too few answers" in said


def test_filters_reach_the_numbers(dataset):
    """NPS of the North computed here by hand: answers (i·7) mod 11 of every other row."""
    dataset(answers(120))
    scores = [(i * 7) % 11 for i in range(0, 120, 2)]
    nps = round(100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores))
    shown = str(nps).replace("-", "−")
    assert f'data-kpi="nps">{shown}</p>' in words(opened("overview", **{"f.Region": "North"}))


def test_the_minimum_base_of_the_dataset_counts(dataset):
    dataset(answers(12))
    assert 'data-kpi="nps">–' not in words(opened("overview"))
    records.set_setting("given", "min_base", 13)
    assert 'data-kpi="nps">–' in words(opened("overview"))


def test_comments_are_found_and_shown_literally(dataset):
    hostile = "<script>alert(1)</script> ![x](http://evil.invalid/b.png) $x^2$ =cmd() awful"
    dataset([*answers(30), {**answers(1)[0], "Response ID": "evil", "Comment": hostile}])
    said = words(opened("comments", words="evil.invalid"))
    assert "<script>" not in said
    said = re.sub('<span class="cx-e[^>]*>|</span>', "", said)  # evidence is underlined in between
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said
    assert "![x](http://evil.invalid/b.png)" in said and "1 comment," in said


def test_comment_facets_come_from_the_address(sample):
    at = opened("comments", pillar="People", sentiment_label="negative")
    assert "People · negative" in words(at)
    assert at.selectbox(key="find_pillar").value == "People"
    ok(at.selectbox(key="find_pillar").select("").run())
    assert "People · negative" not in words(at)


def test_a_reader_of_the_demo_may_not_import(own_sample, monkeypatch):
    monkeypatch.setenv("CX_MODE", "demo")
    at = opened("feedback")
    assert "Imports are switched off here" in words(at)
    assert not at.get("file_uploader") and not [b for b in at.button if b.key.startswith("delete_")]


def test_nobody_from_elsewhere_gets_a_page(sample, monkeypatch):
    monkeypatch.setattr(asking, "headers", lambda: {"host": "evil.example"})
    at = AppTest.from_file(ROOT / "cx/ui/main.py", default_timeout=30).run()
    assert at.header[0].value == "Not open here" and not at.get("html")


def test_feedback_deletes_only_after_a_question(own_sample):
    at = opened("feedback")
    ok(at.button(key="delete_sample").click().run())
    assert datasets.names(LOCAL) == ["sample"]
    ok(at.button(key="delete_sure").click().run())
    assert datasets.names(LOCAL) == []


def test_pages_are_short():
    for path in (ROOT / "pages").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 80, path.name


def test_what_a_file_leaves_open_is_asked_and_the_answer_counts(home, monkeypatch):
    """Dates such as 03/04/2026 do not say which number is the day."""
    lines = ["id,date,comment"] + [f"{i},0{i % 9 + 1}/0{i % 7 + 1}/2026,the staff were lovely {i}" for i in range(20)]
    job = jobs.draft(LOCAL, "answers.csv", io.BytesIO("\n".join(lines).encode()))
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    at = opened("feedback")
    assert "Does the day or the month come first" in words(at)
    ok(at.selectbox(key=f"question_{job.id}_0").select("date:dmy").run())
    ok(at.selectbox(key=f"role_{job.id}_0").select("ignore").run())
    ok(at.button(key=f"analyse_{job.id}").click().run())
    asked = records.job(job.id)
    assert asked["state"] == "queued"
    assert asked["request"]["files"][0]["roles"] == {"date": "date:dmy", "id": "ignore"}


def test_a_customer_is_erased_from_the_page(dataset):
    rows = [{**row, "Customer ID": f"c{i % 30}"} for i, row in enumerate(answers(60))]
    dataset(rows)
    assert "60 responses" in words(opened("overview"))
    at = opened("feedback")
    ok(at.button(key="erase_given").click().run())
    assert datasets.open_dataset(LOCAL, "given").filled["customer_id"] == 60
    at.text_area(key="erase_ids").input("c7\nnobody")
    ok(at.button(key="erase_given").click().run())
    ok(at.button(key="erase_sure").click().run())
    left = datasets.open_dataset(LOCAL, "given")
    assert int(left.query("SELECT count(*) AS n FROM responses")["n"][0]) == 58
    assert "58 responses" in words(opened("overview"))  # not what the cache remembers


def topics_of(name: str) -> dict[str, str]:
    """Names of the topics of the first level, by id, as stored."""
    where = datasets.open_dataset(LOCAL, name).where
    stored = json.loads((where / "topics.json").read_text(encoding="utf-8"))["topics"]
    return {topic["id"]: topic["name"] for topic in stored if topic["parent"] is None and not topic["hidden"]}


def test_topics_are_edited_on_their_page(own_sample):
    at = opened("topics")
    topic = at.selectbox(key="topic_detail").value
    at.text_input(key=f"topic_name_{topic}").input("Our own name")
    ok(at.run())
    ok(at.button(key="topic_rename").click().run())
    assert topics_of("sample")[topic] == "Our own name"
    other = next(name for name in topics_of("sample") if name != topic)
    ok(at.selectbox(key=f"topic_into_{topic}").select(other).run())
    ok(at.button(key="topic_merge").click().run())
    assert topic not in topics_of("sample")
    ok(at.button(key="undo_topics").click().run())
    assert topics_of("sample")[topic] == "Our own name"
    at = opened("topics")
    chosen = at.selectbox(key="topic_detail").value
    ok(at.button(key="topic_hide").click().run())
    assert chosen not in topics_of("sample")
    ok(at.selectbox(key="topic_hidden").select(chosen).run())
    ok(at.button(key="topic_show").click().run())
    assert chosen in topics_of("sample")


def test_the_taxonomy_is_edited_on_its_page(own_sample):
    at = opened("taxonomy")
    ok(at.selectbox(key="node_touchpoints").select("delivery").run())
    ok(at.text_input(key="node_words").input("curtain").run())
    ok(at.button(key="taxonomy_preview").click().run())
    assert re.search(r"[1-9]\d* of 5,000 mentions tried would change", words(at))
    ok(at.button(key="taxonomy_apply").click().run())
    said = datasets.open_dataset(LOCAL, "sample").query(
        "SELECT DISTINCT touchpoint FROM mentions WHERE text = 'curtain'"
    )
    assert set(said["touchpoint"]) <= {"delivery"}
    assert "add “curtain” to “delivery”" in words(at)
    ok(at.button(key="undo_taxonomy").click().run())
    assert records.all_edits("sample", "taxonomy") == []


def shown_pieces() -> list[tuple[str, str, str]]:
    """The mentions on the first page of Comments that can be corrected."""
    found = search.page(datasets.open_dataset(LOCAL, "sample"), search.Find())
    return [
        (comment.response_id, mention.question, mention.text) for comment in found for mention in comment.mentions
        if mention.sentiment is not None and mention.text.strip()
    ]  # fmt: skip


def test_several_sentiments_are_corrected_and_undone_at_once(own_sample):
    at = opened("comments")
    marked = shown_pieces()[:3]
    at.session_state["correct_pieces"] = marked
    at.session_state["correct_side"] = -1
    ok(at.run())
    assert at.button(key="correct_do").label == "Correct 3 at once"
    ok(at.button(key="correct_do").click().run())
    assert [(e["response_id"], e["side"]) for e in records.all_edits("sample", "sentiment")] == [
        (piece[0], -1) for piece in marked
    ]
    assert at.button(key="undo_sentiment").label == "Undo the last of 1 changes"
    ok(at.button(key="undo_sentiment").click().run())
    assert records.all_edits("sample", "sentiment") == []


def test_comments_are_found_by_meaning_and_what_is_like_one(sample):
    at = opened("comments", words="rude staff", by="meaning")
    said = words(at)
    assert "Found by meaning" in said and "The agent was" in said
    assert at.selectbox(key="find_sort").options[0] == "closest"
    ok(at.button(key="like_0").click().run())
    assert "Others are compared with this comment" in words(at)
    at = opened("comments", words="quantum chromodynamics", by="meaning")
    assert "Nobody said anything like that" in words(at) and "No comment fits" in words(at)


def test_facets_say_how_many_mentions_they_leave(sample):
    at = opened("comments", pillar="People")
    offered = at.selectbox(key="find_sentiment_label").options
    many = sample.query("SELECT count(*) AS n FROM mentions WHERE pillar = 'People' AND sentiment_label = 'positive'")
    assert f"positive ({many['n'][0]:,})" in offered


def test_a_search_is_kept_as_a_view(own_sample):
    """Words, meaning, facets and filter come back on the first page of what is found."""
    at = opened("comments", words="parcel", by="meaning", touchpoint="delivery", **{"f.Region": "North"})
    at.text_input(key="view_name").input("Parcels <b>North</b>")
    ok(at.button[[button.label for button in at.button].index("Keep it")].click().run())
    (held,) = views.listed(LOCAL, "sample")
    asked = {"words": ["parcel"], "by": ["meaning"], "touchpoint": ["delivery"], "f.Region": ["North"]}
    assert (held.page, held.params) == ("comments", asked)
    at = opened("comments")
    at.session_state["page"] = 3
    ok(at.button(key=f"view_{held.id}").click().run())
    assert at.query_params["words"] == "parcel" and at.query_params["f.Region"] == "North"
    assert at.text_input(key="find_words").value == "parcel" and at.selectbox(key="find_touchpoint").value == "delivery"
    assert at.session_state["page"] == 1


def test_overview_begins_with_the_briefing(sample):
    said = words(opened("overview"))
    for about in ("What changed", "What drives it", "Where it hurts", "What delights", "What to do first"):
        assert about in said
    fallen = words(opened("overview", **{"from": "2026-03-01", "to": "2026-04-30", "f.Region": "North"}))
    assert "What changed" in fallen and fallen != said


def test_a_question_on_overview_is_answered_from_the_address(sample):
    said = words(opened("overview", ask="Why did delivery fall in March 2026?"))
    assert "Net sentiment of delivery fell by" in said and "real." in said
    assert "Read as: delivery" in said
    said = words(opened("overview", ask="<img src=x onerror=steal()> zzzz?"))
    assert "I do not know" in said
    assert "<img src=x" not in said


def test_a_sentiment_is_corrected_under_the_comments(own_sample):
    at = opened("comments")
    piece = shown_pieces()[0]
    at.session_state["correct_pieces"] = [piece]
    at.session_state["correct_side"] = 1
    ok(at.run())
    ok(at.button(key="correct_do").click().run())
    found = datasets.open_dataset(LOCAL, "sample").query(
        "SELECT sentiment_label FROM mentions WHERE response_id = ? AND text = ?", [piece[0], piece[2]]
    )
    assert "positive" in set(found["sentiment_label"])
    assert "corrected by hand" in words(at)


def test_a_reader_edits_nothing(own_sample, monkeypatch):
    monkeypatch.setenv("CX_MODE", "demo")
    for page in ("topics", "taxonomy", "comments"):
        at = opened(page)
        assert not [b for b in at.button if b.key.startswith(("topic_rename", "taxonomy_apply", "correct_do", "undo_"))]


def test_settings_of_a_dataset_are_kept_from_the_form(dataset):
    dataset(answers(12))
    assert "settings_given" in [button.key for button in opened("feedback").button]

    def form() -> None:
        from cx.principal import LOCAL
        from cx.ui import settling

        settling.fields(LOCAL, "given")

    at = ok(AppTest.from_function(form).run())
    at.number_input(key="set_base").set_value(13)
    at.selectbox(key="set_month").set_value(4)
    at.selectbox(key="set_weekday").set_value(6)
    at.number_input(key="set_margin").set_value(40.0)
    at.multiselect(key="set_columns").set_value(["Region"]).run()
    ok(at.button(key="save_settings").click().run())
    held = records.settings_of("given")
    assert (held.min_base, held.calendar.first_month, held.calendar.first_weekday) == (13, 4, 6)
    assert held.terms.margin == 0.4 and dict(held.margins[0][1]) == {"North": 50, "South": 50}
    assert 'data-kpi="nps">–' in words(opened("overview"))


def test_weights_are_told_and_count_on_every_page(dataset):
    dataset(answers(120))
    records.settle(LOCAL, "given", {"margins": {"Region": {"North": 80, "South": 20}}})
    scores = [((i * 7) % 11, 0.8 / 60 if i % 2 == 0 else 0.2 / 60) for i in range(120)]
    nps = round(100 * sum(weight * ((score >= 9) - (score <= 6)) for score, weight in scores))
    said = words(opened("overview"))
    assert f'data-kpi="nps">{str(nps).replace("-", "−")}</p>' in said
    assert "Weighted to Region" in said and "120 responses count as 88" in said  # 1 / (0.64 + 0.04) · 60
    records.settle(LOCAL, "given", {"margins": {"Region": {"North": 80, "South": 19, "West": 1}}})
    assert "Not weighted. Region: no response that counts is" in words(opened("scorecards"))


def test_the_first_visit_is_shown_the_way(monkeypatch):
    at = opened("overview")
    assert "Welcome. Three steps" in words(at) and "Export" in words(at)
    loaded = []
    monkeypatch.setattr(jobs, "sample", loaded.append)
    ok(at.button(key="load_sample").click().run())
    assert loaded == [LOCAL]
