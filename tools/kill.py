"""`python -m tools.kill --times 100`: SIGKILL an import at random moments, and count what was lost and what came
twice.

An import prints nothing until it ends, so what is acknowledged here is a chunk: the database is asked what it holds
right after each kill, and everything it held must still be there at the end, once. Then the import runs to its end,
and again.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.core import patient

PATHWAY = str(Path(sys.executable).with_name("pathway"))
CHUNK = 50


def main() -> int:
    """Kill, count, print; 1 where anything was lost or came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    lost, twice, partial = run(args.times, args.patients, random.Random(args.seed))
    print(f"{args.times} kills: acknowledged and lost {lost}, twice {twice}, broken chains {partial}")
    return 1 if lost or twice or partial else 0


def run(times: int, patients: int, rng: random.Random) -> tuple[int, int, int]:
    """What was lost, what came twice, and how many differences `pathway verify` names."""
    with tempfile.TemporaryDirectory() as folder:
        file, database = Path(folder, "events.jsonl"), Path(folder, "unit.db")
        rows = [{**row, "mrn": f"P-{number:05}"} for number in range(patients) for row in patient()]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        command = [PATHWAY, "import", str(file), "--db", f"sqlite:///{database}", "--as-of", "2030-01-01"]
        seen: set[tuple[str, str]] = set()
        for _ in range(times):
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
            )
            time.sleep(rng.uniform(0.3, 1.6))
            process.send_signal(signal.SIGKILL)
            process.wait()
            seen |= set(_held(database))
        for _ in range(2):
            subprocess.run(command, check=False, capture_output=True, env=_environment())
        held = _held(database)
        lost = len(seen - set(held)) + len(rows) - len(set(held))
        twice = sum(count - 1 for count in Counter(held).values())
        verified = subprocess.run(
            [PATHWAY, "verify", "--db", f"sqlite:///{database}"], check=False, capture_output=True, text=True
        )
        return lost, twice, len(verified.stdout.splitlines()) if verified.returncode else 0


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PATHWAY_IMPORT_CHUNK": str(CHUNK)}


def _held(database: Path) -> list[tuple[str, str]]:
    """Every event that the database holds, by what it says."""
    if not database.exists():
        return []
    with sqlite3.connect(database) as connection:
        try:
            return connection.execute(
                "SELECT r.mrn, e.content_hash FROM event e JOIN record r ON r.id = e.record_id"
            ).fetchall()
        except sqlite3.OperationalError:
            return []  # killed before the schema was there


if __name__ == "__main__":
    sys.exit(main())
