"""`python -m scheduler`: the process that looks at what is owed. `--once` runs every job once, and ends.

With `--dry-run` it says what it would raise, and records nothing.
"""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import date
from zoneinfo import ZoneInfo

from pathway import settings
from pathway.errors import PathwayError
from pathway.tracker.looking import Found
from scheduler.jobs import Clinic, run_forever, run_once, today, would_be_raised

WRONG_USAGE = 2
INTERRUPTED = 130


_AHEAD = (
    "{day} has not come: a look at it would count as seen what nobody was told. Add --dry-run to see what it would "
    "raise, or name today or an earlier day.\n"
)


def main() -> int:
    """Parse, and run."""
    parser = argparse.ArgumentParser(prog="python -m scheduler", description=__doc__)
    parser.add_argument("--db", help="the database; default: PATHWAY_DB")
    parser.add_argument("--once", action="store_true", help="run every job once, and end")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD", help="with --once: the day looked at")
    parser.add_argument("--dry-run", action="store_true", help="with --once: say what would be raised; record nothing")
    args = parser.parse_args()
    if args.dry_run and not args.once:
        parser.error("--dry-run goes with --once")
    if args.as_of and not args.once:
        parser.error("--as-of goes with --once: by its timetable the scheduler looks at today")
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        ours = settings.load()
        if args.as_of and not args.dry_run and args.as_of > today(ZoneInfo(ours.time_zone)):
            sys.stderr.write(_AHEAD.format(day=args.as_of))
            return WRONG_USAGE
        clinic = Clinic.open(args.db or ours.db.get_secret_value(), zone=ours.time_zone, site_file=ours.protocol)
        if args.dry_run:
            _say(would_be_raised(clinic, args.as_of))
        elif args.once:
            run_once(clinic, day=args.as_of)
        else:
            run_forever(clinic)
    except PathwayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _say(found: Found) -> None:
    """Rules and counts: no names, no MRNs."""
    lines = [f"{rule} {threshold}: {count}" for (rule, threshold), count in sorted(found.items())]
    sys.stdout.write("\n".join(lines or ["Nothing would be raised."]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
