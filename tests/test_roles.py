"""Who may do what in team mode, from what the identity provider says and one file."""

import os

import pytest

from cx.errors import AccessError
from cx.share import roles

FILE = """
[people]
"ann@firm.example" = "admin"
"Bob@Firm.example" = "analyst"
"low@firm.example" = "viewer"
[groups]
cx-team = "analyst"
Readers = "viewer"
[domains]
"firm.example" = "viewer"
[datasets]
"bob@firm.example" = ["shop"]
"ann@firm.example" = ["shop"]
"""


@pytest.fixture
def file(home, monkeypatch):
    """Writes roles.toml: `file(text)`."""
    monkeypatch.delenv("CX_ADMIN", raising=False)
    monkeypatch.delenv("CX_ROLES", raising=False)

    def write(text: str = FILE) -> None:
        path = roles.path()
        path.write_text(text, encoding="utf-8")
        write.times += 1
        os.utime(path, ns=(write.times, write.times))  # two writes of one moment are two files

    write.times = 0
    write()
    return write


def who(email: object, **claims: object):
    return roles.principal({"email": email, "email_verified": True, **claims})


@pytest.mark.parametrize(
    ("email", "claims", "role"),
    [
        ("ann@firm.example", {}, "admin"),
        (" BOB@firm.EXAMPLE ", {}, "analyst"),
        ("eve@firm.example", {}, "viewer"),
        ("eve@firm.example", {"groups": ["cx-team", "readers"]}, "analyst"),
        ("eve@firm.example", {"groups": "CX-Team"}, "analyst"),
        ("low@firm.example", {"groups": ["cx-team"]}, "viewer"),
        ("eve@else.example", {"groups": ["readers"]}, "viewer"),
        ("eve@firm.example", {"groups": {"cx-team": 1}}, "viewer"),
        ("eve@firm.example", {"groups": [None, 7, ["cx-team"]]}, "viewer"),
    ],
)
def test_person_comes_before_group_before_domain(file, email, claims, role):
    found = who(email, **claims)
    assert found.role == role and found.scope is None and found.name == email.strip().lower()


@pytest.mark.parametrize(
    "email",
    [
        "eve@else.example", "eve@notfirm.example", "eve@firm.example.evil.example", "eve@sub.firm.example",
        "firm.example", "", None, 7, "ann@firm.example" + "x" * 300, "ann@firm.example@evil.example",
    ],
)  # fmt: skip
def test_everybody_else_has_no_role(file, email):
    with pytest.raises(AccessError):
        who(email)


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1])
def test_an_address_nobody_verified_opens_nothing(file, verified):
    """Whoever registers ann's address at a provider that does not check it is not ann."""
    with pytest.raises(AccessError, match="verified"):
        who("ann@firm.example", email_verified=verified)
    with pytest.raises(AccessError, match="verified"):
        roles.principal({"email": "ann@firm.example"})
    file(FILE + "[trust]\nunverified_email = true\n")
    assert who("ann@firm.example", email_verified=verified).role == "admin"


def test_the_provider_gives_no_roles_by_itself(file):
    """Claims other than address and groups mean nothing."""
    for claims in ({"role": "admin"}, {"roles": ["admin"]}, {"groups": ["admin"]}, {"name": "ann@firm.example"}):
        assert who("eve@firm.example", **claims).role == "viewer"


def test_some_read_only_some_datasets(file):
    bob, ann = who("bob@firm.example"), who("ann@firm.example")
    assert bob.may_read("shop") and not bob.may_read("other")
    assert ann.may_read("other"), "an admin reads everything"
    assert who("eve@firm.example").datasets is None


def test_the_first_admin_comes_from_the_environment(file, monkeypatch):
    roles.path().unlink()
    with pytest.raises(AccessError):
        who("ann@firm.example")
    monkeypatch.setenv("CX_ADMIN", "First@Firm.example")
    assert who("first@firm.example").role == "admin"
    with pytest.raises(AccessError):
        who("ann@firm.example")
    monkeypatch.setenv("CX_ADMIN", "")
    with pytest.raises(AccessError):
        who("first@firm.example")


def test_a_change_of_the_file_counts_at_once(file):
    assert who("bob@firm.example").may_write()
    file(FILE.replace('"Bob@Firm.example" = "analyst"', '"Bob@Firm.example" = "viewer"'))
    assert not who("bob@firm.example").may_write()
    file("[people]\n")
    with pytest.raises(AccessError):
        who("bob@firm.example")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[people", "cannot be read"),
        ("[people]\n'a@b.example' = 'owner'", "owner"),
        ("[people]\n'a@b.example' = 'guest'", "guest"),
        ("[persons]\n'a@b.example' = 'admin'", "persons"),
        ("people = 'admin'", "tables"),
        ("[groups]\nx = ['admin']", "role"),
    ],
)
def test_a_file_that_cannot_be_understood_gives_nobody_a_role(file, text, said):
    """Fail closed: also for those the rest of the file names rightly."""
    file(text)
    with pytest.raises(AccessError, match=said):
        who("a@b.example")


def test_the_file_may_lie_elsewhere(file, tmp_path, monkeypatch):
    elsewhere = tmp_path / "given.toml"
    elsewhere.write_text("[domains]\n'else.example' = 'viewer'\n", encoding="utf-8")
    monkeypatch.setenv("CX_ROLES", str(elsewhere))
    assert who("eve@else.example").role == "viewer"
    with pytest.raises(AccessError):
        who("ann@firm.example")
