from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from web_site import SECRET

from frontdesk.errors import SettingError, TokenRefused
from frontdesk.types.desk import Customer
from frontdesk.web.identity import read, sign

ANA = Customer("cust-ana", "Ana Sousa", "ana@example.com")
HOUR = timedelta(hours=1)


def token(**changes: Any) -> str:
    claims = {"sub": "cust-ana", "exp": datetime.now(UTC) + HOUR} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, SECRET, algorithm="HS256")


def test_what_was_signed_is_read() -> None:
    assert read(sign(ANA, SECRET, "harbor", HOUR), SECRET, "harbor") == ANA


def test_name_email_and_audience_are_optional() -> None:
    assert read(token(), SECRET, "harbor") == Customer("cust-ana")


def test_one_of_several_audiences_is_enough() -> None:
    assert read(token(aud=["shop", "harbor"]), SECRET, "harbor").id == "cust-ana"


def test_control_characters_in_a_name_are_dropped() -> None:
    assert read(token(name="Ana\x00\u202e"), SECRET, "harbor").name == "Ana"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("", "broken"),
        ("abc", "broken"),
        ("a.b.c", "broken"),
        (token(exp=datetime.now(UTC) - HOUR), "expired"),
        (token(exp=None), "no 'exp'"),
        (token(sub=None), "no 'sub'"),
        (token(sub=""), "names no customer"),
        (token(sub="cust\x00ana"), "names no customer"),
        (token(name="x" * 201), "'name' is not a short text"),
        (token(email=["a@example.com"]), "'email' is not a short text"),
        (token(aud="another"), "another desk"),
        (token(aud=["another"]), "another desk"),
        (token(nbf=datetime.now(UTC) + HOUR), "not valid yet"),
        (sign(ANA, SECRET[::-1], "harbor", HOUR), "not signed with the desk's secret"),
    ],
)
def test_anything_else_is_refused_with_its_reason(broken: str, reason: str) -> None:
    with pytest.raises(TokenRefused, match=reason):
        read(broken, SECRET, "harbor")


def test_an_expiry_a_few_seconds_ago_is_forgiven() -> None:
    assert read(token(exp=datetime.now(UTC) - timedelta(seconds=5)), SECRET, "harbor")


@pytest.mark.parametrize("algorithm", ["none", "None", "HS512", "RS256"])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    """Also not one that the token itself asks for, with the right signature or without one."""

    def part(data: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    claims = {"sub": "cust-ana", "exp": int((datetime.now(UTC) + HOUR).timestamp())}
    unsigned = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."
    with pytest.raises(TokenRefused):
        read(unsigned, SECRET, "harbor")


def test_no_other_algorithm_is_taken_with_the_right_secret() -> None:
    claims = {"sub": "cust-ana", "exp": datetime.now(UTC) + HOUR}
    with pytest.raises(TokenRefused, match="not signed with HS256"):
        read(jwt.encode(claims, SECRET * 2, algorithm="HS512"), SECRET * 2, "harbor")


def test_a_changed_claim_breaks_the_signature() -> None:
    head, body, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    other = json.dumps(claims | {"sub": "cust-ben"}).encode()
    forged = base64.urlsafe_b64encode(other).rstrip(b"=").decode()
    with pytest.raises(TokenRefused, match="not signed with the desk's secret"):
        read(f"{head}.{forged}.{signature}", SECRET, "harbor")


def test_a_short_secret_is_refused_with_a_way_to_make_one() -> None:
    with pytest.raises(SettingError, match=r"at least 32.*secrets\.token_urlsafe"):
        sign(ANA, "too short", "harbor", HOUR)
    with pytest.raises(SettingError, match="at least 32"):
        read(token(), "too short", "harbor")
