"""Places a text gives away: pairs of coordinates, and streets with house number and postcode. A postcode alone is none."""

import re

from cx.intake.personal import Finder, any_of

_LAT, _LON = r"[+\-−]?\d{1,2}", r"[+\-−]?\d{1,3}"
_MINUTES = r"""(?:\s?\d{1,2}(?:[.,]\d+)?\s?['′’](?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:["″”]|''))?)?"""
_NORTH, _EAST = rf"{_LAT}(?:[.,]\d+)?\s?°{_MINUTES}", rf"{_LON}(?:[.,]\d+)?\s?°{_MINUTES}"
_THEN = r"[,;/]?\s{0,2}"

_PAIR = re.compile(
    rf"""(?<=[@=:])(?P<lat3>{_LAT}\.\d{{2,}}),(?P<lon3>{_LON}\.\d{{2,}})(?:,\d+(?:\.\d+)?[zm])?
    | (?<![\w.,])(?P<lat>{_LAT}\.\d{{4,}})(?:[,;/]\s{{0,2}}|\s{{1,2}})(?P<lon>{_LON}\.\d{{4,}})(?!\d|\.\d)
    | (?<![\w.,])(?P<lat2>{_LAT},\d{{4,}})(?:;\s{{0,2}}|\s{{1,2}})(?P<lon2>{_LON},\d{{4,}})(?!\d|[.,]\d)""",
    re.X,
)
_COMPASS = re.compile(
    rf"""(?<![\w.,])(?:
      {_NORTH}\s?[NS]{_THEN}{_EAST}\s?[EWO]\b
    | [NS]\s?{_NORTH}{_THEN}[EWO]\s?{_EAST}(?!\w)
    | {_LAT}\.\d{{2,}}\s?[NS]{_THEN}{_LON}\.\d{{2,}}\s?[EWO]\b
    | [NS]\s?{_LAT}\.\d{{2,}}{_THEN}[EWO]\s?{_LON}\.\d{{2,}}\b
    | {_LAT}\.\d{{2,}}\s?°{_THEN}{_LON}\.\d{{2,}}\s?°)""",
    re.X,
)
_NAMED = re.compile(
    rf"""(?P<cue>\b(?:coordinates?|coords?|gps|geo|koordinaten|coordonnées|coordenadas|coordinate|coördinaten|location)\b
      \W{{0,3}}(?:(?:is|are|at|sind|ist)\s)?){_LAT}\.\d+[,;\s]\s?{_LON}\.\d+(?!\d)
    | \b(?:lat|latitude|breite|latitud)\b\W{{0,3}}{_LAT}[.,]\d+\W{{1,3}}
      \b(?:lon|long|lng|longitude|länge|longitud)\b\W{{0,3}}{_LON}[.,]\d+""",
    re.I | re.X,
)
_CODE = re.compile(
    r"(?<![\w+])[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}\b|(?<![\w/:])///[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}\b"
)
"""Open Location Code ("plus code") and three words."""

_NAME = r"[\w'’.\-]{1,24}"
_CITY = r"""(?:(?:Le|La|Les|Los|Las|El|San|Santa|São|Saint|St\.?|Bad|Den|Sankt|New|Porto|Rio)\ )?[A-ZÀ-ÞŁŚŻŹĆŠČŽ][\w'’\-]+
    (?:\ (?:am|an\ der|im|de|do|sur)\ [A-ZÀ-Þ][\w\-]+)?"""
_POSTCODE = rf"""(?:[A-Z]{{1,2}}[\- ])?(?:\d{{4}}\ ?[A-Z]{{2}}\b|\d{{2}}-\d{{3}}\b|\d{{4}}-\d{{3}}\b|\d{{5}}-\d{{3}}\b
    |(?:\d{{5}}|\d{{4}}|\d{{3}}\ \d\d)\b(?=\ {_CITY}))(?:\ {_CITY})?"""
