"""Imports point one way. Fails on an upward import, an unranked module, a cycle, and Streamlit outside its place."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Low to high; a module may import what stands before it. Within a package the order of a line counts, too.
RANKS = [
    "errors",
    "logs schema principal settings",
    "view.catalogue view.wording measure.estimate view.filters",
    "intake.packed intake.delimited intake.documents intake.workbooks intake.read intake.dates intake.scales intake.profile "
    "intake.breaks intake.roles "
    "intake.personal intake.credentials intake.numbers intake.places intake.phones "
    "intake.queries intake.privacy intake.sources intake.corrections intake.vendors intake.changes intake.mapping "
    "intake.apply intake.masking "
    "text.language text.kinds text.mentions text.valence text.sentiment_features text.sentiment text.calibration text.emotions "
    "text.phrases text.paraphrase text.embed "
    "text.taxonomy_nodes text.taxonomy_model text.taxonomy text.taxonomy_edits text.clusters text.topic_names "
    "text.topic_model text.topics text.topic_edits text.understand",
    "store.bucket store.places store.migrations.env store.migrating store.database "
    "store.scoped store.datasets store.derived store.grouped "
    "store.ledger store.records store.notes store.practices store.views store.audit store.visits store.links "
    "store.staging store.vectors store.erasure store.checking store.archive store.portable store.backup",
    "engine.local",
    "incoming",
    "arrival adapting grouping",
    "revising",
    "pipeline",
    "imports",
    "watching edits",
    "jobs",
    "measure.weights measure.tally measure.activity measure.cohorts measure.churned measure.purchases measure.lifetime measure.value "
    "measure.kpis measure.compare measure.cells measure.mix measure.trends measure.consistency "
    "measure.contributions measure.seasons measure.changepoints "
    "measure.anomalies measure.contrast measure.segments measure.aspects measure.importance measure.drivers measure.attributes "
    "measure.personas measure.pillars measure.practices measure.goals "
    "measure.benchmarks",
    "view.theme view.called view.printing view.taking view.labels view.wrapping view.charts view.driver_charts "
    "view.overview view.scorecards "
    "view.practices view.topics "
    "view.timeline view.drivers view.compare view.dimensions "
    "view.likeness view.conflicts view.search view.heatmap view.heat_chart view.moments view.journey "
    "view.journey_chart view.emotions view.emotion_charts view.customers view.goals view.notes view.nodes view.headlines "
    "view.briefing view.quotes view.explained view.cards "
    "view.when view.subjects view.questions view.answers view.ask",
    "share.guarding share.roles share.access share.letters share.doors share.routes share.metrics",
    "telling",
    "opening",
    "measuring noting hosting keeping",
    "cli",
    "ui.turns ui.asking ui.here ui.nav ui.say ui.addresses ui.cached ui.cached_comments ui.shows ui.pictures ui.carding ui.viewing "
    "ui.sharing ui.linking ui.auditing ui.banners ui.welcome ui.frame "
    "ui.comment_filters ui.searching ui.briefed ui.comparing ui.supposing ui.splitting ui.travelling ui.feeling "
    "ui.noting ui.goal_setting ui.editing "
    "ui.taxonomy_editing ui.practising ui.importing ui.settling ui.holdings ui.main",
]
STEPS = "store.migrations.versions."
"""Steps of migrations are history: what they need of the program would change under them, so they import nothing of it."""

ORDER = {name: (rank, place) for rank, names in enumerate(RANKS) for place, name in enumerate(names.split())}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted((ROOT / "cx").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "cx").with_suffix("").parts)
        if not name.endswith("__init__") and name != "__main__" and not name.startswith(STEPS):
            found[name] = path
    return found


def imported(path: Path) -> set[str]:
    """Every module a file imports, with `cx.` in front where it is ours; also inside functions."""
    out = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return out


def test_every_module_has_a_rank_and_a_line_in_the_map():
    chart = (ROOT / "cx/__init__.py").read_text(encoding="utf-8")
    for name in modules():
        assert name in ORDER, f"cx.{name} has no rank: give it a place in tests/test_layers.py"
        line = name.split(".")[0] if name.startswith("ui.") else name
        assert f"\n{line} " in chart, f"cx.{name} is not in the map of cx/__init__.py"


def test_no_rank_without_a_module():
    assert not set(ORDER) - set(modules())


def test_imports_go_down():
    for name, path in modules().items():
        for target in imported(path):
            ours = target.removeprefix("cx.")
            if target.startswith("cx.") and ours in ORDER and ours != name:
                same_package = ours.split(".")[0] == name.split(".")[0]
                down = ORDER[ours] < ORDER[name] if same_package else ORDER[ours][0] < ORDER[name][0]
                assert down, f"cx.{name} imports cx.{ours}, which is not below it"


def test_steps_of_migrations_stand_alone():
    steps = sorted((ROOT / "cx/store/migrations/versions").glob("*.py"))
    assert steps
    for path in steps:
        assert not any(target.startswith("cx") for target in imported(path)), path


def test_streamlit_stays_in_its_place():
    for path in [*(ROOT / "cx").rglob("*.py"), *(ROOT / "sample_data").rglob("*.py")]:
        if "ui" not in path.relative_to(ROOT).parts[1:2]:
            assert not any(target.split(".")[0] == "streamlit" for target in imported(path)), path


def test_package_inits_hold_nothing():
    for path in (ROOT / "cx").rglob("__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in tree.body), path
