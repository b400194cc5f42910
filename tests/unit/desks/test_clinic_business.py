"""The business of the clinic desk: its rules, its data, and tools that keep to both."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.tools import Customer, Refused
from frontdesk.tools.load import Toolbox, load

DESK = Path(__file__).parents[3] / "desks" / "clinic"
DUBLIN = ZoneInfo("Europe/Dublin")
NOW = datetime(2026, 4, 28, 10, 0, tzinfo=DUBLIN)
AOIFE = Customer("pat-aoife", "Aoife Kelly", "aoife@example.com")
BRAM = Customer("pat-bram", "Bram de Wit", "bram@example.com")
CARMEL = Customer("pat-carmel", "Carmel Doyle", "carmel@example.com")
DARA = Customer("pat-dara", "Dara Murphy", "dara@example.com")
FINN = Customer("pat-finn", "Finn Kelly", "finn@example.com")
MAY_6 = date(2026, 5, 6)


class Clinic:
    """The desk's tools over a database of their own."""

    def __init__(self, toolbox: Toolbox, folder: Path, now: datetime = NOW) -> None:
        self.toolbox = toolbox
        self.folder = folder
        self.now = now
        assert toolbox.prepare
        toolbox.prepare.function(data=folder, now=now)

    def call(self, tool: str, customer: Customer, key: str = "key", **arguments: Any) -> Any:
        found = self.toolbox.tools[tool]
        given = {"customer": customer, "data": self.folder, "now": self.now, "key": key}
        injected = {name: given[name] for name in found.injected}
        return found.function(**injected, **arguments)

    def times(self, day: date, *, service: str = "nurse", **wishes: Any) -> Any:
        wishes = {"clinician": "any", "at": None, "part": None} | wishes
        return self.call("find_times", DARA, service=service, day=day, **wishes)

    def book(self, starts: datetime, *, customer: Customer = DARA, **given: Any) -> Any:
        given = {"patient": customer.id, "service": "nurse", "clinician": "okoro"} | given
        return self.call("book_appointment", customer, starts=starts, **given)

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "business.db")) as db:
            return list(db.iterdump())

    def one(self, query: str) -> Any:
        with closing(sqlite3.connect(self.folder / "business.db")) as db:
            (value,) = db.execute(query).fetchone()
            return value


@pytest.fixture(scope="session")
def clinic_toolbox() -> Toolbox:
    found = load(DESK)
    assert isinstance(found, Toolbox), found
    return found


@pytest.fixture
def clinic(clinic_toolbox: Toolbox, tmp_path: Path) -> Clinic:
    return Clinic(clinic_toolbox, tmp_path)


def module(toolbox: Toolbox, name: str) -> ModuleType:
    package = toolbox.tools["list_people"].function.__module__.rpartition(".")[0]
    return sys.modules[f"{package}.{name}"]


@pytest.fixture(scope="session")
def rules(clinic_toolbox: Toolbox) -> ModuleType:
    return module(clinic_toolbox, "rules")


# -- the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-02-02", "St Brigid's Day"),
        ("2030-02-01", "St Brigid's Day"),
        ("2026-03-17", "St Patrick's Day"),
        ("2026-04-06", "Easter Monday"),
        ("2027-03-29", "Easter Monday"),
        ("2026-05-04", "May Day"),
        ("2026-06-01", "June holiday"),
        ("2026-08-03", "August holiday"),
        ("2026-10-26", "October holiday"),
        ("2026-12-26", "St Stephen's Day"),
        ("2026-05-11", ""),
        ("2026-10-19", ""),
        ("2026-02-09", ""),
        ("2030-02-04", ""),
    ],
)
def test_public_holidays_are_known(rules: ModuleType, day: str, name: str) -> None:
    assert rules.holidays().get(date.fromisoformat(day), "") == name


def test_no_hours_are_told_beyond_the_known_holidays(clinic: Clinic) -> None:
    with pytest.raises(Refused, match="public holidays of 2040"):
        clinic.call("hours_on", DARA, day=date(2040, 12, 25))


