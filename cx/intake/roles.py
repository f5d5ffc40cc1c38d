"""What a column is for, guessed from its heading, the question above it and all of its values."""

import re
from collections.abc import Callable
from typing import NamedTuple

from cx.intake import dates, scales
from cx.intake.profile import Profile
from cx.schema import Scale

MANY_ROWS = 20
"""From here on the variety of a column's values means something."""


class Heading(NamedTuple):
    """A column's name and question, and both as plain words."""

    name: str
    label: str
    words: str


class Guess(NamedTuple):
    """A role with its confidence in 0…1, and how the cells are read. `rank` orders columns that compete for a role."""

    role: str
    confidence: float
    reading: scales.Reading | None = None
    form: dates.DateForm | None = None
    rank: float = 0.0
    changed: tuple[Scale, ...] = ()
    """The scales of both forms, when the file changes form on its way."""


def heading(name: str, label: str) -> Heading:
    """A column's heading, with words in camelCase told apart."""
    spoken = [re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", part) for part in dict.fromkeys((name, label))]
    return Heading(name, label, scales.said(" ".join(spoken)) or name.strip())


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


EMAIL = _pattern(r"\be ?mails?\b", r"\bcorreo\b", r"\bcourriel\b")
PERSON = _pattern(
    r"^((first|last|full|given|family|middle|sur|nick|user|customer|client|contact|reviewer|author|respondent|guest|recipient|"
    r"consumer|display|patient|person|employee|agent|profile) ?)?names?$",
    r"^(author|reviewer|username|nickname|surname|vorname|nachname|familienname|kundenname|prenom|nom|nom de famille|"
    r"nombre|apellidos?|nombre completo|nome|cognome|sobrenome|requester|submitter|assignee|screen name|twitter handle)$",
)
ANY_NAME = frozenset(("name", "names", "nom", "nombre", "nome"))
"""May be the name of anything; of a person when it differs from row to row."""

PHONE = _pattern(r"\b(phone|telephone|mobile|telefon|handy|cell|telefono|telefone|telemovel|whatsapp|fax|tel)\b")
IP = _pattern(r"\bip\b( ?(address|adresse))?$", r"^ip ?(address|addr)?$", r"\bipaddr")
PLACE = _pattern(
    r"\b(latitude|longitude|breitengrad|langengrad|latitud|longitud)\b", r"^(lat|lng|lon)$", r"\bgeo ?location\b"
)
ADDRESS = _pattern(
    r"^((street|postal|home|mailing|billing|shipping|delivery) )?address( line)? ?\d?$", r"^(strasse|anschrift)$"
)
BIRTH = _pattern(r"\b(birth ?date|date of birth|dob|geburtsdatum|birthday|date de naissance|fecha de nacimiento)\b")
_AT = re.compile(r"[^\s@]+@[^\s@]+\.\w{2,}")
_IP_CELL = re.compile(r"^\s*(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,7})\s*$", re.I)
_PHONE_CELL = re.compile(r"^\W*(\d\W*){7,15}$")

NUMBERED = r" ?(ids?|uuid|guid|key|number|no|nr|nummer|num|token|identifier|ref|reference|code)"
RESPONSE = _pattern(
    r"^(#|id|uuid|guid|identifier|token)$",
    r"^(survey )?(response|respondent|review|ticket|complaint|case|submission|feedback|comment|record|entry|answer|interaction|"
    r"conversation|request|message|rating|antwort|bewertungs?|reponse|respuesta|resposta|risposta|avis|row)s?"
    + NUMBERED
    + "$",
    r"^id (response|respuesta|reponse|antwort|risposta|resposta|avis|review)$",
)
CUSTOMER = _pattern(
    r"^(the )?(customer|client|user|account|contact|member|person|consumer|requester|guest|patient|subscriber|buyer|kunden?|"
    r"cliente?|utilisateur|usuario|utente|reviewer|author|passenger|profile|household|employee|membership|loyalty)s?"
    + NUMBERED + "$",
    r"^(customer|client|kunde|cliente)$", r"^id (client|cliente|kunde|customer|usuario|utente)$",
)  # fmt: skip
ANY_ID = _pattern(r"\b(id|uuid|guid|identifier)$")

DATE = _pattern(
    r"\b(date|datum|time|timestamp|created|submitted|received|recorded|completed|responded|updated|posted|published|"
    r"fecha|data|zeitstempel|zeitpunkt|horodateur|giorno|dia|datetime)\b",
    r"\bat$",
)
DATE_RANKS = (
    (_pattern(r"^(date|timestamp|datum|fecha|data|time|datetime|zeitstempel|horodateur|marca temporal)$"), 5.0),
    (
        _pattern(
            r"\b(reply|replied|sent|due|clos|expir|renew|birth|updated?|modified|assigned|solved|first|last|next)\b"
        ),
        1.0,
    ),
    (_pattern(r"\b(visit|flown|stay|travel|trip|order|purchase|bought|experience|delivery|start|started|begin)"), 2.0),
    (
        _pattern(
            r"\b(submi|complet|respon|review|receiv|record|feedback|answer|survey|end|erfass|abgeschickt|complaint)"
        ),
        5.0,
    ),
    (_pattern(r"\b(creat|post|publish|add)"), 4.0),
)
"""Which date of several tells when the customer answered; the first pattern that finds something counts."""

RECOMMEND = _pattern(r"\bnps\b", r"net promoter", r"recommend", r"weiterempf", r"empfehl", r"recommand", r"recomend",
                     r"consigli", r"raccomand", r"aanbevel")  # fmt: skip
NPS_NAME = _pattern(r"\be?nps\b", r"net promoter")
SCORES = (
    ("ces", _pattern(
        r"\bces\b", r"\beffort\b", r"easy.{0,25}\b(handle|resolve|solve|issue|problem|request|support|help)",
        r"\b(handle|resolve|solve)\b.{0,30}\beasy", r"\baufwand\b", r"einfach.{0,40}(losen|klaren|anliegen|problem)",
        r"\besfuerzo\b", r"\bsforzo\b", r"\besforco\b", r"\beffort du client\b")),
    ("csat", _pattern(r"\bc ?sat\b", r"satisf", r"zufrieden", r"soddisf", r"satisfei", r"tevreden")),
    ("effectiveness", _pattern(
        r"effective", r"\bme(e)?t (my|your|our|the|all)?.{0,12}needs", r"accomplish", r"effektiv", r"efficac", r"eficac")),
    ("ease", _pattern(r"\bease\b", r"\beas(y|ily|ier)\b", r"\beinfach", r"\bfacil", r"\bsemplic", r"\bfacile")),
    ("enjoyment", _pattern(r"\benjoy", r"\bpleasant", r"\bangenehm", r"\bagreable", r"\bagradabl", r"\bpiacevol", r"\bagradav")),
    ("rating", _pattern(
        r"\brat(e|ed|ing|ings)\b", r"rating$", r"\bstars?\b", r"\bscore\b", r"\bgrade\b", r"\boverall\b", r"\bsterne?\b",
        r"bewert", r"\bnote\b", r"etoile", r"califica", r"puntua", r"estrella", r"valora", r"valutazion", r"\bstelle\b",
        r"\bvoto\b", r"avaliac", r"\bnota\b", r"estrela", r"\bquality\b", r"\bqualitat\b", r"zufriedenheitsnote")),
)  # fmt: skip
LITTLE_EFFORT_IS_GOOD = _pattern(r"how much effort", r"(wie viel|welchen) aufwand", r"how difficult", r"combien d efforts?",
                                 r"cuanto esfuerzo", r"quanto sforzo")  # fmt: skip
COUNTS = _pattern(r"\b(count|counts|number of|how many|how long|how often|years?|age|minutes?|hours?|days?|months|price|amount|"
                  r"size|version|times?|votes?|duration|length|rank|ranking|clicks?|seconds|progress|page|wieviele|anzahl)\b")  # fmt: skip
OVERALL = _pattern(r"\b(overall|total|general|gesamt\w*|insgesamt|globale?|generale|geral|stars?|sterne|general)\b")
PLAIN_SCORE = _pattern(r"^(review |customer |user |star )?(rating|ratings|score|stars?|bewertung|note|valoracion|"
                       r"calificacion|puntuacion|valutazione|voto|avaliacao|nota|grade|rating value)$",
                       r"^(customer )?(csat|satisfaction|ces|effort|ease|effectiveness|enjoyment)( score)?$")  # fmt: skip

REVENUE = _pattern(
    r"\b(revenue|amount|spend|spent|order (value|total)|total (price|spent|amount|value)|price paid|sales|turnover|umsatz|"
    r"betrag|montant|chiffre d affaires|importe|ingresos|fatturato|importo|faturamento|arr|mrr|ltv|purchase (amount|value))\b"
)
WEIGHT = _pattern(r"^((survey|sample|sampling|case|design|post ?stratification|respondent) )?(weight|weights|weighting|"
                  r"gewicht|gewichtung|ponderation|ponderacion|ponderazione|ponderacao)$", r"^wt$", r"^weight (final|total)$")  # fmt: skip
CHURNED = _pattern(r"\b(churn(ed)?|attrition|attrited|cancell?ed|gekundigt|abgewandert|exited|lapsed)\b")
SHORT_LISTS = (
    ("language", _pattern(r"^((user|survey|response|review|start|comment|browser|customer|detected|text) ?)?(language|lang|locale)"
                          r"( code)?$", r"^(sprache|langue|idioma|lingua|taal|benutzersprache)$"), 80),
    ("channel", _pattern(r"^((contact|distribution|feedback|survey|sales|interaction|submission|support|response) )?channel$",
                         r"^(submitted via|via|medium|kanal|kontaktkanal|canal|canale|canal de contact|kanaal)$"), 60),
    ("touchpoint", _pattern(r"^((customer|journey) )?touch ?points?$", r"^(kontaktpunkt|point de contact|punto de contacto)$"), 60),
    ("stage", _pattern(r"^((customer|journey|customer journey|lifecycle|funnel) )?(stage|phase)$", r"^journey (step|phase)$"), 30),
)  # fmt: skip
STAFF_REPLY = _pattern(
    r"\b(company|owner|business|developer|merchant|seller|host|agent|staff|management|hotel|vendor) (public )?(reply|response|"
    r"answer|comment)", r"^(reply|response) (text|body|content|comment)$", r"^(reply|antwort des unternehmens)$"
)  # fmt: skip
TITLE = _pattern(
    r"^((review|ticket|feedback|comment|complaint) )?(title|subject|headline|summary)$",
    r"^(betreff|titel|titre|titulo|titolo|asunto|oggetto|assunto|objet|onderwerp)$",
)
COMMENT = _pattern(
    r"\b(comments?|feedback|reviews?|text|content|body|narrative|verbatims?|remarks?|message|opinions?|testimonial|description|"
    r"describe|explain|suggestions?|reasons?|why|improve|improvements?|tell us|anything else|free ?text|open ended|pros|cons|"
    r"like best|dislike|own words|kommentare?|bemerkung(en)?|anmerkung(en)?|rezension|bewertungstext|freitext|warum|grund|"
    r"begrundung|commentaires?|remarques?|avis|pourquoi|suggestion|comentarios?|opinion|opiniones|resena|por que|porque|"
    r"observaciones|motivo|commenti?|commento|recensione|perche|suggerimenti|sugestoes|opiniao|toelichting|opmerking(en)?)\b"
)
ASKS = _pattern(
    r"\b(what|why|how|describe|which|please|was|wie|welche|que|quoi|quel\w*|comment|como|cosa|come|qual|wat|hoe)\b"
)
_BINARY = frozenset(
    ("0", "1", "yes", "no", "true", "false", "y", "n", "ja", "nein", "oui", "non", "si", "no", "churned", "active")
)


def guess(
    head: Heading, profile: Profile, rows: int, blank: frozenset[str] = frozenset(), order: str | None = None
) -> Guess:
    """The likeliest role of a column; `segment` when nothing speaks for another. `order`: see `dates.settle`."""
    if profile.filled == 0:
        named = (
            EMAIL.search(head.words) or PERSON.search(head.words) or IP.search(head.words) or PLACE.search(head.words)
        )
        return Guess("personal", 0.6) if named else Guess("segment", 0.3)
    for test in (_personal, _identifier):
        if found := test(head, profile, rows):
            return found
    for fits in (
        lambda: _date(head, profile, order),
        lambda: _nps(head, profile, blank),
        lambda: _score(head, profile, blank),
    ):
        if found := fits():
            return found
    for plain in (_quantity, _short_list, _staff_reply, _title, _comment):
        if found := plain(head, profile, rows):
            return found
    return Guess("segment", 0.5)


def is_key(profile: Profile, rows: int) -> bool:
    """Whether a column is filled, and different, in at least 99 % of the rows."""
    return profile.filled >= 0.99 * rows and profile.distinct >= 0.99 * profile.filled


def _personal(head: Heading, profile: Profile, rows: int) -> Guess | None:
    various = profile.variety >= 0.2 or profile.filled < MANY_ROWS
    tests: tuple[tuple[re.Pattern[str], Callable[[], bool]], ...] = (
        (EMAIL, lambda: profile.share(_AT) > 0.3),
        (
            PERSON,
            lambda: (various or head.words not in ANY_NAME) and profile.text.letters > 0.5 and profile.text.words <= 5,
        ),
        (PHONE, lambda: profile.share(_PHONE_CELL) > 0.5),
        (IP, lambda: profile.share(_IP_CELL) > 0.5),
        (PLACE, lambda: scales.numeric(profile.counts) is not None),
        (ADDRESS, lambda: various and profile.text.words >= 2),
        (BIRTH, lambda: various),
    )
    for pattern, holds in tests:
        if pattern.search(head.words) and holds():
            return Guess("personal", 0.9)
    if profile.text.words < 2 and (
        profile.share(_AT) > 0.8 or (profile.share(_IP_CELL) > 0.8 and "version" not in head.words)
    ):
        return Guess("personal", 0.85)
    return None


def _identifier(head: Heading, profile: Profile, rows: int) -> Guess | None:
    if CUSTOMER.search(head.words):
        return Guess("customer_id", 0.85)
    if RESPONSE.search(head.words) and is_key(profile, rows):
        return Guess("response_id", 0.95 if head.words != "row" else 0.6)
    if head.words in ("id", "#") and rows >= MANY_ROWS and profile.filled >= 0.9 * rows:
        return Guess("customer_id", 0.5)  # the same again and again: not the answer's number but somebody's
    if ANY_ID.search(head.words) and is_key(profile, rows) and profile.text.words < 2:
        return Guess("response_id", 0.6)
    return None


def _date(head: Heading, profile: Profile, order: str | None) -> Guess | None:
    named = DATE.search(head.words) is not None
    form = dates.settle(profile.moments, named and len(head.words.split()) <= 5, order)
    if form is None or form.share < (0.6 if named else 0.9):
        return None
    rank = next((rank for pattern, rank in DATE_RANKS if pattern.search(head.words)), 2.0 if named else 1.0)
    return Guess("date", (0.9 if named else 0.7) * min(1.0, form.share + 0.05), form=form, rank=rank)


def _nps(head: Heading, profile: Profile, blank: frozenset[str]) -> Guess | None:
    if not RECOMMEND.search(head.words):
        return None
    reading = scales.read_nps(profile.counts, blank)
    if reading is None:
        return None
    counts = scales.numeric(profile.counts, blank) or {}
    explicit = NPS_NAME.search(head.words) is not None
    wide = any(value == 0 or value > 5 for value in counts)
    two_answers = len(counts) <= 2 and (set(counts) <= {0.0, 1.0} or reading.rows_on > MANY_ROWS)
    if (two_answers and not explicit) or not (wide or explicit) or (set(counts) <= {0.0, 1.0} and reading.rows_on > 2):
        return None
    return Guess("nps", 0.95 if explicit else 0.9, reading)


def _score(head: Heading, profile: Profile, blank: frozenset[str]) -> Guess | None:
    words = scales.read_words(profile.counts, blank)
    numbers = None
    if words is None and profile.distinct <= 400 and not COUNTS.search(head.words):
        numbers = scales.read_numbers(profile.counts, blank)
    reading = words or numbers
    if reading is None:
        return None
    named = any(pattern.search(head.words) for _, pattern in SCORES)
    if words is not None and not named and profile.filled < MANY_ROWS and COMMENT.search(head.words):
        return None  # a comment that happens to be "Good"
    if words is not None and words.scale.max == 1:  # good or bad: satisfaction, whatever the heading calls it
        return Guess("csat", 0.8, words, rank=overall(head))
    for role, pattern in SCORES:
        if pattern.search(head.words):
            if role == "ces" and LITTLE_EFFORT_IS_GOOD.search(head.words) and words is None:
                reading = reading._replace(scale=reading.scale._replace(low_is_good=True))
            return Guess(role, 0.85 if reading.scale.max <= 10 else 0.6, reading, rank=overall(head))
    if words is not None and words.role:
        return Guess(words.role, 0.6, words, rank=overall(head))
    if numbers is not None and RECOMMEND.search(head.words):
        return Guess("rating", 0.5, numbers)
    return None


def overall(head: Heading) -> float:
    """How much a heading speaks of the whole experience: 0 an aspect, 1 a plain `rating`, 2 says so (shorter is more)."""
    if OVERALL.search(head.words):
        return 2 + 1 / (1 + len(head.words.split()))
    return 1.0 if PLAIN_SCORE.search(head.words) else 0.0


def _quantity(head: Heading, profile: Profile, rows: int) -> Guess | None:
    if (
        CHURNED.search(head.words)
        and 1 <= profile.distinct <= 3
        and {scales.said(cell) for cell in profile.counts} & _BINARY
    ):
        return Guess("churned", 0.8)
    wanted = "revenue" if REVENUE.search(head.words) else "weight" if WEIGHT.search(head.words) else None
    if wanted is None:
        return None
    amounts = [scales.amount(cell) for cell in profile.sample()]
    known = [value for value in amounts if value is not None]
    if len(known) < 0.9 * len(amounts) or (profile.filled >= MANY_ROWS and profile.distinct < 4):
        return None
    if wanted == "weight" and not (min(known) >= 0 and 0.2 <= sum(known) / len(known) <= 5):
        return None
    return Guess(wanted, 0.8)


def _short_list(head: Heading, profile: Profile, rows: int) -> Guess | None:
    for role, pattern, most in SHORT_LISTS:
        if (
            pattern.search(head.words)
            and profile.distinct <= most
            and profile.text.letters > 0.5
            and profile.text.words <= 5
        ):
            return Guess(role, 0.85)
    return None


def _staff_reply(head: Heading, profile: Profile, rows: int) -> Guess | None:
    wordy = profile.text.words >= 4 and profile.variety >= 0.3
    return Guess("ignore", 0.7) if wordy and STAFF_REPLY.search(head.words) else None


def _title(head: Heading, profile: Profile, rows: int) -> Guess | None:
    various = profile.variety >= 0.05 or profile.filled < MANY_ROWS
    return Guess("title", 0.8) if TITLE.search(head.words) and various and profile.text.letters > 0.5 else None


def _comment(head: Heading, profile: Profile, rows: int) -> Guess | None:
    text, few = profile.text, profile.filled < MANY_ROWS
    ticked = profile.distinct == 1 and (profile.filled > 2 or next(iter(profile.counts)) in head.label)
    if text.letters < 0.5 or text.links > 0.5 or ticked or scales.numeric(profile.counts) is not None:
        return None
    if COMMENT.search(head.words) and (text.words >= 2 or (few and text.letters)) and (profile.variety >= 0.3 or few):
        return Guess("comment", 0.9)
    if few and rows >= MANY_ROWS:  # a few write-ins beside a list of choices
        return None
    if text.words >= 8 and profile.variety >= 0.5 and text.prose >= 0.4:
        return Guess("comment", 0.8)
    asks = ASKS.search(head.words) or "?" in head.label
    if asks and text.words >= 3.5 and profile.variety >= 0.6 and text.prose >= 0.35 and not few:
        return Guess("comment", 0.7)
    return None