_ENGLISH_POSTCODE = r"""(?:[A-Z]{1,2}\d[A-Z\d]?\ ?\d[A-Z]{2}|(?-i:[A-Z]{2}|[A-Z][a-z]{3,12}),?\ \d{5}(?:-\d{4})?
    |[A-Z]\d[A-Z]\ ?\d[A-Z]\d|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),?\ \d{4})\b"""
_HOUSE = r"(?:n[º°.]?\s?)?\d{1,4}\s?[a-zA-Z]?\b(?:\s?[/\-]\s?\d{1,4}[a-z]?)?"
_BREAK = r"(?:[,;\n]|\ in|\ -)?\s{0,2}"

_STREETS = (
    rf"""(?<!\w)(?:[A-ZÀ-Þ]{_NAME}\ ){{0,2}}[\w\-]{{0,30}}(?i:{any_of("street", "endings")})\b\.?[ ,]{{1,2}}{_HOUSE}
    {_BREAK}{_POSTCODE}""",
    rf"""(?<!\w)\d{{1,4}}(?:\s?(?:bis|ter|quater|[A-D])\b)?,?\ (?i:{any_of("street", "number_first")})\b\.?
    \ [\w'’.\- ]{{2,50}}?[,\n\-]?\s{{1,2}}{_POSTCODE}""",
    rf"""(?<!\w)(?i:{any_of("street", "name_first")})(?<![a-z](?=\w))\ ?(?:{_NAME}\ ?){{1,5}}?,?\ ?{_HOUSE}
    (?:[,;\n\-]\s?[\w'’.º°\ \-]{{1,24}}){{0,3}}?{_BREAK}{_POSTCODE}""",
    rf"""(?i:(?<![\w.])\d{{1,5}}[A-Z]?(?:[/\-]\d{{1,4}})?\ (?:{_NAME}\ ){{1,4}}?(?:{any_of("street", "english")})\b\.?
    (?:[ ,\n]{{1,2}}[\w'’.\#\-]{{1,24}}){{0,6}}?[ ,\n]{{1,2}}{_ENGLISH_POSTCODE})""",
)


_LIKELY = re.compile(
    r"""\d(?:[.,]\d{4} | \.\d\d+\s?°?\s?[NS]?[,;/\s]{1,2}[EWO]?\s?[+\-−]?\d{1,3}\.\d\d | \.\d+\W{1,3}(?:lon|lng|l[äa]n) | \s?°
    | (?<!\d\d)\d{4}(?!\d) | (?<!\d\d)\d{3}\ [A-ZÀ-ÞŁŚŻŹĆŠČŽ] | \d{3}[A-Z]{2} | \d{1,3}-\d{3} | \d\d\ \d\d
    | [A-Za-z]?\ ?\d[A-Za-z]{2}\b | [A-Z]\ ?\d[A-Z]\d)""",
    re.X,
)  # the first digit outside of the alternatives: so the search leaps from digit to digit
_LIKELY_TOO = re.compile(r"\+[\dA-Z]{2}|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d|///[a-z]")


def may_hold(text: str) -> bool:
    """Whether there is what coordinates and postcodes are made of."""
    return _LIKELY.search(text) is not None or _LIKELY_TOO.search(text) is not None


def _place(match: re.Match[str]) -> str:
    return (match.groupdict().get("cue") or "") + "[location]"


def _pair(match: re.Match[str]) -> str | None:
    """Two numbers with four decimals or more, the first within ±90, the second within ±180."""
    lat, lon = (
        next(found for name in names if (found := match[name]))
        for names in (("lat", "lat2", "lat3"), ("lon", "lon2", "lon3"))
    )
    north, east = (float(number.replace("−", "-").replace(",", ".")) for number in (lat, lon))
    return "[location]" if abs(north) <= 90 and abs(east) <= 180 else None


FINDERS = (
    Finder("location", _NAMED, _place),
    Finder("location", _COMPASS, _place),
    Finder("location", _PAIR, _pair),
    Finder("location", _CODE, _place),
    *(Finder("location", re.compile(street, re.X), _place) for street in _STREETS),
)
