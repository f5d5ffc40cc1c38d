"""Personal data in comments, masked before anything else sees the text: what is left reads on as a sentence.

Precise rather than greedy: order numbers, prices, dates and "9 to 5" stay. Cards must pass Luhn's check and begin like a
card, IBANs the check of ISO 7064 (mod 97-10), addresses of computers be addresses, telephone numbers be possible numbers
(Google's libphonenumber) and either international or announced by a word such as "call".
"""

import re
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address

Holds = Callable[[re.Match[str]], int]
"""Whether a match is what it looks like (0: it is not)."""

_HINT = re.compile(r"@|://|\d[\d ().\-/\xa0]{5,}\d|[A-Z]{2}\d\d|\(at\)|\[at\]|[0-9a-fA-F]:[0-9a-fA-F:]*:", re.I)
"""What every kind below needs; most comments have none of it and are left after one search."""

_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)")
_SECRET = re.compile(
    r"(?<=[?&#;])((?:access_?|auth_?|api_?|refresh_?|id_?|session_?|csrf_?)?(?:token|key|secret|password|passwd|pwd|sessionid|sid|"
    r"signature|sig|jwt|code|auth))=([^\s&#;]+)",
    re.I,
)
_EMAIL = re.compile(
    r"(?:mailto:)?(?<![\w.+\-])[\w.+\-']{1,64}\s?(?:@|\(at\)|\[at\])\s?"
    r"(?:[^\W_](?:[\w\-]{0,61}[^\W_])?(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)){1,8}[^\W\d_]{2,24}(?![\w@])",
    re.I,
)
_CARD = re.compile(r"(?<![\d.,\-/+])(?:\d[ \-\xa0]?){12,18}\d(?![\d]|[.,\-/]\d)")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{2,4}){3,8}(?:[ \-]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])", re.I
)
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_VERSION = re.compile(r"\b(v|version|release|firmware|build|ios|android|update|chapter|section|ver)\.?\s*$", re.I)
_INTERNATIONAL = re.compile(r"(?<![\w+])(?:\+|(?<!\d[ .\-/])00(?=[1-9]))[ ]?\d(?:[ ().\-/\xa0]{0,3}\d){6,14}(?!\d)")
_AREA_CODE = re.compile(r"(?<![\w(])(?:1[ .\-]?)?\(\d{3}\) ?\d{3}[ .\-]\d{4}(?!\d)")
_ANNOUNCED = re.compile(
    r"(?P<cue>\b(?:call|called|calling|tel|telephone|phone|ph|mobile|mob|cell|fax|whatsapp|text|ring|dial|reach|contact|"
    r"telefon|tel\.|handy|mobil|anruf|rückruf|rufen|nummer|téléphone|tél|appeler|appelez|portable|teléfono|móvil|llamar|"
    r"llámame|llame|telefono|cellulare|chiamare|chiamatemi|telefone|celular|telemóvel|ligar|ligue)\b"
    r"(?P<gap>[^\d\n+]{0,28}?))(?P<number>\(?\d(?:[ ().\-/\xa0]{0,2}\d){6,13})(?:\s?(?:x|ext\.?|extension)\s?\d{1,5})?(?![\d]|[.,/\-]\d)",
    re.I,
)
_OTHER_NUMBER = re.compile(
    r"\b(order|case|ref|reference|ticket|invoice|account|booking|claim|tracking|policy|customer|member|bestell\w*|auftrag\w*|"
    r"rechnung\w*|commande|pedido|factura|ordine|fattura|id|code|flight|zip|serial|model|item|sku)\b|[#$€£¥]\s*$",
    re.I,
)
_DATE = re.compile(r"^\(?(\d{4}[./\- ]\d{1,2}[./\- ]\d{1,2}|\d{1,2}[./\- ]\d{1,2}[./\- ]\d{2,4})\b")


