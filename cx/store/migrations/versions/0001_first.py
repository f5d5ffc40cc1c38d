"""The tables of the first version.

A table that is there already stays as it is: databases were made without migrations before, some of them with fewer tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "jobs", "settings", "mappings", "benchmarks", "edits", "annotations", "targets", "persona_names", "questionnaires",
    "practice_answers", "saved_views", "default_views",
)  # fmt: skip


def upgrade() -> None:
    """Makes the tables that are not there."""
    _jobs_and_settings()
    _table("benchmarks", _number(), sa.Column("benchmark", sa.JSON, nullable=False), *_by_whom())
    for name, own in _beside_datasets().items():
        dataset = sa.Column("dataset", sa.String(60), nullable=False)
        _table(name, _number(), dataset, *own, *_by_whom())
        _index(name, "dataset")
    _table(
        "default_views",
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("dataset", sa.String(60), nullable=False),
        sa.Column("view", sa.Integer, nullable=False),
    )
    _index("default_views", "dataset")


def downgrade() -> None:
    """Drops the tables with all that is in them."""
    for name in TABLES:
        op.drop_table(name, if_exists=True)


def _jobs_and_settings() -> None:
    _table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("dataset", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("cancel", sa.Boolean, nullable=False),
    )
    _index("jobs", "state")
    _table(
        "settings",
        sa.Column("dataset", sa.String(60), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )
    _table(
        "mappings",
        sa.Column("fingerprint", sa.String(16), primary_key=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("headings", sa.JSON, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("changed", sa.DateTime, nullable=False),
    )


def _beside_datasets() -> dict[str, tuple[sa.Column, ...]]:
    """Tables of numbered rows about a dataset, with who wrote them when: the columns that are their own."""
    return {
        "edits": (sa.Column("kind", sa.String(20), nullable=False), sa.Column("edit", sa.JSON, nullable=False)),
        "annotations": (
            sa.Column("first", sa.Date, nullable=False),
            sa.Column("last", sa.Date, nullable=False),
            sa.Column("text", sa.Text, nullable=False),
            sa.Column("changed", sa.DateTime),
        ),
        "targets": (sa.Column("target", sa.JSON, nullable=False),),
        "persona_names": (
            sa.Column("persona", sa.String(20), nullable=False),
            sa.Column("traits", sa.JSON, nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
        ),
        "questionnaires": (sa.Column("toml", sa.Text, nullable=False),),
        "practice_answers": (
            sa.Column("practice", sa.String(60), nullable=False),
            sa.Column("answer", sa.Integer, nullable=False),
        ),
        "saved_views": (
            sa.Column("page", sa.String(60), nullable=False),
            sa.Column("params", sa.JSON, nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("team", sa.Boolean, nullable=False),
        ),
    }


def _number() -> sa.Column:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _by_whom() -> tuple[sa.Column, sa.Column]:
    return sa.Column("author", sa.String(200), nullable=False), sa.Column("created", sa.DateTime, nullable=False)


def _table(name: str, *columns: sa.Column) -> None:
    op.create_table(name, *columns, if_not_exists=True)


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column], if_not_exists=True)
