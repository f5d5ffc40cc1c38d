"""Share links: what each shows (`principal.Scope`), until when, and who opened it how often.

The token of a link is told once, when it is made; here stands its hash. Who may change a dataset shares it; a link is changed
by its author or an admin. Every function takes the Principal who asks, but for those that find out who a guest is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from cx.errors import NotAllowedError, NoteError
from cx.principal import COMMENTS, Principal, Scope
from cx.store import audit, datasets, notes, records, visits

TABLE = records.links

LONGEST_LABEL, LONGEST_NOTE, LONGEST_ADDRESS = 80, 500, 8_000
MOST = 1_000
"""Links one dataset may have beside those that were withdrawn."""

OPEN, EXPIRED, REVOKED = "open", "expired", "revoked"


class Wish(NamedTuple):
    """What a link is to show; see `principal.Scope`. `password`: '' none, None as it was."""

    dataset: str
    page: str
    pages: tuple[str, ...]
    params: Mapping[str, Sequence[str]] = {}
    version: str = ""
    locked: bool = True
    comments: str = "none"
    downloads: bool = False
    expires: datetime | None = None
    password: str | None = ""
    label: str = ""
    note: str = ""


class Link(NamedTuple):
    """A link with its scope. `proof` changes with its password ('' when it has none)."""

    id: int
    scope: Scope
    proof: str
    created: datetime
    revoked: datetime | None
    opened: datetime | None
    opens: int

    @property
    def state(self) -> str:
        """Whether it opens, or why not."""
        if self.revoked:
            return REVOKED
        return EXPIRED if self.scope.expires and self.scope.expires <= records.now() else OPEN


def create(principal: Principal, wish: Wish) -> tuple[int, str]:
    """Makes a link; returns its id and its token. Raises NotAllowedError for those who may not share, NoteError for a wish
    that cannot be kept."""
    values = _values(principal, wish)
    fresh = visits.token()
    with records.in_turn() as connection:
        still = sa.and_(TABLE.c.dataset == wish.dataset, TABLE.c.revoked.is_(None))
        many = connection.execute(sa.select(sa.func.count()).where(still)).scalar() or 0
        if many >= MOST:
            raise NoteError(f"There are {MOST:,} links to this dataset already. Withdraw some first.")
        own = {"token": visits.marked(fresh), "author": principal.name, "created": records.now(), "opens": 0}
        done = connection.execute(TABLE.insert().values(**values, **own))
    assert done.inserted_primary_key is not None
    made = int(done.inserted_primary_key[0])
    audit.write(principal, "shared", wish.dataset, link=made, **_told(wish))
    return made, fresh


def change(principal: Principal, id_: int, wish: Wish) -> None:
    """Changes what a link shows; its token stays. A new password lets nobody in who came with the old one."""
    _own(principal, id_)
    _write(id_, _values(principal, wish))
    if wish.password is not None:
        visits.end_all(id_)
    audit.write(principal, "link changed", wish.dataset, link=id_, **_told(wish))


def rotate(principal: Principal, id_: int) -> str:
    """Gives a link another token, which is returned; the old one opens nothing from now on."""
    link = _own(principal, id_)
    fresh = visits.token()
    _write(id_, {"token": visits.marked(fresh)})
    visits.end_all(id_)
    audit.write(principal, "link renewed", link.scope.dataset, link=id_, label=link.scope.label)
    return fresh


def revoke(principal: Principal, id_: int) -> None:
    """Withdraws a link: it opens nothing from now on, also for those who are looking."""
    link = _own(principal, id_)
    _write(id_, {"revoked": records.now()})
    audit.write(principal, "link withdrawn", link.scope.dataset, link=id_, label=link.scope.label)


def listed(principal: Principal, dataset: str = "") -> list[Link]:
    """The links somebody made, an admin's those of everybody; the newest first."""
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) shares nothing.")
    query = sa.select(TABLE).order_by(TABLE.c.id.desc())
    if not principal.may_manage():
        query = query.where(TABLE.c.author == principal.name)
    if dataset:
        query = query.where(TABLE.c.dataset == dataset)
    return [link for link in map(_link, _rows(query)) if principal.may_read(link.scope.dataset)]


def of_token(token: str) -> Link | None:
    """The link a token belongs to, whether it is open or not."""
    return _one(TABLE.c.token == visits.marked(token))


