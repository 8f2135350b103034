"""An instance as a document (docs/reference/planning-files.md): from JSON values to arrays, and a plan back.

Every wrong entry gets one answer that names where it stands, what is wrong and what would do. Decides
nothing about plans. Invariant: names are kept in the order of the document, so ids of a solution are
those of the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ronda.planning.cover import Cover, Ints
from ronda.planning.errors import ProblemFileError
from ronda.planning.solver.assemble import assembled
from ronda.planning.solver.columns import ONCE, availability, columns_of
from ronda.planning.solver.money import Purse, ceiling_rows, rows_of
from ronda.planning.solver.problem import Hubs, Problem, Share, hub_years, site_years

FORMAT: Final = "ronda-plan-problem-1"
LARGEST: Final = 2**40  # of a weight or a sum of money: sums of millions of them stay exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A problem with the names of its parts."""

    problem: Problem
    years: tuple[int, ...]
    sites: tuple[str, ...]
    cameras: tuple[str, ...]
    hubs: tuple[str, ...]


def read(document: Mapping[str, Any]) -> Named:
    """Raises ProblemFileError."""
    if document.get("format") != FORMAT:
        raise ProblemFileError("format", f"is {document.get('format')!r}; this program reads {FORMAT!r}")
    years = _years(document)
    sites = _list(document, "sites")
    if not sites:
        raise ProblemFileError("sites", "there is no site to choose from; give at least one")
    names = _names(sites, "sites")
    cameras = [camera for n, site in enumerate(sites) for camera in _cameras(site, f"sites[{n}]")]
    weight, standing = _cells(document)
    sees = _sees(cameras, len(weight))
    classes = _classes(document, sites)
    hubs, hub_names = _hubs(document, sites, classes)
    villages = _names(_list(document, "villages"), "villages")
    problem = assembled(
        columns_of(sees, weight, _steps(document), standing),
        site=np.array([n for n, site in enumerate(sites) for _ in _cameras(site, f"sites[{n}]")], dtype=np.int64),
        build=_numbers(sites, "sites", "build"), yearly=_numbers(sites, "sites", "yearly"),
        camera_build=_numbers(cameras, "cameras", "build"), camera_yearly=_numbers(cameras, "cameras", "yearly"),
        rows=_rows(document, years, classes), years=len(years),
        year_worth=_year_worth(document, len(years)),
        purse=np.array([classes.index(_text(site, "class", "")) for site in sites], dtype=np.int64),
        must=np.array([_year(site.get("must_by"), years, f"sites[{n}].must_by") for n, site in enumerate(sites)]),
        banned=np.array([bool(site.get("banned", False)) for site in sites]),
        village=np.array([_village(site, n, villages) for n, site in enumerate(sites)], dtype=np.int64),
        due=np.array([_due(one, n, years) for n, one in enumerate(_list(document, "villages"))], dtype=np.int64),
        cap=_optional(document, "cap"), shares=_shares(document, names, years), hubs=hubs,
        lone=bool(document.get("one_camera", False)),
    )  # fmt: skip
    _contradictions(problem, names)
    return Named(
        problem=problem, years=years, sites=names, cameras=tuple(_camera_names(sites, names)), hubs=hub_names
    )


def told(named: Named, year: Ints, links: Ints) -> dict[str, Any]:
    """A plan as a document: what is built when."""
    of, never = named.problem, named.problem.years
    built = site_years(of, year)
    answer: dict[str, Any] = {
        "cameras": [{"id": named.cameras[k], "year": named.years[year[k]]} for k in np.flatnonzero(year < never)],
        "sites": [{"id": named.sites[s], "year": named.years[built[s]]} for s in np.flatnonzero(built < never)],
    }
    if of.hubs is not None:
        for entry, site in zip(answer["sites"], np.flatnonzero(built < never), strict=True):
            entry["hub"] = named.hubs[links[site]]
        opened = hub_years(of.hubs, built, links, never)
        answer["hubs"] = [
            {"id": named.hubs[h], "year": named.years[opened[h]]} for h in np.flatnonzero(opened < never)
        ]
    return answer


def plan_years(named: Named, answer: Mapping[str, Any]) -> tuple[Ints, Ints]:
    """The years of the cameras and the hubs of the sites that a plan's document names. Raises ProblemFileError."""
    year = np.full(len(named.cameras), len(named.years), dtype=np.int64)
    links = np.full(len(named.sites), -1, dtype=np.int64)
    place = {name: n for n, name in enumerate(named.cameras)}
    sites = {name: n for n, name in enumerate(named.sites)}
    for n, entry in enumerate(_list(answer, "cameras")):
        if entry.get("id") not in place:
            raise ProblemFileError(f"cameras[{n}].id", f"{entry.get('id')!r} is no camera of the problem")
        year[place[entry["id"]]] = _year(entry.get("year"), named.years, f"cameras[{n}].year")
    for n, entry in enumerate(_list(answer, "sites")):
        if entry.get("hub") is not None:
            if entry.get("id") not in sites or entry["hub"] not in named.hubs:
                raise ProblemFileError(f"sites[{n}]", "names a site or a hub that is not in the problem")
            links[sites[entry["id"]]] = named.hubs.index(entry["hub"])
    return year, links


