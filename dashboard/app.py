"""The frame of every screen: navigation, who sits here, the day, and what the guideline says of itself. Run by
Streamlit.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import cohort, desk, patient, worklist
from dashboard.desk import Desk
from dashboard.server import silent
from pathway import views
from pathway.dates import say

STYLE = """<style>
[data-testid=stMainBlockContainer]{padding:4.3rem 1.4rem 0.6rem;max-width:none}
[data-testid=stMainBlockContainer] table{font-size:0.92rem}
[data-testid=stMainBlockContainer] td,[data-testid=stMainBlockContainer] th{padding:3px 8px !important}
[data-testid=stVerticalBlock]{gap:0.55rem}
[data-testid^=stBaseButton-primary]{color:light-dark(#fff,#14191f)}
[data-testid=stMetricValue]{font-size:1.2rem}
</style>"""


def _today() -> date:
    return datetime.now(ZoneInfo(desk.zone())).date()


def _frame(here: Desk) -> None:
    """Who sits here, the day, and whether the scheduler looks."""
    looked = views.last_look(desk.store())
    left, right = st.columns([5, 2], vertical_alignment="center")
    with left:
        quiet = silent(looked, datetime.now(UTC))
        if quiet:
            st.markdown(":red[**The scheduler is silent: reminders do not come. Tell your admin.**]")
        else:
            st.markdown(f":gray[{say(here.day)} · you record as **{here.me or 'nobody yet'}**]")
    with right, st.popover("Who I am", width="stretch"):
        st.text_input("Your name, as it stands beside what you record", key="me", max_chars=60, persist_state="session")


def _foot() -> None:
    about = desk.protocol().about
    st.caption(
        f"Supports professional judgement, does not replace it. Guideline: {about['title']}, {about['review']}, "
        f"last updated {say(about['updated'])} · protocol {desk.protocol().version}"
    )


st.set_page_config(
    page_title="pathway",
    page_icon=str(Path(__file__).with_name("icon.png")),
    layout="wide",
    initial_sidebar_state="collapsed",
)
st.html(STYLE)
here = Desk(_today(), st.session_state.get("me") or desk.first_navigator())
patient_page = st.Page(lambda: patient.screen(here), title="Patient", url_path="patient")
worklist_page = st.Page(
    lambda: worklist.screen(here, patient_page), title="Worklist", url_path="worklist", default=True
)
cohort_page = st.Page(lambda: cohort.screen(here), title="Cohort", url_path="cohort")
chosen = st.navigation([worklist_page, patient_page, cohort_page], position="top")
_frame(here)
chosen.run()
_foot()
