"""The charts of the cohort: from a table to a drawing, nothing is counted here."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.palette import Palette
from pathway.cohort import FIVE_YEARS

MONTHS = 72
"""How far a curve goes."""
ROW_PX = 28
CURVE_PX = 250


def sankey(links: pd.DataFrame, colours: Palette) -> dict[str, Any]:
    """From state to state: one hue, thickness is patients."""
    names = list(dict.fromkeys([*links["from"], *links["to"]]))
    label = {"color": colours.ink, "fontSize": 11, "textBorderWidth": 0, "fontFamily": "sans-serif", "position": "top"}
    return {
        "animation": False,
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "sankey",
                "left": 34,
                "right": 40,
                "top": 22,
                "bottom": 8,
                "nodeWidth": 10,
                "nodeGap": 24,
                "draggable": False,
                "layoutIterations": 64,
                "emphasis": {"focus": "adjacency"},
                "data": [{"name": name, "itemStyle": {"color": colours.accent}} for name in names],
                "links": [
                    {"source": source, "target": target, "value": int(patients)}
                    for source, target, patients in links.itertuples(index=False)
                ],
                "lineStyle": {"color": colours.accent, "opacity": 0.2, "curveness": 0.5},
                "label": label,
            }
        ],
    }


def waiting(rows: pd.DataFrame, order: list[str], colours: Palette) -> Any:
    """Days in the present state: the middle half as a box, the local window as a line across, who is beyond it as a
    point.
    """
    names = alt.Axis(labelLimit=170, minExtent=125)
    lane = alt.Y("state:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=names)
    top = max(60, int(rows["days"].quantile(0.98)) + 20)
    days = alt.X("days:Q", title="days", scale=alt.Scale(domain=[0, top], clamp=True))
    boxes = (
        alt.Chart(rows)
        .mark_boxplot(
            size=12,
            extent="min-max",
            color=colours.soft,
            median={"color": colours.accent, "thickness": 2},
            rule={"color": colours.accent},
            box={"stroke": colours.accent, "strokeWidth": 0.5},
        )
        .encode(x=days, y=lane)
    )
    limits = rows.dropna(subset=["limit"]).drop_duplicates("state")
    window = (
        alt.Chart(limits)
        .mark_tick(color=colours.ink, thickness=2, size=20)
        .encode(
            x=alt.X("limit:Q", scale=alt.Scale(domain=[0, top], clamp=True)),
            y=lane,
            tooltip=[alt.Tooltip("state:N", title="state"), alt.Tooltip("limit:Q", title="window, days")],
        )
    )
    beyond = rows[rows["days"] > rows["limit"]]
    points = (
        alt.Chart(beyond)
        .mark_point(filled=True, size=36, opacity=0.75, color=colours.red)
        .encode(
            x=days,
            y=lane,
            tooltip=[
                alt.Tooltip("name:N", title="patient"),
                alt.Tooltip("mrn:N", title="MRN"),
                alt.Tooltip("days:Q", title="days"),
                alt.Tooltip("limit:Q", title="window, days"),
            ],
        )
    )
    return alt.layer(boxes, window, points).properties(height=ROW_PX * len(order) + 20)


def bars(table: pd.DataFrame, colours: Palette) -> Any:
    """One bar a row, longest first, with its count."""
    lane = alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=230, minExtent=200))
    base = alt.Chart(table).encode(
        x=alt.X("patients:Q", title="patients", axis=alt.Axis(tickMinStep=1, format="d")),
        y=lane,
        tooltip=[alt.Tooltip("what:N", title="what"), alt.Tooltip("patients:Q", title="patients")],
    )
    return alt.layer(
        base.mark_bar(color=colours.accent, height=14),
        base.mark_text(align="left", dx=4, color=colours.ink).encode(text="patients:Q"),
    ).properties(height=24 * len(table) + 30)


def curve(
    points: pd.DataFrame,
    at_risk: list[dict[str, Any]],
    reference: dict[str, Any],
    colours: Palette,
    *,
    of_median: bool = False,
    at_most: bool = False,
) -> Any:
    """A step curve with its band, how many are followed still, and the guideline's figure as a bracket.

    The bracket stands at five years, or for a median at one half.
    """
    months = alt.X(
        "month:Q",
        title="months · under them: patients still followed",
        scale=alt.Scale(domain=[0, MONTHS], nice=False),
        axis=alt.Axis(values=list(range(0, MONTHS + 1, 12)), labelExpr=_followed(at_risk), titlePadding=2),
    )
    share = alt.Y("share:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    shown = points[points["month"] <= MONTHS]
    band = (
        alt.Chart(shown)
        .mark_area(interpolate="step-after", color=colours.accent, opacity=0.18)
        .encode(x=months, y=alt.Y("low:Q", title=None), y2="high:Q")
    )
    line = (
        alt.Chart(shown)
        .mark_line(interpolate="step-after", color=colours.accent, strokeWidth=2)
        .encode(
            x=months,
            y=share,
            tooltip=[
                alt.Tooltip("month:Q", title="months", format=".1f"),
                alt.Tooltip("share:Q", title="share", format=".0%"),
                alt.Tooltip("low:Q", title="band from", format=".0%"),
                alt.Tooltip("high:Q", title="to", format=".0%"),
            ],
        )
    )
    low, high = reference["low"], reference["high"]
    if of_median:
        bracket = pd.DataFrame([{"x": low, "x2": high, "y": 0.5, "text": f"guideline: median {low}–{high} months"}])
        ruled = (
            alt.Chart(bracket)
            .mark_rule(color=colours.ink, strokeWidth=5, opacity=0.75)
            .encode(x="x:Q", x2="x2:Q", y="y:Q")
        )
        said = (
            alt.Chart(bracket)
            .mark_text(align="left", dx=6, dy=-9, color=colours.ink)
            .encode(x="x2:Q", y="y:Q", text="text:N")
        )
    else:
        text = f"guideline: up to {high} %" if at_most else f"guideline: {low}–{high} % at 5 years"
        bracket = pd.DataFrame([{"x": FIVE_YEARS, "y": 0 if at_most else low / 100, "y2": high / 100, "text": text}])
        ruled = (
            alt.Chart(bracket)
            .mark_rule(color=colours.ink, strokeWidth=5, opacity=0.45 if at_most else 0.75)
            .encode(x="x:Q", y="y:Q", y2="y2:Q")
        )
        said = (
            alt.Chart(bracket)
            .mark_text(align="right", dx=-8, dy=-10 if at_most else 12, color=colours.ink)
            .encode(x="x:Q", y="y:Q", text="text:N")  # at the foot of the bracket: the curve does not run through it
        )
    return alt.layer(band, line, ruled, said).properties(height=CURVE_PX)


def _followed(at_risk: list[dict[str, Any]]) -> str:
    """The words under the axis: the months, and how many are followed still."""
    said = {one["month"]: one["patients"] for one in at_risk}
    cases = "".join(f"datum.value == {month} ? ['{month}', '{patients}'] : " for month, patients in said.items())
    return f"{cases}'' + datum.value"


def demand(table: pd.DataFrame, colours: Palette) -> Any:
    """Due by week, stacked by who owns it."""
    owners = sorted(table["owner"].unique())
    shades = [colours.accent, colours.amber, colours.soft, colours.faint, colours.red, colours.ink]
    return (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X(
                "week:O", title=None, axis=alt.Axis(labelAngle=0, labelExpr="timeFormat(toDate(datum.value), '%-d %b')")
            ),
            y=alt.Y("due:Q", title="things due"),
            color=alt.Color(
                "owner:N",
                title=None,
                scale=alt.Scale(domain=owners, range=[shades[place % len(shades)] for place in range(len(owners))]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[alt.Tooltip("week:T", title="week of"), "owner:N", alt.Tooltip("due:Q", title="due")],
        )
        .properties(height=190)
    )
