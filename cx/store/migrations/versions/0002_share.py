"""Share links, the browsers that came by them, wrong passwords, and the audit, which the database lets nobody change."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

YOUNGEST = 30
"""Days for which an entry of the audit cannot be deleted either."""

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        f"CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN old.created > datetime('now', '-{YOUNGEST} days') "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        # REPLACE deletes without the trigger above
        "CREATE TRIGGER audit_added BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_refused() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$ "
        "LANGUAGE plpgsql",
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refused()",
        "CREATE TRIGGER audit_kept BEFORE DELETE ON audit FOR EACH ROW WHEN "
        f"(old.created > (now() AT TIME ZONE 'utc') - interval '{YOUNGEST} days') EXECUTE FUNCTION audit_refused()",
        "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refused()",
    ),
}  # fmt: skip


def upgrade() -> None:
    """Makes the tables."""
    _links()
    op.create_table(
        "visits",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("link", sa.Integer),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("expires", sa.DateTime, nullable=False),
    )
    op.create_index("ix_visits_link", "visits", ["link"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(120), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])
    _audit()


def downgrade() -> None:
    """Drops the tables with all that is in them."""
    for name in ("links", "visits", "attempts", "audit"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refused()")


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("dataset", sa.String(60), nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("page", sa.String(60), nullable=False),
        sa.Column("pages", sa.JSON, nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("comments", sa.String(10), nullable=False),
        sa.Column("downloads", sa.Boolean, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("expires", sa.DateTime),
        sa.Column("revoked", sa.DateTime),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("opened", sa.DateTime),
        sa.Column("opens", sa.Integer, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_index("ix_links_dataset", "links", ["dataset"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("dataset", sa.String(60), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_created", "audit", ["created"])
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
