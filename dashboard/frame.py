"""The frame of every screen: navigation, who sits here, the day, and what the guideline says of itself. Run by
Streamlit.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cohort, desk, patient, worklist, writing
from dashboard.app import now, silent, today
from dashboard.desk import Desk
from pathway import views
from pathway.dates import say

HERE = Path(__file__).parent


def _who(here: Desk) -> None:
    """Who sits here and the day, in the bar of the navigation; a red note where the scheduler is silent."""
    sites = _sites(here)
    with st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small"):
        if silent(views.last_look(desk.store())):
            st.markdown(":red[**▲ No reminders: the scheduler is silent. Tell your admin.**]", width="content")
        if desk.as_of():
            st.markdown(f":orange[**shown as of {say(here.day)}**]", width="content")
        site = " + ".join(sites.get(here.me, ()))
        label = " · ".join(part for part in (here.me, site, say(here.day)) if part) if here.me else "Say who you are"
        with st.popover(label, type="tertiary" if here.me else "primary"):
            options = [*sites] if here.me in sites or not here.me else [here.me, *sites]
            st.selectbox(
                "Who records here",
                options,
                index=options.index(here.me) if here.me in options else None,
                key="me",
                accept_new_options=True,
                placeholder="Choose, or type your name",
                help="Your name stands beside everything you record.",
                persist_state="session",
            )


def _sites(here: Desk) -> dict[str, list[str]]:
    """Everybody with a caseload, and the sites in it; looked up once a session."""
    found: dict[str, list[str]] | None = st.session_state.get("sites")
    if found is None:
        found = {}
        for line in sorted(here.lines, key=lambda line: (line.owner, line.site or "")):
            if line.owner != "unassigned":
                hers = found.setdefault(line.owner, [])
                if line.site and line.site not in hers:
                    hers.append(line.site)
        st.session_state["sites"] = found
    return found


def _foot() -> None:
    about = desk.protocol().about
    with st.container(key="foot"):
        st.markdown(
            f":gray[For healthcare professionals: supplements their judgement, does not replace it · {about['title']}: "
            f"{about['review']}, last updated {say(about['updated'])} · protocol {desk.protocol().version}]",
            help=about["disclaimer"],
        )


st.set_page_config(
    page_title="pathway", page_icon=str(HERE / "icon.png"), layout="wide", initial_sidebar_state="collapsed"
)
st.html(HERE / "style.css")
here = Desk(today(), st.session_state.get("me") or desk.first_navigator(), now)
patient_page = st.Page(lambda: patient.screen(here), title="Patient", url_path="patient")
worklist_page = st.Page(
    lambda: worklist.screen(here, patient_page), title="Worklist", url_path="worklist", default=True
)
cohort_page = st.Page(lambda: cohort.screen(here, patient_page), title="Cohort", url_path="cohort")
chosen = st.navigation([worklist_page, patient_page, cohort_page], position="top")
_who(here)
chosen.run()
_foot()
writing.say(here)
