"""The truth about a plan's document, by rules written down a second time: nothing of the solver is used here.

`judged` counts what a plan is worth and lists the rules that it breaks; `best` tries every plan of a small
instance; `drawn` makes small instances in which every rule turns up.
"""

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]


def judged(document: Document, plan: Mapping[str, int], links: Mapping[str, str]) -> tuple[int, list[str]]:
    """plan: year of each camera that is built; links: hub of each site."""
    broken = [
        *money_broken(document, plan, links), *sites_broken(document, plan), *villages_broken(document, plan),
        *hubs_broken(document, plan, links),
    ]  # fmt: skip
    return worth(document, plan), broken


def cameras(document: Document) -> Iterator[tuple[str, Document, Document]]:
    for n, site in enumerate(document["sites"]):
        options = site.get("cameras", [{"sees": site.get("sees", [])}])
        for m, camera in enumerate(options):
            name = site["id"] if len(options) == 1 else f"{site['id']}/{m}"
            yield camera.get("id", name), camera, document["sites"][n]


def built(document: Document, plan: Mapping[str, int]) -> dict[str, int]:
    years: dict[str, int] = {}
    for name, _camera, site in cameras(document):
        if name in plan:
            years[site["id"]] = min(years.get(site["id"], plan[name]), plan[name])
    return years


def worth(document: Document, plan: Mapping[str, int]) -> int:
    years = document["years"]
    share = document.get("availability")
    total = 0
    for number, year in enumerate(years):
        seers: dict[int, set[str]] = {}
        for name, camera, site in cameras(document):
            if plan.get(name, years[-1] + 1) <= year:
                for cell in set(camera["sees"]):
                    seers.setdefault(cell, set()).add(site["id"])
        sum_ = 0
        for cell, sites in seers.items():
            weight, standing = document["weights"][cell], document["standing"][cell]
            if weight < 0:
                sum_ += weight
            elif share is None:
                sum_ += weight if standing == 0 else 0
            else:
                most = document["availability_cameras"]
                turns = range(standing, min(standing + len(sites), most))
                sum_ += sum(round(weight * (share * (1 - share) ** n)) for n in turns)
        total += sum_ * document["year_worth"][number]
    return total


def money_broken(document: Document, plan: Mapping[str, int], links: Mapping[str, str]) -> list[str]:
    years, broken = document["years"], []
    spent: dict[tuple[str, int], int] = {}
    upkeep = dict.fromkeys(years, document["standing_yearly"])

    def pay(kind: str, year: int, build: int, yearly: int) -> None:
        spent[kind, year] = spent.get((kind, year), 0) + build
        for later in range(year, years[-1] + 1):
            spent[kind, later] = spent.get((kind, later), 0) + yearly
            upkeep[later] += yearly

    sites = {site["id"]: site for site in document["sites"]}
    stands = built(document, plan)
    for name, year in stands.items():
        pay(sites[name]["class"], year, sites[name]["build"], sites[name]["yearly"])
    for name, camera, site in cameras(document):
        if name in plan:
            pay(site["class"], plan[name], camera.get("build", 0), camera.get("yearly", 0))
    for hub in document.get("hubs", []):
        opened = [stands[site] for site in stands if links.get(site) == hub["id"]]
        if opened:
            pay(hub["class"], min(opened), hub["cost"], hub["yearly"])
    if not payable(document, spent):
        broken.append("money")
    for year, most in zip(years, document.get("running_ceiling") or [], strict=False):
        if upkeep[year] > most:
            broken.append(f"running cost of {year}")
    return broken


