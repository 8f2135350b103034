"""Places, lists of RTs and boundaries come back as they were stored, on SQLite and PostgreSQL."""

from sqlalchemy import Engine

from ronda.core.ids import AreaCode
from ronda.registry.boundaries import BoundarySet
from ronda.registry.model import Neighbourhood, Place, SiteKind
from ronda.store.sql.register_lists import SqlRegisterLists


def place(place_id: str, name: str = "SD Negeri 1") -> Place:
    return Place(
        place_id=place_id, name=name, kind=SiteKind.SCHOOL, area=AreaCode("64.08.04.2012"),
        lat_deg=0.5, lon_deg=None, source="sekolah.csv",
    )  # fmt: skip


def rt(village: str, number: int) -> Neighbourhood:
    code = AreaCode(f"{village}.001.{number:03}")
    return Neighbourhood(code=code, village=AreaCode(village), rw="1", rt=str(number), name="Bu RT")


def test_a_place_comes_back_and_a_newer_list_replaces_it_by_its_id(engine: Engine) -> None:
    lists = SqlRegisterLists(engine)
    lists.put_places([place("a"), place("b")])
    lists.put_places([place("b", "SD Negeri 2"), place("c")])
    assert lists.places() == [place("a"), place("c"), place("b", "SD Negeri 2")]


def test_a_villages_rt_list_is_replaced_whole_and_other_villages_keep_theirs(engine: Engine) -> None:
    lists = SqlRegisterLists(engine)
    lists.put_neighbourhoods([rt("64.08.04.2012", 1), rt("64.08.04.2012", 2), rt("64.08.04.2011", 1)])
    lists.put_neighbourhoods([rt("64.08.04.2012", 3)])
    assert lists.neighbourhoods() == [rt("64.08.04.2011", 1), rt("64.08.04.2012", 3)]


def test_a_list_longer_than_a_statement_may_bind_is_stored(engine: Engine) -> None:
    lists = SqlRegisterLists(engine)
    many = [place(f"p{number:04}") for number in range(1700)]
    lists.put_places(many)
    lists.put_places(many)
    assert len(lists.places()) == 1700


def test_the_newest_boundaries_are_served_and_their_version_moves(engine: Engine) -> None:
    lists = SqlRegisterLists(engine)
    assert (lists.boundaries(), lists.boundaries_version()) == (None, 0)
    first = BoundarySet(file_name="batas.geojson", sha256="a" * 64, uploaded_us=1 << 60, geojson="{}")
    lists.put_boundaries(first)
    version = lists.boundaries_version()
    second = BoundarySet(file_name="batas-2027.zip", sha256="b" * 64, uploaded_us=(1 << 60) + 1, geojson="{}")
    lists.put_boundaries(second)
    assert lists.boundaries() == second
    assert lists.boundaries_version() > version
