"""The course on one time axis: therapy, operations, imaging by response, MDT, what is ahead, and CEA below."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import desk, words
from dashboard.desk import Desk
from dashboard.palette import Palette, palette
from pathway.events import fields_of
from pathway.views import Patient

LANES = ["Therapy", "Operation", "Imaging", "MDT"]
DUE_LANES = 5
"""So many obligations have a lane of their own, the most pressing first."""
AHEAD = timedelta(days=200)
MARGIN = 0.03
"""Share of the span that is left free at each end."""
SPANS: dict[str, int | None] = {"all": None, "24 months": 730, "6 months": 183}
LANE_PX, AXIS_PX, CEA_PX, WIDTH_PX, LABEL_PX, LETTER_PX = 22, 36, 92, 520, 150, 6.4
SHAPES = {
    "plain": "circle",
    "complete": "triangle-down",
    "partial": "triangle-down",
    "stable": "square",
    "progression": "triangle-up",
    "recurrence": "cross",
}


TIP = [alt.Tooltip("what:N", title=" "), alt.Tooltip("on:T", title="on", format="%-d %b %Y")]


def show(patient: Patient, here: Desk) -> None:
    """Both charts, with the same axis, and their table."""
    events = standing(patient)
    marks = pd.DataFrame(_marks(events, patient.answer, here.day))
    if marks.empty:
        return
    colours = palette()
    title, choice, table = st.columns([4, 5, 2], vertical_alignment="center")
    with title:
        st.markdown("##### Course")
    with choice:
        span = st.segmented_control(
            "Span", list(SPANS), default="all", required=True, key="span", label_visibility="collapsed"
        )
    with table, st.popover("As a table", type="tertiary"):
        shown = marks[["on", "lane", "what", "to"]].assign(to=marks["to"].where(marks["bar"]))
        days = {name: st.column_config.DateColumn(format="YYYY-MM-DD") for name in ("on", "to")}
        st.dataframe(shown, hide_index=True, row_height=31, column_config=days)
    axis = _axis(marks, here.day, SPANS[span or "all"])
    st.altair_chart(_lanes(marks, axis, here.day, colours), width="stretch", alt="The course by kind of event")
    cea = [event for event in events if event["type"] == "cea"]
    if cea:
        st.altair_chart(_cea(cea, axis, here.day, colours), width="stretch", alt="CEA over time")


def standing(patient: Patient) -> list[dict[str, Any]]:
    """Her events as they are known now: corrected ones as they should have been, in order."""
    return [fields_of(event) for event in patient.history.order]


class Axis(NamedTuple):
    """The time that both charts show."""

    first: pd.Timestamp
    last: pd.Timestamp

    def x(self, *, labels: bool = True) -> alt.X:
        """As a channel."""
        long = (self.last - self.first).days > 500
        ticks = alt.Axis(
            format="%b %Y" if long else "%-d %b", labels=labels, ticks=False, labelOverlap=True, tickCount=8
        )
        domain = [self.first.isoformat(), self.last.isoformat()]
        return alt.X("on:T", scale=alt.Scale(domain=domain), title=None, axis=ticks)


def _axis(marks: pd.DataFrame, today: date, days: int | None) -> Axis:
    first, last = marks["on"].min(), max(marks["to"].max(), pd.Timestamp(today))
    if days is not None:
        first = max(first, pd.Timestamp(today) - pd.Timedelta(days=days))
        last = min(last, pd.Timestamp(today) + AHEAD)
    margin = max((last - first) * MARGIN, pd.Timedelta(days=7))
    return Axis(first - margin, last + margin)


def _lanes(marks: pd.DataFrame, axis: Axis, today: date, colours: Palette) -> Any:
    """A lane a kind of event, and one a thing that is owed."""
    lanes = [*(lane for lane in LANES if lane in set(marks["lane"])), *dict.fromkeys(marks["lane"][marks["due"]])]
    labels = alt.Axis(
        minExtent=LABEL_PX, maxExtent=LABEL_PX, labelLimit=LABEL_PX - 6, labelOverlap=False, ticks=False, domain=False
    )
    lane = alt.Y("lane:N", sort=lanes, scale=alt.Scale(domain=lanes), title=None, axis=labels)
    points = marks[~marks["bar"]]
    cycles = points["look"] == "cycle"
    layers = alt.layer(
        *_bars(marks[marks["bar"]].copy(), axis, lane, colours),
        alt.Chart(points[cycles])
        .mark_tick(color=colours.accent, thickness=2, size=16, clip=True)
        .encode(x=axis.x(), y=lane, tooltip=TIP),
        _points(points[~cycles], axis, lane, colours),
        _today(axis, today, colours),
    )
    return layers.resolve_scale(color="independent", shape="independent").properties(
        height=LANE_PX * len(lanes) + AXIS_PX
    )


def _bars(bars: pd.DataFrame, axis: Axis, lane: alt.Y, colours: Palette) -> tuple[alt.Chart, alt.Chart]:
    """What lasts, with its name as far as there is room for it."""
    day_px = WIDTH_PX / max((axis.last - axis.first).days, 1)
    bars["label"] = [
        _clipped(what, (min(to, axis.last) - max(on, axis.first)).days * day_px)
        for what, on, to in zip(bars["what"], bars["on"], bars["to"], strict=True)
    ]
    bars["left"] = bars["on"].clip(lower=axis.first)
    tip = [*TIP, alt.Tooltip("to:T", title="until", format="%-d %b %Y")]
    looks = {"therapy": colours.soft, "late": colours.red, "due": colours.amber, "ahead": colours.faint}
    fill = alt.Color("look:N", scale=alt.Scale(domain=list(looks), range=list(looks.values())), legend=None)
    on_red = alt.value(colours.ground)
    ink = alt.condition(alt.datum.look == "late", on_red, alt.value(colours.ink))
    return (
        alt.Chart(bars)
        .mark_bar(height=16, cornerRadius=2, clip=True)
        .encode(x=axis.x(), x2="to:T", y=lane, tooltip=tip, color=fill),
        alt.Chart(bars)
        .mark_text(align="left", dx=4, fontSize=11, clip=True)
        .encode(x=alt.X("left:T"), y=lane, text="label:N", tooltip=tip, color=ink),
    )


def _points(points: pd.DataFrame, axis: Axis, lane: alt.Y, colours: Palette) -> Any:
    """What happened on a day; imaging by response, in shape and colour."""
    worse = (alt.datum.look == "progression") | (alt.datum.look == "recurrence")
    shape = alt.Shape("look:N", scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())), legend=None)
    return (
        alt.Chart(points)
        .mark_point(filled=True, size=75, opacity=1, clip=True)
        .encode(
            x=axis.x(),
            y=lane,
            tooltip=TIP,
            shape=shape,
            color=alt.condition(worse, alt.value(colours.red), alt.value(colours.accent)),
        )
    )


def _clipped(text: str, pixels: float) -> str:
    """A label as far as its bar goes; the whole stands in the note under the pointer."""
    letters = int((pixels - 8) / LETTER_PX)
    if letters >= len(text):
        return text
    return f"{text[: letters - 1]}…" if letters > 3 else ""


def _today(axis: Axis, today: date, colours: Palette) -> Any:
    rule = alt.Chart(pd.DataFrame({"on": [pd.Timestamp(today)]})).mark_rule(strokeDash=[4, 3], color=colours.ink)
    return rule.encode(x=axis.x(), tooltip=alt.value("today"))


def _cea(events: list[dict[str, Any]], axis: Axis, today: date, colours: Palette) -> Any:
    """The curve with its upper limit, on the axis of the lanes."""
    values = pd.DataFrame([{"on": pd.Timestamp(event["on"]), "CEA": event["ng_per_ml"]} for event in events])
    limit = desk.protocol().numbers.cea_limit_ng_per_ml
    labels = alt.Axis(
        minExtent=LABEL_PX,
        maxExtent=LABEL_PX,
        tickCount=3,
        titleAngle=0,
        titleAlign="right",
        titleX=-38,
        titleY=CEA_PX / 2 - 6,
        titleFontWeight="normal",
    )
    y = alt.Y("CEA:Q", title="CEA, ng/ml", axis=labels, scale=alt.Scale(zero=True))
    tip = [alt.Tooltip("CEA:Q", title="CEA, ng/ml"), alt.Tooltip("on:T", title="on", format="%-d %b %Y")]
    upper = alt.Chart(pd.DataFrame({"CEA": [limit]})).mark_rule(strokeDash=[2, 2], color=colours.red)
    curve = alt.Chart(values).mark_line(
        point=alt.OverlayMarkDef(size=40, color=colours.accent), color=colours.accent, clip=True
    )
    return alt.layer(
        upper.encode(y=y, tooltip=alt.value(f"upper limit {limit:g} ng/ml (local default)")),
        curve.encode(x=axis.x(labels=False), y=y, tooltip=tip),
        _today(axis, today, colours),
    ).properties(height=CEA_PX)


# --- what is drawn ---

DUE_LOOKS = ("late", "due", "ahead")


def _mark(lane: str, on: str, what: str, *, to: str | None = None, look: str = "plain") -> dict[str, Any]:
    return {
        "lane": lane,
        "on": pd.Timestamp(on),
        "to": pd.Timestamp(to or on),
        "what": what,
        "look": look,
        "bar": to is not None,
        "due": look in DUE_LOOKS,
    }


def _marks(events: list[dict[str, Any]], answer: dict[str, Any], today: date) -> list[dict[str, Any]]:
    past = [event for event in events if event["on"] <= today.isoformat()]
    marks = [*_therapies(past, today), *(mark for event in past for mark in _of_event(event))]
    horizon = (today + AHEAD).isoformat()
    near = [alert for alert in answer["alerts"] if alert["opens_on"] <= horizon][:DUE_LANES]
    for alert in near:
        look = "late" if alert["status"] == "overdue" else "due" if alert["status"] == "due" else "ahead"
        last = today.isoformat() if look == "late" else max(alert["due_on"], alert["opens_on"])
        marks.append(
            _mark(words.rule(alert["rule"]), alert["opens_on"], _owed(alert), to=min(last, horizon), look=look)
        )
    return marks


def _owed(alert: dict[str, Any]) -> str:
    return f"due {words.day(alert['due_on'])}"


def _therapies(events: list[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """Each line from its start to its stop, the next line or an operation, else to today."""
    starts = [event for event in events if event["type"] == "systemic_started"]
    ends = [
        event["on"]
        for event in events
        if event["type"] in ("systemic_started", "surgery_performed", "died")
        or (event["type"] == "systemic_stopped" and event.get("what", "all") == "all")
    ]
    marks = []
    for start in starts:
        end = min((on for on in ends if on > start["on"]), default=today.isoformat())
        biologic = f" + {start['biologic']}" if start.get("biologic") else ""
        marks.append(_mark("Therapy", start["on"], f"{start['regimen']}{biologic}", to=end, look="therapy"))
    return marks


def _of_event(event: dict[str, Any]) -> list[dict[str, Any]]:
    kind, on = event["type"], event["on"]
    if kind == "cycle_given":
        return [_mark("Therapy", on, f"cycle {event['number']}", look="cycle")]
    if kind in ("surgery_performed", "locoregional_performed", "portal_vein_embolisation"):
        what = words.title(words.value(event.get("procedure") or event.get("modality") or kind))
        margin = f", {event['margin']}" if event.get("margin") else ""
        return [_mark("Operation", on, what + margin)]
    if kind == "imaging":
        response = event.get("response")
        return [
            _mark(
                "Imaging",
                on,
                words.value(event["modality"]) + (f", {response}" if response else ""),
                look=response or "plain",
            )
        ]
    if kind == "recurrence":
        return [_mark("Imaging", on, "Recurrence: " + ", ".join(event["sites"]), look="recurrence")]
    if kind == "mdt_decision":
        return [_mark("MDT", on, "MDT: " + words.value(event.get("plan") or "decision"))]
    return []
