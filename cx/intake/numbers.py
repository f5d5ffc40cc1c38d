"""Numbers that prove themselves: payment cards (Luhn's check), accounts (ISO 7064, mod 97-10), addresses of computers."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from cx.intake.personal import GAP, Finder, any_of, before

_CARD = re.compile(
    rf"""(?<!\d)(?<!\d[.,\-/+])(?:
      \d{{4}}{GAP}{{1,2}}\d{{4}}{GAP}{{1,2}}\d{{4}}{GAP}{{1,2}}\d{{1,4}}(?P<more>{GAP}{{1,2}}\d{{1,3}})?
    | \d{{4}}{GAP}{{1,2}}\d{{6}}{GAP}{{1,2}}\d{{4,5}}
    | \d{{13,19}})(?!\d|[.,]\d)""",
    re.X,
)
_IBAN = re.compile(rf"(?<![^\W_])[A-Z]{{2}}\d{{2}}(?:{GAP}?[A-Z0-9]){{11,30}}", re.I)
_IP4 = re.compile(r"(?<![\w.])(?P<address>(?:\d{1,3}\.){3}\d{1,3})(?::\d{2,5}\b|/\d\d?\b)?(?!\w|\.\d)")
_IP6 = re.compile(
    r"""(?<![\w:.])(?P<address>(?:[0-9a-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}))
    (?:%\w+|/\d{1,3}\b)?(?![\w:])""",
    re.I | re.X,
)
_VERSION = re.compile(rf"\b(?:{any_of('version', 'words')})\b[^!?\n]{{0,24}}$", re.I)
_ADDRESS = re.compile(rf"\b(?:{any_of('version', 'addresses')})\b[^.!?\n]{{0,24}}$", re.I)
_ORDER = re.compile(rf"(?<!\w)(?:{any_of('other')})(?!\w)\W{{0,3}}(?:\w{{1,7}}\W{{0,3}})?$", re.I)

ISSUED = (
    ("4", (13, 16, 19)), ("51-55", (16,)), ("2221-2720", (16,)), ("34", (15,)), ("37", (15,)), ("300-305", (14,)), ("36", (14,)),
    ("38-39", (14,)), ("6011", (16, 17, 18, 19)), ("644-649", (16, 17, 18, 19)), ("65", (16, 17, 18, 19)), ("62", (16, 17, 18, 19)),
    ("3528-3589", (16, 17, 18, 19)), ("2200-2204", (16, 17, 18, 19)), ("50", (16,)), ("56-58", (16,)), ("63", (16,)), ("67", (16, 18, 19)),
)  # fmt: skip
"""First digits (or a range of them) and lengths: Visa, Mastercard, American Express, Diners, Discover, UnionPay, JCB, Mir, Maestro."""


_LIKELY = re.compile(rf"\d(?:(?:{GAP}{{0,2}}\d){{7}}|\.\d{{1,3}}\.\d|[\da-f]{{0,3}}:[\da-f]{{0,4}}:)", re.I)


def may_hold(text: str) -> bool:
    """Whether there are eight digits together, or dots or colons between digits as in addresses."""
    return _LIKELY.search(text) is not None or "::" in text


def _card(match: re.Match[str]) -> str | None:
    ends = [len(match[0])] + ([match.start("more") - match.start()] if match["more"] else [])
    for end in ends:
        number = match[0][:end]
        if is_card(re.sub(r"\D", "", number)) and not _some_order(match, number):
            return "[card]" + match[0][end:]
    return None


def is_card(digits: str) -> bool:
    """Whether digits begin like a card of an issuer, have its length and pass Luhn's check (ISO/IEC 7812-1)."""
    from stdnum import luhn

    return any(_begins(digits, first) and len(digits) in lengths for first, lengths in ISSUED) and luhn.is_valid(
        "".join(str(int(digit)) for digit in digits)
    )


def _begins(digits: str, first: str) -> bool:
    low, _, high = first.partition("-")
    return int(low) <= int(digits[: len(low)]) <= int(high or low)


def _some_order(match: re.Match[str], number: str) -> bool:
    """An unbroken number after "order", or one of 13 digits that is also an article's (EAN-13 begins with 4 in Germany)."""
    from stdnum import ean

    if not number.isdigit():
        return False
    return bool(_ORDER.search(before(match, 24))) or (len(number) == 13 and ean.is_valid(number))


def _iban(match: re.Match[str]) -> str | None:
    """The IBAN that the match begins with: words after it look like more of it."""
    from stdnum import iban

    text = match[0]
    ends = [at for at in range(len(text), 14, -1) if at == len(text) or not text[at].isalnum()]
    for end in ends:
        if text[end - 1].isalnum() and iban.is_valid(re.sub(GAP, "", text[:end]), check_country=False):
            return "[iban]" + text[end:]
    return None


def _ip(match: re.Match[str]) -> str | None:
    address = _address(match["address"])
    if address is None:
        return None
    if address.version == 6:
        sure = len(match["address"].replace(":", "")) >= 4 and (
            any(map(str.isdigit, match["address"])) or match["address"].count(":") > 3
        )
        return "[ip]" if sure else None
    version = _VERSION.search(before(match, 40)) and not _ADDRESS.search(before(match, 40))
    return None if version else "[ip]"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


FINDERS = (
    Finder("iban", _IBAN, _iban),
    Finder("card", _CARD, _card),
    Finder("ip", _IP6, _ip),
    Finder("ip", _IP4, _ip),
)
