"""Names for groups of texts: their distinctive terms, and the quotes that show them best."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from cx.text.phrases import HIDDEN, stem, unmasked

TERMS = 5
NAMED_BY = 3
"""Terms in a name at most."""
QUOTES = 3
QUOTE_LENGTH = range(30, 161)
"""Characters of a quote that says enough and can still be read at a glance."""
MANY = 50
"""Texts from which shares of all texts mean something."""
READ = 1_000
"""Characters of a text that are read for terms."""
PAIR = 1.6
"""How much a word pair is preferred: it says more than a word, and is rarer for that."""
INSIDE = 0.6
"""A word that stands in one and the same pair this often is named by the pair (soft → soft drinks)."""
REPLACES = 0.4
"""A pair found this often where its word is found takes the word's place."""
LEADS = 0.3
"""A thing leads a describing word in a name when it is found at least this often beside it."""
EVERYWHERE = 0.2
"""A word in more than this share of all texts is what the business is about (a hotel's "hotel"), no topic's name."""
COVER = 0.35
"""A first term found in this share of a group names it alone; otherwise the second joins it."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP = _set("""
    a able about above absolutely actually after again against ago ain't aint all almost along already also
    although always am among an and another any anybody anymore anyone anything anyway anywhere apart are aren't
    arent around as aside ask asked asking at away back basically be became because become becomes been before
    begin behind being below besides between bit both bring brought but by ca called came can can't cannot cant
    cause certainly com come comes completely could couldn't couldnt couple course day days definitely despite did
    didn't didnt do does doesn't doesnt doing don't done dont down due during each eg eight either else end ended
    enough especially etc even ever every everybody everyone everything example extremely fact fairly far feel
    felt few find first five for found four from further gave generally get gets getting give given gives go goes
    going gone gonna got gotta had hadn't hadnt half happen happened has hasn't hasnt have haven't havent having
    he he'd he'll he's hence her here hers herself him himself his hour hours how however http https i i'd i'll
    i'm i've id ie if ill im in indeed instead into is isn't isnt it it'd it'll it's its itself ive just keep
    keeps kept kind knew know known last least less let let's lets like likely literally ll looked looking lot
    lots made make makes making many may maybe me mean might mine minute minutes month months more moreover most
    mostly much must my myself near need needed needs neither never nevertheless next nine no nobody none nor not
    nothing now nowhere nt number of off often ok okay on once one ones only onto or other others otherwise our
    nd pm rd st th
    ours ourselves out over overall own part particularly per perhaps please point pretty probably put quite
    rather re really said same saw say saying says second see seeing seem seemed seems seen seven several shall
    she she's should shouldn't shouldnt simply since six so some somebody someone something somewhat soon sort
    start started still such sure take taken takes taking tell ten than that that's thats the their theirs them
    themselves then there there's therefore theres these they they'd they'll they're they've theyre thing things
    think third this those though thought three through throughout thus till time times to today together told
    tomorrow too took totally toward tried try trying turn turned twice two under unless unlike until up upon us
    use used uses using usually various ve very via wanna want wanted wants was wasn't wasnt way we we'd we'll
    we're we've week weeks well went were weren't what what's whatever when whenever where whereas whether which
    while who whole whom whose why will with within without won't wonder wont would wouldn't wouldnt www year
    years yes yesterday yet you you'd you'll you're you've your youre yours yourself
""")
"""Words that carry no subject of their own."""

JUDGING = _set("""
    abysmal amazing annoying appalling ashamed atrocious average awesome awful bad basic beautiful best better big
    brilliant cool crap decent delightful different difficult dire disappointed disappointing disappointment
    disgusting dreadful easy enjoy enjoyable enjoyed excellent exceptional expect expected extraordinary fab
    fabulous fantastic favorite favourite fine fortunately glad good gorgeous great greatly happy hard hate hated
    high highly hopefully horrendous horrible huge important impressed impressive incredible interesting lacking
    large liked little long lousy love loved lovely low luckily magnificent main major marvellous marvelous
    mediocre new nice nicely old ordinary outstanding pathetic perfect perfectly pleasant pleased poor poorly
    problem problems quick real reasonable recommend recommended ridiculous right sad sadly satisfied satisfying
    shocking short small solid sorry special splendid standard stunning stupid sucks super superb surprised
    surprisingly terrible terrific thank thanks top total truly typical ugly unacceptable unbelievable
    unfortunately unhappy useless usual weird wonderful worse worst worth wow wrong
