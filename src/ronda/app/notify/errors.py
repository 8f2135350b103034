"""A message that was not taken; it is kept and tried again."""

from ronda.core.errors import RondaError


class NotTakenError(RondaError):
    """The other side is away or refuses; the sentence holds no password."""