def mask(text: str) -> tuple[str, Counter]:
    """A comment with personal data replaced by `[email]`, `[card]`, `[iban]`, `[ip]`, `[phone]`, `[secret]`.

    Returns the text and how often each kind was found. Masking a masked text changes nothing. What is kept: anything
    that only might be personal (names, order numbers, prices, dates, opening hours).
    """
    found: Counter = Counter()
    if not _HINT.search(text):
        return text, found
    for kind, pattern, holds in _KINDS:
        if pattern.search(text):
            text = pattern.sub(_replacing(kind, holds, found), text)
    return text, found


def _replacing(kind: str, holds: Holds | None, found: Counter) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        length = len(match[0]) if holds is None else holds(match)
        if not length:
            return match[0]
        found[kind] += 1
        if kind == "iban":
            return "[iban]" + match[0][length:]
        if kind == "secret" and match.re is _SECRET:
            return f"{match[1]}=[secret]"
        return match["cue"] + "[phone]" if match.re is _ANNOUNCED else f"[{kind}]"

    return replace


def _is_card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    length, begin = len(digits), int(digits[:4])
    issued = (
        (digits[0] == "4" and length in (13, 16, 19))
        or (length == 16 and (51 <= begin // 100 <= 55 or 2221 <= begin <= 2720))
        or (length == 15 and begin // 100 in (34, 37))
        or (length == 14 and (300 <= begin // 10 <= 305 or begin // 100 in (36, 38, 39)))
        or (16 <= length <= 19 and (begin // 100 in (62, 65) or begin == 6011 or 644 <= begin // 10 <= 649))
        or (length == 16 and begin // 100 in (50, 56, 57, 58, 63, 67) and len(match[0]) > 16)
        or (length == 16 and 3528 <= begin <= 3589)
    )
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return issued and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def _is_iban(match: re.Match[str]) -> int:
    """The length of the IBAN that the match begins with: words after it look like more of it."""
    from stdnum import iban

    ends = [len(match[0])] + [at for at in range(len(match[0]) - 1, 14, -1) if match[0][at] in " -"]
    return next((end for end in ends if iban.is_valid(match[0][:end])), 0)


def _is_ip(match: re.Match[str]) -> bool:
    if _VERSION.search(match.string[max(0, match.start() - 12) : match.start()]):
        return False
    try:
        address = ip_address(match[0])
    except ValueError:
        return False
    return address.version == 4 or len(match[0].replace(":", "")) >= 4


def _is_international(match: re.Match[str]) -> bool:
    import phonenumbers

    plain = re.sub(r"\D", "", match[0].replace("(0)", ""))
    number = "+" + plain[2:] if match[0].startswith("00") else "+" + plain
    if _OTHER_NUMBER.search(match.string[max(0, match.start() - 16) : match.start()]):
        return False
    try:
        parsed = phonenumbers.parse(number)
        plus = match[0].startswith("+")  # 00 may also begin some other number
        return phonenumbers.is_possible_number(parsed) if plus else phonenumbers.is_valid_number(parsed)
    except phonenumbers.NumberParseException:
        return False


def _is_announced(match: re.Match[str]) -> bool:
    number = match["number"]
    if _OTHER_NUMBER.search(match["gap"]) or _DATE.match(number):
        return False
    return len(re.sub(r"\D", "", number)) >= (7 if re.search(r"\D", number) or number.startswith("0") else 9)


_KINDS: tuple[tuple[str, re.Pattern[str], Holds | None], ...] = (
    ("secret", _CREDENTIALS, None),
    ("secret", _SECRET, lambda match: match[2] != "[secret]"),
    ("email", _EMAIL, None),
    ("iban", _IBAN, _is_iban),
    ("card", _CARD, _is_card),
    ("ip", _IP6, _is_ip),
    ("ip", _IP4, _is_ip),
    ("phone", _INTERNATIONAL, _is_international),
    ("phone", _ANNOUNCED, _is_announced),
    ("phone", _AREA_CODE, None),
)
"""In this order, because an earlier kind's digits would pass for a later one's."""
