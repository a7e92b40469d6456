# ruff: noqa: E501 - hostile lines are long
"""Taking files in: what is recorded, skipped, refused; hostile lines; a file again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pathway import views
from pathway.protocol import load
from pathway.store import Store
from pathway.tracker import Imported, import_file
from pathway.tracker.lines import LONGEST

TODAY = date(2030, 1, 1)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
ADA = {"mrn": "A", "type": "registered", "on": "2027-03-01", "name": "Ada", "birth_date": "1958-04-11", "sex": "female"}
CEA = {"mrn": "A", "type": "cea", "on": "2027-04-01", "ng_per_ml": 3}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path}/unit.db")


def taken(store: Store, tmp_path: Path, *lines: Any, raw: bytes | None = None, chunk: int = 3) -> Imported:
    path = tmp_path / "events.jsonl"
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_bytes(text.encode() if raw is None else raw)
    return import_file(store, path, today=TODAY, now=NOW, protocol=load(), chunk_lines=chunk)


def rejected(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "events.jsonl.rejected.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_registrations_come_first_wherever_they_stand(store: Store, tmp_path: Path) -> None:
    done = taken(store, tmp_path, CEA, {**CEA, "on": "2027-05-01"}, {**CEA, "on": "2027-06-01"}, ADA)
    assert done.counts() == {"read": 4, "recorded": 4, "skipped": 0, "refused": 0}
    assert not (tmp_path / "events.jsonl.rejected.jsonl").exists()


def test_the_same_file_again_records_nothing_twice(store: Store, tmp_path: Path) -> None:
    taken(store, tmp_path, ADA, CEA)
    assert taken(store, tmp_path, ADA, CEA).counts() == {"read": 2, "recorded": 0, "skipped": 2, "refused": 0}


def test_numbers_are_the_same_by_their_value(store: Store, tmp_path: Path) -> None:
    taken(store, tmp_path, ADA, CEA)
    again = json.dumps({**CEA, "ng_per_ml": 0}).replace('"ng_per_ml": 0', '"ng_per_ml": 3.00')
    assert taken(store, tmp_path, again).skipped == 1


def test_refused_lines_go_to_a_file_with_their_reason_and_can_be_imported_again(store: Store, tmp_path: Path) -> None:
    done = taken(store, tmp_path, CEA, {**CEA, "ng_per_ml": -1}, "[1, 2]", "{nonsense")
    assert (done.read, done.refused) == (4, 4)
    kept = rejected(tmp_path)
    assert kept[0] == {
        **CEA,
        "error": "line 1: mrn: nobody is registered under this MRN: register the patient first, or look at the MRN again",
    }
    assert kept[1]["error"] == "line 2: ng_per_ml: expected a number from 0 to 10000000"
    assert kept[2] == {"raw": "[1, 2]", "error": "line 3: one event a line, as a JSON object"}
    assert kept[3]["raw"] == "{nonsense"
    taken(store, tmp_path, ADA)
    assert not (tmp_path / "events.jsonl.rejected.jsonl").exists()
    again = taken(store, tmp_path, kept[0], kept[1])
    assert (again.recorded, again.refused) == (1, 1)


def test_each_line_is_judged_with_what_is_known_by_then(store: Store, tmp_path: Path) -> None:
    wrong = {"mrn": "A", "type": "corrected", "on": "2027-04-02", "event": "c-1"}
    done = taken(store, tmp_path, ADA, wrong, {**CEA, "id": "c-1"}, {**wrong, "id": "k-1"})
    assert (done.recorded, done.refused) == (3, 1)


HOSTILE = {
    "a key twice": '{"mrn": "A", "mrn": "B", "type": "died", "on": "2027-04-01"}',
    "NaN": '{"mrn": "A", "type": "cea", "on": "2027-04-01", "ng_per_ml": NaN}',
    "infinity": '{"mrn": "A", "type": "cea", "on": "2027-04-01", "ng_per_ml": 1e999}',
    "a huge integer": '{"mrn": "A", "type": "cea", "on": "2027-04-01", "ng_per_ml": ' + "9" * 5000 + "}",
    "deep nesting": '{"a": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "a long text": json.dumps({**CEA, "note": "x" * 20_000}),
    "a text of a megabyte": json.dumps({**CEA, "note": "x" * (LONGEST + 10)}),
    "NUL": '{"mrn": "A\\u0000", "type": "died", "on": "2027-04-01"}',
    "half a character": '{"mrn": "A", "type": "died", "on": "2027-04-01", "cause": "\\ud800"}',
    "an escape": '{"mrn": "A", "type": "died", "on": "2027-04-01", "note": "\\u001b[31m"}',
    "a list": "[]",
    "null": "null",
    "no type": '{"mrn": "A", "on": "2027-04-01"}',
    "a type that is none": '{"mrn": "A", "type": ["cea"], "on": "2027-04-01"}',
    "a day that is none": '{"mrn": "A", "type": "died", "on": "2027-02-30"}',
    "a day to come": '{"mrn": "A", "type": "died", "on": "2030-01-02"}',
    "a day before all": '{"mrn": "A", "type": "died", "on": "0001-01-01"}',
    "a number for a text": '{"mrn": 7, "type": "died", "on": "2027-04-01"}',
    "a text for a number": '{"mrn": "A", "type": "cea", "on": "2027-04-01", "ng_per_ml": "3"}',
    "true for a number": '{"mrn": "A", "type": "performance_status", "on": "2027-04-01", "ecog": true}',
    "a fraction of a lesion": '{"mrn": "A", "type": "imaging", "on": "2027-04-01", "modality": "ct", "purpose": "other", "lesion_count": 2.5}',
    "an empty MRN": '{"mrn": " ", "type": "died", "on": "2027-04-01"}',
    "a name twice": '{"mrn": "A", "type": "recurrence", "on": "2027-04-01", "sites": ["liver", "liver"]}',
    "no site": '{"mrn": "A", "type": "recurrence", "on": "2027-04-01", "sites": []}',
    "a replacement of null": '{"mrn": "A", "type": "corrected", "on": "2027-04-01", "event": "c-1", "replacement": null}',
    "a step that closes": '{"mrn": "A", "type": "advanced", "on": "2027-04-01", "trigger": "close"}',
    "an override by nobody": '{"mrn": "A", "type": "advanced", "on": "2027-04-01", "trigger": "restage", "override": {"reason": "x"}}',
    "an instant without offset": '{"mrn": "A", "type": "died", "on": "2027-04-01", "recorded_at": "2027-04-01T10:00:00"}',
    "an instant to come": '{"mrn": "A", "type": "died", "on": "2027-04-01", "recorded_at": "2031-04-01T10:00:00Z"}',
    "two sides": '{"mrn": "A", "type": "primary_identified", "on": "2027-04-01", "primary": "colorectal", "method": "other", "side": "left", "location": "caecum"}',
}


@pytest.mark.req("X2")
@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_line_is_refused_by_its_number_and_the_rest_goes_in(store: Store, tmp_path: Path, line: str) -> None:
    done = taken(store, tmp_path, ADA, {**CEA, "id": "c-1"}, line, {**CEA, "on": "2027-05-01"})
    assert (done.read, done.recorded, done.refused) == (4, 3, 1)
    kept = rejected(tmp_path)
    assert kept[0]["error"].startswith("line 3: ")
    assert len(kept[0]["error"]) < 900


@pytest.mark.parametrize(
    ("raw", "recorded", "refused"),
    [
        (b"\xef\xbb\xbf" + json.dumps(ADA).encode(), 1, 0),
        (json.dumps(ADA).encode() + b"\r\n\r\n" + json.dumps(CEA).encode(), 2, 0),
        (b"\n\n" + json.dumps(ADA).encode(), 1, 0),
        (json.dumps(ADA).encode("utf-16"), 0, 1),
        (json.dumps(ADA).encode() + b'\n{"mrn": "\xff"}\n', 1, 1),
        (b"", 0, 0),
    ],
    ids=["byte order mark", "CRLF, no end", "empty lines", "UTF-16", "not UTF-8", "empty file"],
)
def test_encodings_and_line_ends(store: Store, tmp_path: Path, raw: bytes, recorded: int, refused: int) -> None:
    done = taken(store, tmp_path, raw=raw)
    assert (done.recorded, done.refused > 0) == (recorded, refused > 0)


def test_a_rejected_file_that_cannot_be_written_loses_no_reason(store: Store, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl.rejected.jsonl").mkdir()
    done = taken(store, tmp_path, ADA, {**CEA, "ng_per_ml": -1}, CEA)
    assert (done.recorded, done.refused) == (2, 1)
    assert done.unwritten == ["line 2: ng_per_ml: expected a number from 0 to 10000000"]


def test_a_refused_step_in_a_file_leaves_the_rest(store: Store, tmp_path: Path) -> None:
    step = {"mrn": "A", "type": "advanced", "on": "2027-04-01", "trigger": "begin_workup"}
    done = taken(store, tmp_path, ADA, step, CEA)
    assert (done.recorded, done.refused) == (2, 1)
    assert "Primary not yet identified" in rejected(tmp_path)[0]["error"]
    assert views.patient(store, "A", day=TODAY, protocol=load()).answer["state"] == "diagnosis"


def test_the_same_line_in_two_chunks_is_one_event(store: Store, tmp_path: Path) -> None:
    done = taken(store, tmp_path, ADA, CEA, CEA, CEA, {**CEA, "id": "c-1"}, {**CEA, "id": "c-1"}, chunk=1)
    assert (done.recorded, done.skipped) == (3, 3)


def test_memory_stays_flat_over_long_lines(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk ends after so many bytes, however few lines they are."""
    from pathway.tracker import importing

    monkeypatch.setattr(importing, "CHUNK_BYTES", 10_000)
    seen: list[int] = []
    path = tmp_path / "events.jsonl"
    long = [{**CEA, "on": f"2027-04-{day:02}", "note": "x" * 4_000} for day in range(1, 10)]
    path.write_text("".join(json.dumps(row) + "\n" for row in [ADA, *long]), encoding="utf-8")
    done = import_file(store, path, today=TODAY, now=NOW, protocol=load(), progress=seen.append)
    assert (done.recorded, max(seen)) == (10, 3)


