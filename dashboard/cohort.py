"""The cohort: where patients are, where they wait, whether the guideline is kept, and what comes of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import charts, desk, words
from dashboard.desk import Desk
from dashboard.palette import palette
from pathway.outcome import Group
from pathway.states import State
from pathway.words import share

ROW_PX = 31
FIGURES = ("overdue", "reassessed", "quorum", "all_five", "without_next_step")
"""What stands in the line at the top, after the patients on the pathway."""
NONE = "none yet"
ZERO = "without_next_step"
"""Its target is 0: it is shown as a count, not as a share."""
TARGET = "100 %"
"""Each measure rests on a sentence of the guideline that allows no exception."""
GROUPS = {
    Group.CONVERTED: "Converted",
    Group.PERIOPERATIVE: "Resectable",
    Group.CHEMOTHERAPY_ALONE: "Never resected",
}
ABOUT = {
    Group.CONVERTED: "Colorectal, initially unresectable, then resected R0. From the operation.",
    Group.PERIOPERATIVE: "Colorectal, resectable, operated, with chemotherapy before or after. From the operation.",
    Group.CHEMOTHERAPY_ALONE: (
        "Colorectal, initially unresectable, not operated so far. From the first cycle. Whoever is operated later "
        "leaves this group, so it looks a little worse than it is."
    ),
}


def screen(here: Desk, patient_page: StreamlitPage) -> None:
    """The whole screen."""
    found = desk.FIGURES.of(here.day)
    if not found["patients"]:
        st.info("No patient here yet: the figures come with the first one.")
        return
    _figures(found)
    _states(found)
    flow, waiting = st.columns([5, 4])
    with flow:
        _flow(found)
    with waiting:
        _waiting(found)
    kept, late = st.columns([5, 4])
    with kept:
        _kept(found, patient_page)
    with late:
        _late(found)
    survival, recurrence = st.columns([5, 4])
    with survival:
        _survival(found)
    with recurrence:
        _recurrence(found)
    _demand(found)


def _figures(found: dict[str, Any]) -> None:
    """A line of six figures, each with both of its counts."""
    kpis = {kpi["id"]: kpi for kpi in found["kpis"]}
    figures = [("Patients on the pathway", str(found["open"]), f"of {found['patients']} registered", "")]
    for name in FIGURES:
        kpi = kpis[name]
        top, bottom = kpi["numerator"], kpi["denominator"]
        figure = str(top) if name == ZERO else share(top, bottom) or NONE
        figures.append((kpi["text"], figure, f"{top} of {bottom}", kpi.get("definition", "")))
    for cell, (text, figure, counts, help_) in zip(st.columns(len(figures)), figures, strict=True):
        with cell.container(border=True, height="stretch", key=f"figure.{text}"):
            st.markdown(f":gray[{text}]", help=help_ or None)
            st.markdown(f"**{figure}** :gray[{counts}]")


def _states(found: dict[str, Any]) -> None:
    """How many are where, now."""
    counts = " · ".join(f"{_short(state)} **{count}**" for state, count in found["states"].items())
    st.markdown(f":gray[Now:] {counts}")


def _head(title: str, table: pd.DataFrame, name: str, about: str = "") -> None:
    """A chart's title, and the same as a table."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"##### {title}", help=about or None, width="content")
        with st.popover("As a table", type="tertiary"):
            st.dataframe(table, hide_index=True, row_height=ROW_PX, key=f"table.{name}")
            st.download_button(
                "Download as CSV", table.to_csv(index=False).encode(), f"{name}.csv", "text/csv", key=f"csv.{name}"
            )


def _flow(found: dict[str, Any]) -> None:
    links = found["flow"]["links"]
    table = pd.DataFrame(
        [(_short(one["from"]), _short(one["to"]), one["patients"]) for one in links],
        columns=["from", "to", "patients"],
    )
    others = found["flow"]["not_drawn"]
    _head(
        "From state to state",
        table,
        "flow",
        "Everybody so far. Only a patient's first way forward is drawn; steps back, and the same way again, are not "
        f"({others} of them): treatment and reassessment take turns.",
    )
    st.echarts_chart(charts.sankey(table, palette()), height=330, alt="From state to state: a table stands beside it")


def _short(state: str) -> str:
    """A state where there is little room: without the word therapy."""
    return words.state(state).removesuffix(" therapy")


def _waiting(found: dict[str, Any]) -> None:
    rows = pd.DataFrame(found["waiting"], columns=["name", "mrn", "state", "days", "limit"])
    rows = rows[rows["state"] != State.SURVEILLANCE.value]
    order = [words.state(name) for name in found["states"]]
    rows["state"] = [words.state(name) for name in rows["state"]]
    shown = rows.sort_values(["days"], ascending=False)[["name", "mrn", "state", "days", "limit"]]
    _head(
        "Days in the present state",
        shown,
        "waiting",
        "The line across is the window of the state, a local number; a point is a patient who is beyond it. "
        "Surveillance is left out: it lasts five years by design, and its scans have dates of their own.",
    )
    if rows.empty:
        st.info("Nobody is on the way to a treatment now.")
        return
    st.altair_chart(
        charts.waiting(rows, [name for name in order if name in set(rows["state"])], palette()),
        width="stretch",
        alt="Days in the present state, by state, with the local window",
    )


