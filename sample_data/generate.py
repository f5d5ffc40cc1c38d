"""Writes the sample exports next to this file: `python -m sample_data.generate`. The same bytes every time."""

import csv
import io
from pathlib import Path

from sample_data import reviews, survey, tickets

FOLDER = Path(__file__).parent
SURVEY = "relationship_survey.csv"
REVIEWS = f"reviews_{reviews.PACKAGE}_202610.csv"
TICKETS = "support_tickets.csv"


def files() -> dict[str, bytes]:
    """File name → content of the three exports."""
    people = survey.customers()
    return {
        SURVEY: _csv(survey.HEADINGS, survey.rows(people)).encode("utf-8"),
        REVIEWS: b"\xff\xfe" + _csv(reviews.HEADINGS, reviews.rows()).encode("utf-16-le"),
        TICKETS: _csv(tickets.HEADINGS, tickets.rows(people)).encode("utf-8"),
    }


def _csv(headings: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()


def main() -> None:
    """Write the files and say what was written."""
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
