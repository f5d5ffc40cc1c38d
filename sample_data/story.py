"""What happened to Marlow & Finch in these 24 months: the planted story, and what customers talk about."""

import math
from datetime import date
from random import Random

SEED = 534
FIRST_DAY = date(2024, 11, 1)
LAST_DAY = date(2026, 10, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

PRICE_RISE = date(2025, 6, 1)
APP_RELEASE = date(2025, 9, 10)
NO_LONGER_NEW = date(2026, 5, 1)
STAFF_TRAINING = date(2026, 1, 1)
FAILURE_BEGIN = date(2026, 3, 1)
FAILURE_END = date(2026, 4, 30)
FAILURE_REGION = "North"
FAILURE_SHARE = {"shop": 0.32, "web": 0.52, "app": 0.52}
FAILURE_SHIFT = -0.95
PLAN_SHIFT = {"Plus": 0.13, "Basic": -0.07}

CHANNELS = {"shop": 42, "web": 34, "app": 24}
REGIONS = {"North": 34, "South": 27, "East": 20, "West": 19}

WEIGHTS = {
    "shop": {
        "staff": 24, "product": 13, "value": 15, "premises": 10, "till": 8, "range": 8, "collect": 4, "points": 5,
        "delivery": 4, "returns": 5, "brand": 9, "support": 2, "survey": 2, "awareness": 3, "consider": 4, "overall": 8,
    },
    "web": {
        "delivery": 22, "website": 15, "product": 14, "value": 14, "returns": 9, "support": 8, "range": 6, "collect": 5,
        "web_checkout": 9, "points": 3, "survey": 2, "awareness": 3, "consider": 5, "brand": 8, "overall": 7,
    },
    "app": {
        "app": 13, "app_crash": 12, "app_new": 6, "scanner": 7, "app_search": 8, "app_checkout": 6, "delivery": 16,
        "product": 10, "value": 12, "app_card": 4, "notifications": 3, "collect": 6, "returns": 5, "support": 4,
        "survey": 2, "awareness": 2, "brand": 6, "overall": 6,
    },
    "review": {
        "app": 24, "app_crash": 26, "app_new": 16, "scanner": 12, "app_search": 12, "app_checkout": 10, "app_card": 7,
        "notifications": 5, "delivery": 5, "collect": 4, "value": 4, "range": 3, "brand": 6, "overall": 7,
    },
}  # fmt: skip
"""Channel → subject → how often it comes up."""

LENIENCY = {
    "staff": 0.6, "product": 0.5, "premises": 0.3, "value": 0.75, "returns": -0.6, "support": -0.5, "survey": -1.0,
    "awareness": 0.6, "consider": 0.3, "scanner": 1.2, "app_new": 0.8,
}  # fmt: skip
"""How much easier (or harder) a subject is praised than the rest, in logits."""

STEEPNESS = {"brand": (7.0, -0.7), "overall": (4.5, -0.5)}
"""Whoever scores 8 or more does not say "never again": subject → steepness, satisfaction where it turns."""

ONLY_AFTER_RELEASE = frozenset({"app_new", "scanner"})
ONLY_BEFORE_RELEASE = frozenset({"app_crash"})


def failed_delivery(rng: Random, region: str, channel: str, day: date) -> bool:
    """Story (a): whether this customer's parcel was late or lost in the failure of North, spring 2026."""
    hit = rng.random() < FAILURE_SHARE[channel]
    return hit and region == FAILURE_REGION and FAILURE_BEGIN <= day <= FAILURE_END


def ease_shift(channel: str, day: date) -> float:
    """Story (b): the old app was harder to use than shop and web; release 5.0 ended that."""
    return -0.72 if channel == "app" and day < APP_RELEASE else 0.06 if channel == "app" else 0.0


def enjoyment_shift(channel: str, day: date) -> float:
    """Story (c): training in the shops."""
    return 0.5 if channel == "shop" and day >= STAFF_TRAINING else 0.0


def subject_shift(subject: str, day: date) -> float:
    """How the judgement of a subject changed, in logits: stories (b), (c) and (d)."""
    if subject == "value" and day >= PRICE_RISE:
        return -1.15
    if subject == "staff" and day >= STAFF_TRAINING:
        return 1.5
    if subject.startswith("app") and day < APP_RELEASE:
        return -0.8
    return 0.0


def subject_weights(channel: str, day: date) -> dict[str, float]:
    """What may come up in a comment on `day`, with its weight: crashes and the scanner never on the wrong side."""
    gone = ONLY_BEFORE_RELEASE if day >= APP_RELEASE else ONLY_AFTER_RELEASE
    weights = {subject: float(weight) for subject, weight in WEIGHTS[channel].items() if subject not in gone}
    if "app_new" in weights and day > NO_LONGER_NEW:
        weights["app_new"] *= 0.2
    if channel == "shop" and day >= STAFF_TRAINING:
        weights["staff"] *= 1.7
    return weights


def praise(satisfaction: float, subject: str, day: date) -> float:
    """Probability that a mention of `subject` is praise, from the latent satisfaction (about −3 … 2, 0 is average)."""
    steep, middle = STEEPNESS.get(subject, (2.3, -0.3))
    logit = steep * (satisfaction - middle) + LENIENCY.get(subject, 0.0) + subject_shift(subject, day)
    return 1 / (1 + math.exp(-logit))