@pytest.mark.parametrize(
    ("start", "minutes", "is_open"),
    [
        ("2026-04-28T08:30", 15, True),
        ("2026-04-28T08:15", 15, False),
        ("2026-04-28T12:45", 15, True),
        ("2026-04-28T12:45", 30, False),
        ("2026-04-28T13:30", 15, False),
        ("2026-04-28T17:30", 15, False),
        ("2026-04-29T19:15", 15, True),
        ("2026-05-01T16:00", 15, False),
        ("2026-05-02T10:00", 15, False),
        ("2026-05-04T10:00", 15, False),
    ],
)
def test_an_appointment_lies_within_the_opening_hours(
    rules: ModuleType, start: str, minutes: int, is_open: bool
) -> None:
    assert rules.is_open(datetime.fromisoformat(start), minutes) is is_open


def test_open_days_leave_out_weekends_and_holidays(rules: ModuleType) -> None:
    friday = date(2026, 5, 1)
    assert rules.open_day(friday, 1) == date(2026, 5, 5)
    assert rules.open_day(date(2026, 5, 5), -1) == friday
    assert rules.open_day(date(2026, 5, 2), 0) == date(2026, 5, 5)


def test_somebody_is_of_age_on_the_sixteenth_birthday(rules: ModuleType) -> None:
    born = date(2010, 4, 28)
    assert rules.age(born, date(2026, 4, 27)) == 15
    assert rules.age(born, date(2026, 4, 28)) == 16


def test_the_articles_name_the_opening_hours(rules: ModuleType) -> None:
    text = (DESK / "knowledge" / "opening-hours.md").read_text(encoding="utf-8")
    for hours in rules.OPEN.values():
        for opens, closes in hours:
            assert f"{opens:%H:%M}" in text
            assert f"{closes:%H:%M}" in text


# -- free times -------------------------------------------------------------------------------


def test_no_time_is_offered_that_somebody_has(clinic: Clinic) -> None:
    offered = clinic.times(MAY_6, at=time(11, 0))  # Bram is with the nurse then
    assert offered.problem == "taken"
    assert "11:00" not in {found.clock for found in offered.times}


def test_a_vaccination_and_the_nurse_share_their_times(clinic: Clinic) -> None:
    clinic.book(datetime(2026, 5, 6, 9, 15))
    assert clinic.times(MAY_6, service="vaccination", at=time(9, 15)).problem == "taken"


def test_a_free_time_that_is_wished_is_the_only_one(clinic: Clinic) -> None:
    offered = clinic.times(MAY_6, at=time(9, 15))
    assert (offered.problem, [found.code for found in offered.times]) == (
        "none",
        ["Wed 6 May 09:15"],
    )


def test_part_of_the_day_is_kept_to(clinic: Clinic) -> None:
    early = clinic.times(MAY_6, part="before_noon").times
    late = clinic.times(MAY_6, part="after_noon").times
    assert early
    assert late
    assert all(found.starts.hour < 12 for found in early)
    assert all(found.starts.hour >= 12 for found in late)


def test_a_holiday_leads_to_the_next_open_days(clinic: Clinic) -> None:
    offered = clinic.times(date(2026, 5, 4))
    assert (offered.problem, offered.why) == ("closed", "a public holiday (May Day)")
    assert offered.times[0].date == date(2026, 5, 5)


def test_nothing_is_offered_within_the_next_hour(clinic: Clinic) -> None:
    first = min(found.starts for found in clinic.times(NOW.date()).times)
    assert first >= NOW.replace(tzinfo=None) + timedelta(hours=1)


def test_a_clinician_is_offered_only_on_working_days(clinic: Clinic) -> None:
    """Dr Byrne isn't in on Wednesdays."""
    offered = clinic.times(MAY_6, service="doctor", clinician="byrne")
    assert {found.clinician_id for found in offered.times} == {"byrne"}
    assert MAY_6 not in {found.date for found in offered.times}


# -- appointments -----------------------------------------------------------------------------


def test_a_second_delivery_books_nothing_more(clinic: Clinic) -> None:
    first = clinic.book(datetime(2026, 5, 6, 9, 15))
    before = clinic.dump()
    assert clinic.book(datetime(2026, 5, 6, 9, 15)) == first
    assert clinic.dump() == before