def _list(holder: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = holder.get(key, [])
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
        raise ProblemFileError(key, "must be a list of objects")
    return found


def _whole(value: Any, where: str, *, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value != int(value):
        raise ProblemFileError(where, f"is {value!r}; a whole number is needed")
    if not least <= value <= LARGEST:
        raise ProblemFileError(where, f"is {value!r}; it must lie between {least} and {LARGEST}")
    return int(value)


def _optional(holder: Mapping[str, Any], key: str) -> int | None:
    return None if holder.get(key) is None else _whole(holder[key], key)


def _text(holder: Mapping[str, Any], key: str, otherwise: str) -> str:
    return str(holder.get(key, otherwise))


def _numbers(entries: Sequence[Mapping[str, Any]], where: str, key: str) -> Ints:
    return np.array([_whole(e.get(key, 0), f"{where}[{n}].{key}") for n, e in enumerate(entries)], dtype=np.int64)


def _names(entries: Sequence[Mapping[str, Any]], where: str) -> tuple[str, ...]:
    names = tuple(_text(entry, "id", str(n)) for n, entry in enumerate(entries))
    seen: set[str] = set()
    for n, name in enumerate(names):
        if name in seen:
            raise ProblemFileError(f"{where}[{n}].id", f"{name!r} is there twice; every id stands for one")
        seen.add(name)
    return names


def _camera_names(sites: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    told: list[str] = []
    for n, site in enumerate(sites):
        cameras = _cameras(site, f"sites[{n}]")
        told += [
            _text(camera, "id", names[n] if len(cameras) == 1 else f"{names[n]}/{m}")
            for m, camera in enumerate(cameras)
        ]
    if len(set(told)) != len(told):
        raise ProblemFileError("sites[].cameras[].id", "two cameras have one id; every id stands for one")
    return told


def _cameras(site: Mapping[str, Any], where: str) -> Sequence[Mapping[str, Any]]:
    if "cameras" not in site:
        return [{"sees": site.get("sees", [])}]
    cameras = _list(site, "cameras")
    if not cameras:
        raise ProblemFileError(f"{where}.cameras", "is empty; a site has at least one camera option")
    return cameras


def _cells(document: Mapping[str, Any]) -> tuple[Ints, Ints]:
    weights = document.get("weights", [])
    if not isinstance(weights, list | tuple) or not len(weights):
        raise ProblemFileError("weights", "there is nothing to see; give the weight of at least one cell")
    weight = np.array([_whole(w, f"weights[{n}]", least=-LARGEST) for n, w in enumerate(weights)], dtype=np.int64)
    standing = document.get("standing", [0] * len(weights))
    if len(standing) != len(weights):
        raise ProblemFileError("standing", f"has {len(standing)} entries for {len(weights)} cells")
    return weight, np.array([_whole(s, f"standing[{n}]") for n, s in enumerate(standing)], dtype=np.int64)


def _sees(cameras: Sequence[Mapping[str, Any]], cells: int) -> Cover:
    rows = [np.unique(np.array(camera.get("sees", []), dtype=np.int64)) for camera in cameras]
    for n, row in enumerate(rows):
        if len(row) and (row[0] < 0 or row[-1] >= cells):
            raise ProblemFileError(f"camera {n}: sees", f"names a cell outside 0 to {cells - 1}")
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Cover(start=start, cols=np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64))


def _steps(document: Mapping[str, Any]) -> tuple[float, ...]:
    share = document.get("availability")
    if share is None:
        return ONCE
    if not isinstance(share, int | float) or not 0 < share <= 1:
        raise ProblemFileError("availability", f"is {share!r}; a share above 0 and at most 1 is needed")
    return availability(
        float(share), _whole(document.get("availability_cameras", 3), "availability_cameras", least=1)
    )


def _years(document: Mapping[str, Any]) -> tuple[int, ...]:
    years = tuple(_whole(year, "years") for year in document.get("years", [0]))
    if not years or list(years) != list(range(years[0], years[0] + len(years))):
        raise ProblemFileError("years", "the years of a plan follow each other, at least one")
    return years


def _year(value: Any, years: tuple[int, ...], where: str) -> int:
    """Its number; no year: the number after the last."""
    if value is None:
        return len(years)
    if value not in years:
        raise ProblemFileError(where, f"is {value!r}; it must be a year of the plan, {years[0]} to {years[-1]}")
    return years.index(value)


def _year_worth(document: Mapping[str, Any], years: int) -> Ints:
    worth = document.get("year_worth", [1] * years)
    if len(worth) != years:
        raise ProblemFileError("year_worth", f"has {len(worth)} entries for {years} years")
    return np.array([_whole(one, "year_worth") for one in worth], dtype=np.int64)


def _classes(document: Mapping[str, Any], sites: Sequence[Mapping[str, Any]]) -> list[str]:
    said = [_text(one, "class", "") for one in (*sites, *_list(document, "hubs"))]
    return sorted(set(said))


def _rows(document: Mapping[str, Any], years: tuple[int, ...], classes: list[str]) -> tuple[Any, ...]:
    purses = []
    for n, money in enumerate(_list(document, "money")):
        amounts = money.get("amounts", [])
        if not isinstance(amounts, list | tuple) or len(amounts) != len(years):
            raise ProblemFileError(f"money[{n}].amounts", f"needs one amount for each of {len(years)} years")
        pays = [classes.index(one) for one in money.get("pays", classes) if one in classes]
        whole = tuple(_whole(amount, f"money[{n}].amounts") for amount in amounts)
        purses.append(Purse(name=_text(money, "source", f"source {n}"), amounts=whole, pays=frozenset(pays)))
    if not purses:
        raise ProblemFileError("money", "there is no money row; give at least one source with its amounts")
    rows = rows_of(tuple(purses), len(classes), len(years), carry=bool(document.get("carry", False)))
    if document.get("running_ceiling") is None:
        return rows
    ceiling = document["running_ceiling"]
    if len(ceiling) != len(years):
        raise ProblemFileError("running_ceiling", f"has {len(ceiling)} entries for {len(years)} years")
    standing = _whole(document.get("standing_yearly", 0), "standing_yearly")
    most = np.array([_whole(one, "running_ceiling") - standing for one in ceiling], dtype=np.int64)
    return (*rows, *ceiling_rows(most, len(classes)))


def _village(site: Mapping[str, Any], n: int, villages: tuple[str, ...]) -> int:
    if site.get("village") is None:
        return -1
    if str(site["village"]) not in villages:
        raise ProblemFileError(f"sites[{n}].village", f"{site['village']!r} is not in the list of villages")
    return villages.index(str(site["village"]))


def _due(village: Mapping[str, Any], n: int, years: tuple[int, ...]) -> int:
    if village.get("has_one", False):
        return -1
    return _year(village.get("due"), years, f"villages[{n}].due")


def _shares(document: Mapping[str, Any], names: tuple[str, ...], years: tuple[int, ...]) -> tuple[Share, ...]:
    shares = []
    for n, share in enumerate(_list(document, "shares")):
        unknown = [one for one in share.get("sites", []) if one not in names]
        if unknown:
            raise ProblemFileError(f"shares[{n}].sites", f"{unknown[0]!r} is no site of the problem")
        shares.append(
            Share(
                name=_text(share, "name", str(n)),
                members=np.isin(np.array(names), share.get("sites", [])),
                least=_whole(share.get("least", 0), f"shares[{n}].least"),
                by=_year(share.get("by", years[-1]), years, f"shares[{n}].by"),
            )
        )
    return tuple(shares)


def _hubs(
    document: Mapping[str, Any], sites: Sequence[Mapping[str, Any]], classes: list[str]
) -> tuple[Hubs | None, tuple[str, ...]]:
    hubs = _list(document, "hubs")
    if not hubs:
        return None, ()
    names = _names(hubs, "hubs")
    reach = []
    for n, site in enumerate(sites):
        unknown = [one for one in site.get("hubs", []) if one not in names]
        if unknown:
            raise ProblemFileError(f"sites[{n}].hubs", f"{unknown[0]!r} is no hub of the problem")
        reach.append(np.array(sorted(names.index(one) for one in site.get("hubs", [])), dtype=np.int64))
    start = np.concatenate([[0], np.cumsum([len(row) for row in reach])]).astype(np.int64)
    made = Hubs(
        cost=_numbers(hubs, "hubs", "cost"), yearly=_numbers(hubs, "hubs", "yearly"),
        ports=_numbers(hubs, "hubs", "ports"),
        purse=np.array([classes.index(_text(hub, "class", "")) for hub in hubs], dtype=np.int64),
        reach=Cover(start=start, cols=np.concatenate(reach)),
    )  # fmt: skip
    return made, names


def _contradictions(of: Problem, names: tuple[str, ...]) -> None:
    both = np.flatnonzero(of.banned & (of.must < of.years))
    if len(both):
        raise ProblemFileError(
            f"site {names[both[0]]!r}", "is banned and must stand at once; take back one of the two"
        )
