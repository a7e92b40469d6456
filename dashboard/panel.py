"""The chosen line: what is owed and why, what happened, and what recording it will change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import desk, foresight, forms, words, writing
from dashboard.desk import Desk
from dashboard.entries import Entry, fitting
from dashboard.words import plain
from dashboard.writing import Form, Target
from pathway import views
from pathway.alerts import SERVED
from pathway.views import Line, Patient

DONE, BOOKED, CALLED, SNOOZE, REASSIGN = HAPPENED = ("Done", "Booked", "Called", "Snooze", "Reassign")
WEEK = timedelta(days=7)


class Work:
    """One obligation on the table: whose, which, and where its form is kept."""

    def __init__(self, line: Line, alert: dict[str, Any], here: Desk, next_key: str) -> None:
        self.line = line
        self.alert = alert
        self.here = here
        self.target = Target(line.key, line.mrn, line.name, line.version, next_key)
        # not of the version: what was typed stays when somebody else records something meanwhile
        self.prefix = f"{line.key}.{alert['id']}.{writing.entry()}"
        self.patient: Patient = views.patient(desk.store(), line.mrn, day=here.day, protocol=desk.protocol())

    def button(self, verb: str, form: Form, done: str) -> None:
        """The primary button; beside it stands the way to her page."""
        st.button(
            verb,
            type="primary",
            key=f"{form.prefix}.save",
            on_click=writing.save_form,
            args=(self.target, form, self.here, done),
        )


def show(line: Line, here: Desk, patient_page: Any, *, next_key: str) -> None:
    """Everything about the chosen line."""
    with st.container(border=True, key="panel"):
        site = f" · {plain(line.site)}" if line.site else ""
        long = words.days((here.day - line.since).days)
        st.markdown(f"#### {plain(line.name)}\n{plain(line.mrn)}{site} · {words.state(line.state)} for {long}")
        if not line.alerts:
            st.markdown("Nothing is owed to this patient.")
            _open(line, patient_page)
            return
        work = Work(line, _which(line, here), here, next_key)
        _owed(work)
        options = [one for one in HAPPENED if one != BOOKED or work.alert["rule"] in SERVED]
        happened = st.segmented_control(
            "What happened?", options, default=DONE, required=True, key=f"{work.prefix}.happened"
        )
        parts = {DONE: _done, BOOKED: _booked, CALLED: _called, SNOOZE: _snooze, REASSIGN: _reassign}
        form, verb, done, change = parts[happened or DONE](work)
        foresight.changed_meanwhile(work.patient, work.prefix)
        with st.container(key="change"):  # of one height: the button stays under the pointer that presses it
            st.markdown(f":gray[{change}]")
        with st.container(horizontal=True, vertical_alignment="center"):
            work.button(verb, form, done)
            _open(line, patient_page)


def _open(line: Line, patient_page: Any) -> None:
    if st.button("Open patient", key=f"open.{line.key}", type="tertiary"):
        st.switch_page(patient_page, query_params={"p": line.key})


def _which(line: Line, here: Desk) -> dict[str, Any]:
    """The obligation that is worked on: the most pressing, until another is chosen."""
    if len(line.alerts) == 1:
        return line.alerts[0]
    names = {alert["id"]: alert for alert in line.alerts}
    chosen = st.selectbox(
        "What is owed",
        list(names),
        format_func=lambda id_: f"{words.rule(names[id_]['rule'])} · {words.due(names[id_], here.day)}",
        key=f"{line.key}.{writing.entry()}.which",
        label_visibility="collapsed",
    )
    return names[chosen]


def _owed(work: Work) -> None:
    alert = work.alert
    colour = words.due_colour(alert)
    badges = []
    if len(work.line.alerts) == 1:  # else the list above says it
        badges += [f"**{words.rule(alert['rule'])}**", f":{colour}-badge[{words.due(alert, work.here.day)}]"]
    if alert["severity"] == "urgent":
        badges.append(":red-badge[▲ urgent]")
    if alert["booked_for"]:
        badges.append(f":blue-badge[booked for {words.day(alert['booked_for'])}]")
    guideline = alert["source"].startswith("guideline")
    if not guideline:
        badges.append(":gray-badge[local default]")
    badges.append(f"Window {words.window(alert)}")
    st.markdown(f"{' '.join(badges)}  \n{plain(words.sentence(alert['reason']))}")
    if guideline:
        with st.expander("Why: what the guideline says", type="compact"):
            st.markdown(plain(words.source(alert["source"])))


Part = tuple[Form, str, str, str]
"""A form, the verb on its button, what is said once it is done, and what it will change."""


def _done(work: Work) -> Part:
    ways = fitting(work.alert["rule"], work.line.state, work.alert["reason"])
    way = ways[0]
    if len(ways) > 1:
        names = {one.what: one for one in ways}
        way = names[st.selectbox("What was done", list(names), key=f"{work.prefix}.way", label_visibility="collapsed")]
    form = Form(_presets(way, work), forms.fields(way.kind, way.asked), f"{work.prefix}.{way.kind}.{way.verb}")
    forms.ask(form.asked, form.prefix, way.first, when=way.when, day=work.here.day)
    verb = "Recorded" if way.kind != "advanced" else "Taken"
    return form, way.verb, f"{verb}: {way.what}", foresight.of(work.patient, form, work.here)


def _presets(way: Entry, work: Work) -> dict[str, Any]:
    """What follows from the rule: the type, and for steps called in question which ones are reviewed."""
    presets = {"type": way.kind, **way.presets}
    if work.alert["rule"] == "guard_violated" and way.kind == "mdt_decision":
        presets["reviewed"] = work.patient.questioned
    return presets


def _booked(work: Work) -> Part:
    form = Form(
        {"type": "appointment", "what": SERVED[work.alert["rule"]], "status": "booked"},
        forms.fields("appointment", ("booked_for",)),
        f"{work.prefix}.appointment",
    )
    st.session_state.setdefault(f"{form.prefix}.on", work.here.day)
    forms.ask(form.asked, form.prefix, {})
    what = words.value(SERVED[work.alert["rule"]])
    change = f"Waits under “Waiting” until that day; a {what} that is missed makes this urgent."
    return form, f"Book {what}", f"Booked: {what}", change


def _called(work: Work) -> Part:
    form = Form({"type": "contact"}, forms.fields("contact"), f"{work.prefix}.contact")
    forms.ask(form.asked, form.prefix, {}, when="Called on", day=work.here.day)
    st.text_input("Note", key=f"{form.prefix}.note", placeholder="if any")
    return form, "Record call", "Recorded: call", "The call stands in the history; what is owed stays owed."


def _snooze(work: Work) -> Part:
    form = Form(
        {"type": "snoozed", "rule": work.alert["rule"]},
        forms.fields("snoozed", ("until", "reason")),
        f"{work.prefix}.snoozed",
    )
    st.session_state.setdefault(f"{form.prefix}.on", work.here.day)
    forms.ask(form.asked, form.prefix, {"until": work.here.day + WEEK})
    longest = desk.protocol().numbers.snooze_urgent_days_at_most
    change = "Quiet until that day, then it is back with its own dates. It is never dropped."
    if work.alert["severity"] == "urgent":
        change = f"This is urgent: {longest} days at most, a longer snooze does not hold."
    return form, "Snooze it", f"Snoozed: {words.rule(work.alert['rule'])}", change


def _reassign(work: Work) -> Part:
    form = Form({"type": "reassigned"}, forms.fields("reassigned"), f"{work.prefix}.reassigned")
    st.session_state.setdefault(f"{form.prefix}.on", work.here.day)
    forms.ask(form.asked, form.prefix, {})
    change = f"All that is owed here moves from {plain(work.line.owner)} to the navigator named."
    return form, "Reassign", "Reassigned", change
