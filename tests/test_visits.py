"""Browsers that were let in, and wrong passwords: on both databases."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cx.errors import AccessError
from cx.store import records, visits

pytestmark = pytest.mark.usefixtures("both_databases")


def stored(table: sa.Table) -> list[dict]:
    with records.engine().connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def test_tokens_are_256_bits_and_never_the_same():
    made = {visits.token() for _ in range(200)}
    assert len(made) == 200 and min(map(len, made)) == 43  # 32 bytes in base64 without padding


def test_only_the_hash_of_a_token_is_kept():
    fresh = visits.begin(7)
    assert visits.link_of(fresh) == (True, 7)
    [row] = stored(visits.TABLE)
    assert fresh not in str(row) and row["token"] == visits.marked(fresh)
    assert visits.link_of(row["token"]) == (False, None), "what is kept opens nothing"


def test_a_signed_in_browser_came_by_no_link():
    assert visits.link_of(visits.begin(None)) == (True, None)
    assert visits.link_of("never given") == (False, None)


def test_a_visit_ends_with_its_link_and_by_itself(monkeypatch):
    now = records.now()
    short, long, signed = visits.begin(1, now + timedelta(hours=1)), visits.begin(1), visits.begin(None)
    monkeypatch.setattr(records, "now", lambda: now + timedelta(hours=2))
    assert [visits.link_of(each)[0] for each in (short, long, signed)] == [False, True, True]
    monkeypatch.setattr(records, "now", lambda: now + timedelta(hours=13))
    assert [visits.link_of(each)[0] for each in (short, long, signed)] == [False, True, False]
    monkeypatch.setattr(records, "now", lambda: now + timedelta(days=31))
    assert not visits.link_of(long)[0]
    visits.begin(2)
    assert len(stored(visits.TABLE)) == 1, "those whose time is over are taken away"


def test_visits_are_ended_one_by_one_per_link_and_of_the_signed_in():
    one, two, other, signed = visits.begin(1), visits.begin(1), visits.begin(2), visits.begin(None)
    visits.end(one)
    assert [visits.link_of(each)[0] for each in (one, two, other, signed)] == [False, True, True, True]
    visits.end_all(1)
    assert [visits.link_of(each)[0] for each in (two, other, signed)] == [False, True, True]
    visits.end_all(None)
    assert [visits.link_of(each)[0] for each in (other, signed)] == [True, False]


@pytest.mark.parametrize("password", ["", "seven77", "x" * 201])
def test_passwords_too_short_or_too_long_are_none(password):
    with pytest.raises(AccessError, match="8 to 200"):
        visits.hashed(password)


def test_a_password_is_kept_as_argon2id_with_its_own_salt():
    first, second = visits.hashed("correct horse"), visits.hashed("correct horse")
    assert first.startswith("$argon2id$") and first != second and "correct" not in first
    assert visits.try_password("link 1", "a", first, "correct horse")
    assert not visits.try_password("link 1", "a", first, "Correct horse")
    assert not visits.try_password("link 1", "a", "no hash at all", "correct horse")


@pytest.fixture
def quick(monkeypatch):
    """Passwords that are compared at once: these tests count tries."""
    from argon2.exceptions import VerifyMismatchError

    class Plain:
        def verify(self, held: str, given: str) -> bool:
            if held != given:
                raise VerifyMismatchError
            return True

    monkeypatch.setattr(visits, "_hasher", Plain)


def test_after_ten_wrong_ones_a_door_is_shut_for_everybody_and_opens_again(quick, monkeypatch):
    for place in range(10):
        assert not visits.try_password("link 1", f"address {place}", "right", "wrong")
    for given in ("wrong", "right"):
        with pytest.raises(AccessError, match="Too many"):
            visits.try_password("link 1", "another", "right", given)
    assert visits.try_password("link 2", "another", "right", "right"), "other doors are not shut"
    later = records.now() + timedelta(minutes=16)
    monkeypatch.setattr(records, "now", lambda: later)
    assert visits.try_password("link 1", "another", "right", "right")


def test_after_ten_wrong_ones_an_address_is_shut_out_of_every_door(quick):
    for place in range(10):
        assert not visits.try_password(f"link {place}", "one address", "right", "wrong")
    with pytest.raises(AccessError, match="Too many"):
        visits.try_password("link 99", "one address", "right", "right")
    assert visits.try_password("link 99", "another", "right", "right")
    assert not visits.try_password("link 99", "", "right", "wrong"), "where no address is known only the door counts"


def test_right_ones_are_no_tries_but_do_not_forgive_wrong_ones(quick):
    for _ in range(12):
        assert visits.try_password("link 1", "a", "right", "right")
    for _ in range(9):
        assert not visits.try_password("link 1", "a", "right", "wrong")
    assert visits.try_password("link 1", "a", "right", "right")
    assert not visits.try_password("link 1", "a", "right", "wrong")
    with pytest.raises(AccessError):
        visits.try_password("link 1", "a", "right", "right")


def test_many_tries_at_once_are_no_more_than_ten(quick):
    """A guesser who sends forty requests at the same moment gets ten answers."""
    told: list[str] = []
    begin = threading.Barrier(40)

    def guess() -> None:
        begin.wait()
        try:
            told.append(str(visits.try_password("link 1", "a", "right", "wrong")))
        except AccessError:
            told.append("shut")

    threads = [threading.Thread(target=guess) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("False") == 10 and told.count("shut") == 30