def payable(document: Document, spent: Mapping[tuple[str, int], int]) -> bool:
    """Can the purses pay? A flow from purses to what is spent, pushed along paths until no path is left."""
    years = document["years"]
    left = {(n, year): amount for n, money in enumerate(document["money"])
            for year, amount in zip(years, money["amounts"], strict=True)}  # fmt: skip
    paid: dict[tuple[tuple[int, int], tuple[str, int]], int] = {}

    def may(purse: tuple[int, int], need: tuple[str, int]) -> bool:
        kind, year = need
        in_time = purse[1] <= year if document["carry"] else purse[1] == year
        return in_time and kind in document["money"][purse[0]]["pays"]

    def push(need: tuple[str, int], amount: int, tried: set[tuple[int, int]]) -> int:
        for purse in left:
            if purse in tried or not may(purse, need):
                continue
            tried.add(purse)
            if left[purse]:
                take = min(amount, left[purse])
                left[purse] -= take
            else:
                take = 0
                for (other_purse, other), given in list(paid.items()):
                    if other_purse == purse and given and other != need and not take:
                        take = push(other, min(amount, given), tried)
                        paid[other_purse, other] -= take
            if take:
                paid[purse, need] = paid.get((purse, need), 0) + take
                return take
        return 0

    for need, amount in spent.items():
        while amount:
            pushed = push(need, amount, set())
            if not pushed:
                return False
            amount -= pushed
    return True


def sites_broken(document: Document, plan: Mapping[str, int]) -> list[str]:
    stands, broken = built(document, plan), []
    for site in document["sites"]:
        year = stands.get(site["id"], 9999)
        if site.get("must_by") is not None and year > site["must_by"]:
            broken.append(f"{site['id']} is late")
        if site.get("banned") and site["id"] in stands:
            broken.append(f"{site['id']} is banned")
        stand = [name for name, _camera, home in cameras(document) if home["id"] == site["id"] and name in plan]
        if document.get("one_camera") and len(stand) > 1:
            broken.append(f"{site['id']} has several cameras")
    for share in document.get("shares", []):
        if sum(stands.get(name, 9999) <= share["by"] for name in share["sites"]) < share["least"]:
            broken.append(f"share {share['name']}")
    return broken


def villages_broken(document: Document, plan: Mapping[str, int]) -> list[str]:
    stands, broken = built(document, plan), []
    villages = {village["id"]: village for village in document.get("villages", [])}
    homes = {site["id"]: site.get("village") for site in document["sites"]}
    for year in document["years"]:
        counts = {name: sum(homes[s] == name and stands[s] <= year for s in stands) for name in villages}
        for name, village in villages.items():
            if village.get("due") == year and not counts[name] and not village.get("has_one"):
                broken.append(f"village {name} is late")
        all_have = all(counts[name] or village.get("has_one") for name, village in villages.items())
        if document.get("cap") is not None and not all_have and max(counts.values(), default=0) > document["cap"]:
            broken.append(f"cap in {year}")
    return broken


def hubs_broken(document: Document, plan: Mapping[str, int], links: Mapping[str, str]) -> list[str]:
    if not document.get("hubs"):
        return []
    stands, broken = built(document, plan), []
    reach = {site["id"]: site.get("hubs", []) for site in document["sites"]}
    broken += [f"{site} has no hub" for site in stands if links.get(site) not in reach[site]]
    for hub in document["hubs"]:
        if sum(links.get(site) == hub["id"] for site in stands) > hub["ports"]:
            broken.append(f"hub {hub['id']} is full")
    return broken


def best(document: Document) -> int | None:
    """The worth of the best plan, by trying all; None when no plan keeps every rule."""
    names = [name for name, _camera, _site in cameras(document)]
    found: int | None = None
    for years in itertools.product([*document["years"], None], repeat=len(names)):
        plan = {name: year for name, year in zip(names, years, strict=True) if year is not None}
        if sites_broken(document, plan) or villages_broken(document, plan):
            continue
        value = worth(document, plan)
        if found is not None and value <= found:
            continue
        if any(not money_broken(document, plan, links) and not hubs_broken(document, plan, links)
               for links in all_links(document, plan)):  # fmt: skip
            found = value
    return found


