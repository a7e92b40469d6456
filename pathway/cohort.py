"""The cohort in figures: where patients are, where they wait, whether the guideline is kept, and what comes of it.

Each patient is summed up once, by replay; the figures are counted from these sums. A sum holds until the patient's
record grows, so that who keeps them (`Sums`) replays only whom something happened to.
"""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from math import isnan
from typing import Any, NamedTuple

from pathway.alerts import OVERDUE, URGENT, Kept, kept, quiet_until, seen
from pathway.case.bevacizumab import BIOLOGIC_WITH_HOLD
from pathway.criteria import MET
from pathway.dates import add_months
from pathway.history import History
from pathway.journey import Entry, deviations, walk
from pathway.outcome import Group, Outcome, outcome
from pathway.protocol import Protocol, Reference
from pathway.states import OPEN, State
from pathway.store import Store, lists, protocols

FIVE_YEARS, TWO_YEARS = 60, 24
"""Months: where the guideline gives its figures."""
DAYS_A_MONTH = 365.25 / 12
WEEKS = 13
"""How far ahead the demand is shown."""
FIVE = ("D1", "D2", "D3", "D4", "D5")


class Taken(NamedTuple):
    """A step, and how the questions that are counted were answered when it was taken: row to whether it was met."""

    on: date
    trigger: str
    met: dict[str, bool]


class Sum(NamedTuple):
    """One patient, summed up as of the last event on record by a day."""

    mrn: str
    key: str
    name: str
    owner: str
    state: State
    since: date
    way: tuple[tuple[date, State], ...]
    """The states, each with the day it was entered."""
    steps: tuple[Taken, ...]
    deviations: tuple[str, ...]
    """The rows of the guideline that were differed from."""
    held: tuple[tuple[date, bool], ...]
    """Operations after bevacizumab: the day, and whether the six weeks were kept (G3)."""
    reassessed: tuple[tuple[date, bool], ...]
    """Each time therapy led to reassessment: the day, and whether before the day on which it becomes urgent (C6)."""
    owed: tuple[Kept, ...]
    outcome: Outcome


def summed(key: str, history: History, day: date, protocol: Protocol, judged_by: dict[str, Protocol]) -> Sum | None:
    """A patient summed up; None where nobody is registered by then."""
    journey = walk(history, day, protocol, judged_by=judged_by)
    if journey is None:
        return None
    case = journey.case
    found = deviations(journey, history)
    early = {one.on for one in found if one.id == "G3"}
    held = [start.on for start in case.starts if start.biologic == BIOLOGIC_WITH_HOLD]
    return Sum(
        case.registered.mrn,
        key,
        case.registered.name,
        case.navigator,
        case.state,
        case.since,
        tuple((entry.on, entry.state) for entry in journey.entries),
        tuple(
            Taken(step.event.on, step.event.trigger, {one.id: one.verdict is MET for one in step.findings})
            for step in journey.steps
        ),
        tuple(one.id for one in found),
        tuple((one.on, one.on not in early) for one in case.surgery if any(on <= one.on for on in held)),
        tuple(_reassessed(journey.entries, protocol)),
        tuple(kept(journey)),
        outcome(case),
    )


def _reassessed(entries: Sequence[Entry], protocol: Protocol) -> Iterator[tuple[date, bool]]:
    for before, after in itertools.pairwise(entries):
        if before.state in (State.NEOADJUVANT, State.SYSTEMIC) and after.state is State.REASSESSMENT:
            yield after.on, after.on <= add_months(before.on, protocol.numbers.reassessment_urgent_months)


class Sums:
    """Everybody summed up on a day; asked again, only those whose record has grown since are replayed."""

    def __init__(self) -> None:
        self._for: tuple[Store, date, str] | None = None
        self._known: dict[int, tuple[int, Sum | None]] = {}
        """By record: the version that was summed up, and the sum."""

    def of(self, store: Store, *, day: date, protocol: Protocol) -> list[Sum]:
        """Everybody registered by a day."""
        with store.read() as connection:
            if self._for != (store, day, protocol.version):
                self._for, self._known = (store, day, protocol.version), {}
            versions = lists.versions(connection)
            grown = [id_ for id_, version in versions.items() if self._known.get(id_, (0, None))[0] != version]
            for told in protocols.histories(connection, protocol, only=grown):
                id_, key = told.whole.id, told.whole.key
                self._known[id_] = versions[id_], summed(key, told.history, day, protocol, told.judged_by)
        return [one for _, one in self._known.values() if one is not None]


def cohort(store: Store, *, day: date, protocol: Protocol, sums: Sums | None = None) -> dict[str, Any]:
    """The figures of everybody registered by a day. `sums` keeps what was summed up before."""
    return counted((sums or Sums()).of(store, day=day, protocol=protocol), day=day, protocol=protocol)


