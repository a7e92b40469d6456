"""Every write of the dashboard: one tracker call, from a callback, without a word to the page.

A callback that is interrupted after its call has recorded everything, before it nothing. What is to be said is left
in the session; the page says it on its next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import streamlit as st

from dashboard import desk, forms, words
from dashboard.desk import Desk
from pathway.errors import Changed, PathwayError, Refused, StepRefused
from pathway.events import Field
from pathway.tracker import record

SAID_SECONDS = 120
"""So long a success is said; a refusal stays until it is put away or something else is recorded."""


class Target(NamedTuple):
    """Whom something is recorded for, as the page showed her; and who is chosen next once it is."""

    key: str
    mrn: str
    name: str
    version: int
    next_key: str = ""


class Form(NamedTuple):
    """What stands in a form: the fields that follow by themselves, those that were asked, and where they are kept."""

    presets: dict[str, Any]
    asked: Sequence[Field]
    prefix: str

    def found(self) -> dict[str, Any]:
        """The event's fields as they stand in the form now."""
        on = st.session_state.get(f"{self.prefix}.on")
        note = (st.session_state.get(f"{self.prefix}.note") or "").strip()
        return {
            **self.presets,
            **forms.entered(self.asked, self.prefix),
            "on": on.isoformat() if isinstance(on, date) else None,
            "note": note or None,
        }


class Said(NamedTuple):
    """What the page has to say after a write: a sentence, and what would take it back."""

    text: str
    at: datetime
    undo: tuple[Target, str] | None = None
    refusal: tuple[str, ...] = ()


def entry() -> int:
    """How often something was recorded here: part of each form's place, so that a new one starts empty."""
    count: int = st.session_state.get("entry", 0)
    return count


def save(target: Target, found: dict[str, Any], here: Desk, done: str) -> None:
    """Record one event for the patient that was seen; refused where somebody changed her since."""
    if not here.me:
        _refused("Not recorded", ("say who you are first, at the top on the right: it stands beside each entry",), here)
        return
    try:
        recorded = record(
            desk.store(),
            {"mrn": target.mrn, "by": here.me, **found},
            today=here.day,
            now=here.clock(),
            protocol=desk.protocol(),
            expected_version=target.version,
        )
    except StepRefused as error:
        reasons = tuple(finding.reason for finding in error.findings if finding.verdict != "met")
        _refused("Step not taken", reasons or (error.expected,), here)
    except Refused as error:
        _refused("Not recorded", (words.refused(error),), here)
    except Changed as error:
        _refused("Not recorded: the record has changed", (str(error),), here)
    except PathwayError as error:
        _refused("Not recorded", (str(error),), here)
    else:
        taken = target._replace(version=recorded.version)
        st.session_state["said"] = Said(f"{done}: {target.name}", here.clock(), (taken, recorded.id))
        st.session_state["entry"] = entry() + 1
        if target.next_key:
            st.session_state["chosen"] = target.next_key


def _refused(text: str, reasons: tuple[str, ...], here: Desk) -> None:
    st.session_state["said"] = Said(text, here.clock(), refusal=reasons)


def save_form(target: Target, form: Form, here: Desk, done: str) -> None:
    """Record what stands in a form when its button is pressed."""
    save(target, form.found(), here, done)


def save_override(target: Target, form: Form, here: Desk, done: str) -> None:
    """Take a step past what is not met: a reason and a name, which stay visible."""
    reason = (st.session_state.get(f"{form.prefix}.reason") or "").strip()
    by = (st.session_state.get(f"{form.prefix}.override_by") or "").strip()
    if not reason or not by:
        _refused("Step not taken", ("an override needs a reason, and the name of who answers for it",), here)
        return
    save(target, {**form.found(), "override": {"reason": reason, "by": by}}, here, done)


def save_correction(target: Target, event_id: str, form: Form, here: Desk) -> None:
    """Correct an entry: all its fields as they should have been."""
    right = {name: value for name, value in form.found().items() if value is not None}
    found = {"type": "corrected", "on": here.day.isoformat(), "event": event_id, "replacement": right}
    save(target, found, here, "Corrected; the original stays readable")


def undo(target: Target, event_id: str, here: Desk) -> None:
    """Take the last entry back: a correction says that it never happened; both stay in the history."""
    found = {"type": "corrected", "on": here.day.isoformat(), "event": event_id, "note": "taken back at once"}
    save(target._replace(next_key=target.key), found, here, "Taken back")
    said: Said = st.session_state["said"]
    st.session_state["said"] = said._replace(undo=None)


def put_away() -> None:
    """Say no more of the last write."""
    st.session_state.pop("said", None)


def say(here: Desk) -> None:
    """Say what the last write did, with a way back; over the page, so that nothing jumps."""
    said: Said | None = st.session_state.get("said")
    if said is None:
        return
    if not said.refusal and (here.clock() - said.at).total_seconds() > SAID_SECONDS:
        put_away()
        return
    with st.container(key="said", border=True, horizontal=True, vertical_alignment="center", gap="small"):
        if said.refusal:
            lines = "  \n".join(f"✖ {words.plain(words.ended(reason))}" for reason in said.refusal)
            st.error(f"**{said.text}.**  \n{lines}")
        else:
            st.success(f"✔ {words.plain(said.text)}.")
        if said.undo is not None:
            st.button("Undo", on_click=undo, args=(*said.undo, here), key="undo")
        st.button("✕", on_click=put_away, key="put_away", type="tertiary", help="Put this note away")
