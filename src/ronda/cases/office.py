"""Who runs this installation: the names on papers and in the log's origin. No behaviour."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """name  the office that hands over;  code  short name in package folders, such as KUTIM"""

    name: str = "Dinas Komunikasi dan Informatika Kabupaten Kutai Timur"
    regency: str = "Pemerintah Kabupaten Kutai Timur"
    code: str = "KUTIM"
    city: str = "Sangatta"
