"""The cohort: where patients stand, what is overdue, how the guideline is kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import desk, words
from dashboard.desk import Desk
from pathway.cohort import cohort
from pathway.words import of


def screen(here: Desk) -> None:
    """The whole screen."""
    found = cohort(desk.store(), day=here.day, protocol=desk.protocol())
    cells = st.columns(2 + len(found["kpis"]))
    cells[0].metric("Patients", found["patients"])
    cells[1].metric("Open", found["open"])
    for cell, kpi in zip(cells[2:], found["kpis"], strict=True):
        cell.metric(
            kpi["text"], of(kpi["numerator"], kpi["denominator"]), help=f"{kpi['numerator']} of {kpi['denominator']}"
        )
    left, middle, right = st.columns(3)
    with left:
        st.markdown("##### Where patients stand")
        rows = [(words.state(state), count) for state, count in found["states"].items()]
        _bars(rows, "state")
    with middle:
        st.markdown("##### Overdue, by what is owed")
        rows = [(words.rule(rule), count) for rule, count in found["overdue"].items()]
        if rows:
            _bars(sorted(rows, key=lambda row: -row[1]), "what")
        else:
            st.info("Nothing is overdue.")
    with right:
        st.markdown("##### Deviations, by row of the guideline")
        if found["deviations"]:
            _bars(list(found["deviations"].items()), "row")
        else:
            st.info("No deviation is on record.")


def _bars(rows: list[tuple[str, int]], name: str) -> None:
    table = pd.DataFrame(rows, columns=[name, "patients"])
    top = max((count for _, count in rows), default=1)
    st.dataframe(
        table,
        hide_index=True,
        row_height=31,
        column_config={
            name: st.column_config.TextColumn(width="medium"),
            "patients": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=max(top, 1)),
        },
    )