def test_a_moment_in_another_zone_is_the_same_moment(clinic: Clinic) -> None:
    clinic.book(datetime(2026, 5, 6, 8, 15, tzinfo=ZoneInfo("UTC")))
    query = "select starts from appointments where patient_id = 'pat-dara'"
    assert clinic.one(query) == "2026-05-06T09:15:00"


@pytest.mark.parametrize(
    "starts",
    [
        "2026-05-04T10:00",
        "2026-05-06T13:15",
        "2026-04-27T10:00",
        "2026-04-28T10:15",
        "2026-05-06T09:20",
        "2026-07-06T10:00",
        "2026-05-06T11:00",
    ],
)
def test_a_time_that_is_closed_past_too_far_or_taken_is_refused(
    clinic: Clinic, starts: str
) -> None:
    before = clinic.dump()
    with pytest.raises(Refused):
        clinic.book(datetime.fromisoformat(starts))
    assert clinic.dump() == before


def test_two_patients_never_get_one_time(clinic: Clinic) -> None:
    clinic.book(datetime(2026, 5, 6, 9, 15))
    with pytest.raises(Refused, match="taken in the meantime"):
        clinic.book(datetime(2026, 5, 6, 9, 15), customer=AOIFE, key="other")


def test_there_is_one_coming_appointment_of_a_kind(clinic: Clinic) -> None:
    with pytest.raises(Refused, match="AP-1004"):
        clinic.book(datetime(2026, 5, 7, 8, 30), customer=BRAM)


def test_nobody_is_at_two_places_at_once(clinic: Clinic) -> None:
    with pytest.raises(Refused, match="AP-1004"):
        clinic.book(
            datetime(2026, 5, 6, 11, 0), customer=BRAM, service="doctor", clinician="adeyemi"
        )


def test_a_guardian_acts_for_children_under_sixteen(
    clinic: Clinic, clinic_toolbox: Toolbox, tmp_path: Path
) -> None:
    people = clinic.call("list_people", AOIFE)
    assert [(person.id, person.relation) for person in people] == [
        ("pat-aoife", "myself"),
        ("pat-finn", "child"),
        ("pat-maeve", "child"),
    ]
    assert clinic.call("list_people", FINN) == []
    with pytest.raises(Refused):
        clinic.book(datetime(2026, 5, 6, 9, 15), customer=FINN)
    (tmp_path / "later").mkdir()
    later = Clinic(clinic_toolbox, tmp_path / "later", NOW.replace(year=2028))
    assert [person.id for person in later.call("list_people", FINN)] == ["pat-finn"]
    assert "pat-finn" not in {person.id for person in later.call("list_people", AOIFE)}


def test_nobody_acts_for_a_stranger(clinic: Clinic) -> None:
    with pytest.raises(Refused):
        clinic.book(datetime(2026, 5, 6, 9, 15), patient="pat-bram")
    with pytest.raises(Refused, match="no appointment AP-1001"):
        clinic.call("cancel_appointment", DARA, reference="AP-1001", late=False)
    with pytest.raises(Refused, match="no appointment AP-1001"):
        clinic.call(
            "move_appointment",
            DARA,
            reference="AP-1001",
            clinician="byrne",
            starts=datetime(2026, 5, 12, 8, 30),
        )


def test_an_appointment_is_late_from_24_hours_and_too_late_from_2(
    clinic: Clinic,
) -> None:
    starts = datetime(2026, 4, 29, 9, 0, tzinfo=DUBLIN)  # AP-1003
    expected = {24: "in_time", 23.9: "late", 2: "late", 1.9: "too_late"}
    for hours, notice in expected.items():
        clinic.now = starts - timedelta(hours=hours)
        found = clinic.call("list_appointments", BRAM)[0]
        assert (found.reference, found.notice) == ("AP-1003", notice)


def test_cancelling_late_needs_that_it_was_told(clinic: Clinic) -> None:
    with pytest.raises(Refused, match="24 hours"):
        clinic.call("cancel_appointment", BRAM, reference="AP-1003", late=False)
    clinic.call("cancel_appointment", BRAM, reference="AP-1003", late=True)
    assert clinic.one("select late from appointments where reference = 'AP-1003'") == 1


