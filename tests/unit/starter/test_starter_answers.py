from __future__ import annotations

import pytest

from frontdesk.errors import SettingError
from frontdesk.models import catalogue
from frontdesk.starter.answers import (
    company,
    currency_of,
    fitting_model,
    identifier,
    memory_bytes,
    timezone_here,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("bike-shop", "bike-shop"), ("Spoke & Chain", "spoke-chain"), ("  Café 21 ", "caf-21")],
)
def test_an_id_is_made_of_the_name(name: str, expected: str) -> None:
    assert identifier(name) == expected


@pytest.mark.parametrize(
    ("name", "fix"), [("a/b", "--folder"), ("..", "--folder"), ("自行车", "--name")]
)
def test_what_is_no_name_is_refused_with_what_to_write(name: str, fix: str) -> None:
    with pytest.raises(SettingError, match=fix):
        identifier(name)


def test_a_company_has_its_own_name_or_one_made_of_the_id() -> None:
    assert company("Spoke & Chain") == "Spoke & Chain"
    assert company("bike-shop") == "Bike Shop"


@pytest.mark.parametrize(
    ("timezone", "currency"),
    [("Europe/Lisbon", "EUR"), ("Asia/Tokyo", "JPY"), ("America/Chicago", "USD"),
     ("Etc/UTC", "EUR"), ("Nowhere/Land", "EUR")],
)  # fmt: skip
def test_the_currency_is_that_of_the_time_zone(timezone: str, currency: str) -> None:
    assert currency_of(timezone) == currency


def test_this_machine_has_a_time_zone_and_memory() -> None:
    assert timezone_here()
    assert memory_bytes() > 100_000_000


def test_the_recommended_model_is_suggested_where_it_fits() -> None:
    recommended = catalogue.entries()[0]
    assert fitting_model(64_000_000_000) == recommended.alias
    assert fitting_model(8_000_000_000) == recommended.alias


def test_a_smaller_machine_gets_a_smaller_model() -> None:
    assert fitting_model(2_100_000_000) == "qwen-0.5b"
    assert fitting_model(100_000_000) == "smollm-135m"
