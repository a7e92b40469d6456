"""The screens without a browser: what they say and record; and what stands beside the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import app, chronicle, desk, entries, forms, words
from dashboard.worklist import SEGMENTS, grouped
from pathway import settings, views
from pathway.errors import Refused
from pathway.events import RULES, TYPES, describe
from pathway.protocol import load
from pathway.states import State
from pathway.tracker import Store, import_file
from pathway.views import Line
from tests.journeys.conftest import TODAY, ago, in_reassessment, operated

FRAME = Path(app.__file__).with_name("frame.py")


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[dict[str, Any]]], Store]]:
    """A database with the given events, as the dashboard opens it."""

    def fill(events: list[dict[str, Any]]) -> Store:
        file = tmp_path / "unit.jsonl"
        file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        store = desk.store()
        done = import_file(store, file, today=TODAY, now=datetime.now(UTC), protocol=load())
        assert done.refused == 0
        return store

    monkeypatch.setenv("PATHWAY_DB", f"sqlite:///{tmp_path}/unit.db")
    monkeypatch.setenv("PATHWAY_NAVIGATOR", "nina")
    monkeypatch.chdir(tmp_path)
    _forget()
    yield fill
    desk.store().close()
    _forget()


def _forget() -> None:
    settings.load.cache_clear()
    desk.store.cache_clear()
    desk.protocol.cache_clear()


def ran() -> AppTest:
    page = AppTest.from_file(str(FRAME), default_timeout=30).run()
    assert not page.exception
    return page


def written(page: AppTest) -> str:
    return "\n".join(one.value for kind in (page.markdown, page.info, page.error, page.success) for one in kind)


# --- the screens ---


def test_the_worklist_opens_on_what_is_late(unit: Callable[..., Store]) -> None:
    unit(operated("S-1", "Adler, Dora", 250) + operated("S-2", "Berg, Otto", 20))
    page = ran()
    assert "#### Adler, Dora" in written(page)
    assert "pending human review" in written(page)
    assert "scheduler is silent" in written(page), "nobody looked yet"


def test_an_empty_unit_says_how_to_begin(unit: Callable[..., Store]) -> None:
    unit([])
    assert "No patient here yet. Take a file in with `pathway import`" in written(ran())


def test_a_name_is_a_name_and_no_markup(unit: Callable[..., Store]) -> None:
    unit(operated("S-1", "**Bold**, <b>Eve</b> $x$", 250))
    assert r"\*\*Bold\*\*, \<b\>Eve\</b\> \$x\$" in written(ran())


def test_recording_without_a_name_is_refused(unit: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATHWAY_NAVIGATOR")
    store = unit(operated("S-1", "Adler, Dora", 250))
    page = ran()
    next(button for button in page.button if button.label.startswith("Record")).click().run()
    assert "say who you are first" in written(page).replace("\\", "")
    assert views.patient(store, "S-1", day=TODAY, protocol=load()).version == 4


@pytest.mark.parametrize("place", range(2), ids=["surveillance", "reassessment"])
def test_a_patients_page_names_every_step_from_here(unit: Callable[..., Store], place: int) -> None:
    mrn = ("S-1", "R-1")[place]
    store = unit(operated("S-1", "Adler, Dora", 250) + in_reassessment("R-1", "Conrad, Emil", 26))
    patient = views.patient(store, mrn, day=TODAY, protocol=load())
    page = AppTest.from_string(
        "from dashboard import app, desk, patient\npatient.screen(desk.Desk(app.today(), 'nina', app.now))",
        default_timeout=30,
    )
    page.query_params["p"] = patient.key
    page.run()
    assert not page.exception
    labels = " ".join(expander.label for expander in page.expander)
    for option in patient.answer["options"]:
        assert words.value(option["trigger"]) in labels


def test_an_address_that_leads_to_nobody_says_so(unit: Callable[..., Store]) -> None:
    unit(operated("S-1", "Adler, Dora", 250))
    page = AppTest.from_string(
        "from dashboard import app, desk, patient\npatient.screen(desk.Desk(app.today(), 'nina', app.now))"
    )
    page.query_params["p"] = "nobody"
    assert "leads to nobody" in written(page.run())


# --- beside the page ---


def asked(path: str) -> tuple[int, dict[str, str], bytes]:
    """What the application answers to a GET."""
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "", "headers": []}
    scope |= {"query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80)}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    stack: Any = app.Headers(app.Unknown(app.ROUTES[0].app if path == "/healthz" else _page))
    with ThreadPoolExecutor(1) as apart:  # Playwright keeps a loop of its own in this thread
        apart.submit(lambda: asyncio.run(stack(scope, receive, send))).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent)


async def _page(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


def test_health_says_503_while_nobody_looks(unit: Callable[..., Store]) -> None:
    unit([])
    status, headers, body = asked("/healthz")
    assert status == 503
    assert json.loads(body) == {"ok": False, "scheduler_last_look": None, "stuck": 0, "database": True}
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_health_tells_the_truth_about_a_database_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Store:
        raise OSError("no disk")

    monkeypatch.setattr(desk, "store", gone)
    status, _, body = asked("/healthz")
    assert (status, json.loads(body)["database"]) == (503, False)


@pytest.mark.parametrize(
    "path", ["/", "/worklist", "/patient", "/cohort", "/patient/_stcore/health", "/static/js/x.js"]
)
def test_what_there_is_answers(path: str) -> None:
    assert asked(path)[0] == 200


@pytest.mark.parametrize("path", ["/nothing", "/patient/S-1", "/worklist/x", "/.env", "/admin.php"])
def test_what_there_is_not_is_404(path: str) -> None:
    status, headers, body = asked(path)
    assert (status, headers["x-frame-options"]) == (404, "DENY")
    assert b"nothing at this address" in body


def test_a_scheduler_is_silent_after_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    instant = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
    monkeypatch.setattr(app, "now", lambda: instant)
    assert app.silent(None)
    assert not app.silent(instant - timedelta(seconds=300))
    assert app.silent(instant - timedelta(seconds=301))


# --- parts ---


def test_every_rule_has_an_entry_and_every_entry_its_fields() -> None:
    for rule in RULES:
        for state in State:
            for way in entries.entries(rule, state.value):
                known = {field.name for field in describe(way.kind)}
                assert {*way.asked, *way.presets, *way.first} <= known, way
                needed = {field.name for field in describe(way.kind) if field.needed}
                assert needed <= {*way.asked, *way.presets}, f"{way.verb} can never be complete"
                assert len(way.asked) <= 6, "only the few fields that the rule needs"


def test_every_event_can_be_recorded_on_the_patients_page() -> None:
    assert set(chronicle.KINDS) == set(TYPES) - {"registered", "advanced", "corrected"}


def test_no_name_of_a_field_reaches_a_form_with_its_underscore() -> None:
    for kind in TYPES:
        for field in describe(kind):
            assert "_" not in words.name(field.name)
            assert not any("_" in words.value(option) for option in field.options)


@pytest.mark.parametrize(
    ("alert", "segment"),
    [
        ({"status": "overdue", "booked_for": None}, "Overdue"),
        ({"status": "overdue", "booked_for": "2026-05-20"}, "Overdue"),
        ({"status": "due", "booked_for": None}, "Due"),
        ({"status": "due", "booked_for": "2026-05-20"}, "Waiting"),
        ({"status": "snoozed", "booked_for": None}, "Waiting"),
        ({"status": "upcoming", "booked_for": None, "opens_on": "2026-05-19"}, "Next 7 days"),
        ({"status": "upcoming", "booked_for": None, "opens_on": "2026-05-20"}, "Later"),
    ],
)
def test_a_line_stands_in_one_segment(alert: dict[str, Any], segment: str) -> None:
    day = datetime(2026, 5, 12, tzinfo=UTC).date()
    line = Line("key", 1, "S-1", "Adler, Dora", "surveillance", day, "nina", None, [alert])
    found = {name: len(lines) for name, lines in grouped([line], day).items()}
    assert found == {name: int(name in (segment, "All")) for name in SEGMENTS}


def test_a_meeting_at_which_nobody_was_is_not_recorded(unit: Callable[..., Store]) -> None:
    """An MDT decision closes what waits for it: a slip on the button must not make one."""
    events = operated("S-1", "Adler, Dora", 250)
    events.append({"mrn": "S-1", "type": "recurrence", "on": ago(20), "sites": ["liver"]})
    store = unit(events)
    page = ran()
    next(button for button in page.button if button.label == "Record decision").click().run()
    assert "present at the MDT is still missing" in written(page)
    assert views.patient(store, "S-1", day=TODAY, protocol=load()).version == len(events)


def test_numbers_in_a_line_are_kept_even_where_one_is_none() -> None:
    assert forms.numbers("12, 30;8.5") == [12, 30, 8.5]
    assert forms.numbers(" ") is None
    assert forms.numbers("12, ca. 30") == [12, "ca. 30"], "so that it is refused, not lost"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("is needed: a whole number from 0 to 4", "ecog"), "ECOG is still missing"),
        (
            Refused("expected a number from 0 to 100", "remnant_percent"),
            "remnant, % of liver volume: expected a number",
        ),
        (Refused("expected text", "replacement.note"), "note: expected text"),
    ],
)
def test_a_refusal_names_the_field_as_the_form_does(error: Refused, said: str) -> None:
    assert words.refused(error).startswith(said)


def test_the_history_says_values_with_their_units() -> None:
    row = {"id": "1", "on": ago(1), "type": "volumetry", "remnant_percent": 26, "remnant_segments": 3, "note": "MR"}
    assert chronicle.details(row, {}) == "remnant 26 %, 3 segments remain (MR)"
    correction = {"id": "2", "on": ago(0), "type": "corrected", "event": "1", "replacement": {"remnant_percent": 36}}
    assert chronicle.details(correction, {"1": row}) == f"volumetry of {ago(1)}: remnant 36 %"