def counted(sums: Sequence[Sum], *, day: date, protocol: Protocol) -> dict[str, Any]:
    """The figures, with both counts each."""
    alerts = {one.mrn: [seen(owed, one.mrn, day) for owed in one.owed] for one in sums}
    late = {mrn: [alert["rule"] for alert in hers if alert["status"] == OVERDUE] for mrn, hers in alerts.items()}
    by_state = Counter(one.state for one in sums)
    overdue = Counter(rule for rules in late.values() for rule in rules)
    open_ = [one for one in sums if one.state in OPEN]

    def share(name: str, text: str, of: Sequence[Sum], having: Callable[[Sum], bool]) -> dict[str, Any]:
        return _kpi(name, text, sum(map(having, of)), len(of))

    def urgent(one: Sum) -> bool:
        return any(alert["severity"] == URGENT for alert in alerts[one.mrn])

    def questioned(one: Sum) -> bool:
        return any(owed.rule == "guard_violated" for owed in one.owed)

    return {
        "as_of": day.isoformat(),
        "patients": len(sums),
        "open": len(open_),
        "states": {state.value: by_state[state] for state in State},
        "overdue": dict(sorted(overdue.items())),
        "deviations": dict(sorted(Counter(row for one in sums for row in one.deviations).items())),
        "kpis": [
            share("overdue", "Open patients with something overdue", open_, lambda one: bool(late[one.mrn])),
            share("urgent", "Open patients with something urgent", open_, urgent),
            share("deviating", "Patients with a deviation from the guideline", sums, lambda one: bool(one.deviations)),
            share("questioned", "Patients with a step called in question", sums, questioned),
            share("without_next_step", "Open patients without a next step", open_, lambda one: not one.owed),
            *(measure.over(sums, day, protocol) for measure in MEASURES),
        ],
        "flow": flow(sums),
        "waiting": waiting(open_, day, protocol),
        "survival": [survival(sums, group, protocol, day) for group in Group],
        "recurrence": recurrence(sums, protocol, day),
        "demand": demand(open_, day),
    }


def _kpi(name: str, text: str, numerator: int, denominator: int) -> dict[str, Any]:
    return {"id": name, "text": text, "numerator": numerator, "denominator": denominator}


# --- whether the guideline is kept ---


class Measure(NamedTuple):
    """A figure of the guideline's keeping: each time it could be kept, with the day, and whether it was."""

    id: str
    text: str
    row: str
    definition: str
    times: Callable[[Sum], Iterable[tuple[date, bool]]]

    def over(self, sums: Iterable[Sum], day: date, protocol: Protocol) -> dict[str, Any]:
        """The figure of the last twelve months, with both counts, who missed it, and the months one by one."""
        first = add_months(day.replace(day=1), -11)
        months = [add_months(first, place) for place in range(12)]
        top, bottom, missed = Counter[date](), Counter[date](), []
        for one in sums:
            for on, was in self.times(one):
                if first <= on <= day:
                    bottom[on.replace(day=1)] += 1
                    top[on.replace(day=1)] += was
                    if not was:
                        missed.append({"mrn": one.mrn, "key": one.key, "name": one.name, "on": on.isoformat()})
        return {
            **_kpi(self.id, self.text, top.total(), bottom.total()),
            "row": self.row,
            "definition": self.definition.format(n=protocol.numbers),
            "months": [
                {"month": month.isoformat()[:7], "numerator": top[month], "denominator": bottom[month]}
                for month in months
            ],
            "missed": sorted(missed, key=lambda one: (one["on"], one["mrn"]), reverse=True),
        }


def _answered(*rows: str, triggers: Iterable[str] = ()) -> Callable[[Sum], Iterable[tuple[date, bool]]]:
    wanted = set(triggers)

    def times(one: Sum) -> Iterable[tuple[date, bool]]:
        for step in one.steps:
            asked = [step.met[row] for row in rows if row in step.met]
            if asked and (not wanted or step.trigger in wanted):
                yield step.on, all(asked)

    return times


MEASURES = (
    Measure(
        "quorum", "Decisions by the whole MDT", "M1",
        "Treatment steps of the last twelve months whose MDT decision had every role; the rest were overridden",
        _answered("M1"),
    ),
    Measure(
        "profile", "Profile known before the first line", "C5",
        "Steps into therapy from the work-up at which no result was missing that would change the regimen",
        _answered("C5"),
    ),
    Measure(
        "all_five", "Resections offered with all five met", "D1",
        "Steps to resection from reassessment at which D1 to D5 were all met",
        _answered(*FIVE, triggers=("offer_resection",)),
    ),
    Measure(
        "reassessed", "Reassessed in time", "C6",
        "Stays in therapy that led to reassessment before the day on which a reassessment becomes urgent",
        lambda one: one.reassessed,
    ),
    Measure(
        "hold", "Six weeks between bevacizumab and surgery", "G3",
        "Operations in patients who had bevacizumab, at least {n.bevacizumab_hold_days} days after the last dose",
        lambda one: one.held,
    ),
)  # fmt: skip


# --- where they are, and where they wait ---


