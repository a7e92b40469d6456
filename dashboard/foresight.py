"""What an entry will change, said before it is saved: the core decides with the event that is not there yet."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dashboard import desk, words
from dashboard.desk import Desk
from dashboard.writing import Form
from pathway.answer import Preview, preview
from pathway.errors import PathwayError, Refused, StepRefused
from pathway.events import identified, read
from pathway.views import Patient

SAID = 4
"""So many things that open or move are named; the rest is counted."""


def of(patient: Patient, form: Form, here: Desk) -> str:
    """What the form's event would change, in Markdown; or what it still needs."""
    try:
        event = identified(read({"mrn": patient.registered.mrn, **form.found()}, today=here.day))
        change = preview(patient.history, event, here.day, desk.protocol(), judged_by=patient.judged_by)
    except StepRefused as error:
        count = sum(finding.verdict != "met" for finding in error.findings)
        return f"Not allowed yet: {count} of {len(error.findings)} open." if count else words.plain(str(error.expected))
    except Refused as error:
        return words.plain(words.sentence(words.refused(error)))
    except PathwayError as error:
        return words.plain(words.sentence(str(error)))
    return " ".join(_changes(change)) or "Changes nothing that is owed."


def _changes(change: Preview) -> Iterator[str]:
    """Sentences: where she goes, what closes with what follows it, what opens."""
    if change.state:
        yield f"The patient moves to **{words.state(change.state)}**."
    opened = {alert["rule"]: alert for alert in change.opens}
    closed: list[str] = []
    followed: dict[str, list[str]] = {}
    for alert in change.closes:
        following = opened.pop(alert["rule"], None)
        if following:
            when = _when(following["opens_on"], following["due_on"])
            followed.setdefault(when, []).append(words.rule(alert["rule"]))
        else:
            closed.append(words.rule(alert["rule"]))
    for when, names in followed.items():
        yield f"Closes {_listed(names)}; the next one {when}."
    if closed:
        yield f"Closes {_listed(closed)}."
    for rule, alert in list(opened.items())[:SAID]:
        yield f"{words.rule(rule)} {_when(alert['opens_on'], alert['due_on'])}."
    if len(opened) > SAID:
        yield f"And {len(opened) - SAID} more."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _when(opens_on: str, due_on: str) -> str:
    if opens_on == due_on:
        return f"is due {words.day(due_on)}"
    return f"opens {words.day(opens_on)}, due {words.day(due_on)}"


def changed_meanwhile(patient: Patient, prefix: str) -> None:
    """Say who recorded what since this form was opened: the page shows it already, the person may not have seen it."""
    seen: int = st.session_state.setdefault(f"{prefix}.seen", patient.version)
    new = patient.history.events[seen:]
    if new:
        last = new[-1]
        st.warning(f"{last.by or 'Somebody'} recorded {words.value(last.type)} meanwhile. The page shows it now.")
