"""The course on one time axis: therapy, operations, imaging by response, MDT, what is ahead, and CEA below."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import desk, words
from dashboard.desk import Desk

LANES = ["Therapy", "Operation", "Imaging", "MDT", "Due"]
AHEAD = timedelta(days=200)
MARGIN = timedelta(days=20)
HEIGHT, CEA_HEIGHT = 170, 100


def show(answer: dict[str, Any], here: Desk) -> None:
    """Both charts, with the same axis, and their table."""
    events = [event for event in answer["history"] if "corrected_by" not in event]
    marks = _marks(events, answer, here.day)
    if marks.empty:
        return
    st.markdown("##### Course")
    dark = st.context.theme.type == "dark"
    accent, soft, ink, red = (
        ("#7fb6dc", "#2b4a61", "#e6ebf0", "#ff8a80") if dark else ("#1f5f8b", "#bcd3e3", "#1c2733", "#b3261e")
    )
    first, last = marks["from"].min() - MARGIN, max(marks["to"].max(), pd.Timestamp(here.day)) + MARGIN
    axis = alt.X("from:T", scale=alt.Scale(domain=[first.isoformat(), last.isoformat()]), title=None)
    lane = alt.Y("lane:N", sort=LANES, scale=alt.Scale(domain=LANES), title=None, axis=alt.Axis(minExtent=62))
    bars = marks[marks["bar"]]
    points = marks[~marks["bar"]]
    tip = [alt.Tooltip("what:N", title="what"), alt.Tooltip("from:T", title="on", format="%-d %b %Y")]
    layers = [
        alt.Chart(bars)
        .mark_bar(height=14, cornerRadius=2)
        .encode(x=axis, x2="to:T", y=lane, tooltip=tip, color=alt.value(soft)),
        alt.Chart(bars)
        .mark_text(align="left", dx=4, limit=110, color=ink, fontSize=11)
        .encode(x=axis, y=lane, text="what:N", tooltip=tip),
        alt.Chart(points)
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            x=axis,
            y=lane,
            tooltip=tip,
            shape=alt.Shape(
                "look:N",
                scale=alt.Scale(
                    domain=["plain", "complete", "partial", "stable", "progression", "cycle"],
                    range=["circle", "triangle-down", "triangle-down", "square", "triangle-up", "stroke"],
                ),
                legend=None,
            ),
            color=alt.condition(alt.datum.look == "progression", alt.value(red), alt.value(accent)),
        ),
        alt.Chart(pd.DataFrame({"from": [pd.Timestamp(here.day)]}))
        .mark_rule(strokeDash=[4, 3], color=ink)
        .encode(x=axis),
    ]
    st.altair_chart(alt.layer(*layers).properties(height=HEIGHT).interactive(bind_y=False), width="stretch")
    _cea(events, axis, accent, red)
    with st.popover("As a table"):
        st.dataframe(marks[["lane", "from", "to", "what"]], hide_index=True)


def _cea(events: list[dict[str, Any]], axis: Any, accent: str, red: str) -> None:
    values = pd.DataFrame(
        [{"from": pd.Timestamp(event["on"]), "CEA": event["ng_per_ml"]} for event in events if event["type"] == "cea"]
    )
    if values.empty:
        return
    line = (
        alt.Chart(values)
        .mark_line(point=True, color=accent)
        .encode(
            x=axis,
            y=alt.Y("CEA:Q", title="CEA, ng/ml", axis=alt.Axis(minExtent=62, tickCount=3)),
            tooltip=["from:T", "CEA:Q"],
        )
    )
    limit = desk.protocol().numbers.cea_limit_ng_per_ml
    rule = alt.Chart(pd.DataFrame({"limit": [limit]})).mark_rule(strokeDash=[2, 2], color=red).encode(y="limit:Q")
    st.altair_chart(alt.layer(line, rule).properties(height=CEA_HEIGHT).interactive(bind_y=False), width="stretch")


def _marks(events: list[dict[str, Any]], answer: dict[str, Any], today: date) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []

    def mark(lane: str, on: str, what: str, *, to: str | None = None, look: str = "plain") -> None:
        rows.append(
            {
                "lane": lane,
                "from": pd.Timestamp(on),
                "to": pd.Timestamp(to or on),
                "what": what,
                "look": look,
                "bar": to is not None,
            }
        )

    starts = [event for event in events if event["type"] == "systemic_started"]
    stops = [event for event in events if event["type"] == "systemic_stopped" and event.get("what", "all") == "all"]
    for place, start in enumerate(starts):
        following = [starts[place + 1]["on"]] if place + 1 < len(starts) else []
        ends = [stop["on"] for stop in stops if stop["on"] > start["on"]]
        end = min([*following, *ends[:1]], default=today.isoformat())
        biologic = f" + {start['biologic']}" if start.get("biologic") else ""
        mark("Therapy", start["on"], f"{start['regimen']}{biologic}", to=max(end, start["on"]))
    for event in events:
        kind = event["type"]
        if kind == "cycle_given":
            mark("Therapy", event["on"], f"cycle {event['number']}", look="cycle")
        elif kind in ("surgery_performed", "locoregional_performed", "portal_vein_embolisation"):
            mark("Operation", event["on"], words.title(event.get("procedure") or event.get("modality") or kind))
        elif kind == "imaging":
            response = event.get("response")
            said = f"{words.field(event['modality'])}{', ' + response if response else ''}"
            mark("Imaging", event["on"], said, look=response or "plain")
        elif kind == "recurrence":
            mark("Imaging", event["on"], "recurrence", look="progression")
        elif kind == "mdt_decision":
            mark("MDT", event["on"], words.title(event.get("plan") or "decision"))
    horizon = (today + AHEAD).isoformat()
    for alert in answer["alerts"]:
        if alert["due_on"] <= horizon:
            mark("Due", alert["opens_on"], words.rule(alert["rule"]), to=max(alert["due_on"], alert["opens_on"]))
    return pd.DataFrame(rows)
