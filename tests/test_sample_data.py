"""The sample exports: the same bytes every time, the dirt that was planted, and the story, counted with plain csv."""

import csv
import io
import re
from collections import Counter
from statistics import mean

import pytest

from sample_data import generate, survey

README = (generate.FOLDER / "README.md").read_text(encoding="utf-8")
FAILURE = ("2026-03", "2026-04")
RELEASE, TRAINING, PRICE_RISE = "2025-09-10", "2026-01-01", "2025-06-01"
DELIVERY = re.compile(
    r"deliver|delivary|courier|currier|parcel|driver|tracking|depot|my order|where is my|waiting for my|never arrived"
    r"|never turned up|never came|rescheduled|waited in|stayed in|sat in|came in (two|three) parts|packaging was",
    re.I,
)
DEAR = re.compile(
    r"expensive(?! ones)|overpriced|pricey|gone up|gone through the roof|crept up|(poor|bad) value|no longer|too dear"
    r"|cheaper (elsewhere|online|at another)|(not|hardly) worth|too much for|can.?t afford|cannot afford|used to be"
    r"|than last year|are a con|hard to justify|too high|prices are (a joke|silly)|(are|have become) ridiculous",
    re.I,
)
FAIR = re.compile(
    r"(good|great|excellent) value|worth (every|the money)|money well spent|bargain|sensible prices|without silly"
    r"|cost the earth|affordable|reasonably priced|(matched|beat) the price|less than (elsewhere|I'd feared|for my)"
    r"|(fair|reasonable|really good) (for|compared)|prices are (fair|very fair|reasonable|really good|honest)",
    re.I,
)
STAFF = re.compile(
    r"staff|assistant|colleague|the (lady|man|girl|young|chap|gentleman|manager)|people|they let my", re.I
)


