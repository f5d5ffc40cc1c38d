"""Support tickets in the layout of a Zendesk ticket export: only the subject is text."""

from datetime import date, datetime, timedelta
from random import Random

from sample_data import grammar, story
from sample_data.survey import Customer

TICKETS = 900
MINUTES = (
    "First reply time", "First resolution time", "Full resolution time", "Agent wait time", "Requester wait time",
    "On hold time",
)  # fmt: skip
HEADINGS = [
    "Id", "Requester", "Requester id", "Requester external id", "Requester email", "Requester domain", "Submitter",
    "Assignee", "Group", "Subject", "Tags", "Status", "Priority", "Via", "Ticket type", "Created at", "Updated at",
    "Assigned at", "Organization", "Due date", "Initially assigned at", "Solved at", "Resolution time",
    "Satisfaction Score", "Group stations", "Assignee stations", "Reopens", "Replies",
    *(f"{name} in minutes{hours}" for name in MINUTES for hours in ("", " within business hours")),
]  # fmt: skip
CATEGORIES = {
    "delivery": 20, "returns": 18, "product": 18, "payment": 11, "points": 8, "app": 8, "app_crash": 6, "collect": 6,
    "shop": 10, "call": 5,
}  # fmt: skip
GOOD_SHARE = {"delivery": 0.6, "lost": 0.2, "returns": 0.62, "app_crash": 0.45, "shop": 0.8}
VIA = {"Web": 40, "Email": 30, "Chat": 18, "Phone": 12}
FAILURE_EXTRA = 0.05
AGENTS = ("Alex", "Bea", "Chris", "Dana", "Eli")


def rows(people: list[Customer]) -> list[list[str]]:
    """The tickets in order of creation; story (a) adds its own, story (b) ends the crash tickets."""
    rng = Random(f"{story.SEED} tickets")
    planned = []
    for _ in range(TICKETS):
        late = rng.random() < FAILURE_EXTRA
        span = (story.FAILURE_END - story.FAILURE_BEGIN).days + 1
        start = story.FAILURE_BEGIN if late else story.FIRST_DAY
        day = start + timedelta(days=rng.randrange(span if late else story.DAYS))
        planned.append((datetime(day.year, day.month, day.day) + timedelta(minutes=rng.randrange(440, 1_320)), late))
    north = [person for person in people if person.region == story.FAILURE_REGION]
    return [
        _row(number, created, late, rng.choice(north if late else people))
        for number, (created, late) in enumerate(sorted(planned), start=1)
    ]


def _row(number: int, created: datetime, late: bool, person: Customer) -> list[str]:
    rng = Random(f"{story.SEED} ticket {number}")
    category = "lost" if late else _category(rng, created.date())
    via = rng.choices(list(VIA), list(VIA.values()))[0]
    name = Random(f"{story.SEED} name {person.id}").choice(grammar.table("tickets")["first"])
    if category == "call":
        via = rng.choice(("Phone", "Phone", "Chat"))
    known = {
        "Id": str(40_000 + number), "Requester": name, "Requester id": person.id, "Submitter": name,
        "Requester email": f"{name.lower()}.{person.id}@example.com", "Requester domain": "example.com",
        "Assignee": rng.choice(AGENTS), "Group": "Customer care", "Subject": _subject(rng, category, via, person, name),
        "Tags": f"{'delivery' if category == 'lost' else category} {person.region.lower()}", "Via": via,
        "Priority": "High" if category == "lost" else rng.choice(("Normal", "Normal", "Normal", "Low", "High", "")),
        "Ticket type": rng.choice(("Question", "Problem", "Incident", "")), "Group stations": "1",
    }  # fmt: skip
    known |= _course(rng, created, _score(rng, category))
    return [known.get(heading, "") for heading in HEADINGS]


def _category(rng: Random, day: date) -> str:
    weights = {name: weight for name, weight in CATEGORIES.items() if name != "app_crash" or day < story.APP_RELEASE}
    return rng.choices(list(weights), list(weights.values()))[0]


def _subject(rng: Random, category: str, via: str, person: Customer, name: str) -> str:
    slots = grammar.scene(rng, person.region) | {"first": name}
    lines = grammar.table("tickets")[category]
    if category == "call":
        lines = [line for line in lines if line.startswith(("Phone", "Voice")) == (via == "Phone")]
    text = grammar.clause(lines, slots, rng)
    text = text[:1].upper() + text[1:] if rng.random() < 0.75 else text
    return rng.choices((text, text.upper(), text.lower(), text + "!!"), (90, 3, 5, 2))[0]


def _score(rng: Random, category: str) -> str:
    good = rng.random() < GOOD_SHARE.get(category, 0.7)
    return rng.choices(("Not Offered", "Offered", "Good" if good else "Bad"), (22, 44, 34))[0]


def _course(rng: Random, created: datetime, score: str) -> dict[str, str]:
    """When the ticket was assigned, answered and solved. Times in the zone of the account, without a zone."""
    first = int(rng.lognormvariate(4.6, 1.0)) + 3
    full = first + int(rng.lognormvariate(7.0, 0.9))
    solved = created + timedelta(minutes=full)
    assigned = created + timedelta(minutes=rng.randrange(1, first))
    closed = datetime(2026, 10, 31, 23, 59)
    open_still = solved > closed
    times = (first, full - full // 5, full, full // 3, full - full // 3, 0)
    out = {
        "Status": rng.choice(("Open", "Pending")) if open_still else "Closed", "Created at": str(created),
        "Updated at": str(min(solved, closed)), "Assigned at": str(min(assigned, closed)),
        "Initially assigned at": str(min(assigned, closed)), "Solved at": "" if open_still else str(solved),
        "Resolution time": "" if open_still else str(round(full / 60)), "Reopens": str(int(rng.random() < 0.08)),
        "Satisfaction Score": "Not Offered" if open_still else score, "Assignee stations": "1",
        "Replies": str(rng.choice((1, 1, 2, 2, 3, 4, 6))),
    }  # fmt: skip
    for name, minutes in zip(MINUTES, times, strict=True):
        if not open_still or name == "First reply time":
            out[f"{name} in minutes"] = str(minutes)
            out[f"{name} in minutes within business hours"] = str(minutes * 2 // 5)
    return out
