"""Dashboard and scheduler as two processes that live and die together.

A child that dies is started again, three times; then the whole ends with the reason. SIGINT and SIGTERM end both
within a few seconds. The address is printed when the page answers there.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from pathway.errors import PathwayError

RESTARTS = 3
PATIENCE_SECONDS = 60.0
"""How long the page may take until it answers for the first time."""
GRACE_SECONDS = 3.0
"""How long a child may take to end by itself before it is killed."""
LOOK_SECONDS = 0.2


class PortTaken(PathwayError):
    """Something else listens on the port: stop it, or choose another with --port or PATHWAY_PORT."""


def free_port(host: str, port: int) -> int:
    """The port, or the next one up that is free."""
    for candidate in range(port, port + 100):
        if _free(host, candidate):
            return candidate
    raise PortTaken(f"no port from {port} to {port + 99} is free on {host}: choose one with --port")


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind((host, port))
            return True
    return False


@dataclass
class Child:
    """One of the processes, and how often it was started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    restarts: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C in the terminal reaches the parent alone, which ends both."""
        self.process = subprocess.Popen(self.command, env=self.environment, start_new_session=True)

    def ended(self) -> int | None:
        """Its exit code once it has ended."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def finish(self, until: float) -> None:
        """Wait for its end, and kill it where it takes longer."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _Stopped(Exception):
    pass


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def children(database: str, *, host: str, port: int, navigator: str = "") -> list[Child]:
    """The two processes. The database goes by the environment: a command line can be read by everybody on the
    machine.
    """
    environment = {**os.environ, "PATHWAY_DB": database, "PATHWAY_HOST": host, "PATHWAY_PORT": str(port)}
    if navigator:
        environment["PATHWAY_NAVIGATOR"] = navigator
    return [
        Child("scheduler", [sys.executable, "-m", "scheduler"], environment),
        Child("dashboard", [sys.executable, "-m", "dashboard"], environment),
    ]


def serve(database: str, *, host: str, port: int, navigator: str = "") -> int:
    """Run both until SIGINT or SIGTERM. 0 where somebody stopped it, 1 where a process would not stay up.

    Raises PortTaken where something else listens on the port.
    """
    if not _free(host, port):
        raise PortTaken(f"port {port} on {host} is taken: stop what listens there, or choose another with --port")
    before = {name: signal.signal(name, _stop) for name in (signal.SIGINT, signal.SIGTERM)}
    both = children(database, host=host, port=port, navigator=navigator)
    try:
        for child in both:
            child.start()
        return _watch(both, host, port)
    except _Stopped:
        return 0
    finally:
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        until = time.monotonic() + GRACE_SECONDS
        for child in both:
            child.stop()
        for child in both:
            child.finish(until)
        for name, handler in before.items():
            signal.signal(name, handler)


def _watch(both: list[Child], host: str, port: int) -> int:
    announced = False
    begun = time.monotonic()
    while True:
        for child in both:
            code = child.ended()
            if code is None:
                continue
            if child.restarts == RESTARTS:
                print(f"the {child.name} ended {RESTARTS + 1} times, last with code {code}: see above", file=sys.stderr)
                return 1
            child.restarts += 1
            print(f"the {child.name} ended with code {code}; starting it again", file=sys.stderr)
            time.sleep(child.restarts)
            child.start()
        if not announced and answers(host, port):
            print(f"http://{_shown(host)}:{port}", flush=True)
            announced = True
        if not announced and time.monotonic() - begun > PATIENCE_SECONDS:
            print(f"the page does not answer after {PATIENCE_SECONDS:.0f} s", file=sys.stderr)
            return 1
        time.sleep(LOOK_SECONDS)


def _shown(host: str) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - where it listens, not where it is reached
    return f"[{shown}]" if ":" in shown else shown


def answers(host: str, port: int) -> bool:
    """Whether the dashboard answers; any answer will do, also that the scheduler has not looked yet."""
    address = f"http://{_shown(host)}:{port}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            answer.read()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
