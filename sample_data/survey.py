"""The relationship survey: who answered when, their scores and comments, and the dirt of a real export."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sample_data import comments, grammar, story

CUSTOMERS = 2_600
RESPONSES = 4_600
COMPANY = "Marlow & Finch"
NPS = f"How likely are you to recommend {COMPANY} to a friend or colleague?"
CSAT = f"Overall, how satisfied or dissatisfied are you with {COMPANY}?"
CES = f"{COMPANY} made it easy for me to handle my request"
EFFECTIVE = f"How effective was {COMPANY} at meeting your needs?"
EASY = f"How easy was it to do business with {COMPANY}?"
ENJOYABLE = f"How enjoyable was it to do business with {COMPANY}?"
COMMENT = "What is the main reason for your score?"
HEADINGS = [
    "Response ID", "Date", "Customer ID", "Channel", "Region", "Plan", "Age group", "Order value",
    NPS, CSAT, CES, EFFECTIVE, EASY, ENJOYABLE, COMMENT,
]  # fmt: skip
CSAT_WORDS = ("Very dissatisfied", "Dissatisfied", "Neither satisfied nor dissatisfied", "Satisfied", "Very satisfied")
AGES = {"18-24": 9, "25-34": 18, "35-44": 21, "45-54": 20, "55-64": 17, "65+": 15}
ANSWERS_EACH = {1: 56, 2: 24, 3: 10, 4: 6, 5: 3, 6: 1}
UNANSWERED = {NPS: 0.03, CSAT: 0.05, CES: 0.12, EFFECTIVE: 0.07, EASY: 0.08, ENJOYABLE: 0.09, "Order value": 0.08}
EMPTY_COMMENT = 0.25


class Customer(NamedTuple):
    """One invented customer; `mood` is the lasting part of the satisfaction (standard normal)."""

    id: str
    region: str
    plan: str
    age: str
    channel: str
    mood: float


def customers() -> list[Customer]:
    """All customers of the sample, the same at every call."""
    rng = Random(f"{story.SEED} customers")
    out = []
    for number in sorted(rng.sample(range(1_000_000, 9_999_999), CUSTOMERS)):
        age = "" if rng.random() < 0.07 else _pick(rng, AGES)
        plan = "Plus" if rng.random() < 0.36 else "Basic"
        out.append(
            Customer(str(number), _pick(rng, story.REGIONS), plan, age, _pick(rng, story.CHANNELS), rng.gauss(0, 1))
        )
    return out


def rows(people: list[Customer]) -> list[list[str]]:
    """The survey's data rows in order of date, with the planted dirt."""
    answers = _answers(Random(f"{story.SEED} calendar"), people)
    clean = [_row(number, person, day) for number, (day, person) in enumerate(answers, start=1)]
    return _dirty(clean)


def _answers(rng: Random, people: list[Customer]) -> list[tuple[date, Customer]]:
    """Who answers on which day: exactly RESPONSES answers, at most one a day and customer."""
    counts = [_pick(rng, ANSWERS_EACH) for _ in people]
    while sum(counts) != RESPONSES:
        at = rng.randrange(len(counts))
        step = 1 if sum(counts) < RESPONSES else -1
        counts[at] = max(1, counts[at] + step)
    out = []
    for person, count in zip(people, counts, strict=True):
        out += [(story.FIRST_DAY + timedelta(days=day), person) for day in rng.sample(range(story.DAYS), count)]
    return sorted(out, key=lambda answer: (answer[0], answer[1].id))


def _row(number: int, person: Customer, day: date) -> list[str]:
    rng = Random(f"{story.SEED} answer {number}")
    channel = person.channel if rng.random() < 0.78 else _pick(rng, story.CHANNELS)
    failed = story.failed_delivery(rng, person.region, channel, day)
    satisfaction = 0.6 * person.mood + 0.72 * rng.gauss(0, 1) + story.PLAN_SHIFT[person.plan]
    satisfaction += story.FAILURE_SHIFT * failed
    scores = _scores(rng, channel, day, satisfaction)
    value = rng.lognormvariate(3.9 if channel == "shop" else 4.2, 0.7)
    scores["Order value"] = f"{min(value, 1900):.2f}"
    for question, share in UNANSWERED.items():
        if rng.random() < share:
            scores[question] = ""
    scores[COMMENT] = _comment(number, person, channel, day, satisfaction, failed)
    known = {
        "Response ID": f"R{100_000 + number}", "Date": day.isoformat(), "Customer ID": person.id, "Channel": channel,
        "Region": person.region, "Plan": person.plan, "Age group": person.age,
    }  # fmt: skip
    return [(known | scores)[heading] for heading in HEADINGS]


def _scores(rng: Random, channel: str, day: date, satisfaction: float) -> dict[str, str]:
    """Answers to the six questions: the latent satisfaction, each with its own noise, cut to its scale."""
    ease = 0.72 * satisfaction + rng.gauss(0, 0.55) + story.ease_shift(channel, day)
    enjoyment = 0.78 * satisfaction + rng.gauss(0, 0.5) + story.enjoyment_shift(channel, day)
    tail = min(satisfaction + 1.2, 0)
    return {
        NPS: _cut(8.3 + 1.9 * satisfaction + 1.2 * tail, 0, 10),
        CSAT: CSAT_WORDS[int(_cut(3.95 + 0.85 * (satisfaction + rng.gauss(0, 0.4)), 1, 5)) - 1],
        CES: _cut(5.3 + 1.15 * ease + rng.gauss(0, 0.4), 1, 7),
        EFFECTIVE: _cut(4.0 + 0.8 * (0.8 * satisfaction + rng.gauss(0, 0.6)), 1, 5),
        EASY: _cut(3.95 + 0.9 * ease, 1, 5),
        ENJOYABLE: _cut(3.6 + 0.9 * enjoyment, 1, 5),
    }


def _comment(number: int, person: Customer, channel: str, day: date, satisfaction: float, failed: bool) -> str:
    """The comment has its own stream of chance: other phrases never change a score."""
    rng = Random(f"{story.SEED} comment {number}")
    if rng.random() < (0.08 if failed else EMPTY_COMMENT):
        return ""
    first = (
        comments.Mention("delivery", "lost" if satisfaction < 0 and rng.random() < 0.6 else "neg") if failed else None
    )
    return comments.comment(rng, channel, person.region, day, satisfaction, first)


def _cut(value: float, low: int, high: int) -> str:
    return str(max(low, min(high, int(value + 0.5) if value > 0 else 0)))


def _pick(rng: Random, weights: dict):
    return rng.choices(list(weights), list(weights.values()))[0]


def _dirty(clean: list[list[str]]) -> list[list[str]]:
    """Hostile and personal comments, stray words among the numbers, two repeated rows, a header in the body."""
    rng = Random(f"{story.SEED} dirt")
    out = [list(row) for row in clean]
    extras = grammar.table("extras")
    planted = extras["hostile"]["any"] + extras["contact"]["any"]
    for at, text in zip(rng.sample(range(len(out)), len(planted)), planted, strict=True):
        out[at][HEADINGS.index(COMMENT)] = text
    strays = [(NPS, "n/a"), (NPS, "ten"), (NPS, "n/a"), ("Order value", "n/a"), (NPS, "n/a"), ("Order value", "n/a")]
    for at, (heading, word) in zip(rng.sample(range(len(out)), len(strays)), strays, strict=True):
        out[at][HEADINGS.index(heading)] = word
    for at in (3_100, 900):
        out.insert(at + 40, list(out[at]))
    out.insert(2_200, list(HEADINGS))
    return out