""")
"""Words of judgement and size: they may stand in a pair (long queue), never name a group alone."""

QUALIFYING = _set("""
    big different difficult easy hard high huge large little long low main new old quick real short small special
    standard total usual wrong
""")
"""Of these, the ones that make a subject with the next word: long queue, wrong item."""

PALE = _set("""
    accept accepted actual added additional advise advised afternoon allow allowed amount area areas arrival
    arrive arrived attempt attempts available based bother bought brought buy buying certain change changed choose
    chosen close common compare compared complete contain contains continue current currently deal decide decided
    deserve due evening explain explained extra fix fixed fixes following friend friends front full general guess
    guy guys hand hold home hope husband immediately improve improved include included includes including inside
    instance issue issues item items job leave leaves leaving left level limited line list live man matter mention
    mentioned middle morning move moved multiple name nice night note notice noticed number offer offered offering
    offers open opened opens opportunity option options order outside own owned particular past people person
    personal piece place places plus possible prefer prepared present previous private provide provided provides
    public purchase purchased reach read reading reason receive received recent recently refuse refused remember
    review reviews second sense serve served set shame side similar single sit sitting situation size spend spent
    star stars stay stayed stop style suggest third thought title today top touch trip type types unable
    understand update variety visit visited visiting walk walked weekend wife word words work worked working works
    world accident angle april arriving august autumn belong case december discover discovered downloaded exactly
    except february finish finished friday handy help helped january july june looks march meant middle moment
    monday november october ordered ordering orders placing round saturday seconds september spot spring
    straight summer sunday thursday tuesday wednesday winter
""")
"""Words too pale to name a group alone, but good in a pair: smoking area, order status."""

DESCRIBING = _set("""
    attentive broken busy cheap clean cold comfortable comfy confusing courteous cozy cramped crowded dated
    delicious dirty efficient empty expensive fast filthy free fresh friendly helpful hot knowledgeable late light
    loud modern noisy overpriced packed peaceful polite professional quiet relaxed relaxing reliable rude slow
    smooth soft spacious spotless tasty tidy tired uncomfortable unfriendly unhelpful warm welcoming worn
""")
"""Words that say how something is: in a name they follow what they are about (Staff, friendly)."""

DOING = _set("""
    bring choose drive eat ended fell find finds flew fly flying found gave goes handed hear heard help helped kept
    leave left let load loads look looks lost move paid pay pays picked placed ran reads rid send sends sent show shows
    sit sleep sold speak spoke stood stuck talk text took typed wait waits waste went write wrote
""")
"""Words that say what somebody did, besides those in -ed and -ing: in a name they follow what it was done to."""

THINGS = _set("""
    airbed banking bedding billing boarding booking briefing building catering charging cleaning clothing coating
    cooling dining evening feeling fitting flatbed gaming heating hosting housing landing lighting listing loading
    marketing meeting onboarding packaging painting parking plumbing pricing printing pudding ranking rating roaming
    saving savings screening seabed seating setting settings shipping shopping speed streaming swimming timing tracking
    training wedding wiring wording
