"""`python -m dashboard`: the page, its health and its headers in one process. The database comes from PATHWAY_DB."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date

import uvicorn

from pathway import settings
from pathway.errors import PathwayError


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard", description="The dashboard alone. `pathway serve` runs it with the scheduler."
    )
    parser.add_argument("--db", metavar="URL", help="the database (default: PATHWAY_DB, else sqlite:///pathway.db)")
    parser.add_argument("--host", help="where to listen (default: PATHWAY_HOST, else 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port (default: PATHWAY_PORT, else 8501)")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day that is shown as today")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Serve until stopped."""
    asked = _arguments(given)
    # the page is run by Streamlit, which hands nothing on: what was asked for goes by the environment
    named = {
        "PATHWAY_DB": asked.db,
        "PATHWAY_HOST": asked.host,
        "PATHWAY_PORT": asked.port,
        "PATHWAY_AS_OF": asked.as_of,
    }
    os.environ.update({name: str(value) for name, value in named.items() if value is not None})
    try:
        ours = settings.load()
        os.environ.setdefault("PATHWAY_DB", ours.db.get_secret_value())
        # all that the screens need: the first person of the morning does not wait for it
        from dashboard import cohort, desk, patient, worklist  # noqa: F401
        from dashboard.app import app

        desk.store()
    except PathwayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # one worker: a session lives in the memory of its process
    uvicorn.run(app, host=ours.host, port=ours.port, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
