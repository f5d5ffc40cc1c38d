"""Text in pictures: broken into lines that fit, never beyond a number of lines; the end of what is cut is an ellipsis."""

import textwrap

LETTER = 0.56
"""Width of a letter as a share of its font's size, on average."""


def lines(text: str, width: int, most: int) -> list[str]:
    """A text in at most `most` lines of at most `width` letters; long words are broken."""
    width = max(width, 4)
    words = [part for word in text.split() for part in _parts(word, width)]
    broken = textwrap.wrap(" ".join(words), width, break_on_hyphens=True) or [""]
    if len(broken) <= most:
        return broken
    last = broken[most - 1]
    return [*broken[: most - 1], (last if len(last) < width else last[: width - 1]).rstrip() + "…"]


def name(text: str, width: int, most: int) -> list[str]:
    """As `lines`, but what is cut is the middle: names that begin alike often differ at their end."""
    text = " ".join(text.split())
    found, kept = lines(text, width, most), len(text) - 1
    while found[-1].endswith("…") and not text.endswith("…") and kept > 8:
        kept -= 1
        found = lines(f"{text[: kept - kept // 3].rstrip()}… {text[-(kept // 3) :].lstrip()}", width, most)
    return found


def _parts(word: str, width: int) -> list[str]:
    """A word too long for a line in parts of about the same length, with hyphens where it has none."""
    if len(word) <= width or ("-" in word[1:-1] and max(map(len, word.split("-"))) < width):
        return [word]
    many = -(-len(word) // (width - 1))
    step = -(-len(word) // many)
    parts = [word[at : at + step] for at in range(0, len(word), step)]
    return [*(f"{part}-" for part in parts[:-1]), parts[-1]]


def fitting(pixels: float, size: float) -> int:
    """How many letters of a font size fit into a width."""
    return max(4, int(pixels / (size * LETTER)))