""")
"""Words in -ed and -ing that are things."""

DESCRIBING_STEMS = frozenset(stem(word) for word in DESCRIBING)

LINKS = frozenset({"of", "for", "to", "on", "at"})
"""Words a term may have in its middle: value for money."""
TWO_WORD_VERBS = {
    ("check", "in"), ("check", "out"), ("log", "in"), ("sign", "in"), ("sign", "up"), ("set", "up"), ("top", "up"),
    ("pick", "up"), ("follow", "up"), ("call", "back"), ("pay", "back"), ("charge", "back"), ("cash", "back"),
    ("wi", "fi"),
}  # fmt: skip
PART = re.compile(r"[.,;:!?()\[\]{}\"“”/|\n]+|\s[-–—]+\s|\[[a-z]+\]")
TOKEN = re.compile(r"[^\W\d_][^\W_]*(?:['’\-][^\W\d_][^\W_]*)*")

Term = tuple[str, ...]


class Terms(NamedTuple):
    """The terms of one text as stems, each once, and every occurrence as it is written."""

    stems: frozenset[Term]
    forms: list[tuple[Term, str]]


class Name(NamedTuple):
    """What a group is called; its terms as written, most distinctive first; the share of its texts that hold one."""

    name: str
    terms: tuple[str, ...]
    cover: float


def has_subject(text: str) -> bool:
    """Whether a text names anything at all, besides saying that it is good or bad."""
    return any(_names(word) for words in _parts(text) for word in words)


def _names(word: str) -> bool:
    low = word.lower().replace("’", "'")
    if "XX" in word:
        return False  # what is left of a mask glued to a word
    return len(low) > 1 and low not in STOP and low not in JUDGING


def _telling(word: str) -> bool:
    return _names(word) and word.lower() not in PALE


def _parts(text: str) -> Iterator[list[str]]:
    """The words between punctuation marks; two-word verbs and names are joined by a hyphen."""
    for part in PART.split(unmasked(text[:READ])):
        words: list[str] = []
        for word in TOKEN.findall(part):
            if words and (stem(words[-1]), word.lower()) in TWO_WORD_VERBS:
                words[-1] += "-" + word
            else:
                words.append(word)
        yield words


def terms(text: str) -> Terms:
    """What a text could lend to a name: single words, pairs, and the forms they are written in."""
    forms = [found for words in _parts(text) for found in _grams(words)]
    return Terms(frozenset(term for term, _ in forms), forms)


def _grams(words: Sequence[str]) -> Iterator[tuple[Term, str]]:
    """Single telling words, pairs that name something, and pairs with a link between them, each as it is written."""
    for at, word in enumerate(words):
        first = _telling(word)
        if at == 0 and not word.isupper():
            word = word.lower()  # the capital of a sentence's first word means nothing
        if first:
            yield (_key(word),), word
        if at + 1 == len(words) or not (_names(word) or word.lower() in QUALIFYING):
            continue
        follower = words[at + 1]
        if _names(follower) and (first or _telling(follower)):
            yield (_key(word), _key(follower)), f"{word} {follower}"
        elif follower.lower() in LINKS and at + 2 < len(words) and first and _telling(words[at + 2]):
            yield (_key(word), follower.lower(), _key(words[at + 2])), f"{word} {follower} {words[at + 2]}"


def _key(word: str) -> str:
    return stem(word.replace("-", ""))


def everywhere(texts: Sequence[Terms]) -> frozenset[Term]:
    """The terms so common in all of the texts that they tell no topic from another."""
    counts = Counter(term for found in texts for term in found.stems)
    return frozenset(term for term, n in counts.items() if len(texts) >= MANY and n > EVERYWHERE * len(texts))


def names(
    texts: Sequence[Terms],
    groups: Sequence[int],
    count: int,
    barred: frozenset[Term] = frozenset(),
    taken: Iterable[str] = (),
) -> list[Name]:
    """A name and terms for each of `count` groups; `groups` says which group a text's terms are in (−1: none).

    Terms are ranked by a class-based tf-idf: share of the group's texts × log(that share ÷ share of all the texts), so
    that what everybody writes names nobody. A `barred` term may only name the one group that is most about it. No two
    names are equal, nor equal to one of `taken`.
    """
    inside: list[Counter[Term]] = [Counter() for _ in range(count)]
    members: list[list[frozenset[Term]]] = [[] for _ in range(count)]
    forms: dict[Term, Counter[str]] = defaultdict(Counter)
    overall: Counter[Term] = Counter()
    for found, group in zip(texts, groups, strict=True):
        overall.update(found.stems)
        if group >= 0:
            inside[group].update(found.stems)
            members[group].append(found.stems)
            for term, form in found.forms:
                forms[term][form] += 1
    scores = [_scores(counter, overall, len(held), len(texts)) for counter, held in zip(inside, members, strict=True)]
    home = {term: max(range(count), key=lambda group: scores[group].get(term, 0.0)) for term in barred}
    used = {name.casefold() for name in taken}
    out = []
    for group, (counter, held) in enumerate(zip(inside, members, strict=True)):
        ranked = sorted(scores[group], key=lambda term: (-scores[group][term], term))
        kept = [term for term in ranked if home.get(term, group) == group and not _barred_pair(term, home)]
        chosen = _distinct(kept or ranked, counter)
        marks = {*chosen, *ranked[:TERMS]}
        cover = sum(not marks.isdisjoint(stems) for stems in held) / max(len(held), 1)
        name = _called(chosen, counter, len(held), forms, used)
        out.append(Name(name, tuple(_written(forms[term]) for term in chosen), cover))
    return out


def _barred_pair(term: Term, barred: Container[Term]) -> bool:
    """Whether a pair only adds a qualifying word to one that is barred (new hotel)."""
    return len(term) == 2 and (term[1],) in barred and term[0] in QUALIFYING


def _scores(counter: Counter[Term], overall: Counter[Term], size: int, total: int) -> dict[Term, float]:
    """Class-based tf-idf of a group's terms. Those of a single text only where nothing is repeated."""
    least = 3 if size >= 40 else 2 if any(n > 1 for n in counter.values()) else 1
    floor = max(least, math.ceil(size * 0.015))
    return {
        term: (n / size) * math.log(n / size * total / overall[term]) * (PAIR if len(term) > 1 else 1.0)
        for term, n in counter.items()
        if n >= floor
    }


