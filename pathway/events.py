"""The events: one validating model a type, how a line is read, and the canonical form that identifies it.

An event is a fact (never refused for clinical reasons) or a decision (`Advanced`). Everything here is shape: what a
field may hold, and what is impossible whatever the patient. Whether a decision is allowed is for `journey`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from pathway.errors import Refused
from pathway.states import CLOSE, TRIGGERS, State

EARLIEST = date(1850, 1, 1)
LATEST = date(2199, 12, 31)
"""No date of a patient's lies outside; a typing error does (3027 for 2027)."""

MAX_TEXT = 10_000
MAX_NAMES = 200

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Names = Annotated[tuple[Name, ...], Meta(max_length=MAX_NAMES)]
Count = Annotated[int, Meta(ge=0, le=999)]
Ordinal = Annotated[int, Meta(ge=1, le=999)]
Millimetres = Annotated[float, Meta(ge=0, le=1000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Segments = Annotated[int, Meta(ge=0, le=9)]
Concentration = Annotated[float, Meta(ge=0, le=10_000_000)]
Ecog = Annotated[int, Meta(ge=0, le=4)]
Segment = Literal["I", "II", "III", "IVA", "IVB", "V", "VI", "VII", "VIII"]
Location = Literal[
    "caecum",
    "ascending",
    "hepatic_flexure",
    "transverse",
    "splenic_flexure",
    "descending",
    "sigmoid",
    "rectosigmoid",
    "rectum",
]
Side = Literal["left", "right"]
Procedure = Literal["resection", "two_stage", "resection_with_ablation", "primary", "other"]
Stage = Literal[1, 2]
Margin = Literal["R0", "R1", "R2"]
Modality = Literal["tace", "tae", "rfa", "mwa", "sirt", "prrt", "other"]

LIVER = frozenset({"resection", "two_stage", "resection_with_ablation"})
RIGHT = frozenset({"caecum", "ascending", "hepatic_flexure", "transverse"})
"""C5, field convention: caecum to transverse colon is right, splenic flexure to rectum left."""

RULES = (
    "identify_primary",
    "urgent_evaluation",
    "criterion_missing",
    "refer_to_centre",
    "act_awaited",
    "reassessment",
    "remeasure_remnant",
    "mdt_review",
    "bevacizumab_hold",
    "bevacizumab_conflict",
    "stale_before_surgery",
    "second_stage",
    "adjuvant_start",
    "perioperative_complete",
    "surveillance_ct",
    "surveillance_cea",
    "cea_rising",
    "primary_in_place",
    "follow_up_complete",
    "guard_violated",
    "review_stalled",
)
"""What can be owed; `obligations` has a rule of each name (a test compares)."""

if TYPE_CHECKING:
    TakenInto: TypeAlias = str
    Trigger: TypeAlias = str
    Plan: TypeAlias = str
    Rule: TypeAlias = str
else:  # made from the tables, so that a name is written once
    TakenInto = Literal[tuple(str(state) for state in State if state is not State.CLOSED)]
    Trigger = Literal[TRIGGERS]
    Plan = Literal[(*TRIGGERS, "defer")]
    Rule = Literal[RULES]


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """What happened to one patient on one day, as one sender says it."""

    mrn: Name
    on: date
    id: Annotated[str, Meta(max_length=200)] = ""
    by: Annotated[str, Meta(max_length=200)] | None = None
    note: Text | None = None
    recorded_at: datetime | None = None

    @property
    def type(self) -> str:
        return _TAGS[type(self)]


class Registered(Event, frozen=True, kw_only=True, tag="registered"):
    name: Name
    birth_date: date
    sex: Literal["female", "male", "other", "unknown"]
    navigator: Name | None = None
    site: Name | None = None


class TakenOver(Event, frozen=True, kw_only=True, tag="taken_over"):
    """She enters the tracker in the middle of the pathway: a unit's first day, a transfer in."""

    state: TakenInto
    reason: Text | None = None


class Referred(Event, frozen=True, kw_only=True, tag="referred"):
    site: Name
    high_volume_centre: bool


class PrimaryIdentified(Event, frozen=True, kw_only=True, tag="primary_identified"):
    primary: Literal["colorectal", "neuroendocrine", "gastric", "other"]
    method: Literal["colonoscopy", "upper_endoscopy", "liver_biopsy", "surgical_specimen", "other"]
    side: Side | None = None
    location: Location | None = None
    resected: bool | None = None
    synchronous: bool | None = None
    functional: bool | None = None


class PrimaryResected(Event, frozen=True, kw_only=True, tag="primary_resected"):
    pass


class Imaging(Event, frozen=True, kw_only=True, tag="imaging"):
    modality: Literal["ct", "mri", "pet_ct", "ultrasound"]
    purpose: Literal["baseline", "reassessment", "surveillance", "other"]
    lesion_count: Count | None = None
    largest_mm: Millimetres | None = None
    bilobar: bool | None = None
    infiltrative: bool | None = None
    rim_enhancing_necrotic: bool | None = None
    segments: Annotated[tuple[Segment, ...], Meta(max_length=MAX_NAMES)] | None = None
    response: Literal["complete", "partial", "stable", "progression"] | None = None
    extrahepatic: Literal["none", "resectable", "unresectable"] | None = None
    ct_contraindicated: bool | None = None


class Volumetry(Event, frozen=True, kw_only=True, tag="volumetry"):
    remnant_percent: Percent
    remnant_segments: Segments | None = None
    estimated: bool | None = None


class MolecularResult(Event, frozen=True, kw_only=True, tag="molecular_result"):
    mmr: Literal["proficient", "deficient"] | None = None
    ras: Literal["wild_type", "mutated"] | None = None
    braf: Literal["wild_type", "mutated"] | None = None
    her2: Literal["positive", "negative"] | None = None
    new_specimen: bool | None = None


class PerformanceStatus(Event, frozen=True, kw_only=True, tag="performance_status"):
    ecog: Ecog


class SystemicStarted(Event, frozen=True, kw_only=True, tag="systemic_started"):
    intent: Literal["neoadjuvant", "continued", "adjuvant"]
    regimen: Name
    biologic: Literal["bevacizumab", "cetuximab", "panitumumab", "trastuzumab"] | None = None
    deviation_reason: Text | None = None


class CycleGiven(Event, frozen=True, kw_only=True, tag="cycle_given"):
    number: Ordinal
    biologic_given: bool | None = None


class SystemicStopped(Event, frozen=True, kw_only=True, tag="systemic_stopped"):
    what: Literal["all", "biologic"] = "all"
    reason: Text | None = None
    last_dose: date | None = None


class Cea(Event, frozen=True, kw_only=True, tag="cea"):
    ng_per_ml: Concentration


class MdtDecision(Event, frozen=True, kw_only=True, tag="mdt_decision"):
    present: Names
    plan: Plan | None = None
    review_on: date | None = None
    reviewed: Names | None = None
    r0_achievable: bool | None = None
    other_options_exhausted: bool | None = None
    comorbidity_prevents_surgery: bool | None = None
    patient_refuses_surgery: bool | None = None
    high_tumour_burden: bool | None = None
    caveat_seen: bool | None = None


class PortalVeinEmbolisation(Event, frozen=True, kw_only=True, tag="portal_vein_embolisation"):
    pass


class SurgeryPlanned(Event, frozen=True, kw_only=True, tag="surgery_planned"):
    planned_for: date
    procedure: Procedure
    stage: Stage | None = None
    ablated_mm: Annotated[tuple[Millimetres, ...], Meta(max_length=MAX_NAMES)] | None = None


class SurgeryCancelled(Event, frozen=True, kw_only=True, tag="surgery_cancelled"):
    procedure: Procedure | None = None
    reason: Text | None = None


class SurgeryPerformed(Event, frozen=True, kw_only=True, tag="surgery_performed"):
    procedure: Procedure
    stage: Stage | None = None
    margin: Margin | None = None
    ablated_mm: Annotated[tuple[Millimetres, ...], Meta(max_length=MAX_NAMES)] | None = None


class Pathology(Event, frozen=True, kw_only=True, tag="pathology"):
    margin: Margin


class LocoregionalPerformed(Event, frozen=True, kw_only=True, tag="locoregional_performed"):
    modality: Modality
    residual_disease: bool | None = None


class Recurrence(Event, frozen=True, kw_only=True, tag="recurrence"):
    sites: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MAX_NAMES)]


