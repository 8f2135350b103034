"""The police's papers and the letter, as the API shows and takes them."""

from pydantic import BaseModel, ConfigDict, Field


class Shown(BaseModel):
    """Made from a value that has the same field names."""

    model_config = ConfigDict(from_attributes=True)


class PaperIn(Shown):
    """A numbered paper of the police; `date` such as 2026-11-18."""

    number: str = Field(max_length=120)
    date: str = Field(max_length=10)


class PapersIn(Shown):
    """Papers in the police's own words; null where there is none."""

    article: str = Field(default="", max_length=200)
    lidik: PaperIn | None = None
    sidik: PaperIn | None = None
    receipt: PaperIn | None = None
    seizure: PaperIn | None = None
    court_permit: PaperIn | None = None
    seizure_urgent: bool = False


class LetterOut(Shown):
    """The letter of request that was filed."""

    sha256: str
    size_bytes: int
    at_us: int
