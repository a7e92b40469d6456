"""The ASGI application: Streamlit's page, `/healthz`, and the headers that keep it out of other sites' frames."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import desk
from pathway import views
from pathway.errors import PathwayError

log = logging.getLogger("dashboard")

HEADERS = {
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"content-security-policy": b"frame-ancestors 'none'; form-action 'self'; base-uri 'self'",
}
SILENT_SECONDS = 300
"""A scheduler that has not looked for this long is silent: reminders do not come."""


class Headers:
    """Adds the security headers to every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on, with the headers in front of an answer's own."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in HEADERS.items() if name not in known),
                ]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def healthz(_request: Request) -> JSONResponse:
    """Whether the database answers and the scheduler looks: 200 or 503."""
    try:
        looked = views.last_look(desk.store())
    except PathwayError:
        return JSONResponse({"ok": False, "scheduler_last_look": None, "stuck": 0, "database": False}, 503)
    ok = looked is not None and not silent(looked, datetime.now(UTC))  # noqa: TID251 - the truth about now
    return JSONResponse(
        {"ok": ok, "scheduler_last_look": looked.isoformat() if looked else None, "stuck": 0, "database": True},
        200 if ok else 503,
    )


def silent(looked: datetime | None, now: datetime) -> bool:
    """Whether the scheduler has not looked for too long."""
    return looked is None or (now - looked).total_seconds() > SILENT_SECONDS


def failed(error: Exception) -> bool:
    """Say that something went wrong, without its data: a traceback may hold a patient's name."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    log.error("%s at %s", type(error).__name__, where)
    st.error("Something went wrong, and nothing was recorded. Reload the page; if it happens again, tell your admin.")
    return True


handler: Callable[[Exception], bool] = failed
app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[Route("/healthz", healthz)],
    middleware=[Middleware(Headers)],
    on_script_error=handler,
)
