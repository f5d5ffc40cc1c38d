"""Who is asking. Resolved once per request by `share.access`, handed to every call of the store."""

from typing import NamedTuple

ROLES = ("admin", "analyst", "viewer", "guest")
"""From most to least: admin manages, analyst imports and edits, viewer reads, guest reads what a link shows."""


class Principal(NamedTuple):
    """A name, a role and the datasets it may read (`None`: all)."""

    name: str
    role: str
    datasets: frozenset[str] | None = None

    def may_read(self, dataset: str) -> bool:
        """Whether the dataset with this slug may be read."""
        return self.datasets is None or dataset in self.datasets

    def may_write(self) -> bool:
        """Whether imports, edits and deletions are allowed."""
        return self.role in ("admin", "analyst")


LOCAL = Principal("local", "admin")
"""The single user of local mode and of the command line."""