class Visit(Event, frozen=True, kw_only=True, tag="visit"):
    kind: Literal["oncology", "surveillance", "other"]


class Contact(Event, frozen=True, kw_only=True, tag="contact"):
    outcome: Literal["reached", "no_answer", "left_message"]


class Appointment(Event, frozen=True, kw_only=True, tag="appointment"):
    what: Literal["ct", "volumetry", "cea", "visit", "surgery", "mdt", "other"]
    booked_for: date
    status: Literal["booked", "cancelled", "missed"] = "booked"


class Snoozed(Event, frozen=True, kw_only=True, tag="snoozed"):
    rule: Rule
    until: date
    reason: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]


class Reassigned(Event, frozen=True, kw_only=True, tag="reassigned"):
    navigator: Name
    reason: Text | None = None


class Died(Event, frozen=True, kw_only=True, tag="died"):
    cause: Text | None = None


class Withdrawn(Event, frozen=True, kw_only=True, tag="withdrawn"):
    reason: Literal["declined", "transferred", "lost_to_follow_up", "hospice", "other"]


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reasoned way past the questions: who answers for it, and why. It stays visible for as long as the step
    stands.
    """

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    by: Name


class Advanced(Event, frozen=True, kw_only=True, tag="advanced"):
    """A step on the pathway: the one event that can be refused for clinical reasons."""

    trigger: Trigger
    modality: Modality | None = None
    override: Override | None = None


class Corrected(Event, frozen=True, kw_only=True, tag="corrected"):
    """An earlier event was wrong: `replacement` holds all its fields as they should be; without one it never
    happened.
    """

    event: Name
    replacement: dict[str, Any] | None = None


_UNION = (
    Registered
    | TakenOver
    | Referred
    | PrimaryIdentified
    | PrimaryResected
    | Imaging
    | Volumetry
    | MolecularResult
    | PerformanceStatus
    | SystemicStarted
    | CycleGiven
    | SystemicStopped
    | Cea
    | MdtDecision
    | PortalVeinEmbolisation
    | SurgeryPlanned
    | SurgeryCancelled
    | SurgeryPerformed
    | Pathology
    | LocoregionalPerformed
    | Recurrence
    | Visit
    | Contact
    | Appointment
    | Snoozed
    | Reassigned
    | Died
    | Withdrawn
    | Advanced
    | Corrected
)
AnyEvent = Event
TYPES: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in get_args(_UNION)}

_TAGS = {model: kind for kind, model in TYPES.items()}
COMMON = ("mrn", "type", "on", "id", "by", "note", "recorded_at")
PASSED_OVER = "error"
"""A rejected line carries why it was refused; it can be imported again as it is."""

_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(_UNION)
_ENCODER = msgspec.json.Encoder(order="sorted")
DEEPEST = 5
"""How deep a value may be nested: a correction's replacement with its lists."""
ID_LENGTH = 20
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


