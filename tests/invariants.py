"""What must hold of every history (X1-X6), each as a function that says in words where it does not.

Each takes the events in order of arrival and a source of chance. `tests/test_invariants.py` asks them over fixed walks,
`tools/prove.py` over walks without end; a broken one is shown with the smallest history that breaks it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from pathway import events
from pathway.answer import show
from pathway.errors import Refused
from pathway.events import Died, Withdrawn
from pathway.history import History
from pathway.journey import admit
from pathway.journey import walk as replay
from pathway.states import OPEN, State
from tests.walker import FACTS, MRN, PROTOCOL, STEERING, Fields, Try, Walk, Walker, parsed

DAY = timedelta(days=1)
FAR = date(2199, 12, 31)
Answer = dict[str, Any]
Broken = Iterator[str]
PERHAPS_PAST = ("stale_before_surgery", "second_stage", "primary_in_place")
"""Due on a day that somebody named, which may have been past already when she named it."""
DATED = ("id", "rule", "row", "opens_on", "due_on", "reason", "source", "owner")
"""What of an alert does not depend on the day one asks."""


def derived(answer: Answer | None) -> Answer | None:
    """An answer without the list of what was recorded."""
    return answer and {name: value for name, value in answer.items() if name != "history"}


def owed(answer: Answer | None) -> dict[str, tuple[Any, ...]]:
    """What is owed, apart from how it is seen on a day."""
    return {one["rule"]: tuple(one[part] for part in DATED) for one in (answer or {"alerts": []})["alerts"]}


def ask(history: History, day: date) -> Answer | None:
    return show(history, day, PROTOCOL)


def last_day(history: History) -> date:
    return max((event.on for event in history.order), default=date(2020, 1, 1))


def some_days(history: History, rng: random.Random, some: int = 4) -> list[date]:
    """The last day, later ones, and some on which something happened or the day before and after."""
    last = last_day(history)
    happened = sorted({event.on for event in history.order})
    found = {last, last + rng.choice((1, 13, 14, 15, 90, 400)) * DAY}
    found |= {day + rng.choice((-1, 0, 0, 1)) * DAY for day in rng.sample(happened, min(some, len(happened)))}
    return sorted(found)


def what_differs(one: Answer | None, other: Answer | None) -> str:
    """The parts in which two answers differ, in short."""
    if one is None or other is None:
        return "registered or not" if one is not other else ""
    parts = [name for name in one if one[name] != other.get(name)]
    return ", ".join(f"{name}: {one[name]!r:.200} / {other.get(name)!r:.200}" for name in parts)


# --- X1 --------------------------------------------------------------------------------------------------------------


def next_step(found: list[Fields], rng: random.Random) -> Broken:
    """An open patient has a dated, owned next step within her state's window; a closed one owes nothing."""
    history = History.of(parsed(found))
    for day in some_days(history, rng):
        answer = ask(history, day)
        if answer is None:
            continue
        alerts, state = answer["alerts"], State(answer["state"])
        rules = [one["rule"] for one in alerts]
        if len(set(rules)) < len(rules):
            yield f"on {day}: two alerts of one rule: {rules}"
        if [one["id"] for one in alerts] and answer["next_step"] != alerts[0]:
            yield f"on {day}: the next step is not the first alert"
        if state is State.CLOSED and (alerts or answer["options"] or answer["next_step"]):
            yield f"on {day}: closed, and yet owed {rules}"
        if state is State.COMPLETED and not set(rules) <= {"guard_violated", "mdt_review"}:
            yield f"on {day}: completed, and yet owed {rules}"
        if state not in OPEN:
            continue
        if not alerts:
            yield f"on {day}: open ({state}) and nothing owed"
            continue
        news = [event.on for event in history.order if event.on <= day and event.type not in (*STEERING, "advanced")]
        by = max([date.fromisoformat(answer["since"]), *news]) + PROTOCOL.windows[state] * DAY
        first = min(date.fromisoformat(one["due_on"]) for one in alerts)
        if first > by:
            yield f"on {day}: nothing owed by {by} ({state}); the first is due {first}"
        if not all(one["owner"] for one in alerts):
            yield f"on {day}: an alert has no owner"
        for one in alerts:
            if one["opens_on"] > one["due_on"] and one["rule"] not in PERHAPS_PAST:
                yield f"on {day}: {one['rule']} opens on {one['opens_on']}, after it is due on {one['due_on']}"