def test_a_registration_spelt_with_escapes_comes_first_too(store: Store, tmp_path: Path) -> None:
    spelt = json.dumps(ADA).replace('"registered"', '"\\u0072egistered"')
    assert taken(store, tmp_path, CEA, spelt).counts() == {"read": 2, "recorded": 2, "skipped": 0, "refused": 0}


def test_what_json_cannot_say_is_kept_as_it_stood(store: Store, tmp_path: Path) -> None:
    line = json.dumps(CEA).replace('"ng_per_ml": 3', '"ng_per_ml": 1e999')
    taken(store, tmp_path, ADA, line)
    [kept] = [
        json.loads(found, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        for found in (tmp_path / "events.jsonl.rejected.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert kept["raw"] == line


def test_bytes_that_are_no_utf8_are_not_lost(store: Store, tmp_path: Path) -> None:
    line = b'{"mrn": "A", "note": "M\xfcller"}'
    taken(store, tmp_path, raw=line)
    assert rejected(tmp_path)[0]["raw"].encode("utf-8", "surrogateescape") == line


def test_refusals_that_no_longer_fit_on_the_disk_are_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl.rejected.jsonl").mkdir()
    done = taken(store, tmp_path, ADA, {**CEA, "ng_per_ml": -1}, CEA)
    assert (done.recorded, done.refused, len(done.unwritten)) == (2, 1, 1)
