"""The oracle plays the examples of the contract: where it disagrees with one, the oracle is wrong."""

import datetime
import json
import pathlib

import pytest

from tests import oracle

EXAMPLES = sorted(pathlib.Path(__file__).with_name("examples").glob("*.json"))
TYPES = {
    "registered": ["name", "birth_date", "sex", "navigator", "site"],
    "performance_status": ["ecog"],
    "cea": ["ng_per_ml"],
    "died": ["cause"],
}


def _valid(event, mrn):
    """As much of the validation as the examples ask for: it is no business of the oracle."""
    try:
        datetime.date.fromisoformat(event["on"])
    except ValueError:
        return False
    if event["mrn"] != mrn or event["type"] == "horoscope" or event.get("ecog", 0) > 4:
        return False
    common = ["mrn", "type", "on", "id", "by", "note", "recorded_at"]
    return event["type"] not in TYPES or set(event) <= {*common, *TYPES[event["type"]]}


def _add(history, lines, mrn):
    """Import a file: registrations first, then the others as they stand. The number refused."""
    refused = 0
    for event in sorted(lines, key=lambda e: e["type"] != "registered"):
        new = {"id": f"e{len(history):03}", **event}
        if _valid(new, mrn) and oracle.accepts(history, new):
            history.append(new)
        else:
            refused += 1
    return refused


def _run(history, args, mrn):
    """Whether a command is refused; `record` and `advance` alone do something here."""
    if args[0] not in ("record", "advance") or args[1] != mrn:
        return None
    event = {"mrn": mrn, "type": args[2], "on": args[args.index("--on") + 1]}
    if args[0] == "advance":
        event.update(type="advanced", trigger=args[2])
    event.update(word.split("=") for word in args if "=" in word)
    return _add(history, [event], mrn)


def _options(asked, shown):
    for trigger, rows in asked.items():
        option = next((o for o in shown if o["trigger"] == trigger), None)
        if option is None:
            yield f"no option {trigger}"
            continue
        verdicts = [(c["id"], c["verdict"]) for c in option["criteria"]]
        for row, verdict in rows.items():
            holds = option["allowed"] is verdict if row == "allowed" else (row, verdict) in verdicts
            if not holds:
                yield f"{trigger}: {row} is not {verdict}: {option}"


def _alerts(asked, shown):
    for rule, fields in asked.items():
        alert = next((a for a in shown if a["rule"] == rule), None)
        if (alert is None) != (fields is None):
            yield f"alert {rule}: {alert}"
        for field, value in (fields or {}).items():
            if alert and alert.get(field) != value:
                yield f"alert {rule}: {field} is {alert.get(field)}, not {value}"


def _differences(want, got):
    """What of `want` does not hold, in words."""
    if "state" in want and got["state"] != want["state"]:
        yield f"state is {got['state']}, not {want['state']}"
    if "next_step" in want and bool(got["next_step"]) != bool(want["next_step"]):
        yield f"next_step is {got['next_step']}"
    yield from _options(want.get("options", {}), got["options"])
    yield from _alerts(want.get("alerts", {}), got["alerts"])
    for part, values in want.get("recommendation", {}).items():
        if set(got["recommendation"][part]) != set(values):
            yield f"recommendation.{part} is {got['recommendation'][part]}"
    if "unresectable" in want and got["classification"]["initially_unresectable"] is not want["unresectable"]:
        yield f"classification is {got['classification']}"
    if not set(want.get("suggestions", [])) <= set(got["suggestions"]):
        yield f"suggestions are {got['suggestions']}"
    if not set(want.get("deviations", [])) <= {d["id"] for d in got["deviations"]}:
        yield f"deviations are {got['deviations']}"
    if not set(want.get("history", [])) <= set(got["history"]):
        yield f"history is {got['history']}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_oracle_agrees_with_the_example(path):
    example = json.loads(path.read_text(encoding="utf-8"))
    history: list[dict] = []
    wrong: list[str] = []
    for number, step in enumerate(example["steps"], 1):
        if "add" in step:
            refused = _add(history, step["add"], example["mrn"])
            if refused != step.get("refused", 0):
                wrong.append(f"step {number}: {refused} refused")
        elif "expect" in step:
            got = oracle.show(history, datetime.date.fromisoformat(step["as_of"]))
            wrong += [f"step {number}, as of {step['as_of']}: {d}" for d in _differences(step["expect"], got)]
        else:
            refused = _run(history, step["run"], example["mrn"])
            if refused is not None and refused != step.get("exit", 0):
                wrong.append(f"step {number}: {step['run']}: {refused} refused")
    assert wrong == []


