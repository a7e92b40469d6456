"""`make bench`: the table, and build/bench.json."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

PARTS = ("core", "start", "store", "unit", "sweep")


def main() -> int:
    """Every part, or those named; 1 where a bar does not hold."""
    asked = sys.argv[1:] or PARTS
    found = []
    print(f"{'measured':>12} {'limit':>12}      {'ratio':>6} {'bar':>5}")
    for part in asked:
        for line in import_module(f"bench.{part}").run():
            found.append(line)
            mark = "ok" if line["holds"] else "OVER"
            figures = f"{line['measured']:>12,.3f} {line['limit']:>12,.3f} {line['unit']:<4}"
            print(f"{figures} {line['ratio']:>6.2f} {line['bar']:>5g}  {mark:<4} {line['name']}", flush=True)
    build = Path("build")
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(line["holds"] for line in found) else 1


if __name__ == "__main__":
    sys.exit(main())
