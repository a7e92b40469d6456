"""What runs when. A handful of jobs, declared here; APScheduler keeps none of them anywhere else.

What is due, seen and owed stands in the store with unique keys, so that a job that runs twice, late, or after a crash
changes nothing but the time of its log line. Log lines hold counts and rules: no names, no MRNs.
"""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from pathway import protocol
from pathway.protocol import Protocol
from pathway.tracker import Store
from pathway.tracker.looking import look

log = logging.getLogger("scheduler")

EVERY_SECONDS = 60
"""How long what was recorded now waits to be raised."""


@dataclass(frozen=True)
class Clinic:
    """What the jobs work on: the store, the protocol in force, and the clinic's time zone."""

    store: Store
    protocol: Protocol
    zone: ZoneInfo

    @classmethod
    def open(cls, url: str, *, zone: str, site_file: str) -> Clinic:
        """Open the database; raises StoreError or ProtocolError."""
        return cls(Store(url), protocol.load(site_file), ZoneInfo(zone))

    def today(self) -> date:
        """The day at the clinic."""
        return datetime.now(self.zone).date()


def raise_what_is_due(clinic: Clinic, day: date | None = None) -> None:
    """The look: what opened, fell due, went overdue or became urgent since the last one."""
    found = look(clinic.store, day=day or clinic.today(), now=datetime.now(UTC), protocol=clinic.protocol)
    for (rule, threshold), count in sorted(found.items()):
        log.info("%s %s: %d", rule, threshold, count)


JOBS = (raise_what_is_due,)


def run_once(clinic: Clinic, *, day: date | None = None) -> None:
    """Every job once."""
    for job in JOBS:
        job(clinic, day)


def run_forever(clinic: Clinic) -> None:
    """Every job by its timetable, until SIGINT or SIGTERM."""
    timer = scheduler(clinic)

    def stop(_signal: int, _frame: Any) -> None:
        timer.shutdown(wait=False)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    log.info("looking every %d s, and at midnight in %s", EVERY_SECONDS, clinic.zone)
    timer.start()


def scheduler(clinic: Clinic) -> BlockingScheduler:
    """The timetable: at start, every minute, and when the clinic's day begins."""
    timer = BlockingScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    timer.add_listener(_went_wrong, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    timer.add_job(
        raise_what_is_due,
        IntervalTrigger(seconds=EVERY_SECONDS, timezone="UTC"),
        args=[clinic],
        id="look",
        next_run_time=datetime.now(UTC),
    )
    timer.add_job(
        raise_what_is_due, CronTrigger(hour=0, minute=0, second=5, timezone=clinic.zone), args=[clinic], id="new_day"
    )
    return timer


def _went_wrong(event: JobExecutionEvent) -> None:
    """A job that failed or was missed is said, and runs again at its next time."""
    error = getattr(event, "exception", None)
    log.error("job %s %s", event.job_id, f"failed: {type(error).__name__}" if error else "was missed")
