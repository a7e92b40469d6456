"""How fast the command line answers, and what it leaves unloaded."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Result, result

HEAVY = ("pandas", "streamlit", "alembic")
LINE = json.dumps(
    {
        "mrn": "A-1",
        "type": "registered",
        "on": "2024-01-02",
        "name": "Ada Example",
        "birth_date": "1960-01-01",
        "sex": "female",
    }
)


def _seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def run() -> list[Result]:
    """`pathway show` against importing sqlmodel alone; fails where something heavy is loaded for it."""
    pathway = str(Path(sys.executable).with_name("pathway"))
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.db"
        lines = Path(folder, "one.jsonl")
        lines.write_text(LINE, encoding="utf-8")
        subprocess.run([pathway, "import", str(lines), "--db", database], check=True, capture_output=True)
        show = [pathway, "show", "A-1", "--db", database, "--json", "--as-of", f"{datetime.now(UTC):%Y-%m-%d}"]
        loaded = subprocess.run(
            [sys.executable, "-X", "importtime", *show], check=True, capture_output=True, text=True
        ).stderr
        names = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in loaded.splitlines()}
        heavy = [name for name in HEAVY if name in names]
        if heavy:
            raise SystemExit(f"`pathway show` loads {', '.join(heavy)}")
        ours, theirs = [], []
        for _ in range(5):
            ours.append(_seconds(*show))
            theirs.append(_seconds(sys.executable, "-c", "import sqlmodel"))
    return [result("pathway show / import sqlmodel", statistics.median(ours), statistics.median(theirs), "s", 3)]