def test_there_are_examples():
    assert len(EXAMPLES) >= 32


# ---- where a reading is easily wrong by a day ---------------------------------------------------------------------
def _day(text):
    return datetime.date.fromisoformat(text)


def _events(*lines):
    """A registered patient with these (day, type, fields); ids a, b, c … in this order."""
    first = {"id": "0", "mrn": "A", "on": "2027-01-01", "type": "registered", "name": "Ada", "sex": "female"}
    rest = [
        {"id": chr(ord("a") + n), "mrn": "A", "on": on, "type": kind, **fields}
        for n, (on, kind, fields) in enumerate(lines)
    ]
    return [first, *rest]


def _case(as_of, *lines):
    known = oracle.as_known_now(oracle.recorded(_events(*lines)))
    periods, _ = oracle.walk(known, _day(as_of))
    return oracle.case_of(known, periods, _day(as_of))


LINE = {"intent": "neoadjuvant", "regimen": "FOLFOX"}
BEV = {**LINE, "biologic": "bevacizumab"}


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2027-01-31", 1, "2027-02-28"), ("2028-01-31", 1, "2028-02-29"), ("2028-02-29", 60, "2033-02-28")],
)
def test_calendar_months_clip(day, months, expected):
    assert oracle.add_months(_day(day), months) == _day(expected)


@pytest.mark.parametrize(("on", "expected"), [("2027-02-01", "unknown"), ("2027-02-02", "met")])
def test_a_response_of_the_day_a_line_starts_belongs_to_what_came_before(on, expected):
    scan = {"modality": "ct", "purpose": "other", "response": "partial"}
    case = _case(
        "2027-03-01", ("2027-02-01", "systemic_started", LINE), ("2027-02-01", "cycle_given", {}), (on, "imaging", scan)
    )
    assert oracle.d3(case) == expected


@pytest.mark.parametrize(
    ("between", "state", "done"),
    [
        (("2027-01-09", "recurrence", {"sites": ["liver"]}), "resection", True),
        (("2027-01-15", "recurrence", {"sites": ["liver"]}), "resection", False),
        (("2027-01-15", "systemic_started", LINE), "resection", False),
        (("2027-01-15", "systemic_started", LINE), "surveillance", True),
    ],
)
def test_a_stay_taken_over_owns_the_last_operation_before_it(between, state, done):
    cut = {"procedure": "resection"}
    case = _case(
        "2027-03-01", ("2027-01-10", "surgery_performed", cut), between, ("2027-02-01", "taken_over", {"state": state})
    )
    assert oracle.operation_done(case) is done


