"""The chosen line: what is owed and why, what happened, and what recording it will change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import desk, forms, words, writing
from dashboard.desk import Desk
from dashboard.entries import Entry, entries
from dashboard.words import plain
from dashboard.writing import Target
from pathway import views
from pathway.answer import preview
from pathway.errors import PathwayError
from pathway.events import identified, read
from pathway.views import Line

HAPPENED = ("Done", "Called", "Snooze", "Reassign")
WEEK = timedelta(days=7)


def show(line: Line, here: Desk, patient_page: Any) -> None:
    """Everything about the chosen line."""
    with st.container(border=True):
        st.markdown(
            f"#### {plain(line.name)}\n{line.mrn} · {words.state(line.state)} for "
            f"{words.days((here.day - line.since).days)}"
        )
        if line.alerts:
            alert = _which(line)
            _owed(alert, here)
            prefix = f"{line.key}.{line.version}.{alert['id']}"
            happened = st.segmented_control(
                "What happened?", HAPPENED, default="Done", required=True, key=f"{prefix}.happened"
            )
            {"Done": _done, "Called": _called, "Snooze": _snooze, "Reassign": _reassign}[happened or "Done"](
                line, alert, prefix, here
            )
        else:
            st.markdown("Nothing is owed to this patient.")
        if st.button("Open patient", key=f"open.{line.key}", type="tertiary"):
            st.switch_page(patient_page, query_params={"p": line.key})


def _which(line: Line) -> dict[str, Any]:
    if len(line.alerts) == 1:
        return line.alerts[0]
    names = {alert["id"]: alert for alert in line.alerts}
    chosen = st.selectbox(
        "What is owed",
        list(names),
        format_func=lambda id_: words.rule(names[id_]["rule"]),
        key=f"{line.key}.{line.version}.which",
        label_visibility="collapsed",
    )
    return names[chosen]


def _owed(alert: dict[str, Any], here: Desk) -> None:
    late = alert["status"] == "overdue"
    colour = "red" if late or alert["severity"] == "urgent" else "orange" if alert["status"] == "due" else "gray"
    badge = f":{colour}-badge[{words.due(alert, here.day)}]"
    booked = f" :blue-badge[booked for {words.day(alert['booked_for'])}]" if alert["booked_for"] else ""
    urgent = " :red-badge[urgent]" if alert["severity"] == "urgent" else ""
    window = f"{words.day(alert['opens_on'])} – {words.day(alert['due_on'])}"
    st.markdown(
        f"**{words.rule(alert['rule'])}** {badge}{urgent}{booked}  \nWindow {window}  \n{plain(alert['reason'])}"
    )
    with st.expander("Why: what the guideline says"):
        st.markdown(plain(alert["source"]))


def _done(line: Line, alert: dict[str, Any], prefix: str, here: Desk) -> None:
    ways = entries(alert["rule"], line.state)
    place = 0
    if len(ways) > 1:
        place = st.selectbox(
            "What was done",
            range(len(ways)),
            format_func=lambda one: ways[one].verb.removeprefix("Record ").capitalize(),
            key=f"{prefix}.way",
        )
    way = ways[place]
    key = f"{prefix}.{way.kind}"
    shown = forms.fields(way.kind, way.asked)
    st.date_input("On", here.day, max_value=here.day, key=f"{key}.on", format="YYYY-MM-DD")
    forms.ask(shown, key, way.first)
    presets = {"type": way.kind, **way.presets}
    _will(line, {**presets, **forms.entered(shown, key)}, key, here)
    st.button(
        way.verb,
        type="primary",
        key=f"{key}.save",
        on_click=writing.save_form,
        args=(Target(line.mrn, line.version), presets, shown, key, here, _done_words(way, line)),
    )


def _done_words(way: Entry, line: Line) -> str:
    return f"{way.verb.removeprefix('Record ').capitalize()} recorded for {line.mrn}"


def _will(line: Line, found: dict[str, Any], key: str, here: Desk) -> None:
    """What the entry would change, before it is saved."""
    on = st.session_state.get(f"{key}.on") or here.day
    try:
        event = identified(read({"mrn": line.mrn, "on": on.isoformat(), **found}, today=here.day))
        seen = views.patient(desk.store(), line.mrn, day=here.day, protocol=desk.protocol())
        change = preview(seen.history, event, here.day, desk.protocol())
    except PathwayError as error:
        st.caption(f"Not yet: {plain(str(error))}")
        return
    parts = []
    if change.state:
        parts.append(f"She moves to {words.state(change.state)}.")
    opened = {alert["rule"]: alert for alert in change.opens}
    for alert in change.closes:
        following = opened.pop(alert["rule"], None)
        then = ""
        if following is not None:
            then = f"; the next one opens {words.day(following['opens_on'])}, due {words.day(following['due_on'])}"
        parts.append(f"Closes {words.rule(alert['rule'])}{then}.")
    parts += [f"Opens {words.rule(rule)}, due {words.day(one['due_on'])}." for rule, one in opened.items()]
    st.caption(" ".join(parts) or "Changes nothing that is owed.")


def _called(line: Line, alert: dict[str, Any], prefix: str, here: Desk) -> None:
    key = f"{prefix}.contact"
    shown = forms.fields("contact")
    st.date_input("On", here.day, max_value=here.day, key=f"{key}.on", format="YYYY-MM-DD")
    forms.ask(shown, key, {})
    st.text_input("Note (optional)", key=f"{key}.note")
    st.caption("A call is noted in the history; what is owed stays owed.")
    st.button(
        "Record call",
        type="primary",
        key=f"{key}.save",
        on_click=writing.save_form,
        args=(Target(line.mrn, line.version), {"type": "contact"}, shown, key, here, f"Call recorded for {line.mrn}"),
    )


def _snooze(line: Line, alert: dict[str, Any], prefix: str, here: Desk) -> None:
    key = f"{prefix}.snoozed"
    shown = forms.fields("snoozed", ("until", "reason"))
    st.session_state.setdefault(f"{key}.on", here.day)
    forms.ask(shown, key, {"until": here.day + WEEK})
    longest = desk.protocol().numbers.snooze_urgent_days_at_most
    if alert["severity"] == "urgent":
        st.caption(f"This is urgent: it can be put off for {longest} days at most, a longer snooze does not hold.")
    else:
        st.caption("Quiet until that day, then it is back. It is never dropped.")
    st.button(
        "Snooze it",
        type="primary",
        key=f"{key}.save",
        on_click=writing.save_form,
        args=(
            Target(line.mrn, line.version),
            {"type": "snoozed", "rule": alert["rule"]},
            shown,
            key,
            here,
            f"{words.rule(alert['rule'])} snoozed for {line.mrn}",
        ),
    )


def _reassign(line: Line, alert: dict[str, Any], prefix: str, here: Desk) -> None:
    key = f"{prefix}.reassigned"
    shown = forms.fields("reassigned")
    st.session_state.setdefault(f"{key}.on", here.day)
    forms.ask(shown, key, {})
    st.caption(f"All that is owed to her moves from {line.owner} to the navigator named.")
    st.button(
        "Reassign her",
        type="primary",
        key=f"{key}.save",
        on_click=writing.save_form,
        args=(Target(line.mrn, line.version), {"type": "reassigned"}, shown, key, here, f"{line.mrn} reassigned"),
    )
