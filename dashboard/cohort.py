"""The cohort: where patients stand, what is overdue, how the guideline is kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import desk, words
from dashboard.desk import Desk
from pathway.cohort import cohort

ROW_PX = 31


def screen(here: Desk) -> None:
    """The whole screen."""
    found = cohort(desk.store(), day=here.day, protocol=desk.protocol())
    _figures(found)
    states, overdue, deviations = st.columns(3)
    with states:
        st.markdown("##### Where patients stand")
        _bars([(words.state(state), count) for state, count in found["states"].items()], "state")
    with overdue:
        st.markdown("##### Overdue, by what is owed")
        rows = [(words.rule(rule), count) for rule, count in found["overdue"].items()]
        if rows:
            _bars(sorted(rows, key=lambda row: -row[1]), "what")
        else:
            st.info("Nothing is overdue.")
    with deviations:
        st.markdown("##### Deviations, by row of the guideline")
        if found["deviations"]:
            _bars(list(found["deviations"].items()), "row")
        else:
            st.info("No deviation is on record.")


def _figures(found: dict[str, object]) -> None:
    """A line of figures, each with both of its counts."""
    figures = [("Patients on the pathway", str(found["open"]), f"of {found['patients']} registered")]
    kpis = found["kpis"]
    assert isinstance(kpis, list)
    for kpi in kpis:
        top, bottom = kpi["numerator"], kpi["denominator"]
        share = f"{round(100 * top / bottom)} %" if bottom else "none yet"
        figures.append((kpi["text"], share, f"{top} of {bottom}"))
    for cell, (text, figure, counts) in zip(st.columns(len(figures)), figures, strict=True):
        with cell.container(border=True, height="stretch"):
            st.markdown(f":gray[{text}]  \n**{figure}** · {counts}")


def _bars(rows: list[tuple[str, int]], name: str) -> None:
    table = pd.DataFrame(rows, columns=[name, "patients"])
    top = max((count for _, count in rows), default=1)
    with st.container(key=f"bars.{name}"):
        st.dataframe(
            table,
            hide_index=True,
            row_height=ROW_PX,
            height=ROW_PX * (len(rows) + 1) + 3,
            alt=f"Patients by {name}",
            column_config={
                name: st.column_config.TextColumn(width="medium"),
                "patients": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=max(top, 1)),
            },
        )
