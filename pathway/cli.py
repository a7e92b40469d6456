"""The command line. It parses, calls one use case or read, and prints; it decides nothing.

Exit codes: 0 done, 1 something was refused, 2 wrong usage.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec
from zoneinfo import ZoneInfo

import typer

from pathway import settings
from pathway.errors import PathwayError, Refused, StepRefused
from pathway.states import TRIGGERS, State, say
from pathway.words import RULES, due, of

if TYPE_CHECKING:
    from pathway.protocol import Protocol
    from pathway.tracker import Store

P = ParamSpec("P")
REFUSED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    help="Keep every patient with liver metastases on their pathway.\n\n"
    "Events go in, the guideline decides, dated next steps come out. Begin with `pathway demo`, or with "
    "`pathway import FILE` and `pathway worklist`.\n\n"
    "Exit codes: 0 done, 1 something was refused, 2 wrong usage. Settings: PATHWAY_DB and others in the environment, "
    "or in a pathway.toml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def main() -> None:
    """The console script."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
    app()


# --- what every command shares ---


def _day(text: str) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2027-05-12")
    return found


def _trigger(text: str) -> str:
    if text not in TRIGGERS:
        raise typer.BadParameter(f"no step {text!r}; the steps are {', '.join(TRIGGERS)}")
    return text


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise typer.BadParameter(f"there is no file {str(path)!r}")
    return path


Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="The database; default: PATHWAY_DB, else sqlite:///pathway.db."),
]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of", metavar="YYYY-MM-DD", parser=_day, help="The day asked, or the day of entry. Default: today."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON value on standard output.")]
On = Annotated[date, typer.Option("--on", metavar="YYYY-MM-DD", parser=_day, help="The day on which it happened.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who enters it, or answers for the override.")]
Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="An id of your own; else one is made.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="A remark; it stands in the history.")]
Mrn = Annotated[str, typer.Argument(metavar="MRN", help="The patient's medical record number.", show_default=False)]


def today() -> date:
    """Today where the clinic is (PATHWAY_TIME_ZONE)."""
    return datetime.now(ZoneInfo(settings.load().time_zone)).date()


def _now() -> datetime:
    return datetime.now(UTC)


def database(db: str | None) -> str:
    """The database that a command works on."""
    return db if db is not None else settings.load().db.get_secret_value()


def _store(db: str | None, *, lists: bool = False) -> Store:
    """The database, opened; `lists`: only to read many patients, from the replica where PATHWAY_READ_DB names one."""
    from pathway.tracker import Store

    replica = settings.load().read_db if lists and db is None else None
    return Store(database(db), read_url=replica.get_secret_value() if replica else None)


def _protocol() -> Protocol:
    from pathway.protocol import load

    return load(settings.load().protocol)


def _said(command: Callable[P, None]) -> Callable[P, None]:
    """Say what went wrong in a sentence, with its exit code; a traceback helps nobody at a ward."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PathwayError as error:
            _fail(str(error), REFUSED)
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(REFUSED) from None
        except OSError as error:
            _fail(f"{error.filename or 'a file'} cannot be used: {error.strerror}", WRONG_USAGE)
        except KeyboardInterrupt:
            _fail("stopped; what was recorded stays recorded", INTERRUPTED)

    return run


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]], title: str = "") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    Console(width=None if console.is_terminal else 200).print(table)


# --- taking in ---


@app.command("import")
@_said
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=lambda text: _existing(Path(text)), show_default=False)
    ],
    db: Db = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Take in events from a JSON Lines file: all, or as many as are valid.

    Refused lines go to FILE.rejected.jsonl with the reason, and can be imported from there. The same file again records
    nothing twice. Exit code 1 where a line was refused.

    Example: `pathway import events.jsonl`
    """
    from pathway.tracker import import_file
    from pathway.tracker.importing import rejected_path

    with _progress(file) as progress:
        done = import_file(
            _store(db),
            file,
            today=as_of or today(),
            now=_now(),
            protocol=_protocol(),
            progress=progress,
            chunk_lines=settings.load().import_chunk,
        )
    for reason in done.unwritten:
        typer.echo(reason, err=True)
    if as_json:
        _print_json(done.counts())
    else:
        typer.echo(f"{done.read} lines read: {done.recorded} recorded, {done.skipped} known, {done.refused} refused")
        if done.refused and not done.unwritten:
            typer.echo(f"The refused ones, each with its reason: {rejected_path(file)}", err=True)
    if done.unwritten:
        typer.echo(f"{rejected_path(file)} could not be written; the reasons stand above", err=True)
    if done.refused:
        raise typer.Exit(REFUSED)


