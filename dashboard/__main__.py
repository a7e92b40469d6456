"""`python -m dashboard`: the page, its health and its headers in one process. The database comes from PATHWAY_DB."""

from __future__ import annotations

import os
import sys

import uvicorn

from pathway import settings
from pathway.errors import PathwayError


def main() -> int:
    """Serve until stopped."""
    try:
        ours = settings.load()
        if "PATHWAY_DB" not in os.environ:
            os.environ["PATHWAY_DB"] = ours.db.get_secret_value()
        from dashboard.server import app
    except PathwayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # one worker: a session lives in the memory of its process
    uvicorn.run(app, host=ours.host, port=ours.port, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