def _kept(found: dict[str, Any], patient_page: StreamlitPage) -> None:
    """The guideline's measures with both counts, the year by months, and who missed each."""
    kpis = [kpi for kpi in found["kpis"] if "months" in kpi]
    table = pd.DataFrame(
        [
            {
                "measure": kpi["text"],
                "row": kpi["row"],
                "kept": share(kpi["numerator"], kpi["denominator"]) or NONE,
                "of": f"{kpi['numerator']} of {kpi['denominator']}",
                "target": TARGET,
                "months": [
                    round(100 * month["numerator"] / month["denominator"])
                    for month in kpi["months"]
                    if month["denominator"]
                ],
            }
            for kpi in kpis
        ]
    )
    st.markdown(
        "##### Is the guideline kept?",
        help="The last twelve months. " + " · ".join(f"**{kpi['text']}**: {kpi['definition']}" for kpi in kpis),
    )
    with st.container(key="bars.kept"):
        st.dataframe(
            table,
            hide_index=True,
            row_height=ROW_PX,
            height=ROW_PX * (len(kpis) + 1) + 3,
            alt="Measures of the guideline's keeping",
            column_config={
                "measure": st.column_config.TextColumn("Measure", width=282),
                "row": st.column_config.TextColumn("Row", width=44),
                "kept": st.column_config.TextColumn("Kept", width=60),
                "of": st.column_config.TextColumn("Both counts", width=92),
                "target": st.column_config.TextColumn("Target", width=64),
                "months": st.column_config.LineChartColumn("% by month", y_min=0, y_max=100, width=120),
            },
        )
    missed = {kpi["text"]: kpi["missed"] for kpi in kpis if kpi["missed"]}
    if not missed:
        st.success("Nobody missed any of them in the last twelve months.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.selectbox("Who missed it", list(missed), key="missed.which", width=250)
        one = st.selectbox(
            "Patient",
            missed[which],
            format_func=lambda one: f"{one['name']} · {one['mrn']} · {words.day(one['on'])}",
            key="missed.who",
            width=270,
        )
        if st.button("Open patient", key="missed.open"):
            st.switch_page(patient_page, query_params={"p": one["key"]})


def _late(found: dict[str, Any]) -> None:
    rows = sorted(found["overdue"].items(), key=lambda row: -row[1])
    table = pd.DataFrame([(words.rule(rule), count) for rule, count in rows], columns=["what", "patients"])
    _head("Overdue, by what is owed", table, "overdue")
    if not rows:
        st.info("Nothing is overdue.")
    else:
        st.altair_chart(charts.bars(table, palette()), width="stretch", alt="Overdue, by what is owed")


def _survival(found: dict[str, Any]) -> None:
    group = Group(st.session_state.get("group") or Group.PERIOPERATIVE)
    one = next(curve for curve in found["survival"] if curve["group"] == group.value)
    points = pd.DataFrame(one["points"], columns=["month", "share", "low", "high"])
    _head(f"Survival · {one['patients']} patients, {one['events']} died", points.round(3), "survival", ABOUT[group])
    st.segmented_control(
        "Survival of",
        list(GROUPS),
        format_func=GROUPS.__getitem__,
        default=Group.PERIOPERATIVE,
        required=True,
        key="group",
        label_visibility="collapsed",
    )
    if points.empty:
        st.info("Nobody is in this group yet.")
        return
    st.altair_chart(
        charts.curve(points, one["at_risk"], one["reference"], palette(), of_median=group is Group.CHEMOTHERAPY_ALONE),
        width="stretch",
        alt="Survival with its band and the guideline's figure; a table stands beside it",
    )
    st.markdown(f":gray[{_said(one)} {_guideline(one['reference'])}]")


def _said(one: dict[str, Any]) -> str:
    """The curve in a sentence."""
    said = []
    if one["at_five_years"]:
        at = one["at_five_years"]
        said.append(
            f"At five years {round(100 * at['share'])} % are alive "
            f"(95 % band {round(100 * at['low'])}–{round(100 * at['high'])} %)."
        )
    else:
        said.append("Nobody has been followed for five years yet.")
    if one["median"] is not None:
        said.append(f"Half have died after {round(one['median'])} months.")
    return " ".join(said)


def _guideline(one: dict[str, Any]) -> str:
    return f"Guideline ({one['row']}): “{words.plain(one['quote'])}”."


def _recurrence(found: dict[str, Any]) -> None:
    one = found["recurrence"]
    at_most, early, again = one["references"]
    points = pd.DataFrame(one["points"], columns=["month", "share", "low", "high"])
    for name in ("share", "low", "high"):
        points[name] = 1 - points[name]
    _head(
        f"Recurrence after resection · {one['recurred']} of {one['patients']}",
        points.round(3),
        "recurrence",
        "The share whose disease has come back by then, deaths without it left out.",
    )
    if points.empty:
        st.info("Nobody has been operated on yet.")
        return
    st.altair_chart(
        charts.curve(points, one["at_risk"], at_most, palette(), at_most=True),
        width="stretch",
        alt="Recurrence after the first resection, with the guideline's figure; a table stands beside it",
    )
    if one["recurred"]:
        first = ", ".join(f"{words.value(site)} {count}" for site, count in list(one["sites"].items())[:3])
        st.markdown(
            f":gray[{one['within_two_years']} of {one['recurred']} came within two years "
            f"(guideline: {early['low']} %) · {first} · {one['resected_again']} resected again "
            f"(guideline: {again['low']} % eligible)]"
        )


def _demand(found: dict[str, Any]) -> None:
    table = pd.DataFrame(found["demand"], columns=["week", "owner", "due"])
    _head(
        "What falls due in the next 13 weeks, by navigator",
        table,
        "demand",
        "What is owed as of today, by the week of its due date; what is late stands in this week. Things that come up "
        "meanwhile are not in it.",
    )
    if table.empty:
        st.info("Nothing falls due in the next 13 weeks.")
    else:
        st.altair_chart(charts.demand(table, palette()), width="stretch", alt="Due by week and navigator")
