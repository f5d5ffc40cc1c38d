"""App-store reviews in the layout of a Google Play export."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from sample_data import comments, grammar, story

REVIEWS = 1_300
PACKAGE = "com.marlowfinch.app"
HEADINGS = [
    "Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device",
    "Review Submit Date and Time", "Review Submit Millis Since Epoch", "Review Last Update Date and Time",
    "Review Last Update Millis Since Epoch", "Star Rating", "Review Title", "Review Text",
    "Developer Reply Date and Time", "Developer Reply Millis Since Epoch", "Developer Reply Text", "Review Link",
]  # fmt: skip
RELEASES = (
    (date(2024, 10, 1), "4.6.0", 4600), (date(2025, 1, 14), "4.7.0", 4700), (date(2025, 4, 2), "4.8.0", 4800),
    (date(2025, 5, 20), "4.8.1", 4801), (date(2025, 7, 8), "4.9.0", 4900), (story.APP_RELEASE, "5.0.0", 5000),
    (date(2025, 9, 24), "5.0.1", 5001), (date(2025, 12, 2), "5.1.0", 5100), (date(2026, 3, 3), "5.2.0", 5200),
    (date(2026, 6, 16), "5.3.0", 5300), (date(2026, 9, 8), "5.4.0", 5400),
)  # fmt: skip
DEVICES = ("a14x", "a52q", "panther", "oriole", "dm1q", "r8q", "beyond1", "shiba", "m31", "lynx", "akita", "e3q")
STAR_LIMITS = (-1.0, -0.7, -0.35, 0.1)
SATISFACTION = {1: -1.9, 2: -1.1, 3: -0.4, 4: 0.35, 5: 1.2}
REPLY_SHARE = {1: 0.32, 2: 0.3, 3: 0.18, 4: 0.08, 5: 0.07}
LINK = "https://play.google.com/console/developers/app/reviews?reviewId={}&corpus=PUBLIC_REVIEWS"


def rows() -> list[list[str]]:
    """The reviews in order of their last update, which is how the export comes."""
    rng = Random(f"{story.SEED} review calendar")
    moments = sorted(rng.sample(range(story.DAYS * 86_400), REVIEWS))
    start = datetime(story.FIRST_DAY.year, story.FIRST_DAY.month, story.FIRST_DAY.day, tzinfo=UTC)
    return [_row(number, start + timedelta(seconds=second)) for number, second in enumerate(moments)]


def _row(number: int, updated: datetime) -> list[str]:
    rng = Random(f"{story.SEED} review {number}")
    feeling = rng.gauss(0, 1) + (0.35 if updated.date() >= story.APP_RELEASE else -0.5)
    stars = 1 + sum(feeling > limit for limit in STAR_LIMITS)
    first = updated - timedelta(days=rng.randrange(1, 60)) if rng.random() < 0.08 else updated
    submitted = max(first, datetime(2024, 11, 1, tzinfo=UTC)) - timedelta(seconds=rng.randrange(3))
    text = _text(number, stars, updated.date())
    version, code = _release(updated.date()) if rng.random() < 0.9 else ("", "")
    language = rng.choices(("en", "de", "fr", "es"), (93, 3, 2, 2))[0]
    token = "gp:AOq" + "".join(
        rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789") for _ in range(22)
    )
    return [
        PACKAGE, code, version, language, rng.choice(DEVICES), *_moment(submitted), *_moment(updated), str(stars),
        _title(rng, stars, text), text, *_reply(rng, stars, text, updated), LINK.format(token) if text else "",
    ]  # fmt: skip


def _text(number: int, stars: int, day: date) -> str:
    """The words of a review; a rating alone is common, most of all with five stars."""
    rng = Random(f"{story.SEED} review text {number}")
    if rng.random() < (0.32 if stars == 5 else 0.2):
        return ""
    region = rng.choices(list(story.REGIONS), list(story.REGIONS.values()))[0]
    return comments.comment(rng, "review", region, day, SATISFACTION[stars] + rng.gauss(0, 0.15), brief=0.12)


def _release(day: date) -> tuple[str, str]:
    """The newest release on `day`: the shop forces its updates."""
    _, name, code = [release for release in RELEASES if release[0] <= day][-1]
    return name, str(code)


def _moment(when: datetime) -> tuple[str, str]:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ"), str(int(when.timestamp()) * 1000 + when.second * 7)


def _title(rng: Random, stars: int, text: str) -> str:
    picked = rng.choice(grammar.table("extras")["titles"]["pos" if stars >= 4 else "neg"])
    return picked if text and rng.random() < 0.04 else ""


def _reply(rng: Random, stars: int, text: str, updated: datetime) -> tuple[str, str, str]:
    if not text or rng.random() >= REPLY_SHARE[stars]:
        return "", "", ""
    lines = grammar.table("extras")["replies"]["pos" if stars >= 4 else "neg"]
    when = updated + timedelta(minutes=rng.randrange(90, 6_000))
    return *_moment(when), grammar.expand(rng.choice(lines), {}, rng)
