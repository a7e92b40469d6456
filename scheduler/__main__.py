"""`python -m scheduler`: the process that looks at what is owed. `--once` runs every job once, and ends."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import date

from pathway import settings
from pathway.errors import PathwayError
from scheduler.jobs import Clinic, run_forever, run_once

INTERRUPTED = 130


def main() -> int:
    """Parse, and run."""
    parser = argparse.ArgumentParser(prog="python -m scheduler", description=__doc__)
    parser.add_argument("--db", help="the database; default: PATHWAY_DB")
    parser.add_argument("--once", action="store_true", help="run every job once, and end")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD", help="with --once: the day looked at")
    args = parser.parse_args()
    if args.as_of and not args.once:
        parser.error("--as-of goes with --once: by its timetable the scheduler looks at today")
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        ours = settings.load()
        clinic = Clinic.open(args.db or ours.db.get_secret_value(), zone=ours.time_zone, site_file=ours.protocol)
        if args.once:
            run_once(clinic, day=args.as_of)
        else:
            run_forever(clinic)
    except PathwayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
