"""Personal data is masked, and nothing else is."""

import re
import sys
import time
from types import ModuleType
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.errors import CXError
from cx.intake.privacy import Masker, mask, names_masker, region_of


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail me at john.doe+x@example.co.uk please", "mail me at [email] please"),
        ("john (at) example (dot) com", "[email]"),
        ("schreib an müller@beispiel.de.", "schreib an [email]."),
        ("card 4111 1111 1111 1111 was charged", "card [card] was charged"),
        ("amex 378282246310005!", "amex [card]!"),
        ("IBAN DE89 3704 0044 0532 0130 00 is mine", "IBAN [iban] is mine"),
        ("GB29NWBK60161331926819", "[iban]"),
        ("my ip 192.168.1.12 was blocked", "my ip [ip] was blocked"),
        ("from 2001:db8::ff00:42:8329 again", "from [ip] again"),
        ("+44 20 7946 0958 any time", "[phone] any time"),
        ("0049 30 1234567", "[phone]"),
        ("call me on 020 7946 0958", "call me on [phone]"),
        ("Call 555-123-4567 ext 12 now", "Call [phone] now"),
        ("my phone number is 555 0199 222", "my phone number is [phone]"),
        ("Tel: 030/1234567", "Tel: [phone]"),
        ("(555) 123-4567", "[phone]"),
        ("text me (07700) 900123", "text me [phone]"),
        ("https://bob:secret@host.com/x", "https://[secret]@host.com/x"),
        ("https://host.com/x?token=abc123&page=2", "https://host.com/x?token=[secret]&page=2"),
        ("mail a@b.com and c@d.org", "mail [email] and [email]"),
    ],
)
def test_masked(text, masked):
    found, counts = mask(text)
    assert found == masked
    assert sum(counts.values()) == masked.count("[")
    assert mask(found)[0] == found


@pytest.mark.parametrize(
    "text",
    [
        "order 12345678 never arrived",
        "called about order 12345678 twice",
        "I called 3 times in 2023",
        "open 9 to 5, 24/7",
        "I paid $1,234.50 on 12/05/2024",
        "called 12-05-2024 again",
        "call charge was 1200 dollars",
        "order 4111111111111112 (fails Luhn's check)",
        "version 10.2.3.4 crashes",
        "at 10:20:30 today",
        "@airline shame on you",
        "a@b is no address",
        "rated 10/10 in 2024-2025",
        "DE89 3704 0044 0532 0130 01 fails its check",
        "seat 33H on LH1234, 100% full",
        "ticket #20260102-000123",
        "price 1.234.567,00 EUR",
        "",
    ],
)
def test_left_alone(text):
    assert mask(text) == (text, {})


@given(st.text(max_size=80) | st.text("0123456789 +-()./@abcDE:", max_size=60))
def test_masking_twice_changes_nothing(text):
    once = mask(text)[0]
    assert mask(once)[0] == once


@pytest.mark.parametrize(
    ("languages", "currencies", "region"),
    [
        (["de"], [], "DE"), (["de"], ["EUR"], "DE"), (["de"], ["€"], "DE"), (["de"], ["CHF"], "CH"), (["de-AT", "en"], ["EUR"], "AT"),
        (["fr"], [], "FR"), (["fr", "en"], ["CAD"], "CA"), (["pt"], ["EUR"], "PT"), (["pt"], ["BRL"], "BR"), (["pt"], ["R$"], "BR"),
        (["es"], [], "ES"), (["es"], ["MXN", "USD"], "MX"), (["nl"], ["eur"], "NL"), (["en"], ["GBP"], "GB"), (["en"], ["£"], "GB"),
        (["en"], ["$"], "US"), (["en_GB"], [], "GB"), (["en-uk"], [], "GB"), (["zh-Hans"], [], "CN"), ([], ["SEK"], "SE"),
        (["en"], [], None), (["en"], ["EUR"], None), (["fr"], ["XOF"], None),
        ([], ["EUR"], None), ([], [], None), ([" "], [""], None), (["xx"], [], None),
    ],
)  # fmt: skip
def test_region_of(languages, currencies, region):
    assert region_of(languages, currencies) == region
    assert region is None or Masker(region).region == region


def test_names_need_a_package_that_is_optional(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(CXError, match="pip install presidio-analyzer"):
        names_masker()


class Person(NamedTuple):
    """What Presidio finds: a span."""

    start: int
    end: int


class Engine:
    """Stands in for Presidio's engine: every word with a capital but the first is a name, masks are not spared."""

    def __init__(self, nlp_engine):
        assert nlp_engine == "en_core_web_md"

    def analyze(self, text, entities, language):
        assert (entities, language) == (["PERSON"], "en")
        return [Person(*found.span()) for found in re.finditer(r"(?<=[ \[])[A-Z]\w+|(?<=\[)\w+", text)]


class Provider:
    """Stands in for what loads the model."""

    def __init__(self, nlp_configuration):
        self.name = nlp_configuration["models"][0]["model_name"]

    def create_engine(self):
        return self.name


def presidio(monkeypatch, installed):
    """Puts the stand-ins in place of the packages, with these models installed."""
    modules = {
        "spacy": {}, "spacy.util": {"is_package": lambda name: name in installed},
        "presidio_analyzer": {"AnalyzerEngine": Engine}, "presidio_analyzer.nlp_engine": {"NlpEngineProvider": Provider},
    }  # fmt: skip
    for name, contents in modules.items():
        module = ModuleType(name)
        module.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["spacy"].util = sys.modules["spacy.util"]


def test_names_are_masked(monkeypatch):
    presidio(monkeypatch, ["en_core_web_sm", "en_core_web_md"])
    found, counts = names_masker()("Thanks to Peter and Maria, mail [email]")
    assert found == "Thanks to [name] and [name], mail [email]"
    assert counts == {"name": 2}


def test_names_need_a_model(monkeypatch):
    presidio(monkeypatch, [])
    with pytest.raises(CXError, match="spacy download en_core_web_sm"):
        names_masker()


@pytest.mark.parametrize("piece", ["a", "1", "1 ", "a@", "a.", "-", "1.", "+1", "call ", "street 1 ", "token=", "password is ",
                                   "12 Main Street ", "4111 1111 1111 111 ", "-----BEGIN PRIVATE KEY-----"])  # fmt: skip
def test_long_texts_take_time_in_proportion(piece):
    """A text ten times as long takes about ten times as long: no pattern tries its way back over all of it."""
    short, long = ([("1234567 @ [ " + piece * (size // len(piece)) + " 1234567")] for size in (4_000, 40_000))
    assert min(_seconds(long) for _ in range(2)) < 30 * max(min(_seconds(short) for _ in range(3)), 0.002)


def _seconds(comments):
    begun = time.process_time()
    for comment in comments:
        mask(comment)
    return time.process_time() - begun
