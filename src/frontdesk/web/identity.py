"""Who a customer is: a short-lived JSON Web Token that the host site signs for its signed-in user.

The site and the desk share a secret (HS256). Claims: ``sub`` is the customer's id in the site's
records and ``exp`` the expiry, both required; ``name`` and ``email`` are optional; ``aud``, when
present, must name the desk, so that one desk's token doesn't open another.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from frontdesk.engine.reception import clean
from frontdesk.errors import SettingError, TokenRefused
from frontdesk.types.desk import Customer

ALGORITHM = "HS256"
SHORTEST_SECRET = 32
"""Bytes; RFC 7518, section 3.2, asks for a key as long as the hash."""
LEEWAY_S = 10
"""For clocks that differ between the host site and this machine."""
LONGEST_NAME = 200
_MAKE_ONE = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'


def checked(secret: str) -> str:
    """The secret, when it can be used.

    Raises:
        SettingError: it is too short.
    """
    length = len(secret.encode())
    if length < SHORTEST_SECRET:
        raise SettingError(
            f"the identity secret has {length} bytes and needs at least {SHORTEST_SECRET}; "
            f"{_MAKE_ONE}"
        )
    return secret


def sign(customer: Customer, secret: str, desk_id: str, lifetime: timedelta) -> str:
    """What the host site makes for a customer who is signed in.

    Raises:
        SettingError: the secret is too short.
    """
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "sub": customer.id,
        "aud": desk_id,
        "iat": now,
        "exp": now + lifetime,
    }
    known = {"name": customer.name, "email": customer.email}
    claims |= {name: value for name, value in known.items() if value}
    return jwt.encode(claims, checked(secret), algorithm=ALGORITHM)


def read(token: str, secret: str, desk_id: str) -> Customer:
    """Who the token speaks of.

    Raises:
        TokenRefused: it is broken, expired, signed with another secret or meant for another desk.
        SettingError: the secret is too short.
    """
    claims = _verified(token, checked(secret))
    audience = claims.get("aud")
    meant_for = audience if isinstance(audience, list) else [audience]
    if audience is not None and desk_id not in meant_for:
        raise TokenRefused("this identity was signed for another desk")
    return Customer(_text(claims, "sub"), _text(claims, "name"), _text(claims, "email"))


def _verified(token: str, secret: str) -> dict[str, Any]:
    options: Any = {"require": ["sub", "exp"], "verify_aud": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=[ALGORITHM], leeway=LEEWAY_S, options=options
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenRefused("this identity has expired; sign in again") from error
    except jwt.InvalidSignatureError as error:
        raise TokenRefused("this identity was not signed with the desk's secret") from error
    except jwt.InvalidAlgorithmError as error:
        raise TokenRefused(f"this identity is not signed with {ALGORITHM}") from error
    except jwt.MissingRequiredClaimError as error:
        raise TokenRefused(f"this identity has no {error.claim!r}") from error
    except jwt.ImmatureSignatureError as error:
        raise TokenRefused("this identity is not valid yet; check the clocks") from error
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise TokenRefused("this identity is broken") from error
    return claims


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name) or ""
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise TokenRefused(f"this identity's {name!r} is not a short text")
    cleaned = clean(value)
    if name == "sub" and (not cleaned or cleaned != value):
        raise TokenRefused("this identity names no customer")
    return cleaned
