"""Routes of the demo: be any of the customers that desk.toml names. Not there otherwise."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from frontdesk.web import identity
from frontdesk.web.context import Here
from frontdesk.web.failures import NoSuchCustomer
from frontdesk.web.schema import failures

router = APIRouter(prefix="/demo", tags=["demo"])

_LIFETIME = timedelta(minutes=10)


class DemoCustomer(BaseModel):
    """Somebody to be."""

    id: str = Field(examples=["cust-ana"])
    name: str = Field(examples=["Ana Sousa"])


class DemoCustomers(BaseModel):
    """Everybody to be."""

    customers: list[DemoCustomer]


class SignInRequest(BaseModel):
    """Whom to be."""

    model_config = ConfigDict(extra="forbid")
    customer: str = Field(max_length=200, examples=["cust-ana"])


class Identity(BaseModel):
    """What a host site would hand to its signed-in user."""

    identity: str = Field(description="For `POST /api/conversations`; expires in ten minutes.")


@router.get("/customers", summary="Who one can be")
async def customers(web: Here) -> DemoCustomers:
    """The customers under `[demo]` in desk.toml."""
    known = [DemoCustomer(id=c.id, name=c.name or c.id) for c in web.parts.desk.customers]
    return DemoCustomers(customers=known)


@router.post("/identity", summary="Sign in as somebody", responses=failures(413, 422))
async def sign_in(web: Here, request: SignInRequest) -> Identity:
    """Signs an identity, as the host site would."""
    found = next((c for c in web.parts.desk.customers if c.id == request.customer), None)
    if found is None or web.secret is None:
        raise NoSuchCustomer(f"the demo has no customer {request.customer!r}")
    return Identity(identity=identity.sign(found, web.secret, web.parts.desk.id, _LIFETIME))