def of_id(id_: int) -> Link | None:
    """A link by its number."""
    return _one(TABLE.c.id == id_)


def fixed(dataset: str) -> set[str]:
    """The versions of a dataset that links are fixed to which somebody may still open."""
    query = sa.select(TABLE).where(TABLE.c.dataset == dataset, TABLE.c.version != "", TABLE.c.revoked.is_(None))
    return {link.scope.version for link in map(_link, _rows(query)) if link.state == OPEN}


def note_opening(principal: Principal) -> None:
    """Counts that a guest opened their link."""
    assert principal.scope is not None
    opened = {"opened": records.now(), "opens": TABLE.c.opens + 1}
    _write(principal.scope.link, opened)
    audit.write(principal, "opened", principal.scope.dataset, link=principal.scope.link, label=principal.scope.label)


def _values(principal: Principal, wish: Wish) -> dict[str, Any]:
    datasets.must_write(principal, wish.dataset)
    datasets.open_dataset(principal, wish.dataset, wish.version or None)  # there must be one
    if wish.comments not in COMMENTS:
        raise NoteError(f"Comments are shown in one of these ways: {', '.join(COMMENTS)}.")
    if wish.page not in wish.pages:
        raise NoteError("A link shows at least the page it opens with.")
    if wish.page == "comments" and wish.comments == "none":
        raise NoteError(
            "A link that opens with Comments shows them, in full or masked. Share another page to show none."
        )
    if wish.expires and wish.expires <= records.now():
        raise NoteError("A link ends in the future: choose a later day.")
    params = {name: list(values) for name, values in wish.params.items() if name != "d"}
    if sum(len(name) + sum(map(len, values)) for name, values in params.items()) > LONGEST_ADDRESS:
        raise NoteError(f"This view's filters take more than {LONGEST_ADDRESS:,} characters: too many for a link.")
    out = {
        "dataset": wish.dataset, "version": wish.version, "page": wish.page, "pages": list(wish.pages),
        "params": params, "locked": wish.locked, "comments": wish.comments, "downloads": wish.downloads,
        "expires": wish.expires, "label": notes.tidy(wish.label or wish.page, "label", LONGEST_LABEL),
        "note": notes.tidy(wish.note, "note", LONGEST_NOTE) if wish.note.strip() else "",
    }  # fmt: skip
    if wish.password is not None:
        out["password"] = visits.hashed(wish.password) if wish.password else ""
    return out


def _told(wish: Wish) -> dict[str, object]:
    """What the audit says of a link."""
    until = wish.expires.date().isoformat() if wish.expires else "no end"
    return {
        "label": wish.label or wish.page, "pages": wish.pages, "filters": "locked" if wish.locked else "open",
        "comments": wish.comments, "downloads": wish.downloads, "until": until,
        "password": "as before" if wish.password is None else bool(wish.password), "version": wish.version or "newest",
    }  # fmt: skip


def _own(principal: Principal, id_: int) -> Link:
    link = of_id(id_)
    if link is None:
        raise NoteError("This link is no longer there.")
    datasets.must_write(principal, link.scope.dataset)
    if link.scope.owner != principal.name and not principal.may_manage():
        raise NotAllowedError("A link is changed by whoever made it, or an admin.")
    return link


def _write(id_: int, values: Mapping[str, Any]) -> None:
    with records.engine().begin() as connection:
        connection.execute(TABLE.update().where(TABLE.c.id == id_).values(**values))


def _one(condition: sa.ColumnElement[bool]) -> Link | None:
    return next(map(_link, _rows(sa.select(TABLE).where(condition))), None)


def _rows(query: sa.Select) -> list[Any]:
    with records.engine().connect() as connection:
        return list(connection.execute(query).mappings())


def _link(row: Mapping[str, Any]) -> Link:
    params = tuple(sorted((name, tuple(values)) for name, values in row["params"].items()))
    scope = Scope(
        row["id"], row["author"], row["dataset"], tuple(row["pages"]), row["page"], params, row["version"],
        row["locked"], row["comments"], row["downloads"], row["expires"], row["label"], row["note"],
    )  # fmt: skip
    return Link(row["id"], scope, row["password"], row["created"], row["revoked"], row["opened"], row["opens"])
