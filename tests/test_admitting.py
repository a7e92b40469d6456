"""Admission carries the way on from step to step: what it allows and refuses is what a walk from the beginning does."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from pathway import events
from pathway.errors import Refused
from pathway.history import History
from pathway.journey import admit
from pathway.protocol import Protocol, load
from pathway.tracker import admitting as admitting_module
from pathway.tracker.admitting import Admitting
from tests.histories import ENTRY
from tests.walker import Walker

PROTOCOL = load()
NOW = datetime(2100, 1, 1, tzinfo=UTC)


def said(take: Callable[[], object]) -> str:
    """Why it was refused; empty where it was not."""
    try:
        take()
    except Refused as refused:
        return str(refused)
    return ""


def at(event: events.Event) -> events.Event:
    """The event as it is taken in: recorded now, where it does not say when."""
    return events.identified(event, recorded_at=NOW)


@pytest.mark.req("X5")
@pytest.mark.parametrize("seed", range(25))
def test_carried_on_or_walked_anew_a_step_is_judged_alike(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random histories with corrections, back-dated facts and take-overs, each event offered in order of arrival."""
    walked = Walker(random.Random(seed), 40)
    walked.go()
    admitting, known = Admitting(), History.of([])
    judged_anew: list[events.Event] = []

    def anew_too(history: History, event: events.Event, protocol: Protocol, *, today: date) -> History:
        judged_anew.append(event)
        return admit(history, event, protocol, today=today)

    monkeypatch.setattr(admitting_module, "admit", anew_too)
    steps = 0
    for offered in walked.walk.tries:
        try:
            event = events.identified(events.read(offered.event, today=ENTRY))
        except Refused:
            continue
        if known.find(event.id) is not None:
            continue
        anew = said(lambda: admit(known, at(event), PROTOCOL, today=ENTRY))  # noqa: B023
        carried = said(lambda: admitting.admit(event, now=NOW, today=ENTRY, protocol=PROTOCOL))  # noqa: B023
        assert carried == anew, offered.event
        steps += offered.event["type"] == "advanced"
        if not anew:
            known = History.of(admitting.events)
    carried_on = steps - sum(event.type == "advanced" for event in judged_anew)
    assert carried_on > 0
