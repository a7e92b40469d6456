"""Two processes that live and die together: where they listen, when the address is said, how they end."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pathway import serving
from pathway.serving import CannotListen, Child, PortTaken, Stop
from tests.processes import left, port

HOST = "127.0.0.1"


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with socket.socket() as other:
        other.bind((HOST, port))
        other.listen()
        yield other.getsockname()[1]


# --- where it listens ---


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with listening() as port, pytest.raises(PortTaken) as refused:
        serving.serve("sqlite://", host=HOST, port=port)
    for words in (str(port), "is taken", "stop what listens there", "--port", "PATHWAY_PORT"):
        assert words in str(refused.value)


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        (HOST, 0, "0 is no port: choose one from 1 to 65535"),
        (HOST, 65536, "65536 is no port"),
        ("192.0.2.1", 8501, "is no address of this machine"),
        ("no such host.invalid", 8501, "is no address of this machine"),
    ],
)
def test_where_nothing_can_listen_is_told_apart_from_a_taken_port(host: str, port: int, words: str) -> None:
    with pytest.raises(CannotListen, match=words) as refused:
        serving.check_free(host, port)
    assert type(refused.value) is CannotListen


def test_the_demo_takes_the_next_free_port() -> None:
    with listening() as taken:
        found = serving.free_port(HOST, taken)
    assert taken < found <= taken + serving.PORTS


def test_the_demo_says_that_no_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PORTS", 1)
    with listening() as port, pytest.raises(PortTaken, match="no port from"):
        serving.free_port(HOST, port)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("0.0.0.0", "http://127.0.0.1:8501"),
        ("::", "http://[::1]:8501"),
        ("clinic.example", "http://clinic.example:8501"),
    ],
)
def test_the_address_is_one_that_a_browser_reaches(host: str, shown: str) -> None:
    assert serving.address(host, 8501) == shown


# --- what the processes are told ---


def test_the_database_stands_in_no_command_line() -> None:
    url = "postgresql://nurse:secret@db/clinic"
    for child in serving.children(url, host=HOST, port=8501):
        assert not any("secret" in word for word in child.command)
        assert child.environment["PATHWAY_DB"] == url
        assert child.environment["PATHWAY_PORT"] == "8501"
        assert "secret" not in repr(child)


# --- when the address is said, and how they end ---


class Page:
    """A page that answers /healthz as it is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = page.answers.pop(0) if len(page.answers) > 1 else page.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.port = self.server.server_address[1]
        self.asked = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.asked.start()


@pytest.fixture
def clinic_page() -> Iterator[Page]:
    found = Page()
    yield found
    found.server.shutdown()
    found.asked.join()
    found.server.server_close()


WELL, UNWELL = (json.dumps({"ok": ok}) for ok in (True, False))


