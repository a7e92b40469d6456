"""The worklist: who is late, what is due, and the few fields that record it. One row a patient."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import panel, words, writing
from dashboard.desk import Desk
from pathway.dates import say
from pathway.views import Line

SEGMENTS = ("Overdue", "Due", "Next 7 days", "Waiting", "Later", "All")
HELP = (
    "Overdue: the last day has passed. Due: the window is open. Next 7 days: it opens within a week. "
    "Waiting: snoozed, or booked for a day to come. Each patient stands once, by what presses most."
)
EVERYBODY = "everybody"
ROW_PX = 31
SOON = timedelta(days=7)
SHOWN = 500
"""So many lines are sent to a browser at once; the search finds the rest."""
COLUMNS: dict[str, tuple[int, str]] = {
    "Due": (128, ""),
    "Patient": (124, ""),
    "MRN": (96, ""),
    "Next": (280, "By what presses most, and how much more is owed"),
    "State": (144, ""),
    "Days": (50, "Days in the present state"),
    "Owner": (64, ""),
}


def screen(here: Desk, patient_page: Any) -> None:
    """The whole screen."""
    find, whose, segments = _bar(here)
    sought = words.folded(find.strip())
    if sought:
        mine = [line for line in here.lines if sought in words.folded(f"{line.name} {line.mrn}")]
    else:
        mine = [line for line in here.lines if whose in (EVERYBODY, line.owner)]
    groups = grouped(mine, here.day, everyone=bool(sought))
    with segments:
        segment = st.segmented_control(
            "Segment",
            SEGMENTS,
            default="All" if sought else _first(groups),
            required=True,
            key=f"segment.{bool(sought)}.{whose}",
            format_func=lambda name: f"{name} {len(groups[name])}",
            label_visibility="collapsed",
            help=HELP,
        )
    shown = groups[segment or "Overdue"]
    left, right = st.columns([2, 1], gap="small")
    with left, st.container(key="lines"):
        if shown:
            chosen = _table(shown[:SHOWN], here.day)
        else:
            chosen = None
            _nothing(segment or "Overdue", mine, here.day, find)
        if len(shown) > SHOWN:
            st.markdown(f":gray[The first {SHOWN} of {len(shown)}. Search by name or MRN for the others.]")
    with right:
        if chosen is not None:
            panel.show(chosen, here, patient_page, next_key=_after(shown, chosen))


def _bar(here: Desk) -> tuple[str, str, Any]:
    """The line above: what is sought, whose caseload, and the place of the segments, whose counts hang on both."""
    segments, search, caseload = st.columns([6.3, 2, 1.6], vertical_alignment="center")
    owners = sorted({line.owner for line in here.lines if line.alerts})
    with search:
        find = st.text_input("Find", key="sought", placeholder="Find by name or MRN", label_visibility="collapsed")
    with caseload:
        options = [EVERYBODY, *owners]
        whose = st.selectbox(
            "Whose caseload",
            options,
            index=options.index(here.me) if here.me in owners else 0,
            key=f"whose.{here.me}",
            format_func=lambda one: f"caseload: {one}",
            label_visibility="collapsed",
            persist_state="session",
        )
    return find or "", whose or EVERYBODY, segments


def _first(groups: dict[str, list[Line]]) -> str:
    """The segment shown at first: what is late, else what is due now."""
    return "Due" if groups["Due"] and not groups["Overdue"] else "Overdue"


def grouped(lines: list[Line], day: date, *, everyone: bool = False) -> dict[str, list[Line]]:
    """The lines by segment: each patient once, by her most pressing obligation. `everyone`: also who is owed
    nothing.
    """
    found: dict[str, list[Line]] = {name: [] for name in SEGMENTS}
    for line in lines:
        if line.alerts or everyone:
            found["All"].append(line)
        if line.alerts:
            found[_segment(line.alerts[0], day)].append(line)
    return found


def _segment(alert: dict[str, Any], day: date) -> str:
    if alert["status"] == "overdue":
        return "Overdue"
    if alert["status"] == "snoozed" or alert["booked_for"]:
        return "Waiting"
    if alert["status"] == "due":
        return "Due"
    return "Next 7 days" if date.fromisoformat(alert["opens_on"]) <= day + SOON else "Later"


def _after(lines: list[Line], chosen: Line) -> str:
    """Who is chosen once something is recorded: the next line, at the end the one before."""
    keys = [line.key for line in lines]
    place = keys.index(chosen.key)
    following = keys[place + 1 : place + 2] or keys[max(place - 1, 0) : place]
    return following[0] if following else chosen.key


def _table(lines: list[Line], day: date) -> Line:
    """The lines, most pressing first. Who is chosen is kept by her key: a position means nothing once rows move.

    The table's own key is made of the rows' keys: where they changed, no selection is carried over, and the one who
    was chosen is looked for by her key. A click or an arrow key anywhere in a row chooses it.
    """
    keys = [line.key for line in lines]
    identity = hashlib.sha256("\n".join([*keys, str(writing.entry())]).encode()).hexdigest()[:16]
    widget = f"lines.{identity}"
    place = _picked(st.session_state.get(widget), len(lines))
    if place is None:
        chosen = st.session_state.get("chosen")
        place = keys.index(chosen) if chosen in keys else 0
    st.session_state["chosen"] = keys[place]
    first = st.session_state.setdefault("first", {})
    if widget not in first:
        first.clear()
        first[widget] = place
    st.dataframe(
        _styled(lines, place, day),
        hide_index=True,
        height=ROW_PX * (len(lines) + 1) + 3,
        row_height=ROW_PX,
        on_select="rerun",
        selection_mode="single-cell",
        selection_default={"selection": {"cells": [(first[widget], "Due")]}},
        key=widget,
        alt="The worklist: when something is due, for whom, and what comes next",
        column_config={
            name: st.column_config.Column(width=width, help=said or None) for name, (width, said) in COLUMNS.items()
        },
    )
    return lines[place]


def _picked(state: Any, count: int) -> int | None:
    """The row of the cell that is selected; None where none is."""
    cells = state["selection"]["cells"] if state else []
    return cells[0][0] if cells and 0 <= cells[0][0] < count else None


def _styled(lines: list[Line], place: int, day: date) -> Any:
    """The rows with their signals: red for late or urgent, and the chosen row tinted."""
    dark = st.context.theme.type == "dark"
    red, tint = ("#ff8a80", "#1d3547") if dark else ("#b3261e", "#e1edf5")
    rows = pd.DataFrame(
        [
            {
                "Due": words.due(line.alerts[0], day) if line.alerts else "",
                "Patient": line.name,
                "MRN": line.mrn,
                "Next": _next(line),
                "State": words.state(line.state),
                "Days": (day - line.since).days,
                "Owner": line.owner,
            }
            for line in lines
        ]
    )
    late = [bool(line.alerts) and words.due_colour(line.alerts[0]) == "red" for line in lines]

    def look(column: Any) -> list[str]:
        signal = f"color:{red};font-weight:600;" if column.name == "Due" else ""
        return [
            (signal if late[row] else "") + (f"background-color:{tint}" if row == place else "")
            for row in range(len(lines))
        ]

    return rows.style.apply(look, axis=0)


def _next(line: Line) -> str:
    if not line.alerts:
        return "nothing is owed"
    alert, more = line.alerts[0], len(line.alerts) - 1
    booked = f" · booked {words.day(alert['booked_for'])}" if alert["booked_for"] else ""
    return words.rule(alert["rule"]) + booked + (f"  +{more} more" if more else "")


def _nothing(segment: str, lines: list[Line], day: date, find: str) -> None:
    """An empty list says something."""
    if find and not lines:
        st.info(f"Nobody here is called “{words.plain(find)}”, and no MRN has it. Try the family name alone.")
        return
    if not lines:
        st.info(
            "No patient here yet. Take a file in with `pathway import`, register one with `pathway record`, or choose "
            "another caseload above."
        )
        return
    ahead = sorted(
        date.fromisoformat(alert["opens_on"])
        for line in lines
        for alert in line.alerts
        if alert["status"] == "upcoming"
    )
    if ahead:
        count = sum(one == ahead[0] for one in ahead)
        things = "1 thing opens" if count == 1 else f"{count} things open"
        st.info(f"Nothing in “{segment}”. Next: {things} on {say(ahead[0])}, in {words.days((ahead[0] - day).days)}.")
    else:
        st.info(f"Nothing in “{segment}”. The other lists have their counts above.")
