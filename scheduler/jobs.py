"""What runs when. A handful of jobs, declared here; APScheduler keeps none of them anywhere else.

What is due, seen and owed stands in the store with unique keys, so that a job that runs twice, late, or after a crash
changes nothing but the time of its log line. Log lines hold counts and rules: no names, no MRNs. This is the one
module of the scheduler that reads a clock.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from pathway import protocol
from pathway.protocol import Protocol
from pathway.tracker import Store
from pathway.tracker.leasing import hold, holder_of, release
from pathway.tracker.looking import Found, foresee, look

log = logging.getLogger("scheduler")

EVERY_SECONDS = 60
"""How long what was recorded now waits to be raised."""
LEASE_SECONDS = 90
"""How long a scheduler that vanished keeps another waiting, unless it is known to be gone."""
RENEWED_EVERY_SECONDS = 20
PATIENCE_SECONDS = 2.0
"""How long a look in progress may take to end once we are told to; what it has not committed by then is not kept."""
DUTY = "scheduler"


def today(zone: ZoneInfo) -> date:
    """The day at the clinic."""
    return datetime.now(zone).date()


def _place() -> str:
    """Where the number of a process means something: a host, its boot, and the space of processes we see there."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()} {uuid4()}"  # no such thing here: nobody is at the same place


def _is_gone(holder: str, place: str) -> bool:
    """Whether who holds the duty ran where we do, and runs no more. Where another program has its number, we wait."""
    where, _, process = holder.partition("/")
    number = process.partition("/")[0]
    if where != place or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)  # asks whether it is there
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it is there, and another user's
    return False


@dataclass
class Clinic:
    """What the jobs work on: the store, the protocol in force, the clinic's time zone, and who does the duty."""

    store: Store
    protocol: Protocol
    zone: ZoneInfo
    me: str = field(default_factory=lambda: f"{_place()}/{os.getpid()}/{uuid4().hex[:8]}")
    on_duty: bool | None = None
    """Whether we hold the lease; None before we asked."""

    @classmethod
    def open(cls, url: str, *, zone: str, site_file: str) -> Clinic:
        """Open the database; raises StoreError or ProtocolError."""
        return cls(Store(url), protocol.load(site_file), ZoneInfo(zone))

    def today(self) -> date:
        """The day at the clinic."""
        return today(self.zone)

    def takes_duty(self) -> bool:
        """Take or renew the lease; False while another scheduler looks after this database."""
        mine = self._holds() or (self._clears_away() and self._holds())
        if mine is not self.on_duty:
            log.info("on duty" if mine else "another scheduler looks after this database: standing by")
        self.on_duty = mine
        return mine

    def _holds(self) -> bool:
        return hold(self.store, DUTY, holder=self.me, now=datetime.now(UTC), lasts=timedelta(seconds=LEASE_SECONDS))

    def _clears_away(self) -> bool:
        """Give back the duty of a scheduler that was killed; whether there was one."""
        holder = holder_of(self.store, DUTY)
        if holder is None or not _is_gone(holder, self.me.partition("/")[0]):
            return False
        log.info("the scheduler on duty was killed")
        release(self.store, DUTY, holder=holder)
        return True

    def leave(self) -> None:
        """Give the duty back."""
        if self.on_duty:
            release(self.store, DUTY, holder=self.me)


def raise_what_is_due(clinic: Clinic, day: date | None = None) -> None:
    """The look: what opened, fell due, went overdue or became urgent since the last one."""
    found = look(clinic.store, day=day or clinic.today(), now=datetime.now(UTC), protocol=clinic.protocol)
    for (rule, threshold), count in sorted(found.items()):
        log.info("%s %s: %d", rule, threshold, count)


def would_be_raised(clinic: Clinic, day: date | None = None) -> Found:
    """What a look would raise. Nothing is recorded."""
    return foresee(clinic.store, day=day or clinic.today(), protocol=clinic.protocol)


JOBS = (raise_what_is_due,)


def run_once(clinic: Clinic, *, day: date | None = None) -> None:
    """Every job once, also while another scheduler is on duty: somebody asked, and nothing is raised twice."""
    for job in JOBS:
        job(clinic, day)


def run_forever(clinic: Clinic) -> None:
    """Every job by its timetable, until SIGINT or SIGTERM.

    They are waited for, not handled: what a handler raises in the middle of APScheduler's loop is swallowed there.
    """
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # for every thread that begins from here on
    timer = scheduler(clinic)
    log.info("looking every %d s, and when the day begins in %s", EVERY_SECONDS, clinic.zone)
    timer.start()
    signal.sigwait(ends)  # once is enough: a second one stays blocked
    _end(timer, clinic)


def _end(timer: BackgroundScheduler, clinic: Clinic) -> None:
    """Start nothing more, let what runs end, and give the duty back; a look that takes longer is cut off."""
    waiter = threading.Thread(target=timer.shutdown, kwargs={"wait": True}, daemon=True)
    waiter.start()
    waiter.join(PATIENCE_SECONDS)
    if waiter.is_alive():
        log.warning("stopped in the middle of a look: nothing of it is kept, the next one does it anew")
        logging.shutdown()
        os._exit(0)  # the worker's thread would be waited for; the store survives a process that vanishes
    clinic.leave()
    log.info("stopped")


def scheduler(clinic: Clinic) -> BackgroundScheduler:
    """The timetable: at start, every minute, and when the clinic's day begins. One job at a time."""
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)  # a traceback may hold a patient's data
    timer = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(1), "lease": ThreadPoolExecutor(1)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    timer.add_listener(_went_wrong, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    now = datetime.now(UTC)
    every = IntervalTrigger(seconds=EVERY_SECONDS, timezone="UTC")
    daily = CronTrigger(hour=0, minute=0, second=5, timezone=clinic.zone)
    timer.add_job(_on_duty, every, args=[clinic], id="look", next_run_time=now)
    timer.add_job(_on_duty, daily, args=[clinic], id="new_day")
    renewed = IntervalTrigger(seconds=RENEWED_EVERY_SECONDS, timezone="UTC")
    timer.add_job(clinic.takes_duty, renewed, id="lease", executor="lease")
    return timer


def _on_duty(clinic: Clinic) -> None:
    """Every job, by the one scheduler that holds the lease."""
    if clinic.takes_duty():
        run_once(clinic)


def _went_wrong(event: JobExecutionEvent) -> None:
    """A job that failed or was missed is said, without its data, and runs again at its next time."""
    error = getattr(event, "exception", None)
    log.error("job %s %s", event.job_id, f"failed: {type(error).__name__}{_where(error)}" if error else "was missed")


def _where(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f" at {Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
