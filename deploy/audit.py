"""Known vulnerabilities of the packages in requirements.lock, asked by pip-audit: `python deploy/audit.py`.

Fails (exit code 1) for what is known. Where the data on vulnerabilities cannot be reached it says so and fails nothing.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"

PATIENCE = 120
"""Seconds to wait for all answers."""

ACCEPTED: dict[str, str] = {}
"""Vulnerability → why it does not touch this program. Everything else that is known fails."""


class Verdict(NamedTuple):
    """Lines to print, and whether the check failed."""

    lines: list[str]
    failed: bool


def verdict(dependencies: list[dict[str, Any]]) -> Verdict:
    """What pip-audit's answer for each package comes to."""
    asked = [each for each in dependencies if "skip_reason" not in each]
    if not asked:
        return Verdict([skipped("the data on vulnerabilities is not reachable from here")], False)
    known = [
        f"{each['name']} {each['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for each in asked
        for found in each["vulns"]
        if not ACCEPTED.keys() & {found["id"], *found.get("aliases", ())}
    ]
    missing = len(dependencies) - len(asked)
    told = f"audit: {len(asked)} packages asked for, {len(known)} known vulnerabilities"
    return Verdict([*known, told + (f", {missing} packages could not be asked for" if missing else "")], bool(known))


def skipped(why: str) -> str:
    """The line that says that nothing was checked."""
    return f"audit: skipped, {why}"


def main() -> int:
    """Asks, prints, and returns the exit code."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--require-hashes", "--disable-pip", "-f", "json"]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        found = verdict(json.loads(done.stdout)["dependencies"])
    except subprocess.TimeoutExpired:
        found = Verdict([skipped(f"no answer within {PATIENCE} seconds")], False)
    except (ValueError, KeyError, TypeError):
        why = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        found = Verdict([skipped(f"pip-audit could not ask: {why[:200]}")], False)
    print("\n".join(found.lines))
    return int(found.failed)


if __name__ == "__main__":
    sys.exit(main())