def _distinct(ranked: Sequence[Term], counter: Counter[Term]) -> list[Term]:
    """The first terms that do not repeat each other's words; a pair replaces its word when it is what is meant."""
    meant: dict[str, Term] = {}
    for pair in sorted((term for term in ranked if len(term) > 1), key=lambda term: (-counter[term], term)):
        for word in set(pair) - LINKS:
            if counter[pair] >= INSIDE * counter[(word,)] > 0:
                meant.setdefault(word, pair)
    chosen: list[Term] = []
    for term in ranked:
        if len(term) > 1 and any(meant.get(word, term) != term for word in term):
            continue  # a piece of something longer: "class lounge" out of "business class lounge"
        term = meant.get(term[0], term) if len(term) == 1 else term
        repeated = [at for at, other in enumerate(chosen) if set(term) & set(other) - LINKS]
        if not repeated and len(chosen) < TERMS:
            chosen.append(term)
        elif len(repeated) == 1 and len(chosen[repeated[0]]) == 1 < len(term) and term[0] not in DESCRIBING_STEMS:
            single = chosen[repeated[0]]
            chosen[repeated[0]] = term if counter[term] >= REPLACES * counter[single] else single
    return chosen


def _called(
    chosen: Sequence[Term], counter: Counter[Term], size: int, forms: dict[Term, Counter[str]], used: set[str]
) -> str:
    """One term, or two where one covers too little of the group; more only to tell it from another's name."""
    things = [t for t in chosen if _thing(t, forms) and counter[t] >= LEADS * counter[chosen[0]]]
    leading = [*things[:1], *(term for term in chosen if term not in things[:1])]
    written = [_written(forms[term]) for term in leading] or ["other"]
    alone = leading and leading[0] == chosen[0] and (len(leading[0]) > 1 or counter[leading[0]] >= COVER * size)
    first = 1 if alone else 2
    tries = [", ".join(written[:words]) for words in range(min(first, len(written)), min(NAMED_BY, len(written)) + 1)]
    tries += [f"{written[0]}, {other}" for other in written[1:]]
    numbered = (f"{tries[0]} ({again})" for again in range(2, len(used) + 3))
    name = next(name for name in (*tries, *numbered) if name.casefold() not in used)
    used.add(name.casefold())
    return name[:1].upper() + name[1:]


def _thing(term: Term, forms: dict[Term, Counter[str]]) -> bool:
    """Whether a term is what something is about, not how it is or what was done."""
    if len(term) > 1:
        return True
    word = _written(forms[term]).lower()
    doing = word in DOING or (len(word) > 4 and word.endswith(("ed", "ing")) and word not in THINGS)
    return not doing and term[0] not in DESCRIBING_STEMS


def _written(forms: Counter[str]) -> str:
    """The form people write most; with capitals only where most write it so (ATM, Qatar Airways)."""
    low: Counter[str] = Counter()
    for form, n in forms.items():
        low[form.lower()] += n
    best = min(low, key=lambda form: (-low[form], form))
    cased = min((form for form in forms if form.lower() == best), key=lambda form: (-forms[form], form))
    return cased if forms[cased] > 0.75 * low[best] else best


def exemplars(texts: Sequence[str], nearness: Sequence[float]) -> tuple[str, ...]:
    """Three quotes nearest to a group's centre, no two alike, of a readable length where there are such."""
    order = sorted(range(len(texts)), key=lambda at: (-nearness[at], texts[at]))
    fitting = [at for at in order if len(texts[at].strip()) in QUOTE_LENGTH and not HIDDEN.search(texts[at])]
    rest = sorted(set(order) - set(fitting), key=lambda at: (abs(len(texts[at]) - 95), -nearness[at], texts[at]))
    quotes: list[str] = []
    seen: list[frozenset[str]] = []
    for at in (*fitting, *rest):
        words = frozenset(stem(word) for word in TOKEN.findall(texts[at]))
        if words and all(len(words & other) < 0.7 * len(words | other) for other in seen):
            quotes.append(" ".join(texts[at].split()))
            seen.append(words)
        if len(quotes) == QUOTES:
            break
    return tuple(quotes)