def test_an_appointment_begins_too_soon_to_cancel_or_to_move(clinic: Clinic) -> None:
    with pytest.raises(Refused, match="too soon"):
        clinic.call("cancel_appointment", CARMEL, reference="AP-1005", late=True)
    with pytest.raises(Refused, match="too soon"):
        clinic.call(
            "move_appointment",
            BRAM,
            reference="AP-1003",
            clinician="walsh",
            starts=datetime(2026, 5, 12, 8, 30),
        )


def test_a_cancelled_appointment_is_cancelled_once(clinic: Clinic) -> None:
    clinic.call("cancel_appointment", AOIFE, reference="AP-1001", late=False)
    with pytest.raises(Refused, match="cancelled or past"):
        clinic.call("cancel_appointment", AOIFE, "another", reference="AP-1001", late=False)


# -- requests ---------------------------------------------------------------------------------


def test_a_prescription_is_requested_and_not_given(clinic: Clinic) -> None:
    given = {"medicine": "RX-301", "pick_up_at": "clinic"}
    request = clinic.call("request_prescription", CARMEL, **given)
    assert request.by == date(2026, 4, 30)
    assert clinic.one("select status from prescription_requests") == "waiting"
    with pytest.raises(Refused):
        clinic.call("request_prescription", CARMEL, "another", **given)


@pytest.mark.parametrize("medicine", ["RX-302", "RX-303", "RX-304", "RX-999"])
def test_a_medicine_too_early_due_for_review_or_not_ones_own_is_refused(
    clinic: Clinic, medicine: str
) -> None:
    with pytest.raises(Refused):
        clinic.call("request_prescription", CARMEL, medicine=medicine, pick_up_at="clinic")


def test_a_copy_of_a_sick_note_needs_a_sick_note(clinic: Clinic) -> None:
    given = {"kind": "sick_note", "delivery": "post"}
    assert clinic.call("request_document", BRAM, patient=BRAM.id, **given).by == date(2026, 5, 6)
    with pytest.raises(Refused, match="no such document"):
        clinic.call("request_document", DARA, "another", patient=DARA.id, **given)


def test_a_minor_is_registered_by_a_guardian(clinic: Clinic) -> None:
    given = {"name": "Lia", "born": date(2021, 2, 1), "phone": "+353852223344"}
    with pytest.raises(Refused, match="guardian"):
        clinic.call("register_patient", DARA, **given, guardian=None)
    clinic.call("register_patient", DARA, **given, guardian="Ines")
    assert clinic.one("select guardian from registrations") == "Ines"


def test_a_code_works_once_and_for_ten_minutes(clinic: Clinic) -> None:
    clinic.call("send_code", DARA, channel="email")
    code = clinic.one("select code from codes")
    assert clinic.call("check_code", DARA, channel="email", code=code).right
    assert not clinic.call("check_code", BRAM, channel="email", code=code).right
    clinic.now = NOW + timedelta(minutes=11)
    assert not clinic.call("check_code", DARA, channel="email", code=code).right
    clinic.now = NOW
    change = {"channel": "email", "new_value": "new@example.com", "code": code}
    clinic.call("change_contact", DARA, "change", **change)
    with pytest.raises(Refused):
        clinic.call("change_contact", DARA, "again", **change)


def test_the_same_day_gives_the_same_database(
    clinic: Clinic, clinic_toolbox: Toolbox, tmp_path: Path
) -> None:
    (tmp_path / "again").mkdir()
    assert Clinic(clinic_toolbox, tmp_path / "again").dump() == clinic.dump()


@pytest.mark.parametrize("day", range(14))
def test_the_demo_can_begin_on_any_day(clinic_toolbox: Toolbox, tmp_path: Path, day: int) -> None:
    now = datetime(2026, 12, 20, 9, 0, tzinfo=DUBLIN) + timedelta(days=day)
    other = Clinic(clinic_toolbox, tmp_path, now)
    assert [one.reference for one in other.call("list_appointments", AOIFE)] == [
        "AP-1001",
        "AP-1002",
    ]
