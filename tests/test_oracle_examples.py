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
