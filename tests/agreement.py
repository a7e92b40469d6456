"""Product and oracle side by side: where they differ on one history, and the smallest history that shows it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from pathway import events
from pathway.alerts import alert_id
from pathway.answer import show
from pathway.errors import Refused
from pathway.history import History
from pathway.journey import admit
from pathway.states import ROWS
from tests.walker import MRN, PROTOCOL, Fields, Walk, parsed, readable

DAY = timedelta(days=1)
FAR = date(2199, 12, 31)
ALERT_PARTS = ("status", "severity", "opens_on", "due_on", "booked_for", "owner")
Show = Callable[[list[Fields], date], "dict[str, Any] | None"]
Accepts = Callable[[list[Fields], Fields], bool]
Fails = Callable[[list[Fields]], bool]


def product(found: Sequence[Fields], day: date) -> dict[str, Any] | None:
    """What the product answers on a day about these events, in their order of arrival."""
    return show(History.of(parsed(found)), day, PROTOCOL)


def product_accepts(before: Sequence[Fields], event: Fields, today: date = FAR) -> bool:
    """Whether the product records the event after those."""
    try:
        admit(History.of(parsed(before)), events.identified(events.read(event, today=today)), PROTOCOL, today=today)
    except Refused:
        return False
    return True


def admitted(found: Sequence[Fields]) -> bool:
    """Whether every event, in its turn, is recorded: a history that can be."""
    history = History.of([])
    try:
        for event in parsed(found):
            history = admit(history, event, PROTOCOL, today=FAR)
    except Refused:
        return False
    return True


# --- what is compared ------------------------------------------------------------------------------------------------


def view(answer: dict[str, Any] | None) -> dict[str, Any]:
    """An answer cut into named parts: what two readings of the contract must agree on, sentences left out."""
    if answer is None:
        return {"registered": False}
    found: dict[str, Any] = {"registered": True, "state": answer["state"], "since": answer["since"]}
    found["next step"] = _name(answer["next_step"], "rule")
    classified = answer["classification"]
    found["initially_unresectable"] = classified["initially_unresectable"]
    found["classification"] = sorted(classified["reasons"])
    found["risk_factors"] = sorted(answer["risk_factors"])
    found["high_risk"] = answer["high_risk"]
    for name in ("regimens", "biologics", "missing"):
        found[f"recommendation {name}"] = sorted(answer["recommendation"][name])
    for one in answer["suggestions"]:
        found[f"suggestion {_name(one, 'id')}"] = True
    found["options"] = [option["trigger"] for option in answer["options"]]
    for option in answer["options"]:
        name = f"option {option['trigger']}"
        found[f"{name} to"] = option["to"]
        found[f"{name} allowed"] = option["allowed"]
        found[f"{name} asks"] = [one["id"] for one in option["criteria"]]
        for place, one in enumerate(option["criteria"]):
            words = f"{name} {one['id']}" + (f" {place}" if one["id"] == "fact" else "")
            found[words] = one["verdict"]
    found["alerts in order"] = [one["rule"] for one in answer["alerts"]]
    for one in answer["alerts"]:
        found[f"alert {one['rule']}"] = True
        found |= {f"alert {one['rule']} {part}": one[part] for part in ALERT_PARTS}
        hangs_on = one.get("hangs_on")
        found[f"alert {one['rule']} identity"] = alert_id(MRN, one["rule"], hangs_on) if hangs_on else one["id"]
    for (day, row), times in Counter((one["on"], one["id"]) for one in answer["deviations"]).items():
        found[f"deviation {row} of {day}"] = times
    found["history"] = sorted(_name(one, "id") for one in answer["history"])
    return found


def _name(one: Any, key: str) -> Any:
    """The product shows an object where the oracle gives its name alone."""
    return one[key] if isinstance(one, dict) else one


class Difference(NamedTuple):
    """One part on which product and oracle differ, on a day."""

    day: date
    part: str
    product: Any
    oracle: Any

    @property
    def kind(self) -> str:
        """What differs, without the days in it: differences of one kind have mostly one cause."""
        words = self.part.split(" of ")[0] if self.part.startswith("deviation") else self.part
        if self.part.startswith(("alert ", "option ", "deviation", "suggestion")):
            sides = ("product" if self.product is not None else "", "oracle" if self.oracle is not None else "")
            if not all(sides):
                words += f", {''.join(sides)} only"
        return words

    def __str__(self) -> str:
        return f"on {self.day}: {self.part}: product {self.product!r}, oracle {self.oracle!r}"


def differences(found: list[Fields], day: date, oracle: Show) -> list[Difference]:
    """All on which the two differ on a day, what follows from something else left out."""
    ours, theirs = view(product(found, day)), view(oracle(found, day))
    parts = [part for part in {**ours, **theirs} if ours.get(part) != theirs.get(part)]
    lone = {part for part in parts if part in ("state", "registered") or (part.startswith("alert ") and _bare(part))}
    kept = []
    for part in parts:
        if "registered" in lone and part != "registered":
            continue
        if "state" in lone and part not in ("state", "since"):
            continue
        if part.startswith("alert ") and not _bare(part) and " ".join(part.split()[:2]) in lone:
            continue
        kept.append(part)
    causes = [part for part in kept if part not in ("next step", "alerts in order") and not part.endswith(" allowed")]
    return [Difference(day, part, ours.get(part), theirs.get(part)) for part in causes or kept]


def _bare(part: str) -> bool:
    return len(part.split()) == 2


def days_of_interest(walk: Walk, rng: random.Random, some: int = 3) -> list[date]:
    """The last day of entry, some days on which something happened, and some at the edges of what is owed."""
    days = {walk.entered}
    happened = sorted({event["on"] for event in walk.events})
    days |= {date.fromisoformat(day) for day in rng.sample(happened, min(some, len(happened)))}
    for day in (walk.entered, rng.choice(sorted(days))):
        answer = product(walk.events, day)
        alerts = answer["alerts"] if answer else []
        edges = [date.fromisoformat(one[part]) for one in alerts for part in ("opens_on", "due_on")]
        for edge in rng.sample(edges, min(2, len(edges))):
            days.add(edge + rng.choice((-1, 0, 1)) * DAY)
    return sorted(days)


# --- the smallest history --------------------------------------------------------------------------------------------


def shrink(found: list[Fields], fails: Fails) -> list[Fields]:
    """Events and fields taken away one after the other, steps turned into take-overs, while `fails` stays true."""
    found = _fewer_events(found, fails)
    corrected = {event["event"] for event in found if event["type"] == "corrected"}
    for place, event in enumerate(found):
        if event["type"] != "advanced" or event["id"] in corrected:
            continue
        to = next((row.to.value for row in ROWS if row.trigger == event["trigger"]), "")
        other = {**{name: event[name] for name in ("mrn", "on", "id")}, "type": "taken_over", "state": to}
        changed = [*found[:place], other, *found[place + 1 :]]
        if fails(changed):
            found = changed
    found = _fewer_events(found, fails)
    for place, event in enumerate(found):
        for name in tuple(event):
            if name in ("mrn", "type", "on", "id"):
                continue
            plain = {key: value for key, value in found[place].items() if key != name}
            changed = [*found[:place], plain, *found[place + 1 :]]
            if fails(changed):
                found = changed
    return _fewer_events(found, fails)


def _fewer_events(found: list[Fields], fails: Fails) -> list[Fields]:
    size = max(1, len(found) // 2)
    while size:
        place = 0
        while place < len(found):
            fewer = found[:place] + found[place + size :]
            if fails(fewer):
                found = fewer
            else:
                place += size
        size //= 2
    return found


def readable_to_the_core(found: Sequence[Fields]) -> bool:
    try:
        parsed(found)
    except Refused:
        return False
    return True


def smallest(found: list[Fields], one: Difference, oracle: Show) -> list[Fields]:
    """The history with nothing in it that is not needed for this difference."""

    def fails(fewer: list[Fields]) -> bool:
        if not readable_to_the_core(fewer) or not admitted(fewer):
            return False
        return any(other.kind == one.kind for other in differences(fewer, one.day, oracle))

    return shrink(found, fails)


def smallest_refusal(before: list[Fields], event: Fields, accepts: Accepts) -> list[Fields]:
    """The events before a step or correction that the two judge differently, as few as show it."""
    ours = product_accepts(before, event)

    def fails(fewer: list[Fields]) -> bool:
        if not readable_to_the_core(fewer) or not admitted(fewer):
            return False
        target = next((one["type"] for one in fewer if one["id"] == event.get("event")), None)
        if event["type"] == "corrected" and target != kind:
            return False
        return product_accepts(fewer, event) is ours and accepts(fewer, event) is not ours

    kind = next((one["type"] for one in before if one["id"] == event.get("event")), None)
    return shrink(before, fails)


class Settled(NamedTuple):
    """Where the contract leaves two readings: the histories that meet the place, and the answers that follow."""

    met_by: Callable[[list[Fields]], bool]
    parts: tuple[str, ...]


def _twice_a_day(kind: str) -> Callable[[list[Fields]], bool]:
    def met(found: list[Fields]) -> bool:
        return max(Counter(event["on"] for event in found if event["type"] == kind).values(), default=0) > 1

    return met


def _of(found: list[Fields], kind: str, **fields: Any) -> list[str]:
    wanted = [event for event in found if event["type"] == kind]
    return [event["on"] for event in wanted if all(event.get(name) == value for name, value in fields.items())]


def _adjuvant_before_operation(found: list[Fields]) -> bool:
    starts, operations = _of(found, "systemic_started", intent="adjuvant"), _of(found, "surgery_performed")
    return bool(starts) and (not operations or min(starts) <= max(operations))


def _ended_before_registration(found: list[Fields]) -> bool:
    ends = _of(found, "died") + _of(found, "withdrawn")
    return bool(ends) and min(ends) < min(_of(found, "registered"))


def _other_primary(found: list[Fields]) -> bool:
    others = [*_of(found, "primary_identified", primary="other")]
    others += _of(found, "primary_identified", primary="neuroendocrine")
    return bool(others and _of(found, "molecular_result"))


def _resected_then_not(found: list[Fields]) -> bool:
    said = _of(found, "primary_identified", resected=True) + _of(found, "primary_resected")
    denied = _of(found, "primary_identified", resected=False)
    return bool(said and denied) and max(denied) >= min(said)


def _first_stage_alone(found: list[Fields]) -> bool:
    return bool(_of(found, "surgery_performed", procedure="two_stage")) and not any(
        event.get("stage") == 2 for event in found if event["type"] == "surgery_performed"
    )


# Each is a row of docs/decisions/0004-readings.md; what it does not name is compared in these histories too.
SETTLED = (
    Settled(
        _twice_a_day("systemic_started"),
        ("alert bevacizumab", "deviation G3", "alert reassessment", "option start_adjuvant G1", "alert adjuvant_start",
         "alert review_stalled"),
    ),
    Settled(_twice_a_day("appointment"), ("alert ",)),
    Settled(
        _adjuvant_before_operation,
        ("option start_adjuvant G1", "option begin_surveillance", "alert adjuvant_start", "alert perioperative",
         "alert guard_violated", "deviation G1", "deviation G2", "suggestion G2"),
    ),
    Settled(_other_primary, ("alert mdt_review", "alert review_stalled")),
    Settled(_ended_before_registration, ("since",)),
    Settled(_resected_then_not, ("alert primary_in_place", "alert review_stalled")),
    Settled(_first_stage_alone, ("suggestion G2",)),
)  # fmt: skip


def _settled_correction(before: list[Fields], event: Fields) -> bool:
    """A correction that moves the frame of a history, which the oracle takes though the event itself is refused."""
    target = next((one for one in before if one["id"] == event.get("event")), None)
    replacement = event.get("replacement") or {}
    if target is None:
        return False
    if target["type"] == "primary_identified":
        return {"side", "location"} <= set(replacement)
    if target["type"] not in ("registered", "taken_over", "advanced"):
        return False
    starts = {one["id"] for one in before if one["type"] == "registered"}
    moved = any(one.get("event") in starts and "on" in (one.get("replacement") or {}) for one in before)
    return "on" in replacement or moved


def _settled(found: list[Fields], part: str) -> bool:
    """The difference stands in the record of readings, and its smallest history meets the place it is about."""
    counted = [events.fields_of(event) for event in History(tuple(parsed(found))).order]
    return any(part.startswith(one.parts) and one.met_by(counted) for one in SETTLED)


class Disagreement(NamedTuple):
    """A kind of difference, and the smallest history that was found for it."""

    kind: str
    words: str
    events: list[Fields]

    def __str__(self) -> str:
        return f"## {self.kind}\n{self.words}\n{readable(self.events)}\n"


def disagreements(
    walk: Walk, rng: random.Random, oracle_show: Show, oracle_accepts: Accepts, known: Iterable[str] = ()
) -> Iterator[Disagreement]:
    """Where the two differ on one walk, each kind once, minimised; kinds already known are only named."""
    seen = set(known)
    settled = set()
    for day in days_of_interest(walk, rng):
        try:
            found = differences(walk.events, day, oracle_show)
        except Exception as error:  # noqa: BLE001 - an oracle that falls over is a finding too
            found = [Difference(day, f"raises {type(error).__name__}", None, str(error))]
            if found[0].kind not in seen:
                seen.add(found[0].kind)
                yield Disagreement(found[0].kind, str(found[0]), walk.events)
            continue
        for one in found:
            if one.kind in settled:
                continue
            if one.kind in seen:
                yield Disagreement(one.kind, "", [])
                continue
            seen.add(one.kind)
            fewer = smallest(walk.events, one, oracle_show)
            again = next((other for other in differences(fewer, day, oracle_show) if other.kind == one.kind), one)
            if _settled(fewer, one.part):
                settled.add(one.kind)
            else:
                yield Disagreement(one.kind, str(again), fewer)
    for one_try in walk.tries:
        kind = one_try.event["type"]
        if kind not in ("advanced", "corrected", "registered", "taken_over"):
            continue
        before = walk.events[: one_try.place]
        theirs = oracle_accepts(before, one_try.event)
        if theirs is one_try.accepted or (theirs and _settled_correction(before, one_try.event)):
            continue
        word = f"{kind} {one_try.event.get('trigger', '')}".strip()
        name = f"{word}, accepted by {'product' if one_try.accepted else 'oracle'} only"
        if name in seen:
            yield Disagreement(name, "", [])
            continue
        seen.add(name)
        fewer = smallest_refusal(before, one_try.event, oracle_accepts)
        yield Disagreement(name, f"refused by one: {readable([one_try.event])}", [*fewer, one_try.event])
