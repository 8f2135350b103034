"""The staged theft as the officer tells it: the letter, the place and the hours."""

from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, TimeSpan, utc
from ronda.sim.regency import REACHING, THEFT_LAT, THEFT_LON, theft_us

WITA_US = 8 * HOUR_US
EARLIEST_AFTER_US = 6 * HOUR_US  # the power cut of that night must be over before the morning begins
FOOTAGE_FROM_US, FOOTAGE_TO_US = 2 * HOUR_US, 2 * HOUR_US + 45 * MINUTE_US
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

Told = dict[str, str | int | float]


def night_of(now_us: int) -> int:
    """Local midnight of the newest night that is wholly over, UTC microseconds."""
    today = (now_us + WITA_US) // DAY_US * DAY_US - WITA_US
    return today if now_us - today > EARLIEST_AFTER_US else today - DAY_US


def footage_span(midnight_us: int) -> TimeSpan:
    """What of that night is built as real footage."""
    return TimeSpan(midnight_us + FOOTAGE_FROM_US, midnight_us + FOOTAGE_TO_US)


def past_theft(midnight_us: int) -> Told:
    """The theft of that night; five hours are asked for, of which forty minutes are needed."""
    incident = TimeSpan(midnight_us + 2 * HOUR_US + 10 * MINUTE_US, midnight_us + 2 * HOUR_US + 40 * MINUTE_US)
    return told(incident, TimeSpan(midnight_us, midnight_us + 5 * HOUR_US), theft_us(midnight_us))


def told(incident: TimeSpan, scope: TimeSpan, seen_us: int) -> Told:
    """The letter for a theft seen from `seen_us` on, in the words of the form."""
    day = utc(incident.end_us + WITA_US)
    numbering = f"{_ROMAN[day.month - 1]}/{day.year}"
    return {
        "lp_number": f"LP/B/147/{numbering}/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        "lp_date": f"{day:%Y-%m-%d}",
        "letter_number": f"B/412/{numbering}/Satreskrim",
        "letter_date": f"{day:%Y-%m-%d}",
        "name": "Rahmat Hidayat",
        "rank": "Aipda",
        "nrp": "84071129",
        "unit": "Satreskrim Polres Kutai Timur",
        "crime_kind": "Pencurian sepeda motor",
        "place": "Jl. Yos Sudarso II, depan deretan ruko",
        "lat_deg": THEFT_LAT,
        "lon_deg": THEFT_LON,
        "reason": "Mencari pelaku dan arah lari sepeda motor yang dicuri di depan ruko",
        "incident_from_us": incident.start_us,
        "incident_to_us": incident.end_us,
        "scope_from_us": scope.start_us,
        "scope_to_us": scope.end_us,
        "seen_us": seen_us,
        "camera": REACHING[0],
        "from_us": incident.start_us,
    }