# --- X5: the order of recording, the day of asking, replay ------------------------------------------------------------


def shuffled(found: list[Fields], rng: random.Random) -> list[Fields]:
    """The same events in another order of arrival; steps among themselves keep theirs, and corrections too."""
    mixed = list(found)
    rng.shuffle(mixed)
    for kind in ("advanced", "corrected"):
        kept = iter([event for event in found if event["type"] == kind])
        mixed = [next(kept) if event["type"] == kind else event for event in mixed]
    if rng.random() < 0.5:
        ordered = ("advanced", "corrected")
        mixed = [
            event if event["type"] in ordered else {key: value for key, value in event.items() if key != "recorded_at"}
            for event in mixed
        ]
    return mixed


def order_of_recording(found: list[Fields], rng: random.Random) -> Broken:
    """In which order facts were recorded never matters."""
    history = History.of(parsed(found))
    for _ in range(2):
        other = History.of(parsed(shuffled(found, rng)))
        for day in some_days(history, rng, 2):
            difference = what_differs(derived(ask(history, day)), derived(ask(other, day)))
            if difference:
                yield f"on {day}, recorded in another order: {difference}"


def same_again(found: list[Fields], rng: random.Random) -> Broken:
    """Read anew from text, or admitted one by one: the same answer. Also asked twice."""
    history = History.of(parsed(found))
    lines = [json.dumps(event) for event in found]
    again = History.of(parsed([events.parse(line) for line in lines]))
    one_by_one = History.of([])
    try:
        for event in parsed(found):
            one_by_one = admit(one_by_one, event, PROTOCOL, today=FAR)
    except Refused:
        return
    stored = History.of([events.decode(events.body(event)) for event in history.events])
    for day in some_days(history, rng, 2):
        first = ask(history, day)
        for words, other in (
            ("asked twice", history),
            ("read anew", again),
            ("step by step", one_by_one),
            ("stored", stored),
        ):
            difference = what_differs(first, ask(other, day))
            if difference:
                yield f"on {day}, {words}: {difference}"


def later_facts(found: list[Fields], rng: random.Random) -> Broken:
    """What is derived of a day depends on nothing that happened later, and on a correction only by what it says."""
    history = History.of(parsed(found))
    for day in some_days(history, rng):
        plain = History.of([event for event in history.order if event.on <= day])
        difference = what_differs(derived(ask(history, day)), derived(ask(plain, day)))
        if difference:
            yield f"on {day}, with what came later or was corrected left out: {difference}"


DAYS_LATER = (1, 7, 13, 14, 15, 41, 60, 92, 181, 366, 800)


def two_days(found: list[Fields], rng: random.Random) -> Broken:
    """Asked on two days with nothing between: the same, apart from how it is seen."""
    history = History.of(parsed(found))
    last = last_day(history)
    first = ask(history, last)
    if first is None:
        return
    for days in rng.sample(DAYS_LATER, 4):
        other = ask(history, last + days * DAY)
        assert other is not None
        if owed(first) != owed(other):
            now, then = owed(first), owed(other)
            wrong = {
                rule: (now.get(rule), then.get(rule)) for rule in {**now, **then} if now.get(rule) != then.get(rule)
            }
            yield f"asked on {last} and {days} days later, another obligation: {wrong}"
        fixed = ("state", "since", "classification", "risk_factors", "high_risk", "recommendation", "suggestions")
        for name in (*fixed, "deviations"):
            if first[name] != other[name]:
                yield f"asked on {last} and {days} days later, another {name}: {first[name]} / {other[name]}"
        for one, two in zip(first["options"], other["options"], strict=True):
            if one["trigger"] in ("complete_follow_up", "begin_surveillance"):
                continue  # whether the years or months are over depends on the day
            if one != two:
                yield f"asked on {last} and {days} days later, another option: {one} / {two}"


