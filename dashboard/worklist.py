"""The worklist: who is late, what is due, and the few fields that record it. One row a patient."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import desk, panel, words, writing
from dashboard.desk import Desk
from pathway import views
from pathway.dates import say
from pathway.views import Line

SEGMENTS = ("Overdue", "Due", "Next 7 days", "Later", "Snoozed", "All")
EVERYBODY = "everybody"
ROW_PX = 31
ROWS = 18
SOON = timedelta(days=7)


def screen(here: Desk, patient_page: Any) -> None:
    """The whole screen."""
    lines = views.lines(desk.store(), day=here.day, protocol=desk.protocol())
    writing.say(here)
    owners = sorted({line.owner for line in lines if line.alerts})
    bar = st.columns([5, 2, 1.6], vertical_alignment="center")
    with bar[2]:
        first = owners.index(here.me) + 1 if here.me in owners else 0
        whose = st.selectbox(
            "Whose caseload", [EVERYBODY, *owners], index=first, key="whose", label_visibility="collapsed"
        )
    with bar[1]:
        sought = st.text_input("Find", key="sought", placeholder="Name or MRN", label_visibility="collapsed")
    mine = [line for line in lines if whose in (EVERYBODY, line.owner)]
    if sought:
        mine = [line for line in lines if sought.casefold() in f"{line.name} {line.mrn}".casefold()]
    groups = grouped(mine, here.day)
    with bar[0]:
        segment = st.segmented_control(
            "Segment",
            SEGMENTS,
            default="All" if sought else _first(groups),
            required=True,
            key=f"segment.{bool(sought)}",
            format_func=lambda name: f"{name} {len(groups[name])}",
            label_visibility="collapsed",
        )
    shown = groups[segment or "Overdue"]
    left, right = st.columns([2, 1])
    with left:
        chosen = _table(shown, here.day) if shown else None
        if not shown:
            _nothing(segment or "Overdue", mine, here.day)
    with right:
        if chosen is not None:
            panel.show(chosen, here, patient_page)


def _first(groups: dict[str, list[Line]]) -> str:
    """The segment shown at first: what is late, else what is due now."""
    return "Due" if groups["Due"] and not groups["Overdue"] else "Overdue"


def grouped(lines: list[Line], day: date) -> dict[str, list[Line]]:
    """The lines by segment: each patient once, by her most pressing obligation."""
    found: dict[str, list[Line]] = {name: [] for name in SEGMENTS}
    for line in lines:
        if line.alerts or line.state in ("completed", "closed"):
            found["All"].append(line)
        if line.alerts:
            found[_segment(line.alerts[0], day)].append(line)
    return found


def _segment(alert: dict[str, Any], day: date) -> str:
    if alert["status"] == "snoozed":
        return "Snoozed"
    if alert["status"] == "overdue":
        return "Overdue"
    if alert["status"] == "due":
        return "Due"
    return "Next 7 days" if date.fromisoformat(alert["opens_on"]) <= day + SOON else "Later"


def _table(lines: list[Line], day: date) -> Line | None:
    """The lines, most pressing first; the first is chosen until another is."""
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
    # a key made of the rows' ids: a list that changed under the reader has no selection to carry over to somebody else
    identity = hashlib.sha256("\n".join(line.key for line in lines).encode()).hexdigest()[:16]
    late = _colour("red")
    styled = rows.style.map(lambda text: f"color:{late};font-weight:600" if "late" in text else "", subset=["Due"])
    chosen = st.dataframe(
        styled,
        hide_index=True,
        height=ROW_PX * (min(len(lines), ROWS) + 1) + 3,
        row_height=ROW_PX,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        key=f"lines.{identity}",
        alt="The worklist: when something is due, for whom, and what comes next",
        column_config={
            "Due": st.column_config.TextColumn(width=125),
            "Patient": st.column_config.TextColumn(width=125),
            "MRN": st.column_config.TextColumn(width=120),
            "Next": st.column_config.TextColumn(width=225),
            "State": st.column_config.TextColumn(width=125),
            "Days": st.column_config.NumberColumn(width=55, help="Days in the present state"),
            "Owner": st.column_config.TextColumn(width=70),
        },
    )
    picked = chosen["selection"]["rows"]
    return lines[picked[0]] if picked and picked[0] < len(lines) else None


def _colour(name: str) -> str:
    dark = st.context.theme.type == "dark"
    return {"red": "#ff8a80" if dark else "#b3261e"}[name]


def _next(line: Line) -> str:
    if not line.alerts:
        return "nothing is owed"
    more = len(line.alerts) - 1
    return words.rule(line.alerts[0]["rule"]) + (f"  +{more} more" if more else "")


def _nothing(segment: str, lines: list[Line], day: date) -> None:
    """An empty list says something."""
    ahead = sorted(
        date.fromisoformat(alert["opens_on"])
        for line in lines
        for alert in line.alerts
        if alert["status"] == "upcoming"
    )
    if not lines:
        st.info(
            "No patient here. Record a registration with `pathway import` or `pathway record`, or choose everybody."
        )
    elif ahead:
        count = sum(one == ahead[0] for one in ahead)
        things = "1 thing opens" if count == 1 else f"{count} things open"
        st.info(f"Nothing in “{segment}”. Next: {things} on {say(ahead[0])}, in {words.days((ahead[0] - day).days)}.")
    else:
        st.info(f"Nothing in “{segment}”.")