class _progress:  # noqa: N801 - used as a context
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.bar: Any = None

    def __enter__(self) -> Callable[[int], None] | None:
        if not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        with self.file.open("rb") as lines:
            total = sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))
        self.bar = Progress(
            "lines", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
        )
        self.bar.start()
        task = self.bar.add_task("lines", total=total)
        return lambda count: self.bar.advance(task, count)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _enter(found: dict[str, Any], db: str | None, as_of: date | None, as_json: bool) -> None:
    from pathway.tracker import record as recorded

    protocol = _protocol()
    try:
        done = recorded(_store(db), found, today=as_of or today(), now=_now(), protocol=protocol)
    except StepRefused as error:
        from pathway.answer import finding_row

        rows = [finding_row(finding, protocol, found["trigger"]) for finding in error.findings]
        if as_json:
            _print_json({"recorded": False, "reason": error.expected, "criteria": rows})
        else:
            typer.echo("Not taken:", err=True)
            if rows:
                _table(
                    ("", "row", "criterion", "reason"),
                    [(_sign(row["verdict"]), row["id"], row["name"], row["reason"]) for row in rows],
                )
            else:
                typer.echo(error.expected, err=True)
        raise typer.Exit(REFUSED) from None
    except Refused as error:
        if as_json:
            _print_json({"recorded": False, "field": error.field, "reason": error.expected})
        raise
    if as_json:
        _print_json({"recorded": not done.known, "id": done.id, "version": done.version})
    else:
        typer.echo(f"{'Known already' if done.known else 'Recorded'}: {done.id}")


def _sign(verdict: str) -> str:
    return {"met": "✔ met", "not_met": "✖ not met", "unknown": "? unknown"}[verdict]


@app.command()
@_said
def record(
    mrn: Mrn,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="An event type, such as imaging.", show_default=False)],
    on: On,
    fields: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE...", help="A list is a,b,c.")] = None,
    by: By = None,
    id_: Id = None,
    note: Note = None,
    db: Db = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Record one event.

    Example: `pathway record A-100 volumetry --on 2027-05-20 remnant_percent=41 remnant_segments=3`
    """
    from pathway.events import from_words

    words: dict[str, str] = {}
    for text in fields or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{text!r}: write a field as field=value")
        if name in ("mrn", "type", "on", "id", "by", "note"):
            raise typer.BadParameter(f"{name} is given by its own argument or option, not as a field")
        words[name] = value
    found = {"mrn": mrn, "type": type_, "on": on.isoformat(), "by": by, "id": id_, "note": note}
    _enter({**found, **from_words(type_, words)}, db, as_of, as_json)


@app.command()
@_said
def advance(
    mrn: Mrn,
    trigger: Annotated[str, typer.Argument(metavar="TRIGGER", parser=_trigger, help="The step.", show_default=False)],
    on: On,
    modality: Annotated[
        str | None, typer.Option("--modality", metavar="M", help="tace, tae, rfa, mwa, sirt, prrt, other.")
    ] = None,
    override: Annotated[
        str | None, typer.Option("--override", metavar="REASON", help="Pass what is not met, with --by.")
    ] = None,
    by: By = None,
    id_: Id = None,
    note: Note = None,
    db: Db = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Take one step of the pathway. Refused: exit code 1, and every criterion with its verdict and reason.

    Example: `pathway advance A-100 offer_resection --on 2027-05-26`
    """
    found: dict[str, Any] = {"mrn": mrn, "type": "advanced", "on": on.isoformat(), "trigger": trigger}
    found |= {"modality": modality, "by": by, "id": id_, "note": note}
    if override is not None:
        found["override"] = {"reason": override, "by": by}
    _enter(found, db, as_of, as_json)


# --- reading ---


