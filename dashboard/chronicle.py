"""A patient's history: record what happened, read what was recorded and when, correct what was wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import foresight, forms, words, writing
from dashboard.desk import Desk
from dashboard.writing import Form, Target
from pathway.events import TYPES
from pathway.views import Patient

OFTEN = (
    *("imaging", "cea", "mdt_decision", "performance_status", "volumetry", "molecular_result", "systemic_started"),
    *("cycle_given", "systemic_stopped", "surgery_planned", "surgery_performed", "surgery_cancelled", "pathology"),
    *("locoregional_performed", "portal_vein_embolisation", "recurrence", "visit", "contact", "appointment"),
    *("referred", "primary_identified", "primary_resected", "reassigned", "snoozed", "taken_over", "died", "withdrawn"),
)
"""The events that a form records, the frequent first. A step is taken under "Steps from here"."""
NOT_RECORDED_HERE = {"registered", "advanced", "corrected"}
KINDS = (*OFTEN, *(kind for kind in TYPES if kind not in {*OFTEN, *NOT_RECORDED_HERE}))
DATED = ("birth_date", "planned_for", "booked_for", "review_on", "until", "last_dose")
ROW_PX, ROWS = 31, 14
CELLS = 4


def show(patient: Patient, here: Desk) -> None:
    """The form and the table."""
    rows = patient.answer["history"]
    recording, history, correcting = st.tabs(["Record an event", f"History ({len(rows)})", "Correct an entry"])
    with recording:
        _record(patient, here)
    with history:
        _history(rows)
    with correcting:
        _correct(patient, here)


def _target(patient: Patient) -> Target:
    return Target(patient.key, patient.registered.mrn, patient.registered.name, patient.version)


def _record(patient: Patient, here: Desk) -> None:
    kind = st.selectbox(
        "What happened",
        KINDS,
        format_func=lambda one: words.title(words.value(one)),
        key=f"{patient.key}.kind",
        width=320,
    )
    form = Form({"type": kind}, forms.fields(kind), f"{patient.key}.{writing.entry()}.record.{kind}")
    first = {"modality": "ct"} if kind == "imaging" else {}
    forms.ask(form.asked, form.prefix, first, when="It happened on", day=here.day, cells=CELLS)
    st.text_input("Note", key=f"{form.prefix}.note", placeholder="if any")
    st.markdown(f":gray[{foresight.of(patient, form, here)}]")
    st.button(
        f"Record {words.value(kind)}",
        type="primary",
        key=f"{form.prefix}.save",
        on_click=writing.save_form,
        args=(_target(patient), form, here, f"Recorded: {words.value(kind)}"),
    )


def _history(rows: list[dict[str, Any]]) -> None:
    """Latest first; both dates, so that what came late is seen to have come late."""
    recorded_by = {row["id"]: row for row in rows}
    table = pd.DataFrame(
        [
            {
                "On": row["on"],
                "What": words.title(words.value(row["type"])),
                "Details": details(row, recorded_by),
                "By": row["by"] or "",
                "Recorded": (row["recorded_at"] or "")[:16].replace("T", " "),
                "Stands": "corrected" if "corrected_by" in row else "✔",
            }
            for row in reversed(rows)
        ]
    )
    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_PX,
        height=ROW_PX * (min(len(rows), ROWS) + 1) + 3,
        alt="Everything recorded for this patient, latest first",
        column_config={
            "On": st.column_config.Column(width=90, help="The day on which it happened"),
            "What": st.column_config.Column(width=170),
            "Details": st.column_config.Column(width=600),
            "By": st.column_config.Column(width=90),
            "Recorded": st.column_config.Column(width=130, help="When it was entered here (UTC)"),
            "Stands": st.column_config.Column(width=80, help="A corrected entry stays readable and counts no more"),
        },
    )


def details(row: dict[str, Any], known: dict[str, dict[str, Any]]) -> str:
    """An event's own fields in a line; a correction says what it corrects."""
    if row["type"] == "corrected":
        wrong = known.get(row["event"], {})
        what = f"{words.value(wrong.get('type', 'an entry'))} of {wrong.get('on', '?')}"
        right = row.get("replacement")
        return f"{what}: {_said(right)}" if right else f"{what} taken back" + _note(row)
    passed = ("id", "on", "recorded_at", "type", "by", "mrn", "corrected_by", "note")
    said = ", ".join(words.in_a_line(name, _said(value)) for name, value in row.items() if name not in passed)
    return said + _note(row)


def _note(row: dict[str, Any]) -> str:
    return f" ({row['note']})" if row.get("note") else ""


def _said(value: Any) -> str:
    if isinstance(value, list):
        return " + ".join(words.value(one) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(words.in_a_line(name, _said(inner)) for name, inner in value.items())
    return words.value(value)


def _correct(patient: Patient, here: Desk) -> None:
    """All fields as they should have been, or the whole entry taken back. Both stay readable."""
    rows = [row for row in reversed(patient.answer["history"]) if "corrected_by" not in row]
    known = {row["id"]: row for row in patient.answer["history"]}

    def said(id_: str) -> str:
        row = known[id_]
        return f"{row['on']} · {words.value(row['type'])} · {details(row, known)}"

    chosen = st.selectbox(
        "Which entry was wrong",
        [row["id"] for row in rows],
        format_func=said,
        key=f"{patient.key}.{writing.entry()}.correct",
    )
    row = known[chosen]
    kind = row["type"]
    prefix = f"{patient.key}.{writing.entry()}.correct.{chosen}"
    target = _target(patient)
    if kind != "corrected":
        kept = {name: row[name] for name in (*forms.NOT_IN_A_FORM, "by") if row.get(name) is not None}
        form = Form(kept, forms.fields(kind), prefix)
        forms.ask(form.asked, prefix, _held(row), when="It happened on", day=here.day, cells=CELLS)
        st.text_input("Note", row.get("note") or "", key=f"{prefix}.note", placeholder="if any")
    with st.container(horizontal=True):
        if kind != "corrected":
            st.button(
                "Correct it so",
                type="primary",
                key=f"{prefix}.save",
                on_click=writing.save_correction,
                args=(target, chosen, form, here),
            )
        if kind != "registered":
            wrong = {"type": "corrected", "on": here.day.isoformat(), "event": chosen}
            st.button(
                "Take it back: it never happened",
                key=f"{prefix}.away",
                on_click=writing.save,
                args=(target, wrong, here, "Taken back; the original stays readable"),
            )


def _held(row: dict[str, Any]) -> dict[str, Any]:
    """What the fields of a form hold at first: the entry as it was recorded."""
    return {
        name: date.fromisoformat(value) if name in ("on", *DATED) and isinstance(value, str) else value
        for name, value in row.items()
    }