class Soon(Stop):
    """Somebody asks to end after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    @property
    def asked(self) -> bool:  # type: ignore[override]
        self.looks -= 1
        return self.looks < 0


def child(code: str, mark: Path | str = "") -> Child:
    return Child("child", [sys.executable, "-c", code], {**os.environ, "MARK": str(mark)})


SLEEPING = "import time; time.sleep(60)"


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("RESTART_SECONDS", 0.02), ("LOOK_SECONDS", 0.02), ("GRACE_SECONDS", 1.0)):
        monkeypatch.setattr(serving, name, seconds)


@pytest.mark.usefixtures("fast")
def test_the_address_is_said_once_when_the_page_is_well(
    clinic_page: Page, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody asks it
    clinic_page.answers = [(200, "<html>"), (503, UNWELL), (503, UNWELL), (200, WELL)]
    assert serving.watch([child(SLEEPING)], host=HOST, port=clinic_page.port, stop=Soon(3)) == 0
    assert capsys.readouterr().out == ""
    clinic_page.answers = [(503, UNWELL), (200, WELL)]
    assert serving.watch([child(SLEEPING)], host=HOST, port=clinic_page.port, stop=Soon(6)) == 0
    assert capsys.readouterr().out == f"http://127.0.0.1:{clinic_page.port}\n"


@pytest.mark.usefixtures("fast")
def test_a_first_look_that_takes_long_does_not_keep_the_address_back_for_ever(
    clinic_page: Page, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "FIRST_LOOK_SECONDS", 0.05)
    clinic_page.answers = [(503, UNWELL)]
    assert serving.watch([child(SLEEPING)], host=HOST, port=clinic_page.port, stop=Soon(20)) == 0
    assert capsys.readouterr().out == f"http://127.0.0.1:{clinic_page.port}\n"


@pytest.mark.usefixtures("fast")
def test_a_page_that_never_answers_ends_the_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", 0.2)
    at = port()
    assert serving.watch([child(SLEEPING, tmp_path)], host=HOST, port=at, stop=Soon(10_000)) == 1
    assert "does not answer" in capsys.readouterr().err
    assert left(str(tmp_path)) == []


@pytest.mark.usefixtures("fast")
def test_a_child_that_ends_is_started_again_three_times_then_all_end_with_the_reason(
    clinic_page: Page, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clinic_page.answers = [(200, WELL)]
    starts = tmp_path / "starts"
    dying = child(f"open({str(starts)!r}, 'a').write('x'); raise SystemExit(3)")
    other = child(SLEEPING, tmp_path)
    assert serving.watch([other, dying], host=HOST, port=clinic_page.port, stop=Soon(10_000)) == 1
    assert starts.read_text() == "xxxx", "once, and three times again"
    said = capsys.readouterr().err.splitlines()
    assert said[:3] == ["the child ended with code 3; starting it again"] * 3
    assert said[3] == "the child ended with code 3, after it was started again 3 times: what it said stands above"
    assert left(str(tmp_path)) == []


@pytest.mark.usefixtures("fast")
def test_ends_long_ago_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    dying = child("raise SystemExit(3)")
    for day in range(6):
        dying.start()
        assert dying.process is not None
        dying.process.wait()
        assert dying.look_after(86_400.0 * day) is None
        assert len(dying.restarts) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
@pytest.mark.usefixtures("fast")
def test_a_child_that_will_not_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    grandchild = f"{deaf}import time; time.sleep(60)"
    stubborn = child(
        f"{deaf}import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {grandchild!r}]); time.sleep(60)",
        tmp_path,
    )
    stubborn.start()
    waited = time.monotonic() + 10
    while len(left(str(tmp_path))) < 2 and time.monotonic() < waited:
        time.sleep(0.05)
    time.sleep(0.3)  # both are deaf by now
    assert len(left(str(tmp_path))) == 2
    stubborn.stop()
    stubborn.finish(time.monotonic() + 0.3)
    waited = time.monotonic() + 2
    while left(str(tmp_path)) and time.monotonic() < waited:
        time.sleep(0.05)
    assert left(str(tmp_path)) == []


def test_signals_are_taken_over_and_given_back() -> None:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(name) for name in names]
    for name in names:
        with Stop() as stop:
            assert not stop.asked
            signal.raise_signal(name)
            assert stop.asked
    assert [signal.getsignal(name) for name in names] == before


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stop() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.asked
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("code", "words"), [(1, "with code 1"), (-9, "by SIGKILL"), (-64, "by SIGRTMAX"), (-99, "by signal 99")]
)
def test_an_end_is_said_in_words(code: int, words: str) -> None:
    assert serving._how(code) == words


# --- the real ones ---


def pathway(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("pathway")), *words],
        cwd=tmp_path,
        env={**os.environ, "PATHWAY_DB": f"sqlite:///{tmp_path}/clinic.db"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_serve_starts_what_was_killed_again_and_ends_both(tmp_path: Path) -> None:
    at = port()
    process = pathway(tmp_path, "serve", "--port", str(at))
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"http://127.0.0.1:{at}\n"
        first = {pid for pid in left(str(tmp_path)) if pid != process.pid}
        assert len(first) == 2
        for pid in first:
            assert str(tmp_path) not in Path(f"/proc/{pid}/cmdline").read_text(), "a command line is public"
            os.kill(pid, signal.SIGKILL)
        waited = time.monotonic() + 30
        while serving.health(HOST, at) is None and time.monotonic() < waited:
            time.sleep(0.1)
        second = {pid for pid in left(str(tmp_path)) if pid != process.pid}
        assert len(second) == 2
        assert not first & second
        begun = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=30)
        assert time.perf_counter() - begun < 5
        assert process.returncode == 0
        assert out == "", "the address is said once"
        assert errors.count("ended by SIGKILL; starting it again") == 2
        assert left(str(tmp_path)) == []
    finally:
        process.kill()


@pytest.mark.slow
def test_serve_refuses_a_taken_port_in_a_sentence(tmp_path: Path) -> None:
    with listening() as port:
        process = pathway(tmp_path, "serve", "--port", str(port))
        out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert errors.splitlines() == [
        f"port {port} on {HOST} is taken: stop what listens there, or choose another with --port or PATHWAY_PORT"
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_pathway_scheduler_is_the_scheduler_so_that_a_signal_meets_it(tmp_path: Path) -> None:
    process = pathway(tmp_path, "scheduler")
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "on duty" in line:
                break
        assert left(str(tmp_path)) == [process.pid]
        process.terminate()
        process.communicate(timeout=5)
        assert process.returncode == 0
        assert left(str(tmp_path)) == []
    finally:
        process.kill()