def flow(sums: Iterable[Sum]) -> dict[str, Any]:
    """From state to state, each patient's first passages only; a step back, or again, is counted and not drawn."""
    links: Counter[tuple[State, State]] = Counter()
    steps = 0
    rank = {state: place for place, state in enumerate(State)}
    for one in sums:
        here = one.way[0][1]
        for _, state in one.way[1:]:
            steps += 1
            if rank[state] > rank[here]:
                links[here, state] += 1
                here = state
    ordered = sorted(links.items(), key=lambda item: (rank[item[0][0]], rank[item[0][1]]))
    return {
        "links": [{"from": a.value, "to": b.value, "patients": count} for (a, b), count in ordered],
        "not_drawn": steps - links.total(),
    }


def waiting(sums: Iterable[Sum], day: date, protocol: Protocol) -> list[dict[str, Any]]:
    """How long each open patient has been in the present state, and the window after which nothing moving is said."""
    return [
        {
            "mrn": one.mrn,
            "name": one.name,
            "state": one.state.value,
            "days": (day - one.since).days,
            "limit": protocol.windows.get(one.state.value),
        }
        for one in sums
    ]


def demand(sums: Iterable[Sum], day: date) -> list[dict[str, Any]]:
    """What falls due in each of the next weeks, by owner; what is late stands in the first. Snoozed ones when they
    end.
    """
    monday = day - timedelta(days=day.weekday())
    weeks: Counter[tuple[date, str]] = Counter()
    for one in sums:
        for owed in one.owed:
            due = max(owed.due_on, quiet_until(owed, day) or owed.due_on)
            week = max(due - timedelta(days=due.weekday()), monday)
            if week < monday + timedelta(weeks=WEEKS):
                weeks[week, owed.owner] += 1
    return [{"week": week.isoformat(), "owner": owner, "due": count} for (week, owner), count in sorted(weeks.items())]


# --- what comes of it ---


def survival(sums: Iterable[Sum], group: Group, protocol: Protocol, day: date) -> dict[str, Any]:
    """Kaplan-Meier of one group with its 95 % band, beside the guideline's figure."""
    followed = [
        (_months(came.since, came.died_on or min(came.last_seen, day)), came.died_on is not None)
        for came in (one.outcome for one in sums)
        if came.group is group and came.since is not None
    ]
    return {**_curve(followed), "group": group.value, "reference": _reference(protocol.references[group.value])}


def recurrence(sums: Iterable[Sum], protocol: Protocol, day: date) -> dict[str, Any]:
    """How many come back after the first operation, and when: the complement of Kaplan-Meier, deaths censored."""
    followed, sites, back = [], Counter[str](), []
    for one in sums:
        came = one.outcome
        if came.operated_on is None:
            continue
        until = came.recurred_on or came.died_on or min(came.last_seen, day)
        months = _months(came.operated_on, until)
        followed.append((months, came.recurred_on is not None))
        if came.recurred_on is not None:
            back.append((months, came.resected_again))
            sites.update(came.sites)
    return {
        **_curve(followed),
        "within_two_years": sum(months <= TWO_YEARS for months, _ in back),
        "recurred": len(back),
        "resected_again": sum(again for _, again in back),
        "sites": dict(sites.most_common()),
        "references": [
            _reference(protocol.references[name])
            for name in ("recurrence_after_resection", "recurrence_within_two_years", "re_resection_eligible")
        ],
    }


def _months(since: date, until: date) -> float:
    return max((until - since).days, 0) / DAYS_A_MONTH


def _reference(one: Reference) -> dict[str, Any]:
    return {"low": one.low, "high": one.high, "unit": one.unit, "row": one.row, "quote": one.quote}


def _curve(followed: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """The share without the event by months, its 95 % band (log-log), and how many are followed still."""
    empty = {"patients": 0, "events": 0, "points": [], "at_risk": [], "median": None, "at_five_years": None}
    if not followed:
        return empty
    from scipy.stats import CensoredData, ecdf  # 0.7 s: only who looks at outcomes pays for it

    happened = [months for months, was in followed if was]
    censored = [months for months, was in followed if not was]
    points = [{"month": 0.0, "share": 1.0, "low": 1.0, "high": 1.0}]
    if happened:
        found = ecdf(CensoredData(uncensored=happened, right=censored)).sf
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # no band where all are alive, or none
            band = found.confidence_interval(method="log-log")
        for month, share, low, high in zip(
            found.quantiles, found.probabilities, band.low.probabilities, band.high.probabilities, strict=True
        ):
            bounds = [float(share) if isnan(bound) else float(bound) for bound in (low, high)]
            points.append({"month": float(month), "share": float(share), "low": bounds[0], "high": bounds[1]})
    last = max(months for months, _ in followed)
    reached = last >= FIVE_YEARS
    return {
        "patients": len(followed),
        "events": len(happened),
        "points": points,
        "at_risk": [
            {"month": month, "patients": sum(months >= month for months, _ in followed)} for month in range(0, 73, 12)
        ],
        "median": next((point["month"] for point in points if point["share"] <= 0.5), None),
        "at_five_years": [point for point in points if point["month"] <= FIVE_YEARS][-1] if reached else None,
    }
