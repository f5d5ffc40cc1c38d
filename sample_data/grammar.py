"""Templates into sentences: `[a|b]` chooses, `{slot}` is filled; the phrases stand in phrases/*.toml."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

PHRASES = Path(__file__).parent / "phrases"
PRODUCT_KINDS = {
    "indoors": {"furniture": 28, "textile": 18, "home": 14},
    "outdoors": {"furniture": 12, "garden_item": 20, "plant": 8},
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_SPACES = re.compile(r" {2,}")
_SPACE_BEFORE = re.compile(r" +([,.?!])")


@cache
def table(name: str) -> dict:
    """The phrases of `phrases/<name>.toml`: every block of text becomes the list of its lines."""
    return _lines(tomllib.loads((PHRASES / f"{name}.toml").read_text(encoding="utf-8")))


def _lines(node: dict) -> dict:
    out = {}
    for key, value in node.items():
        if isinstance(value, dict):
            out[key] = _lines(value)
        else:
            out[key] = value.strip("\n").split("\n") if isinstance(value, str) and "\n" in value else value
    return out


@cache
def subjects() -> dict[str, dict[str, list[str]]]:
    """Subject → judgement (`pos`, `neg`, `neutral`, `lost`) → templates of one clause each."""
    return table("shop") | table("orders") | table("digital") | table("brand")


def shops(region: str) -> list[str]:
    """The invented towns and streets with a shop in `region`."""
    return table("words")["shops"][region]


def scene(rng: Random, region: str) -> dict[str, str]:
    """What stays the same within one comment: the product, where it belongs, the shop, the weekday."""
    place = rng.choices(list(PRODUCT_KINDS), (6, 4))[0]
    kinds, words = PRODUCT_KINDS[place], table("words")[place]
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    product, where = rng.choice(words[kind]), rng.choice(words["where"])
    return {
        kind: product,
        "product": product,
        "where": where,
        "in_where": f"{'on' if where.endswith(('patio', 'balcony')) else 'in'} {where}",
        "a_product": f"{'an' if product[0] in 'aeiou' else 'a'} {product}",
        "plural": rng.choice(words["plural"]),
        "weekday": rng.choice(WEEKDAYS),
        "shop": rng.choice(shops(region)),
        "order": str(rng.randrange(210_000, 989_999)),
        "two": f"{rng.randrange(100):02d}",
    }


def fits(template: str, slots: Mapping[str, str]) -> bool:
    """Whether every slot of `template` can be filled in this scene (a sofa is not planted)."""
    words = table("words")
    return all(slot in slots or slot in words or slot == "first" for slot in _SLOT.findall(template))


def expand(template: str, slots: Mapping[str, str], rng: Random) -> str:
    """One reading of `template`: choices made from the inside out, slots filled from the scene, else at random."""
    words = table("words")
    text = template
    while True:
        if choice := _CHOICE.search(text):
            picked = rng.choice(choice[1].split("|"))
        elif choice := _SLOT.search(text):
            slot = choice[1]
            picked = slots[slot] if slot in slots else rng.choice(words[slot])
        else:
            break
        text = text[: choice.start()] + picked + text[choice.end() :]
    return _SPACE_BEFORE.sub(r"\1", _SPACES.sub(" ", text)).strip(" ,-")


def clause(templates: Sequence[str], slots: Mapping[str, str], rng: Random) -> str:
    """One clause out of `templates`, in lower case and without a full stop."""
    return expand(rng.choice([template for template in templates if fits(template, slots)]), slots, rng)
