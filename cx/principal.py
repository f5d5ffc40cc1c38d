"""Who is asking. Resolved once per request by `share.access`, handed to every call of the store."""

from datetime import datetime
from typing import NamedTuple

ROLES = ("admin", "analyst", "viewer", "guest")
"""From most to least: admin manages, analyst imports, edits and shares, viewer reads, guest reads what a link shows."""

COMMENTS = ("full", "masked", "none")
"""How guests of a link see comments: as they are stored, with personal data blotted out, or not at all."""

Params = tuple[tuple[str, tuple[str, ...]], ...]
"""Parameters of an address: name and values."""


class Scope(NamedTuple):
    """What a share link shows: of one dataset, on some pages, from one view.

    `version` '' is the newest one, whichever that is; `params` are period, filters and the page's own parameters of the
    view that was shared, and with `locked` a guest cannot leave them. `expires` is in UTC; None: never.
    """

    link: int
    owner: str
    dataset: str
    pages: tuple[str, ...]
    page: str
    params: Params = ()
    version: str = ""
    locked: bool = True
    comments: str = "none"
    downloads: bool = False
    expires: datetime | None = None
    label: str = ""
    note: str = ""

    @property
    def sight(self) -> tuple[object, ...]:
        """What of it decides which rows and words are seen: links alike in this see the same."""
        return (self.locked, self.page, self.params, self.comments)


class Principal(NamedTuple):
    """A name, a role and the datasets it may read (`None`: all). A guest has the scope of its link; `origin` is the hashed
    address the request came from, '' on the command line."""

    name: str
    role: str
    datasets: frozenset[str] | None = None
    scope: Scope | None = None
    origin: str = ""

    def may_read(self, dataset: str) -> bool:
        """Whether the dataset with this slug may be read; a guest without a link reads nothing."""
        if self.role == "guest":
            return self.scope is not None and dataset == self.scope.dataset
        return self.datasets is None or dataset in self.datasets

    def may_write(self) -> bool:
        """Whether imports, edits, deletions and sharing are allowed."""
        return self.role in ("admin", "analyst")

    def may_manage(self) -> bool:
        """Whether everybody's links and the audit are open to them."""
        return self.role == "admin"

    def may_take(self) -> bool:
        """Whether numbers and pictures may be taken along as files."""
        return self.scope is None or self.scope.downloads

    def may_hear(self) -> bool:
        """Whether the words of comments may be read."""
        return self.scope is None or self.scope.comments != "none"


LOCAL = Principal("local", "admin")
"""The single user of local mode and of the command line."""
