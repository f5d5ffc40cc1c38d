"""Personas: planted groups come back, nothing is found where nothing is, and the same every time."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cx.measure import kpis, personas
from cx.view.filters import Filter
from tests import made

KINDS = {
    "student": {"Plan": "Basic", "Device": "phone", "Age": 21, "Spent": 15, "nps": 4},
    "family": {"Plan": "Plus", "Device": "tablet", "Age": 41, "Spent": 120, "nps": 8},
    "pensioner": {"Plan": "Plus", "Device": "desktop", "Age": 70, "Spent": 50, "nps": 10},
}


def planted(where, many=300):
    """Three kinds of customers, half, a third and a sixth of them; what they are stands in `kind`, which is not looked at."""
    rng = np.random.default_rng(9)
    rows = []
    for i in range(many):
        kind = list(KINDS)[[0, 0, 0, 1, 1, 2][i % 6]]
        own = KINDS[kind]
        ages, spent = (
            {"Age": int(own["Age"] + rng.normal(0, 4))},
            {"Spent": round(own["Spent"] * rng.uniform(0.8, 1.2), 2)},
        )
        rows.append(own | ages | spent | {"kind": kind, "comment": f"a {kind} tells what happened on day {i}"})
    return made.dataset(where / "d", rows)


LOOKED_AT = ["Plan", "Device", "Age", "Spent"]


def test_planted_groups_come_back(tmp_path):
    found = personas.find(planted(tmp_path), columns=LOOKED_AT)
    assert [persona.n for persona in found.found] == [150, 100, 50] and found.clear and found.note == ""
    assert [persona.share for persona in found.found] == pytest.approx([50, 100 / 3, 50 / 3])
    both = found.dataset.query("SELECT kind, persona, count(*) AS n FROM responses GROUP BY ALL")
    assert len(both) == 3  # each kind is one persona
    scores = [{name: value.value for name, _, value in persona.kpis}["nps"] for persona in found.found]
    assert scores == [-100, 0, 100]


def test_what_is_distinctive_is_said(tmp_path):
    student = personas.find(planted(tmp_path), columns=LOOKED_AT).found[0]
    assert {"phone", "Basic"} == {trait.value for trait in student.traits[:2]}
    assert all(abs(a.effect) >= abs(b.effect) for a, b in zip(student.traits, student.traits[1:], strict=False))
    assert set(student.name.split(", ")) == {"phone", "Basic"}
    assert len(student.quotes) == personas.QUOTES and all("a student" in quote.text for quote in student.quotes)


def test_a_persona_counts_like_any_column(tmp_path):
    found = personas.find(planted(tmp_path), columns=LOOKED_AT)
    table = kpis.table(found.dataset, [personas.PERSONA])
    sizes = table[table["kpi"] == "responses"].set_index(personas.PERSONA)["n"].to_dict()
    assert sizes == {persona.id: persona.n for persona in found.found}
    one = Filter(where=((personas.PERSONA, (found.found[0].id,)),))
    assert kpis.counted(found.dataset, "nps", (), one)["n"].sum() == 150


def test_ids_stay_when_data_grow_and_in_another_process(tmp_path):
    ids = [persona.id for persona in personas.find(planted(tmp_path), columns=LOOKED_AT).found]
    assert len(set(ids)) == 3
    assert [p.id for p in personas.find(planted(tmp_path / "more", 420), columns=LOOKED_AT).found] == ids
    code = (
        "import sys; from pathlib import Path; from cx.measure import personas; from cx.store.datasets import Dataset;"
        f"print([p.id for p in personas.find(Dataset(Path(sys.argv[1])), columns={LOOKED_AT}).found])"
    )
    root = Path(__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "d")], capture_output=True, text=True, cwd=root, check=True
    )
    assert told.stdout.strip() == str(ids)


def test_one_cloud_is_called_one(tmp_path):
    rng = np.random.default_rng(1)
    rows = [
        {"A": str(rng.choice(["x", "y"])), "B": float(rng.normal()), "C": float(rng.normal()), "nps": 5}
        for _ in range(400)
    ]
    found = personas.find(made.dataset(tmp_path / "d", rows), columns=["A", "B", "C"])
    assert not found.clear and "one cloud" in found.note
    assert sum(persona.n for persona in found.found) == 400


def test_answers_make_no_persona(tmp_path):
    found = personas.find(planted(tmp_path))
    assert not {"nps", "kind?"} & set(found.columns) and "Plan" in found.columns


@pytest.mark.parametrize(("rows", "said"), [
    ([{"nps": 5, "Plan": "AB"[i % 2]} for i in range(40)], "too few: 40"),
    ([{"nps": 5}] * 100, "no column"),
])  # fmt: skip
def test_too_little_is_said(tmp_path, rows, said):
    found = personas.find(made.dataset(tmp_path / "d", rows))
    assert found.found == () and said in found.note and found.silhouette is None


def test_names_from_outside_are_only_text(tmp_path):
    rows = [{"nps": 5, 'P"; x': ["it's", 'a "b"'][i % 2], "Q": ["'", ";"][i % 2]} for i in range(100)]
    found = personas.find(made.dataset(tmp_path / "d", rows), columns=['P"; x', "Q"])
    assert sorted(persona.n for persona in found.found) == [50, 50]


# --- Names that people give


def persona(id_, *traits):
    told = tuple(personas.Trait(column, value, 0.9, 0.5, effect, "") for column, value, effect in traits)
    return personas.Persona(id_, f"auto {id_}", 10, 50.0, told, (), ())


def groups(*found):
    return personas.Personas(found, (), 0.5, True, "", None)


SAVER = (("Plan", "Basic", 1.2), ("Spent", "low", -1.1), ("Device", "phone", 0.4))
SPENDER = (("Plan", "Plus", 1.0), ("Spent", "high", 1.3))


def test_a_name_stays_with_its_id():
    given = [personas.Given(1, "p-1", "Savers", SAVER)]
    found = groups(persona("p-1", *SPENDER), persona("p-2", *SAVER))
    assert [each.name for each in personas.named(found, given).found] == ["Savers", "auto p-2"]


def test_a_name_goes_with_what_the_persona_is_when_the_id_changed():
    """The second and the third trait changed places, so the id did: cosine of the two lists by hand 0.98."""
    given = [personas.Given(1, "p-1", "Savers", SAVER), personas.Given(2, "p-9", "Gone", (("Age", "high", 1.0),))]
    now = (("Plan", "Basic", 1.2), ("Device", "phone", 0.7), ("Spent", "low", -0.9))
    found = groups(persona("p-3", *SPENDER), persona("p-4", *now))
    known = personas.known(found, given)
    assert {id_: name.record for id_, name in known.items()} == {"p-4": 1}
    likeness = (1.2 * 1.2 + 1.1 * 0.9 + 0.4 * 0.7) / ((1.44 + 1.21 + 0.16) * (1.44 + 0.49 + 0.81)) ** 0.5
    assert personas._likeness(found.found[1].traits, SAVER) == pytest.approx(likeness)


def test_a_name_belongs_to_one_persona_alone():
    given = [personas.Given(1, "p-1", "Savers", SAVER)]
    less = tuple((column, value, effect * 0.5) for column, value, effect in SAVER[:2])
    found = groups(persona("p-5", *less), persona("p-4", *SAVER))
    assert list(personas.known(found, given)) == ["p-4"]


def test_no_names_no_change():
    found = groups(persona("p-1", *SAVER))
    assert personas.named(found, []) == found
    assert personas.known(groups(persona("p-1")), [personas.Given(1, "p-2", "x", ())]) == {}
    assert personas.known(groups(), [personas.Given(1, "p-2", "x", SAVER)]) == {}


def test_a_name_given_today_holds_when_answers_come_in(tmp_path):
    first = personas.find(planted(tmp_path), columns=LOOKED_AT)
    given = [
        personas.Given(n, each.id, f"named {n}", tuple((t.column, t.value, t.effect) for t in each.traits))
        for n, each in enumerate(first.found)
    ]
    later = personas.find(planted(tmp_path / "more", 420), columns=LOOKED_AT)
    assert [each.name for each in personas.named(later, given).found] == ["named 0", "named 1", "named 2"]
    renamed = [name._replace(persona="p-old") for name in given]  # as if every id had changed
    assert [each.name for each in personas.named(later, renamed).found] == ["named 0", "named 1", "named 2"]