def all_links(document: Document, plan: Mapping[str, int]) -> Iterator[dict[str, str]]:
    if not document.get("hubs"):
        yield {}
        return
    sites = list(built(document, plan))
    reach = {site["id"]: site.get("hubs", []) for site in document["sites"]}
    for hubs in itertools.product(*(reach[site] for site in sites)):
        yield dict(zip(sites, hubs, strict=True))


def drawn(seed: int) -> Document:
    """A small instance; each rule is there about every third time, also all of them at once."""
    chance = random.Random(seed)

    def sometimes(share: float = 0.35) -> bool:
        return chance.random() < share

    years = list(range(2027, 2027 + chance.choice((1, 1, 2, 2, 3))))
    cells = chance.randrange(1, 14)
    low = -6 if sometimes(0.3) else 0
    count = {1: 6, 2: 5, 3: 4}[len(years)]
    villages = [{"id": f"v{n}", "due": chance.choice([*years, None]), "has_one": sometimes(0.15)} for n in range(2)]
    with_villages, fan, with_hubs = sometimes(0.5), sometimes(0.5), sometimes(0.25)
    sites: list[Document] = []
    cameras_left = count
    while cameras_left > 0 and len(sites) < (4 if with_hubs else 6):
        options = min(chance.randrange(1, 4) if fan else 1, cameras_left)
        cameras_left -= options
        sites.append({
            "id": f"s{len(sites)}", "build": chance.randrange(1, 30), "yearly": chance.randrange(0, 4),
            "class": chance.choice(("desa", "kota")),
            "village": chance.choice(("v0", "v1", None)) if with_villages else None,
            "must_by": chance.choice(years) if sometimes(0.12) else None, "banned": False,
            "cameras": [{"build": chance.randrange(0, 9), "yearly": chance.randrange(0, 2),
                         "sees": sorted(chance.sample(range(cells), chance.randrange(0, min(cells, 6) + 1)))}
                        for _ in range(options)],
        })  # fmt: skip
    for site in sites:
        site["banned"] = site["must_by"] is None and sometimes(0.1)
    document: Document = {
        "format": "ronda-plan-problem-1", "years": years, "sites": sites,
        "year_worth": [chance.randrange(1, 4) for _ in years] if sometimes() else [1] * len(years),
        "weights": [chance.randrange(low, 20) for _ in range(cells)],
        "standing": [chance.randrange(0, 2) if sometimes(0.2) else 0 for _ in range(cells)],
        "money": [
            {"source": "APBD", "amounts": [chance.randrange(10, 90) for _ in years], "pays": ["desa", "kota"]}
        ],
        "carry": sometimes(), "standing_yearly": chance.randrange(0, 3),
        "running_ceiling": [chance.randrange(4, 30) for _ in years] if sometimes() else None,
        "cap": chance.randrange(1, 3) if with_villages and sometimes(0.6) else None,
        "villages": villages if with_villages else [],
    }  # fmt: skip
    if sometimes():
        document["money"].append({"source": "Dana Desa", "amounts": [chance.randrange(0, 50) for _ in years],
                                  "pays": ["desa"]})  # fmt: skip
    if sometimes(0.3):
        document |= {"availability": chance.choice((0.5, 0.8, 0.9)), "availability_cameras": chance.randrange(1, 4)}
    if sometimes(0.25):
        some = [site["id"] for site in sites if not site["banned"]]
        document["shares"] = [
            {"name": "polisi", "sites": some[:3], "least": min(len(some[:3]), 1), "by": years[-1]}
        ]
    if with_hubs:
        document["hubs"] = [{"id": f"h{n}", "cost": chance.randrange(1, 15), "yearly": chance.randrange(0, 3),
                             "ports": chance.randrange(1, 4), "class": "kota"} for n in range(2)]  # fmt: skip
        for site in sites:
            site["hubs"] = [hub for hub in ("h0", "h1") if chance.random() < 0.7]
    document["one_camera"] = fan and sometimes(0.4)
    return document