# --- reading ---------------------------------------------------------------------------------------------------------


def parse(line: str | bytes) -> dict[str, Any]:
    """One JSON object, read strictly: no duplicate keys, no NaN, UTF-8. Raises Refused with what is wrong."""
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        found = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_number)
    except UnicodeDecodeError as error:
        raise Refused(f"the line is not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from None
    except RecursionError:
        raise Refused("the line is nested too deeply; an event is one flat JSON object") from None
    except json.JSONDecodeError as error:
        raise Refused(f"not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:  # Python reads no integer of thousands of digits
        raise Refused("a number has thousands of digits: look at the line again") from None
    if not isinstance(found, dict):
        raise Refused("one event a line, as a JSON object")
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Refused("stands twice in the line: keep one", _shown(twice))
    return found


def _constant(name: str) -> Any:
    raise Refused(f"{name} is no number: leave the field out when the value is not known")


def _number(text: str) -> int | float:
    """A number by its value: 7.0 is 7."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _shown(text: str) -> str:
    """A field's name as a message may repeat it: short, and with nothing in it that a terminal would obey."""
    return _CONTROL.sub("?", text)[:60]


def read(found: Mapping[str, Any], *, today: date) -> Event:
    """The event in a parsed object, validated; `today` is the day of entry, after which nothing has happened yet.

    Raises Refused with the field and what was expected in it.
    """
    given = {key: value for key, value in found.items() if value is not None and key != PASSED_OVER}
    kind = given.get("type")
    if kind is None:
        raise Refused("every event has a type", "type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise Refused(f"an event type ({', '.join(sorted(TYPES))})", "type")
    if kind == "corrected" and "replacement" in found and found["replacement"] is None:
        raise Refused("the right fields; leave it out when the event never happened", "replacement")
    model = TYPES[kind]
    _look_through(given)
    for key, value in given.items():
        if isinstance(value, dict) and key != "replacement":
            given[key] = {name: inner for name, inner in value.items() if inner is not None}
    unknown = [key for key in given if key not in _fields(model) and key != "type"]
    if unknown:
        allowed = [name for name in _fields(model) if name not in COMMON]
        raise Refused(f"is no field of {kind}; it has {', '.join(allowed) or 'none of its own'}", _shown(unknown[0]))
    try:
        event = msgspec.convert(given, model)
    except msgspec.ValidationError as error:
        raise _refusal(model, str(error)) from None
    _possible(event, today)
    return event


def _look_through(given: Mapping[str, Any]) -> None:
    """Control characters and half characters have no place in a text; neither has a nest of objects."""
    for field, value in given.items():
        if isinstance(value, str):
            if not value.isprintable():
                _check_text(value, field)
        elif isinstance(value, dict | list):
            _look_into(value, field, 0)


def _check_text(text: str, field: str) -> None:
    bad = _CONTROL.search(text)
    if bad:
        raise Refused(f"text without control characters (found U+{ord(bad.group()):04X})", _shown(field))


def _look_into(value: Any, field: str, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value, field)
    elif isinstance(value, dict | list):
        if depth == DEEPEST:
            raise Refused("is nested too deeply", _shown(field))
        for inner in value:
            _look_into(inner, field, depth + 1)
        for inner in value.values() if isinstance(value, dict) else ():
            _look_into(inner, field, depth + 1)


def _refusal(model: type[Event], message: str) -> Refused:
    """A validator's message in the words of the field: what it may hold."""
    missing = re.search(r"missing required field `(\w+)`", message)
    path = re.search(r"at `\$\.?([\w.]*)", message)
    field = path.group(1) if path else ""
    if missing:
        field = f"{field}.{missing.group(1)}" if field else missing.group(1)
        return Refused(f"is needed: {expected(model, field)}", field)
    return Refused(f"expected {expected(model, field)}", field)


def expected(model: type[Event], field: str) -> str:
    """What a field may hold, in words: `a whole number from 0 to 4`, `one of ct, mri, pet_ct, ultrasound`."""
    top, _, rest = field.partition(".")
    info = _fields(model).get(top)
    if info is None:
        return "another value"
    if rest and top == "override":
        return "text: who overrides" if rest == "by" else "text: the reason"
    return _words(info)


def _words(info: msgspec.inspect.Type) -> str:
    match info:
        case msgspec.inspect.UnionType(types=types):
            return _words(next(one for one in types if not isinstance(one, msgspec.inspect.NoneType)))
        case msgspec.inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case msgspec.inspect.FloatType(ge=low, le=high):
            return f"a number from {low:.0f} to {high:.0f}"
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.DateType():
            return "a date such as 2027-05-12"
        case msgspec.inspect.DateTimeType():
            return "an instant with its offset, such as 2027-05-12T09:30:00+02:00"
        case msgspec.inspect.LiteralType(values=values):
            return f"one of {', '.join(map(str, values))}"
        case msgspec.inspect.VarTupleType(item_type=item):
            return f"a list, each {_words(item)}"
        case msgspec.inspect.StrType(min_length=shortest):
            return "text that is not empty" if shortest else "text"
        case msgspec.inspect.StructType(cls=cls) if cls is Override:
            return "an object with reason and by"
    return "an object"


@cache
def _fields(model: type[Event]) -> dict[str, msgspec.inspect.Type]:
    info = msgspec.inspect.type_info(model)
    assert isinstance(info, msgspec.inspect.StructType)
    return {field.encode_name: field.type for field in info.fields}


def own_fields(kind: str) -> tuple[str, ...]:
    """The fields of an event type that are its own, in the order of the contract."""
    return tuple(name for name in _fields(TYPES[kind]) if name not in COMMON)


@dataclass(frozen=True, slots=True)
class Field:
    """What a form needs to know of a field: its kind, what it may hold, and whether the event is nothing without it."""

    name: str
    kind: Literal["choice", "choices", "flag", "whole", "number", "numbers", "date", "names", "text", "other"]
    options: tuple[Any, ...] = ()
    needed: bool = False
    low: float = 0
    high: float = 0


def describe(kind: str) -> tuple[Field, ...]:
    """The own fields of an event type, for a form."""
    info = msgspec.inspect.type_info(TYPES[kind])
    assert isinstance(info, msgspec.inspect.StructType)
    return tuple(
        _described(field.encode_name, field.type, needed=field.required)
        for field in info.fields
        if field.encode_name not in COMMON
    )


def _described(name: str, info: msgspec.inspect.Type, *, needed: bool) -> Field:
    match info:
        case msgspec.inspect.UnionType(types=types):
            given = next(one for one in types if not isinstance(one, msgspec.inspect.NoneType))
            return _described(name, given, needed=needed)
        case msgspec.inspect.LiteralType(values=values):
            return Field(name, "choice", tuple(values), needed)
        case msgspec.inspect.BoolType():
            return Field(name, "flag", (True, False), needed)
        case msgspec.inspect.IntType(ge=low, le=high):
            return Field(name, "whole", (), needed, low or 0, high or 0)
        case msgspec.inspect.FloatType(ge=low, le=high):
            return Field(name, "number", (), needed, low or 0, high or 0)
        case msgspec.inspect.DateType():
            return Field(name, "date", (), needed)
        case msgspec.inspect.VarTupleType(item_type=msgspec.inspect.LiteralType(values=values)):
            return Field(name, "choices", tuple(values), needed)
        case msgspec.inspect.VarTupleType(item_type=msgspec.inspect.StrType()):
            return Field(name, "names", (), needed)
        case msgspec.inspect.VarTupleType():
            return Field(name, "numbers", (), needed)
        case msgspec.inspect.StrType():
            return Field(name, "text", (), needed)
    return Field(name, "other", (), needed)


def from_words(kind: str, words: Mapping[str, str]) -> dict[str, Any]:
    """Values typed at a command line as the field wants them.

    `a,b,c` for a list, `true`, `30.1`, JSON for an object.
    """
    if kind not in TYPES:
        raise Refused(f"an event type ({', '.join(sorted(TYPES))})", "type")
    found: dict[str, Any] = {}
    for name, word in words.items():
        info = _fields(TYPES[kind]).get(name)
        if isinstance(info, msgspec.inspect.UnionType):
            info = next(one for one in info.types if not isinstance(one, msgspec.inspect.NoneType))
        item = info.item_type if isinstance(info, msgspec.inspect.VarTupleType) else info
        parts = [part.strip() for part in word.split(",") if part.strip()] if item is not info else [word]
        values = [_typed(item, part) for part in parts]
        found[name] = values if item is not info else values[0]
    return found


def _typed(info: msgspec.inspect.Type | None, word: str) -> Any:
    numeric = isinstance(info, msgspec.inspect.LiteralType) and all(isinstance(value, int) for value in info.values)
    if numeric or isinstance(
        info,
        msgspec.inspect.IntType
        | msgspec.inspect.FloatType
        | msgspec.inspect.BoolType
        | msgspec.inspect.DictType
        | msgspec.inspect.StructType,
    ):
        try:
            return json.loads(word.strip(), parse_constant=_constant, parse_float=_number, object_pairs_hook=_pairs)
        except (ValueError, RecursionError):
            return word  # refused further on, with what the field may hold
    return word


# --- what is impossible whatever the patient -------------------------------------------------------------------------

_NOT_YET = ("planned_for", "booked_for", "review_on", "until")
"""The only dates that may lie ahead."""
_DATES = ("on", "birth_date", "last_dose", *_NOT_YET)


def _possible(event: Event, today: date) -> None:
    """Refuse what cannot be, whatever the patient: dates, empty names, fields that contradict each other."""
    _possible_dates(event, today)
    for name in ("mrn", "by", "name", "navigator", "site", "regimen", "reason"):
        text = getattr(event, name, None)
        if text is not None and not text.strip() and name in _needed(type(event)):
            raise Refused("expected text that is not empty", name)
    for name in ("present", "reviewed", "sites", "segments"):
        _once(getattr(event, name, None) or (), name)
    match event:
        case Registered() if event.birth_date > event.on:
            raise Refused(f"{event.birth_date} lies after the registration ({event.on})", "birth_date")
        case PrimaryIdentified(side=side, location=place) if side and place and side != side_of(place):
            raise Refused(f"{place} is {side_of(place)}, and side says {side}: correct one of them", "side")
        case MolecularResult(mmr=None, ras=None, braf=None, her2=None):
            raise Refused("at least one of mmr, ras, braf, her2", "mmr")
        case Advanced(trigger=trigger, modality=modality) if modality and trigger != "offer_locoregional":
            raise Refused("goes with offer_locoregional only", "modality")
        case Advanced(trigger=trigger) if trigger == CLOSE:
            raise Refused("a patient is closed by recording died or withdrawn, not by a step", "trigger")
        case Advanced(override=Override(reason=reason, by=by)) if not (reason.strip() and by.strip()):
            raise Refused("expected an object with reason and by, neither of them empty", "override")


def _possible_dates(event: Event, today: date) -> None:
    for name in _DATES:
        day = getattr(event, name, None)
        if day is None:
            continue
        if not EARLIEST <= day <= LATEST:
            raise Refused(f"a date between {EARLIEST.year} and {LATEST.year}, not {day}", name)
        if name not in _NOT_YET and day > today:
            raise Refused(f"{day} lies after the day of entry ({today}): what has not happened is not recorded", name)
    if event.recorded_at is None:
        return
    if event.recorded_at.tzinfo is None:
        raise Refused(f"expected {expected(type(event), 'recorded_at')}", "recorded_at")
    try:
        recorded = event.recorded_at.astimezone(UTC).date()
    except OverflowError:
        recorded = LATEST
    if recorded > today:
        raise Refused(f"{recorded} lies after the day of entry ({today})", "recorded_at")


@cache
def _needed(model: type[Event]) -> frozenset[str]:
    return frozenset(
        name
        for name, info in _fields(model).items()
        if (isinstance(info, msgspec.inspect.StrType) and info.min_length)
        or (
            isinstance(info, msgspec.inspect.UnionType)
            and any(isinstance(one, msgspec.inspect.StrType) and one.min_length for one in info.types)
        )
    )


def _once(names: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for name in names:
        if not name.strip():
            raise Refused("expected names that are not empty", field)
        if name in seen:
            raise Refused(f"names {_shown(name)} twice: a list of names holds a name once", field)
        seen.add(name)


def side_of(location: str) -> Side:
    """C5, field convention: caecum to transverse colon is right, splenic flexure to rectum left."""
    return "right" if location in RIGHT else "left"


# --- identity --------------------------------------------------------------------------------------------------------


def fields_of(event: Event) -> dict[str, Any]:
    """The event as a JSON object again: absent fields left out, numbers by their value, instants in UTC."""
    found: dict[str, Any] = msgspec.to_builtins(event)
    if event.recorded_at is not None:
        found["recorded_at"] = event.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {key: _by_value(value) for key, value in found.items() if value is not None and (key != "id" or value)}


def _by_value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _by_value(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_by_value(inner) for inner in value]
    return value


def body(event: Event) -> str:
    """The canonical form: what is stored, and what a chain of hashes is made of.

    Keys sorted, absent fields left out, instants in UTC. A number stands by its value: a field has one type, so 31
    and 31.0 are written alike.
    """
    return _ENCODER.encode(event).decode()


def content(event: Event) -> bytes:
    """What an event says, without its id and the instant it was recorded: two events of one content say the same."""
    return _ENCODER.encode(msgspec.structs.replace(event, id="", recorded_at=None))


def content_hash(event: Event) -> str:
    """What two events of one id must share to be the same event."""
    return hashlib.sha256(content(event)).hexdigest()


def identified(event: Event, *, recorded_at: datetime | None = None) -> Event:
    """The event with an id and an instant (in UTC), whatever the sender left out.

    Where there is no id, it is made from the content, so that the same line again is the same event.
    """
    at = event.recorded_at or recorded_at
    return msgspec.structs.replace(
        event, id=event.id or content_hash(event)[:ID_LENGTH], recorded_at=at.astimezone(UTC) if at else None
    )


def decode(stored: str | bytes) -> Event:
    """A stored event; it was validated when it came in."""
    return _DECODER.decode(stored)


def replaced(target: Event, correction: Corrected, *, today: date) -> Event:
    """The target as a correction's `replacement` has it: all its fields anew, mrn, type, id and instant its own.

    Raises Refused where the replacement is no valid event of that type.
    """
    given = correction.replacement
    assert given is not None
    for name in ("mrn", "type", "id", "recorded_at"):
        if name in given:
            raise Refused(f"{name} cannot be corrected: enter a new event, and take the wrong one away", "replacement")
    kind = target.type
    fields = {"on": target.on.isoformat(), **{key: value for key, value in given.items() if value is not None}}
    try:
        event = read({"mrn": target.mrn, "type": kind, **fields}, today=today)
    except Refused as error:
        field = f"replacement.{error.field}" if error.field else "replacement"
        raise Refused(error.expected, field) from None
    return msgspec.structs.replace(event, id=target.id, recorded_at=target.recorded_at)