def urgency_by_date(found: list[Fields], rng: random.Random) -> Broken:
    """As time goes by an alert goes from upcoming to due to overdue, and what is urgent stays so."""
    history = History.of(parsed(found))
    day = last_day(history)
    ranks = {"upcoming": 0, "due": 1, "overdue": 2}
    seen: dict[str, tuple[int, bool]] = {}
    for days in (0, *sorted(rng.sample(DAYS_LATER, 4))):
        for one in (ask(history, day + days * DAY) or {"alerts": []})["alerts"]:
            if one["status"] == "snoozed":
                continue
            rank, urgent = ranks[one["status"]], one["severity"] == "urgent"
            before = seen.get(one["id"], (rank, urgent))
            if rank < before[0] or (before[1] and not urgent):
                yield f"{one['rule']} goes back in status or severity {days} days after {day}"
            seen[one["id"]] = rank, urgent


# --- X3: corrections -------------------------------------------------------------------------------------------------


def correction_withdrawn(found: list[Fields], rng: random.Random) -> Broken:
    """A correction that is taken away leaves no trace in what is derived."""
    history = History.of(parsed(found))
    if not history.events or history.registered is None:
        return
    walker = resumed(found, rng)
    for number in range(3):
        target = rng.choice(found)
        at = last_day(history)
        fix: Fields = {"mrn": target["mrn"], "type": "corrected", "on": at.isoformat(), "id": f"fix{number}"}
        fix |= {"event": target["id"], "recorded_at": "2100-01-01T00:00:00Z"}
        if target["type"] != "corrected" and (target["type"] == "registered" or rng.random() < 0.5):
            fix["replacement"] = walker.replacement(target)
        undo: Fields = {
            "mrn": MRN,
            "type": "corrected",
            "on": at.isoformat(),
            "id": f"undo{number}",
            "event": fix["id"],
        }
        undo["mrn"] = target["mrn"]
        try:
            between = admit(history, parsed([fix])[0], PROTOCOL, today=FAR)
            after = admit(between, parsed([undo])[0], PROTOCOL, today=FAR)
        except Refused:
            continue
        for day in some_days(history, rng, 2):
            difference = what_differs(derived(ask(history, day)), derived(ask(after, day)))
            if difference:
                yield f"on {day}, after {fix} was withdrawn: {difference}"


def resumed(found: list[Fields], rng: random.Random) -> Walker:
    """A walker that stands at the end of this history."""
    walker = Walker(rng, 0)
    walker.walk.events = list(found)
    walker.history = History.of(parsed(found))
    walker.ids = {event["id"] for event in found}
    walker.clock = last_day(walker.history)
    return walker


# --- X4: the end -----------------------------------------------------------------------------------------------------


def death_closes(found: list[Fields], rng: random.Random) -> Broken:
    """A death or withdrawal ends all that is owed, changes no day before it; taken back, everything is as it was."""
    history = History.of(parsed(found))
    if history.registered is None:
        return
    at = last_day(history) + rng.choice((0, 0, 1, 100)) * DAY
    before = ask(history, at)
    end: Fields = {"mrn": history.registered.mrn, "on": at.isoformat(), "id": "end"}
    end |= rng.choice(({"type": "died"}, {"type": "withdrawn", "reason": "declined"}))
    after = admit(history, parsed([end])[0], PROTOCOL, today=FAR)
    for days in (0, 1, 1000):
        answer = ask(after, at + days * DAY)
        assert answer is not None
        if answer["state"] != "closed" or answer["alerts"] or answer["options"] or answer["next_step"]:
            yield f"{days} days after {end}: {answer['state']}, owed {[one['rule'] for one in answer['alerts']]}"
    day_before = at - DAY
    difference = what_differs(derived(ask(history, day_before)), derived(ask(after, day_before)))
    if difference:
        yield f"{end} changed the day before it: {difference}"
    undo: Fields = {"mrn": end["mrn"], "type": "corrected", "on": at.isoformat(), "id": "undo", "event": "end"}
    back = admit(after, parsed([undo])[0], PROTOCOL, today=FAR)
    difference = what_differs(derived(before), derived(ask(back, at)))
    if difference:
        yield f"{end} taken back: {difference}"


# --- X2: facts are recorded, decisions are judged --------------------------------------------------------------------