def rows(name: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    with (generate.FOLDER / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def raw() -> list[dict[str, str]]:
    return rows(generate.SURVEY)


@pytest.fixture(scope="module")
def answers(raw) -> list[dict[str, str]]:
    """The survey without its repeated header; of a repeated key the later row stays."""
    return list({row["Response ID"]: row for row in raw if row["Date"] != "Date"}.values())


@pytest.fixture(scope="module")
def reviews() -> list[dict[str, str]]:
    return rows(generate.REVIEWS, "utf-16")


@pytest.fixture(scope="module")
def tickets() -> list[dict[str, str]]:
    return rows(generate.TICKETS)


def nps(some: list[dict[str, str]]) -> float:
    scores = [int(row[survey.NPS]) for row in some if row[survey.NPS].isdigit()]
    return 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / len(scores)


def average(some: list[dict[str, str]], question: str) -> float:
    return mean(int(row[question]) for row in some if row[question])


def share(some: list[dict[str, str]], column: str, pattern: re.Pattern) -> float:
    """Percent of the filled cells in which `pattern` is found."""
    texts = [row[column] for row in some if row[column]]
    return 100 * sum(bool(pattern.search(text)) for text in texts) / len(texts)


def split(some: list[dict[str, str]], day: str, column: str = "Date") -> tuple[list, list]:
    """Before `day`, and from `day` on; ISO dates compare as text."""
    return [row for row in some if row[column] < day], [row for row in some if row[column] >= day]


def documented(*figures: str) -> bool:
    """Whether one line of the README holds all the figures: the story there is the story in the files."""
    return any(all(figure in line for figure in figures) for line in README.splitlines())


def test_files_are_what_the_generator_writes():
    fresh = generate.files()
    assert sorted(fresh) == sorted(path.name for path in generate.FOLDER.glob("*.csv"))
    for name, content in fresh.items():
        assert (generate.FOLDER / name).read_bytes() == content, name
    assert sum(map(len, fresh.values())) < 2_500_000


def test_generation_repeats_itself():
    assert generate.files() == generate.files()


def test_counts(raw, answers, reviews, tickets):
    assert (len(raw), len(answers), len(reviews), len(tickets)) == (4603, 4600, 1300, 900)
    assert len({row["Customer ID"] for row in answers}) == 2600
    assert Counter(Counter(row["Customer ID"] for row in answers).values())[1] < 1600, "too few answer again"
    comments = [row[survey.COMMENT] for row in answers] + [row["Review Text"] for row in reviews]
    assert len(set(comments) - {""}) >= 3_000
    assert 0.2 < sum(not comment for comment in comments) / len(comments) < 0.3
    assert {row["Date"][:7] for row in answers} == {
        f"{year}-{month:02d}"
        for year, months in ((2024, (11, 12)), (2025, range(1, 13)), (2026, range(1, 11)))
        for month in months
    }


def test_planted_dirt(raw, answers):
    assert [row["Date"] for row in raw].count("Date") == 1, "one header repeated in the body"
    repeated = [key for key, count in Counter(row["Response ID"] for row in raw).items() if count == 2]
    assert len(repeated) == 2
    for key in repeated:
        first, second = (row for row in raw if row["Response ID"] == key)
        assert first == second
    strays = Counter(row[survey.NPS] for row in answers if row[survey.NPS] and not row[survey.NPS].isdigit())
    assert strays == {"n/a": 3, "ten": 1}
    comments = " ".join(row[survey.COMMENT] for row in answers)
    for text in (
        "<script>alert(1)</script>",
        "http://example.invalid/beacon.png",
        "$x^2$",
        "=HYPERLINK(",
        "@example.com",
    ):
        assert text in comments
    assert re.search(r"202-555-01\d\d", comments)
    for question in (survey.NPS, survey.CSAT, survey.CES, survey.EFFECTIVE, survey.EASY, survey.ENJOYABLE):
        assert 0.01 < sum(not row[question] for row in answers) / len(answers) < 0.2, question


def test_answers_stay_on_their_scales(answers):
    def found(question: str) -> set[str]:
        return {row[question] for row in answers} - {""}

    assert found(survey.NPS) - {"n/a", "ten"} == {str(score) for score in range(11)}
    assert found(survey.CSAT) == set(survey.CSAT_WORDS)
    assert found(survey.CES) == {str(score) for score in range(1, 8)}
    for question in (survey.EFFECTIVE, survey.EASY, survey.ENJOYABLE):
        assert found(question) == {"1", "2", "3", "4", "5"}


def test_reviews_follow_the_layout(reviews):
    content = (generate.FOLDER / generate.REVIEWS).read_bytes()
    assert content[:2] == b"\xff\xfe"
    links = [row["Review Link"] for row in reviews if row["Review Link"]]
    assert len(links) == len(set(links)) == sum(bool(row["Review Text"]) for row in reviews)
    assert all("reviewId=gp:" in link for link in links)
    assert {row["Star Rating"] for row in reviews} == set("12345")
    assert sum(bool(row["Review Title"]) for row in reviews) < 80
    replied = [row for row in reviews if row["Developer Reply Text"]]
    assert 80 < len(replied) < 300
    assert all(row["Developer Reply Date and Time"] > row["Review Last Update Date and Time"] for row in replied)


def test_tickets_follow_the_layout(tickets):
    assert "Summation column" not in tickets[0]
    assert {row["Satisfaction Score"] for row in tickets} == {"Good", "Bad", "Offered", "Not Offered"}
    assert {row["Via"] for row in tickets} == {"Web", "Email", "Chat", "Phone"}
    assert all(row["Subject"] and row["Requester id"].isdigit() for row in tickets)
    assert len({row["Id"] for row in tickets}) == 900
    assert {row["Requester domain"] for row in tickets} == {"example.com"}


def test_story_a_delivery_failure_in_the_north(answers, tickets):
    inside = [row for row in answers if row["Date"][:7] in FAILURE]
    outside = [row for row in answers if row["Date"][:7] not in FAILURE]
    north_in, north_out = ([row for row in some if row["Region"] == "North"] for some in (inside, outside))
    assert -30 < nps(north_in) - nps(north_out) < -20
    elsewhere = [row for row in inside if row["Region"] != "North"]
    assert abs(nps(elsewhere) - nps(outside)) < 4
    assert -12 < nps(inside) - nps(outside) < -6
    talk_in, talk_out = share(north_in, survey.COMMENT, DELIVERY), share(north_out, survey.COMMENT, DELIVERY)
    assert talk_in > 2 * talk_out
    assert documented(f"{nps(north_in):.1f}", f"{nps(north_out):.1f}")
    assert documented(f"{nps(inside):.1f}", f"{nps(outside):.1f}", f"{nps(elsewhere):.1f}")
    assert documented(f"{talk_in:.0f} %", f"{talk_out:.0f} %")
    late = [row for row in tickets if row["Tags"] == "delivery north"]
    failing = sum(row["Created at"][:7] in FAILURE for row in late)
    assert failing / 2 > 4 * (len(late) - failing) / 22, "tickets a month, inside and outside"
    assert documented(f"{failing} tickets", f"{len(late) - failing} ")


def test_the_dip_is_the_deepest_of_all_months(answers):
    months = {
        month: nps([row for row in answers if row["Date"][:7] == month]) for month in {r["Date"][:7] for r in answers}
    }
    assert set(sorted(months, key=months.get)[:2]) == set(FAILURE)


def test_story_b_app_release(answers, reviews):
    app_before, app_after = split([row for row in answers if row["Channel"] == "app"], RELEASE)
    rest_before, rest_after = split([row for row in answers if row["Channel"] != "app"], RELEASE)
    for question, least in ((survey.EASY, 0.4), (survey.CES, 0.6)):
        before, after = average(app_before, question), average(app_after, question)
        assert after - before > least
        assert abs(average(rest_after, question) - average(rest_before, question)) < 0.1
        assert documented(f"{before:.2f}", f"{after:.2f}")
    early, late = split(reviews, RELEASE, "Review Last Update Date and Time")
    stars = [mean(int(row["Star Rating"]) for row in some) for some in (early, late)]
    assert stars[1] - stars[0] > 0.8
    assert documented(*(f"{value:.2f}" for value in stars))
    crash = re.compile("crash|freezes", re.I)
    counts = [sum(bool(crash.search(row["Review Text"])) for row in some) for some in (early, late)]
    counts += [sum(bool(crash.search(row[survey.COMMENT])) for row in some) for some in (app_before, app_after)]
    assert counts[0] > 40
    assert counts[2] > 20
    assert counts[1] == counts[3] == 0
    assert documented(f"{counts[0]} reviews", f"{counts[2]} survey comments")


def test_story_c_staff_training(answers):
    before, after = split([row for row in answers if row["Channel"] == "shop"], TRAINING)
    joy_before, joy_after = average(before, survey.ENJOYABLE), average(after, survey.ENJOYABLE)
    assert joy_after - joy_before > 0.3
    other_before, other_after = split([row for row in answers if row["Channel"] != "shop"], TRAINING)
    assert abs(average(other_after, survey.ENJOYABLE) - average(other_before, survey.ENJOYABLE)) < 0.12
    assert documented(f"{joy_before:.2f}", f"{joy_after:.2f}")
    happy = [[row for row in some if row[survey.NPS] in {"8", "9", "10"}] for some in (before, after)]
    talk_before, talk_after = (share(some, survey.COMMENT, STAFF) for some in happy)
    assert talk_after > 1.3 * talk_before
    assert documented(f"{talk_before:.0f} %", f"{talk_after:.0f} %")


def test_story_d_price_rise(answers):
    fair = []
    for some in split(answers, PRICE_RISE):
        sentences = [piece for row in some for piece in re.split(r"[.!?;\n] *|, | but | and ", row[survey.COMMENT])]
        bad = sum(bool(DEAR.search(piece)) for piece in sentences)
        good = sum(bool(FAIR.search(piece)) and not DEAR.search(piece) for piece in sentences)
        fair.append(100 * good / (good + bad))
    assert 5 < fair[0] - fair[1] < 25
    assert documented(*(f"{value:.0f} %" for value in fair))


def test_story_e_plus_is_happier_than_basic(answers):
    plus, basic = (nps([row for row in answers if row["Plan"] == plan]) for plan in ("Plus", "Basic"))
    assert 10 < plus - basic < 22
    assert documented(f"{plus:.1f}", f"{basic:.1f}")


def test_comments_agree_with_scores(answers):
    """Plain words of praise and blame: common with promoters, rare with detractors, and the other way round."""
    praise = re.compile(r"lovely|great|love |brilliant|happy|easy", re.I)
    promoters, detractors = (
        [row for row in answers if row[survey.NPS] in wanted]
        for wanted in ({"9", "10"}, {str(score) for score in range(7)})
    )
    assert share(promoters, survey.COMMENT, praise) > 3 * share(detractors, survey.COMMENT, praise)


def test_csv_survives_its_own_hostile_cells(raw):
    text = io.StringIO((generate.FOLDER / generate.SURVEY).read_text(encoding="utf-8"), newline="")
    assert {len(row) for row in csv.reader(text)} == {len(survey.HEADINGS)}
    assert any("\n" in row[survey.COMMENT] for row in raw)