@app.command()
@_said
def show(
    mrn: Annotated[str | None, typer.Argument(metavar="MRN", help="The patient.", show_default=False)] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Every patient; with --json, one object a line.")] = False,
    known_on: Annotated[
        date | None,
        typer.Option("--as-known-on", metavar="YYYY-MM-DD", parser=_day, help="Only what was recorded by that day."),
    ] = None,
    db: Db = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show a patient: where she stands, what is owed, which steps are open, and why.

    Example: `pathway show A-100 --as-of 2027-05-21`
    """
    from pathway import views

    day, protocol = as_of or known_on or today(), _protocol()
    if everybody == (mrn is not None):
        raise typer.BadParameter("name one MRN, or --all")
    if mrn is not None:
        answer = views.patient(_store(db), mrn, day=day, protocol=protocol, known_on=known_on).answer
        if as_json:
            _print_json(answer)
        else:
            _patient(answer, day)
        return
    for answer in views.show_all(_store(db, lists=True), day=day, protocol=protocol):
        if as_json:
            _print_json(answer)
        else:
            _patient(answer, day)
            typer.echo("")


def _patient(answer: dict[str, Any], day: date) -> None:
    """A patient in words."""
    since = date.fromisoformat(answer["since"])
    typer.echo(f"{answer['mrn']}: {say(State(answer['state']))} since {since:%-d %b %Y} ({(day - since).days} days)")
    flags = answer["risk_factors"]
    if flags:
        typer.echo(f"Adverse features: {', '.join(flag.replace('_', ' ') for flag in flags)}")
    wanted = answer["recommendation"]
    if wanted["missing"]:
        typer.echo(f"Missing to choose the regimen: {', '.join(wanted['missing'])}")
    elif wanted["regimens"] or wanted["biologics"]:
        parts = (" or ".join(wanted["regimens"]), " or ".join(wanted["biologics"]))
        typer.echo(f"Recommended: {' + '.join(part for part in parts if part)}")
    if answer["alerts"]:
        typer.echo("")
        _alerts(answer["alerts"], day, with_patient=False)
    for option in answer["options"]:
        typer.echo("")
        mark = "✔" if option["allowed"] else "✖"
        typer.echo(f"{mark} {option['trigger'].replace('_', ' ')} → {say(State(option['to']))}")
        _table(
            ("", "row", "criterion", "reason"),
            [(_sign(one["verdict"]), one["id"], one["name"], one["reason"]) for one in option["criteria"]],
        )
    for one in answer["suggestions"]:
        typer.echo(f"{one['id']}: {one['text']}")
    for one in answer["deviations"]:
        typer.echo(
            f"Deviation {one['id']} on {one['on']}: {one['what']}" + (f" ({one['reason']})" if one["reason"] else "")
        )


def _alerts(found: list[dict[str, Any]], day: date, *, with_patient: bool) -> None:
    rows = []
    for alert in found:
        opens, last = date.fromisoformat(alert["opens_on"]), date.fromisoformat(alert["due_on"])
        late = "▲ " if alert["severity"] == "urgent" else ""
        row = [late + ("snoozed" if alert["status"] == "snoozed" else due(opens, last, day)), RULES[alert["rule"]]]
        rows.append([row[0], *([alert["mrn"]] if with_patient else []), row[1], alert["reason"], alert["owner"]])
    _table(("due", *(["MRN"] if with_patient else []), "next", "why", "owner"), rows)


@app.command()
@_said
def worklist(
    navigator: Annotated[str | None, typer.Option("--navigator", metavar="NAME", help="Only this caseload.")] = None,
    db: Db = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List what is owed, most urgent first: who is late, what comes next, and why.

    Example: `pathway worklist --navigator nina`
    """
    from pathway import views

    day = as_of or today()
    found = views.worklist(_store(db, lists=True), day=day, protocol=_protocol(), navigator=navigator)
    if as_json:
        _print_json(found)
    elif found:
        _alerts(found, day, with_patient=True)
    else:
        typer.echo("Nothing is owed on that day.")


@app.command()
@_said
def cohort(db: Db = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Count the cohort: patients by state, what is overdue, how the guideline is kept."""
    from pathway.cohort import cohort as counted

    found = counted(_store(db, lists=True), day=as_of or today(), protocol=_protocol())
    if as_json:
        _print_json(found)
        return
    _table(("state", "patients"), [(say(State(state)), str(count)) for state, count in found["states"].items()])
    typer.echo("")
    _table(("figure", ""), [(kpi["text"], of(kpi["numerator"], kpi["denominator"])) for kpi in found["kpis"]])
    if found["overdue"]:
        typer.echo("")
        _table(("overdue", "patients"), [(RULES[rule], str(count)) for rule, count in found["overdue"].items()])


@app.command()
@_said
def protocol(
    foresee: Annotated[
        bool, typer.Option("--foresee", help="Say what adopting it will change; change nothing.")
    ] = False,
    adopt: Annotated[bool, typer.Option("--adopt", help="Derive every patient anew under it, in batches.")] = False,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Print the protocol in force: every number with its source, guideline or local, and what the guideline says of
    itself.

    Past steps stay judged by the protocol they were taken under; what is owed follows the one in force.
    """
    found = _protocol()
    if foresee or adopt:
        _adopt(found, db, adopt=adopt)
        return
    about = {key: value.isoformat() if isinstance(value, date) else value for key, value in found.about.items()}
    if as_json:
        _print_json(
            {
                **about,
                "version": found.version,
                "numbers": [
                    {
                        "name": one.name,
                        "value": one.value,
                        "unit": one.unit,
                        "row": one.row,
                        "source": one.source,
                        "text": one.text,
                    }
                    for one in found.entries
                ],
                "references": [
                    {
                        "name": one.name,
                        "low": one.low,
                        "high": one.high,
                        "unit": one.unit,
                        "row": one.row,
                        "quote": one.quote,
                    }
                    for one in found.references.values()
                ],
            }
        )
        return
    typer.echo(f"{about['title']} ({about['publisher']}), last updated {about['updated']}, {about['review']}.")
    typer.echo(f"Protocol {found.version}. {about['disclaimer']}\n")
    _table(
        ("row", "number", "value", "unit", "source", ""),
        [
            (
                one.row,
                one.name,
                f"{one.value:g}",
                one.unit,
                "local default" if one.source == "local" else one.source,
                one.text,
            )
            for one in found.entries
        ],
    )
    typer.echo("\nShown beside outcomes, never decided with:")
    _table(
        ("row", "figure", "value", "unit", ""),
        [
            (one.row, one.name, f"{one.low:g}" + (f"-{one.high:g}" if one.high != one.low else ""), one.unit, one.quote)
            for one in found.references.values()
        ],
    )


def _adopt(found: Protocol, db: str | None, *, adopt: bool) -> None:
    from pathway.tracker import adopting

    store = _store(db)
    typer.echo(f"Protocol {found.version}. {adopting.foreseen(store, protocol=found)}.")
    if adopt:
        changed = adopting.adopt(store, protocol=found, now=_now())
        typer.echo(f"Adopted: {changed} rows changed.")


@app.command()
@_said
def verify(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="First derive everything anew from the events.")] = False,
    db: Db = None,
    _as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Follow every chain, replay every history, compare what is derived; exit code 1 names what differs."""
    from pathway.tracker import verifying

    store, protocol = _store(db), _protocol()
    if rebuild:
        changed = verifying.rebuild(store, protocol=protocol)
        typer.echo(f"Derived anew: {changed} rows changed.", err=True)
    found = 0
    rows = []
    for whose, problem in verifying.differences(store, protocol=protocol):
        found += 1
        if as_json:
            rows.append({"mrn": whose, "problem": problem})
        else:
            typer.echo(f"{whose}: {problem}")
    if as_json:
        _print_json({"ok": not found, "differences": rows})
    elif not found:
        typer.echo("Every chain holds, every history replays, and what is derived follows from it.")
    if found:
        raise typer.Exit(REFUSED)


# --- the processes ---


@app.command(context_settings={"ignore_unknown_options": True})
@_said
def scheduler(
    once: Annotated[bool, typer.Option("--once", help="Run every job once, and end.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --once: say what would be raised, and record nothing.")
    ] = False,
    db: Db = None,
    as_of: AsOf = None,
) -> None:
    """Run the scheduler: what opens, falls due or goes overdue is raised, once each.

    A day that has not come is looked at with --dry-run only: what a look has seen is not raised again.

    Example: `pathway scheduler --once --dry-run --as-of 2027-06-01`
    """
    from pathway.serving import become

    arguments = ["--once"] if once else []
    arguments += ["--dry-run"] if dry_run else []
    arguments += ["--as-of", as_of.isoformat()] if as_of else []
    become("scheduler", *arguments, database=database(db))


Host = Annotated[str | None, typer.Option("--host", help="Where to listen; default: PATHWAY_HOST, else 127.0.0.1.")]
Port = Annotated[int | None, typer.Option("--port", help="The port; default: PATHWAY_PORT, else 8501.")]


@app.command()
@_said
def serve(db: Db = None, host: Host = None, port: Port = None) -> None:
    """Run dashboard and scheduler over the real database, until Ctrl-C."""
    from pathway.serving import serve as served

    ours = settings.load()
    raise typer.Exit(served(database(db), host=host or ours.host, port=port or ours.port))


@app.command()
@_said
def demo(
    host: Host = None,
    port: Port = None,
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="How many made-up patients.")] = 400,
    seed: Annotated[int, typer.Option(help="Another seed draws another unit.")] = 7,
    real: Annotated[bool, typer.Option("--registry", help="197 real patients of a public registry instead.")] = False,
) -> None:
    """Show the main job: a liver unit's life, drawn, with the scheduler and the dashboard, at one address.

    It uses a database of its own, never the one PATHWAY_DB names, and ends with Ctrl-C.
    """
    from pathway.demo import run

    ours = settings.load()
    raise typer.Exit(
        run(
            host=host or ours.host,
            port=port or ours.port,
            today=today(),
            now=_now(),
            patients=patients,
            seed=seed,
            real=real,
        )
    )


if __name__ == "__main__":
    main()
