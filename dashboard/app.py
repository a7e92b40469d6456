"""The ASGI application: Streamlit's page, `/healthz`, the headers that keep it out of other sites' frames. The clock.

`uvicorn dashboard.app:app`, `streamlit run dashboard/app.py` and `python -m dashboard` all serve it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from dashboard import desk
from pathway import views

log = logging.getLogger("dashboard")

HEADERS = {
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"content-security-policy": b"frame-ancestors 'none'; form-action 'self'; base-uri 'self'; object-src 'none'",
}
PAGES = ("worklist", "patient", "cohort")
"""The screens, by their address; the first also stands at `/`."""
STREAMLITS = ("static", "media", "component", "_stcore", "app", "favicon.png", "manifest.json", "index.html")
"""What Streamlit itself serves, by the first part of the address."""
SILENT_SECONDS = 300
"""A scheduler that has not looked for this long is silent: reminders do not come."""


# --- the clock: the one place of the dashboard that reads it ---


def now() -> datetime:
    """The instant."""
    return datetime.now(UTC)


def today() -> date:
    """The day at the clinic, or the one that the process was told to stay on."""
    return desk.as_of() or datetime.now(ZoneInfo(desk.zone())).date()


def silent(looked: datetime | None) -> bool:
    """Whether the scheduler has not looked for too long."""
    return looked is None or (now() - looked).total_seconds() > SILENT_SECONDS


# --- beside the page ---


def healthz(_request: Request) -> JSONResponse:
    """Whether the database answers and the scheduler looks: 200, else 503."""
    looked: datetime | None = None
    answers = True
    try:
        looked = views.last_look(desk.store())
    except Exception as error:  # noqa: BLE001 - whatever it is, the database does not answer
        log.error("health: %s", type(error).__name__)  # noqa: TRY400 - a traceback may hold data
        answers = False
    ok = answers and not silent(looked)
    found = {"ok": ok, "scheduler_last_look": looked and looked.isoformat(), "stuck": 0, "database": answers}
    return JSONResponse(found, 200 if ok else 503, {"cache-control": "no-store"})


class Headers:
    """Adds the security headers to every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on, with the headers that an answer does not bring itself."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                ours = [(name, value) for name, value in HEADERS.items() if name not in known]
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Unknown:
    """Answers 404 where there is nothing: Streamlit would show its page under any address."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on what somebody answers; say so where nobody does."""
        if scope["type"] == "http" and not _answered(scope["path"]):
            answer = PlainTextResponse("There is nothing at this address. The worklist is at /.\n", 404)
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _answered(path: str) -> bool:
    first, _, rest = path.strip("/").partition("/")
    if f"/{first}" in {route.path for route in ROUTES} or first in STREAMLITS:
        return True
    # the page asks for its own paths below the address it was opened at, too
    return first in ("", *PAGES) and (not rest or rest.partition("/")[0] in STREAMLITS)


def failed(error: Exception) -> bool:
    """Say that something went wrong, without its data: a traceback may hold a patient's name."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    log.error("%s at %s", type(error).__name__, where)
    st.error("Something went wrong, and nothing was recorded. Reload the page; if it happens again, tell your admin.")
    return True


ROUTES = [Route("/healthz", healthz)]
handler: Callable[[Exception], bool] = failed
app = st.App(
    Path(__file__).with_name("frame.py"),
    routes=ROUTES,
    middleware=[Middleware(Headers), Middleware(Unknown)],
    on_script_error=handler,
)
