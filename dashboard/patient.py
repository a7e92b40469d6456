"""One patient: where she stands, what blocks the next step, how she came here, what lies ahead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import course, desk, forms, pathway_drawn, words, writing
from dashboard.desk import Desk
from dashboard.words import plain
from dashboard.writing import Target
from pathway import views
from pathway.errors import UnknownPatient
from pathway.events import TYPES

STEP_OVERRIDE = "Take it all the same"
NAMED = 3
"""So many obstacles are named in the strip."""
WANTED = ("offer_resection", "proceed_to_resection", "start_neoadjuvant", "begin_surveillance", "begin_workup")
"""The step whose obstacles the strip names, the most wanted first."""


def screen(here: Desk) -> None:
    """The whole screen."""
    key = st.query_params.get("p", "")
    _find(here, key)
    if not key:
        st.info("Search for a patient by name or MRN, or open one from the worklist.")
        return
    try:
        patient = views.patient_by_key(desk.store(), key, day=here.day, protocol=desk.protocol())
    except UnknownPatient as error:
        st.error(str(error).capitalize() + ".")
        return
    writing.say(here)
    answer = patient.answer
    _strip(patient, here)
    pathway_drawn.show(patient)
    left, right = st.columns([9, 11])
    with left:
        _steps(patient, here)
    with right:
        _owed(answer, here)
        course.show(answer, here)
        _advice(answer)
    _record(patient, here)
    _history(patient, here)


def _find(here: Desk, key: str) -> None:
    lines = views.lines(desk.store(), day=here.day, protocol=desk.protocol())
    by_key = {line.key: line for line in sorted(lines, key=lambda line: line.name)}

    def opened() -> None:
        chosen = st.session_state.get("find")
        if chosen:
            st.query_params["p"] = chosen

    st.selectbox(
        "Find a patient",
        list(by_key),
        index=list(by_key).index(key) if key in by_key else None,
        format_func=lambda one: f"{by_key[one].name} · {by_key[one].mrn}",
        key="find",
        on_change=opened,
        placeholder="Find a patient by name or MRN",
        label_visibility="collapsed",
    )


def _strip(patient: views.Patient, here: Desk) -> None:
    answer, who = patient.answer, patient.registered
    since = date.fromisoformat(answer["since"])
    with st.container(border=True):
        cells = st.columns([3, 2, 3, 4])
        with cells[0]:
            born = f"{plain(who.mrn)} · born {who.birth_date.year} · {who.sex}"
            st.markdown(f"**{plain(who.name)}**  \n{born}  \n{_profile(answer)}")
        with cells[1]:
            long = f"{words.days((here.day - since).days)}, since {words.day(answer['since'])}"
            st.markdown(f"Where  \n**{words.state(answer['state'])}**  \n{long}")
        with cells[2]:
            step = answer["next_step"]
            if step is None:
                st.markdown("Next  \n**nothing is owed**")
            else:
                colour = "red" if step["status"] == "overdue" or step["severity"] == "urgent" else "gray"
                when = f":{colour}[{words.due(step, here.day)}] · {plain(step['owner'])}"
                st.markdown(f"Next  \n**{words.rule(step['rule'])}**  \n{when}")
        with cells[3]:
            st.markdown(_blocked(answer))


def _profile(answer: dict[str, Any]) -> str:
    facts: dict[str, str] = {}
    for event in answer["history"]:
        if "corrected_by" not in event:
            for name in ("primary", "side", "location", "mmr", "ras", "braf", "her2"):
                if name in event and event["type"] in ("primary_identified", "molecular_result"):
                    facts[name] = words.field(event[name])
    said = [
        value if name in ("primary", "side", "location") else f"{words.field(name)} {value}"
        for name, value in facts.items()
    ]
    return ", ".join(said) or "profile not recorded"


def _wanted(answer: dict[str, Any]) -> str:
    """The step that is wanted most from here, or the first there is; empty where none leads on."""
    triggers = [option["trigger"] for option in answer["options"]]
    return next((trigger for trigger in WANTED if trigger in triggers), triggers[0] if triggers else "")


def _blocked(answer: dict[str, Any]) -> str:
    trigger = _wanted(answer)
    for option in answer["options"]:
        if option["trigger"] != trigger:
            continue
        open_ones = [one for one in option["criteria"] if one["verdict"] != "met"]
        if not open_ones:
            return f"To {words.field(trigger)}  \n:green[✔ **nothing blocks it**]"
        named = "  \n".join(
            f":{words.VERDICT_COLOURS[one['verdict']]}[{words.VERDICTS[one['verdict']][0]}] {plain(one['name'])}"
            for one in open_ones[:NAMED]
        )
        more = f"  \n:gray[+{len(open_ones) - NAMED} more]" if len(open_ones) > NAMED else ""
        return f"What blocks: {words.field(trigger)}  \n{named}{more}"
    return "What blocks  \n:gray[no step is waited for here]"


def _steps(patient: views.Patient, here: Desk) -> None:
    st.markdown("##### Steps from here")
    answer = patient.answer
    if not answer["options"]:
        st.markdown(":gray[She is closed: no step leads on. Correct the entry that closed her, if it was wrong.]")
    wanted = _wanted(answer)
    for option in answer["options"]:
        criteria = option["criteria"]
        open_count = sum(one["verdict"] != "met" for one in criteria)
        sign = "✔" if option["allowed"] else "✖"
        state = f" · {open_count} of {len(criteria)} open" if open_count else ""
        label = f"{sign} {words.field(option['trigger'])} → {words.state(option['to'])}{state}"
        with st.expander(label, expanded=option["trigger"] == wanted):
            _criteria(criteria)
            _take(option, patient, here)


def _criteria(criteria: list[dict[str, Any]]) -> None:
    rows = ["| | criterion | evidence |", "|---|---|---|"]
    for one in criteria:
        verdict = f":{words.VERDICT_COLOURS[one['verdict']]}[{words.VERDICTS[one['verdict']]}]"
        row = "" if one["id"] == "fact" else f" :gray[{one['id']}]"
        rows.append(f"| {verdict} | {plain(one['name'])}{row} | {plain(one['reason'])} |")
    st.markdown("\n".join(rows))


def _take(option: dict[str, Any], patient: views.Patient, here: Desk) -> None:
    trigger = option["trigger"]
    prefix = f"{patient.key}.{patient.version}.{trigger}"
    target = Target(patient.registered.mrn, patient.version)
    needs_modality = trigger == "offer_locoregional"
    cells = st.columns(2)
    with cells[0]:
        st.date_input("On", here.day, max_value=here.day, key=f"{prefix}.on", format="YYYY-MM-DD")
    if needs_modality:
        with cells[1]:
            forms.ask(forms.fields("advanced", ("modality",)), prefix, {})
    shown = forms.fields("advanced", ("modality",)) if needs_modality else []
    done = f"{words.title(trigger)}: recorded for {patient.registered.mrn}"
    presets = {"type": "advanced", "trigger": trigger}
    st.button(
        words.title(trigger),
        type="primary" if option["allowed"] else "secondary",
        key=f"{prefix}.take",
        on_click=writing.save_form,
        args=(target, presets, shown, prefix, here, done),
    )
    if not option["allowed"]:
        with st.popover("Override …"):
            st.markdown(
                "It passes what is not met or unknown, and stays visible. It replaces nothing that must have happened."
            )
            st.text_input("Reason", key=f"{prefix}.reason")
            st.text_input("Who answers for it", here.me, key=f"{prefix}.override_by")
            st.button(
                STEP_OVERRIDE,
                key=f"{prefix}.override",
                on_click=writing.save_override,
                args=(target, presets, shown, prefix, here, done),
            )


def _owed(answer: dict[str, Any], here: Desk) -> None:
    st.markdown("##### What is owed")
    if not answer["alerts"]:
        st.markdown(":gray[Nothing is owed.]")
        return
    rows = ["| due | what | why |", "|---|---|---|"]
    for alert in answer["alerts"]:
        colour = "red" if alert["status"] == "overdue" or alert["severity"] == "urgent" else "gray"
        booked = f", booked for {words.day(alert['booked_for'])}" if alert["booked_for"] else ""
        local = "" if alert["source"].startswith("guideline") else " :gray[(local default)]"
        rows.append(
            f"| :{colour}[{words.due(alert, here.day)}] | {words.rule(alert['rule'])} :gray[{alert['row']}]{booked} "
            f"| {plain(alert['reason'])}{local} |"
        )
    st.markdown("\n".join(rows))


def _advice(answer: dict[str, Any]) -> None:
    wanted = answer["recommendation"]
    lines = []
    if wanted["missing"]:
        lines.append(f"**First line:** missing {', '.join(words.field(name) for name in wanted['missing'])}")
    elif wanted["regimens"] or wanted["biologics"]:
        parts = (" or ".join(wanted["regimens"]), " or ".join(wanted["biologics"]))
        lines.append(f"**First line:** {' + '.join(part for part in parts if part)} :gray[{plain(wanted['source'])}]")
    classified = answer["classification"]
    if classified["initially_unresectable"]:
        lines.append(f"**Initially unresectable** :gray[{', '.join(classified['reasons'])}]")
    if answer["risk_factors"]:
        lines.append("**Adverse features:** " + ", ".join(words.field(flag) for flag in answer["risk_factors"]))
    lines += [f"**{one['id']}** {plain(one['text'])}" for one in answer["suggestions"]]
    lines += [
        f":orange[**Deviation {one['id']}**] {words.day(one['on'])}: {plain(one['what'])}"
        + (f" ({plain(one['reason'])})" if one["reason"] else "")
        for one in answer["deviations"]
    ]
    if lines:
        with st.expander("What the guideline says, and where it was left", expanded=True):
            st.markdown("\n\n".join(lines))


def _record(patient: views.Patient, here: Desk) -> None:
    with st.expander("Record an event"):
        kinds = [kind for kind in TYPES if kind not in ("registered", "advanced", "corrected")]
        kind = st.selectbox("What happened", kinds, format_func=words.title, key=f"{patient.key}.kind")
        prefix = f"{patient.key}.{patient.version}.record.{kind}"
        shown = forms.fields(kind)
        st.date_input("On", here.day, max_value=here.day, key=f"{prefix}.on", format="YYYY-MM-DD")
        forms.ask(shown, prefix, {"modality": "ct"} if kind == "imaging" else {})
        st.text_input("Note (optional)", key=f"{prefix}.note")
        st.button(
            f"Record {words.field(kind)}",
            type="primary",
            key=f"{prefix}.save",
            on_click=writing.save_form,
            args=(
                Target(patient.registered.mrn, patient.version),
                {"type": kind},
                shown,
                prefix,
                here,
                f"{words.title(kind)} recorded for {patient.registered.mrn}",
            ),
        )


def _history(patient: views.Patient, here: Desk) -> None:
    rows = patient.answer["history"]
    with st.expander(f"History: {len(rows)} entries"):
        table = pd.DataFrame(
            [
                {
                    "On": row["on"],
                    "What": words.title(row["type"]),
                    "Details": _details(row),
                    "Recorded": (row["recorded_at"] or "")[:10],
                    "By": row["by"] or "",
                    "Corrected": "corrected" if "corrected_by" in row else "",
                    "Id": row["id"],
                }
                for row in reversed(rows)
            ]
        )
        st.dataframe(table, hide_index=True, row_height=31, alt="Everything recorded for this patient, latest first")
        correctable = [row for row in reversed(rows) if row["type"] != "registered" and "corrected_by" not in row]
        if correctable:
            _correct(correctable, patient, here)


def _details(row: dict[str, Any]) -> str:
    passed = ("id", "on", "recorded_at", "type", "by", "mrn", "name", "birth_date", "corrected_by")
    return ", ".join(f"{words.field(name)}: {_said(value)}" for name, value in row.items() if name not in passed)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(words.field(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{words.field(name)} {_said(inner)}" for name, inner in value.items())
    return words.field(value)


def _correct(rows: list[dict[str, Any]], patient: views.Patient, here: Desk) -> None:
    names = {row["id"]: f"{row['on']} {words.title(row['type'])} {_details(row)}"[:90] for row in rows}
    prefix = f"{patient.key}.{patient.version}.correct"
    chosen = st.selectbox("Entered in error", list(names), format_func=lambda id_: names[id_], key=f"{prefix}.event")
    st.text_input("Why (optional)", key=f"{prefix}.note")
    st.session_state.setdefault(f"{prefix}.on", here.day)
    st.button(
        "Take this entry back",
        key=f"{prefix}.save",
        on_click=writing.save_form,
        args=(
            Target(patient.registered.mrn, patient.version),
            {"type": "corrected", "event": chosen},
            [],
            prefix,
            here,
            "Entry taken back; the original stays readable",
        ),
    )
