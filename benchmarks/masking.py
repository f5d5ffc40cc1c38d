"""How much personal data is found, what is wrongly taken for it, and how fast: `python -m benchmarks.masking` (ten seconds).

The formats are those of `tests/test_masking_formats.py`: how people of many countries write numbers and addresses, and what only
looks like them.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from cx.intake import privacy
from sample_data import comments, story
from tests import test_masking_formats as formats

TIMES = 5
"""Runs whose best time counts."""

AMOUNT = 20_000
"""Invented comments that are read for the speed."""

READING = """
How to read it: "masked" are formats of which nothing but the mask is left, "kept" the look-alikes that are untouched (order numbers,
prices, dates, opening hours …); a national number counts with the region of its country. Comments a second are on one core, the
best of five runs: "nothing to mask" are invented comments as in the sample data, one in ten with a digit; "numbers that stay" the
same, each with a date, a price, a time or an order number; "one each" has something to mask in every comment."""


def main() -> None:
    """Prints what is found by kind, what stays, and the speeds."""
    found, tried = Counter[str](), Counter[str]()
    for kind, texts in by_kind().items():
        for text, region in texts:
            tried[kind] += 1
            found[kind] += privacy.Masker(region).mask(f"Mine: {text}, thanks")[0] == f"Mine: [{kind}], thanks"
    for kind in tried:
        print(f"{kind:10} {found[kind]:>4} of {tried[kind]:>4} formats masked")
    kept = sum(privacy.mask(text)[0] == text for text in formats.LOOK_ALIKES)
    print(
        f"{'in all':10} {found.total():>4} of {tried.total():>4};  {kept} of {len(formats.LOOK_ALIKES)} look-alikes kept\n"
    )
    plain, numbered = invented(AMOUNT), invented(AMOUNT, with_numbers=True)
    personal = [f"{said} {written}" for said, (written, _) in zip(plain, formats.FORMATS, strict=False)]
    for name, masker in (("no region", privacy.Masker()), ("region GB", privacy.Masker("GB"))):
        speeds = (round(speed(masker.mask, texts), -3) for texts in (plain, numbered, personal))
        print(
            "comments a second, {}: {:,.0f} nothing to mask, {:,.0f} numbers that stay, {:,.0f} one each".format(
                name, *speeds
            )
        )
    print(READING)


def by_kind() -> dict[str, list[tuple[str, str | None]]]:
    """The formats that are one mask each, with the region they need."""
    phones = [(number, None) for number in formats.INTERNATIONAL] + [
        (number, region) for region, number in formats.NATIONAL
    ]
    alone = {
        "card": formats.CARDS, "iban": formats.IBANS, "email": formats.PLAIN_EMAILS, "ip": formats.ADDRESSES, "location": formats.PLACES,
    }  # fmt: skip
    return {"phone": phones} | {kind: [(text, None) for text in texts] for kind, texts in alone.items()}


def invented(amount: int, with_numbers: bool = False) -> list[str]:
    """Comments without personal data, the same at every call."""
    rng = Random("masking")
    extras = ("order 48151623", "paid 45.50 on 12 May 2023", "open 9 to 5", "10/10", "waited 30 minutes at 18:45")
    out = []
    for number in range(amount):
        channel, region = rng.choice(list(story.CHANNELS)), rng.choice(list(story.REGIONS))
        said = comments.comment(rng, channel, region, story.FIRST_DAY, rng.gauss(0, 1), None)
        out.append(f"{said} {extras[number % len(extras)]}" if with_numbers else said)
    return out


def speed(mask: Callable[[str], object], texts: Sequence[str]) -> float:
    """Comments a second."""
    best = float("inf")
    for _ in range(TIMES):
        begun = time.process_time()
        for text in texts:
            mask(text)
        best = min(best, time.process_time() - begun)
    return len(texts) / best


if __name__ == "__main__":
    main()