def test_a_stage_left_out_is_the_first():
    first = ("2027-02-10", "surgery_performed", {"procedure": "two_stage"})
    second = ("2027-03-10", "surgery_performed", {"procedure": "two_stage", "stage": 2})
    over = ("2027-02-01", "taken_over", {"state": "resection"})
    assert not oracle.operation_done(_case("2027-04-01", over, first))
    assert oracle.operation_done(_case("2027-04-01", over, first, second))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "2027-02-01"),
        ([("2027-03-01", "cycle_given", {})], "2027-03-01"),
        ([("2027-03-01", "cycle_given", {}), ("2027-03-29", "systemic_stopped", {})], "2027-03-01"),
        ([("2027-03-01", "cycle_given", {}), ("2027-03-30", "systemic_stopped", {})], "2027-03-30"),
        ([("2027-03-30", "systemic_stopped", {"last_dose": "2027-02-20"})], "2027-02-20"),
        ([("2027-03-01", "systemic_stopped", {}), ("2027-03-02", "cycle_given", {})], "2027-03-01"),
        (
            [("2027-03-01", "systemic_stopped", {}), ("2027-03-02", "cycle_given", {"biologic_given": True})],
            "2027-03-02",
        ),
        ([("2027-03-20", "systemic_started", LINE), ("2027-03-20", "cycle_given", {})], "2027-03-20"),
    ],
)
def test_the_last_dose_of_bevacizumab(lines, expected):
    assert max(oracle.doses(_case("2027-05-01", ("2027-02-01", "systemic_started", BEV), *lines))) == _day(expected)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([{"present": oracle.ROLES}], "met"),
        ([{"present": oracle.ROLES}, {"present": oracle.ROLES[1:]}], "not_met"),
        ([{"present": oracle.ROLES, "plan": "reassess"}], "not_met"),
        ([{"present": oracle.ROLES, "plan": "defer"}], "not_met"),
        ([{"present": oracle.ROLES}, {"present": oracle.ROLES, "plan": "offer_resection"}], "met"),
        ([{"present": oracle.ROLES, "plan": "offer_resection"}, {"present": oracle.ROLES, "plan": "defer"}], "not_met"),
    ],
)
def test_several_decisions_of_one_day(others, expected):
    case = _case("2027-02-01", *[("2027-01-20", "mdt_decision", fields) for fields in others])
    assert oracle.m1(case, "offer_resection") == expected


def test_a_correction_taken_away_brings_the_original_back():
    events = _events(
        ("2027-01-02", "performance_status", {"ecog": 1}),
        ("2027-01-03", "corrected", {"event": "a", "replacement": {"ecog": 2, "on": "2027-01-04"}}),
        ("2027-01-05", "corrected", {"event": "b"}),
        ("2027-01-06", "corrected", {"event": "c"}),
    )
    ecog = [
        [(e["on"], e["ecog"]) for e in oracle.as_known_now(oracle.recorded(events[:n])) if "ecog" in e]
        for n in (2, 3, 4, 5)
    ]
    assert ecog == [[("2027-01-02", 1)], [("2027-01-04", 2)], [("2027-01-02", 1)], [("2027-01-04", 2)]]
    assert not oracle.accepts(
        events, {"id": "x", "type": "corrected", "on": "2027-01-07", "event": "d", "replacement": {}}
    )
    assert not oracle.accepts(events, {"id": "x", "type": "corrected", "on": "2027-01-07", "event": "0"})
    assert not oracle.accepts(events, {"id": "x", "type": "corrected", "on": "2027-01-07", "event": "nobody"})


def test_stage_one_leaves_the_plan_for_stage_two():
    two = {"procedure": "two_stage", "planned_for": "2027-04-01"}
    plans = [
        ("2027-01-10", "surgery_planned", {**two, "stage": 1}),
        ("2027-01-10", "surgery_planned", {**two, "stage": 2}),
    ]
    cut = ("2027-02-01", "surgery_performed", {"procedure": "two_stage"})
    assert [p["id"] for p in oracle.standing_plans(_case("2027-03-01", *plans))] == ["a", "b"]
    assert [p["id"] for p in oracle.standing_plans(_case("2027-03-01", *plans, cut))] == ["b"]


@pytest.mark.parametrize(
    ("purpose", "on", "opens"),
    [("other", "2027-04-19", "04-20"), ("other", "2027-04-20", "07-20"), ("surveillance", "2027-01-21", "04-21")],
)
def test_the_window_of_the_next_ct(purpose, on, opens):
    cut = ("2027-01-20", "surgery_performed", {"procedure": "resection"})
    scan = (on, "imaging", {"modality": "ct", "purpose": purpose})
    shown = oracle.show(_events(cut, ("2027-02-01", "taken_over", {"state": "surveillance"}), scan), _day("2027-05-01"))
    assert [a["opens_on"] for a in shown["alerts"] if a["rule"] == "surveillance_ct"] == [f"2027-{opens}"]