def facts_recorded(found: list[Fields], rng: random.Random) -> Broken:
    """A fact is never refused for what it says, wherever she stands and whenever it happened."""
    history = History.of(parsed(found))
    if history.registered is None:
        return
    walker = resumed(found, rng)
    registered = history.registered.on
    for kind in rng.sample(tuple(FACTS), 8):
        on = rng.choice((registered - 500 * DAY, registered, walker.an_earlier_day(), walker.clock))
        fields = {key: value for key, value in FACTS[kind](walker).items() if value is not None}
        event: Fields = {"mrn": history.registered.mrn, "type": kind, "on": on.isoformat(), "id": "new", **fields}
        try:
            after = admit(history, events.read(event, today=FAR), PROTOCOL, today=FAR)
        except Refused as refused:
            yield f"refused: {event}: {refused}"
            continue
        if ask(after, FAR) is None or ask(after, last_day(after)) is None:
            yield f"no answer after {event}"


def unknown_never_passes(found: list[Fields], rng: random.Random) -> Broken:
    """A step without an override goes where every answer is met, and nowhere else; an override passes no fact."""
    history = History.of(parsed(found))
    for day in some_days(history, rng):
        answer = ask(history, day)
        for option in answer["options"] if answer else ():
            verdicts = {one["verdict"] for one in option["criteria"]}
            if option["allowed"] != (verdicts <= {"met"}):
                yield f"on {day}: {option['trigger']} allowed: {option['allowed']}, with {verdicts}"
    journey = replay(history, last_day(history), PROTOCOL)
    if journey is None:
        return
    settled = {name for decision in journey.case.decisions for name in decision.reviewed or ()}
    for step in journey.steps:
        open_ones = [one for one in step.findings if one.verdict != "met"]
        if step.event.override is None and step.holds != (not open_ones):
            yield f"{step.event.trigger} of {step.event.on} holds: {step.holds}, with {open_ones}"
        if step.holds and any(one.id == "fact" for one in open_ones):
            yield f"{step.event.trigger} of {step.event.on} holds without its fact"
        if not step.holds and step.event.id not in settled and journey.case.state is not State.CLOSED:
            answer = ask(history, last_day(history))
            if answer and "guard_violated" not in owed(answer):
                yield f"{step.event.trigger} of {step.event.on} no longer holds, and nobody is told"


def tries_judged(walk: Walk, found: Try) -> Broken:
    """A step that was tried went as the options of that day say: the answer that is shown is the one that decides."""
    event = found.event
    if event["type"] != "advanced" or found.why in ("shape", "structure"):
        return
    before = walk.events[: found.place]
    later = [one for one in before if one["type"] == "advanced" and one["on"] == event["on"] and "recorded_at" in one]
    if later:
        return  # where it stands among the steps of its day depends on the instants
    on = date.fromisoformat(event["on"])
    history = History.of(event for event in parsed(before) if not isinstance(event, Died | Withdrawn) or event.on != on)
    answer = ask(history, on)
    if answer is None or any(event.on == on and event.type in ("died", "withdrawn") for event in parsed(before)):
        return
    option = next((one for one in answer["options"] if one["trigger"] == event["trigger"]), None)
    if option is None:
        if found.accepted:
            yield f"{event} went, and is no option from {answer['state']}"
        return
    plain = "override" not in event and event["trigger"] != "offer_locoregional"
    if plain and found.accepted != option["allowed"]:
        yield f"{event} accepted: {found.accepted}, shown as allowed: {option['allowed']}"
    missing = [one for one in option["criteria"] if one["id"] == "fact" and one["verdict"] != "met"]
    if found.accepted and missing:
        yield f"{event} went without its fact: {missing}"


# --- together --------------------------------------------------------------------------------------------------------

Invariant = Callable[[list[Fields], random.Random], Broken]
INVARIANTS: dict[Invariant, str] = {
    next_step: "X1",
    order_of_recording: "X5",
    same_again: "X5",
    later_facts: "X3",
    two_days: "X5",
    urgency_by_date: "X6",
    correction_withdrawn: "X3",
    death_closes: "X4",
    facts_recorded: "X2",
    unknown_never_passes: "X2",
}
"""Each invariant, and the row that asks for it."""


def broken(invariant: Invariant, found: list[Fields], seed: int, tries: int = 1) -> str:
    """Where an invariant does not hold of a history, in words; empty where it does."""
    for number in range(tries):
        words = next(iter(invariant(found, random.Random(seed + number))), "")
        if words:
            return words
    return ""
