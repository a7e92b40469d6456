"""Dashboard and scheduler as two processes that live and die together.

A child that dies is started again, three times; then the whole ends with the reason. SIGINT, SIGTERM and a closed
terminal end both within a few seconds. The address is printed when the page answers there.

A signal only raises a flag, which the loop looks at: an exception out of a handler could come between the start of a
child and the line that remembers it, and leave it behind.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import FrameType, TracebackType
from typing import Any, Self

from pathway.errors import PathwayError

RESTARTS = 3
"""How often a child may be started again within RESTARTS_SECONDS."""
RESTARTS_SECONDS = 3600.0
PATIENCE_SECONDS = 60.0
"""How long the page may take until it answers for the first time."""
FIRST_LOOK_SECONDS = 15.0
"""How long the scheduler's first look may hold up the address of a page that answers already."""
GRACE_SECONDS = 3.0
"""How long a child may take to end by itself before it is killed."""
RESTART_SECONDS = 1.0
"""How long the first restart waits; each further one as much longer."""
PROBE_SECONDS = 1.0
LOOK_SECONDS = 0.1
PORTS = 100
"""How many ports the demo tries."""


class CannotListen(PathwayError):
    """The dashboard cannot listen there: what is wrong with the address, and what to choose instead."""


class PortTaken(CannotListen):
    """Something else listens on the port: stop it, or choose another with --port or PATHWAY_PORT."""


# --- where it listens ---


def check_free(host: str, port: int) -> None:
    """Raises PortTaken where something listens there, CannotListen where nothing can."""
    if not 0 < port < 65536:
        raise CannotListen(f"{port} is no port: choose one from 1 to 65535 with --port or PATHWAY_PORT")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    f"port {port} on {host} is taken: stop what listens there, or choose another with --port or "
                    "PATHWAY_PORT"
                ) from None
            if error.errno == errno.EACCES:
                raise CannotListen(f"port {port} needs the rights of an administrator: choose one above 1023") from None
            raise CannotListen(
                f"{host!r} is no address of this machine: choose 127.0.0.1, or another with --host or PATHWAY_HOST"
            ) from None


def free_port(host: str, port: int) -> int:
    """The port, or the next one up that is free."""
    for candidate in range(port, port + PORTS):
        with suppress(PortTaken):
            check_free(host, candidate)
            return candidate
    raise PortTaken(f"no port from {port} to {port + PORTS - 1} is free on {host}: choose another with --port")


def address(host: str, port: int) -> str:
    """Where the dashboard is reached."""
    shown = _reached(host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what listens everywhere is reached here


def health(host: str, port: int) -> dict[str, Any] | None:
    """What the dashboard says of itself, well or not; None where it does not answer. No proxy is asked."""
    connection = HTTPConnection(_reached(host), port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        found = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) else None


# --- the processes ---


class Stop:
    """Whether somebody asked to end: by Ctrl-C, by SIGTERM, or by closing the terminal. Used as a context."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over. A SIGHUP that is ignored (nohup) stays so."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if name is not signal.SIGHUP or signal.getsignal(name) is not signal.SIG_IGN:
                self._before[name] = signal.signal(name, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True


@dataclass
class Child:
    """One of the processes, and when it was started."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    folder: str | None = None
    """Where it works; None: where this process does."""
    restarts: list[float] = field(default_factory=list)
    due: float | None = None
    """When it is to be started again, after it ended."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C in the terminal reaches the parent alone, which ends both."""
        self.due = None
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - we have one thread
        )

    def look_after(self, now: float) -> str | None:
        """Start it again where it ended; the reason where it ended too often."""
        if self.due is not None:
            if now >= self.due:
                self.start()
            return None
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        self._signal(signal.SIGKILL)  # whatever it left behind in its session
        self.restarts = [then for then in self.restarts if now - then < RESTARTS_SECONDS]
        ended = f"the {self.name} ended {_how(code)}"
        if len(self.restarts) == RESTARTS:
            return f"{ended}, after it was started again {RESTARTS} times: what it said stands above"
        self.restarts.append(now)
        self.due = now + RESTART_SECONDS * len(self.restarts)
        _say(f"{ended}; starting it again")
        return None

    def stop(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            self._signal(signal.SIGTERM)

    def finish(self, until: float) -> None:
        """Wait for its end, and kill it and all it started where it takes longer."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, until - time.monotonic()))
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, name: signal.Signals) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, name)


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """In the child: have the kernel end it when the parent is killed and can end nothing itself."""
    assert _LIBC is not None
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def children(
    database: str, *, host: str, port: int, environment: Mapping[str, str] | None = None, folder: str | None = None
) -> list[Child]:
    """The two processes. The database goes by the environment: a command line can be read by everybody on the
    machine. `-P`: a scheduler.py that lies in the working folder is not ours.
    """
    ours = {"PATHWAY_DB": database, "PATHWAY_HOST": host, "PATHWAY_PORT": str(port)}
    whole = {**(os.environ if environment is None else environment), **ours}
    return [Child(name, [sys.executable, "-P", "-m", name], whole, folder) for name in ("scheduler", "dashboard")]


def become(module: str, *arguments: str, database: str) -> None:
    """Turn this process into `python -m module`: a signal meant for it meets nobody in between. Does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-P", "-m", module, *arguments]
    os.execve(sys.executable, command, {**os.environ, "PATHWAY_DB": database})  # noqa: S606 - no shell is wanted


# --- together ---


def serve(
    database: str,
    *,
    host: str,
    port: int,
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
    stop: Stop | None = None,
) -> int:
    """Run both until somebody asks to end. 0 then, 1 where a process would not stay up.

    They get this process's environment and working folder, where no other is named. Raises CannotListen.
    """
    check_free(host, port)
    both = children(database, host=host, port=port, environment=environment, folder=folder)
    return watch(both, host=host, port=port, stop=stop)


def watch(both: Sequence[Child], *, host: str, port: int, stop: Stop | None = None) -> int:
    """Start the children, print the address once it answers, and keep them until the end."""
    if stop is None:
        with Stop() as stop:
            return watch(both, host=host, port=port, stop=stop)
    try:
        for child in both:
            child.start()
        return _watch(both, host, port, stop)
    finally:
        until = time.monotonic() + GRACE_SECONDS
        for child in both:
            child.stop()
        for child in both:
            child.finish(until)


def _watch(both: Sequence[Child], host: str, port: int, stop: Stop) -> int:
    begun = time.monotonic()
    answered: float | None = None
    announced = False
    while not stop.asked:
        now = time.monotonic()
        for child in both:
            reason = child.look_after(now)
            if reason is not None:
                _say(reason)
                return 1
        if not announced:
            found = health(host, port)
            if found is not None:
                answered = answered or now
                if found.get("ok") or now - answered > FIRST_LOOK_SECONDS:
                    print(address(host, port), flush=True)
                    announced = True
            elif now - begun > PATIENCE_SECONDS:
                _say(f"the page does not answer after {PATIENCE_SECONDS:.0f} s")
                return 1
        time.sleep(LOOK_SECONDS)
    return 0


def _how(code: int) -> str:
    """The end of a process in words."""
    if code >= 0:
        return f"with code {code}"
    with suppress(ValueError):
        return f"by {signal.Signals(-code).name}"
    return f"by signal {-code}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
