"""Who asks for footage of themselves, and the clock of the answer, as the API shows and takes them."""

from pydantic import BaseModel, ConfigDict, Field

from ronda.cases.model import IdentityCheck


class CitizenIn(BaseModel):
    """Who asks for footage of themselves; never the number or a copy of an identity card."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(max_length=200)
    contact: str = Field(max_length=200)
    identity: IdentityCheck
    appearance: str = Field(max_length=200)


class AnswerOut(BaseModel):
    """The clock of 3 x 24 hours of a citizen's request."""

    model_config = ConfigDict(from_attributes=True)

    due_us: int
    answered_us: int | None
