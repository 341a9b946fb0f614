"""Names and e-mail hosts that no lexicon of the airline has, for a share of the customers of dev and test.

What an agent makes of a name must not depend on a complete list of the names there are. The draws have a sequence of their
own, so that everything else in the world stays what it was.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from tarl_app.core.domain import Split
from tarl_app.domains.airline.models import Passenger, SavedPassenger, User
from tarl_app.sandbox.dice import Dice
from tarl_app.sandbox.renaming import Renaming
from tarl_app.sandbox.tasks import divided

if TYPE_CHECKING:
    from tarl_app.domains.airline.world import World

EMAIL_FORMS: tuple[str, ...] = ("{0}.{1}{2}", "{0}{1}{2}", "{1}.{0}{2}")
"""How an address is made of first name, last name and number."""

_FIRST_NAMES = """
Ailsa Aisling Alasdair Alejandra Amadou Ana-Maria Anneliese Arvid Ayodele Bartosz Bilal Bogdan Branka Catalina Ciaran
Dagny D'Arcy Dimitra Dov Eabha Ebele Eliska Emine Femi Fionnuala Gaspard Ghislaine Gintaras Gwyneth Hadiza Hamza Haruki
Heloise Hemi Huyen Ifeoma Ikaika Ilse Ingeborg Ismail Jaakko Jadwiga Jean-Paul Jelena Jorunn Ka-ming Kahurangi Kaveh
Khalil Kiran Kwame Kyung-soo La'Toya Liesbeth Linh Lubomir Lwazi Maelle Mahmoud Makena Marie-Louise Mbali Mehmet Mihai
Miroslava Moana Narges Neema Ngozi Nilufar Oddvar Olumide Oyelaran Pavol Pilar Qiang Raghav Ramesh Roisin Ruta Saoirse
Sanjay Seo-yeon Shabnam Shirley Sinead Snezana Soren Sunita Tadhg Tala Tanvi Tevita Thabo Tihana Tuan Ulrike Vaclav
Vikram Wairimu Wanjiru Xiulan Yevgenia Yiannis Yolanda Zanele Zofia
"""
FIRST_NAMES: tuple[str, ...] = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
O'Brien O'Donnell O'Sullivan D'Amico D'Cruz M'Baye Taylor-Mensah Perez-Vidal Hughes-Pritchard Al-Rashid El-Masri
Bar-Lev Abu-Bakr Adeleke Afolabi Agarwal Aguinaldo Akintola Alencar Amankwah Arslan Asghar Baptiste Bezuidenhout
Bielecki Botha Brzezinski Cakir Chanda Charalambous Chaudhuri Cisse Csonka Dhillon Diallo Djuric Dubicki Ekwueme
Erdem Fakhoury Fitzpatrick Gakuru Galvao Ghebremedhin Gill Gudmundsson Hailu Halloran Havili Heikkinen Hernandez-Cruz
Hughes Ibrahim Iyer Jaramillo Jimoh Kamaka Kariuki Kawasaki Keita Kiplagat Kirchner Kozlov Kruger Kuznetsova
Lachance Laine Lau Lemieux Liao Lindqvist Lomidze Macdonald Mahlangu Mandal Marchetti Matsuda McKenna Menon Mthembu
Mutasa Nakagawa Nasser Ndiaye Nemeth Ng Nieminen Nowakowska Nyberg Obrador Odhiambo Omondi Oyarzun Ozdemir Paek
Pappas Petrauskas Pillai Popa Quiroga Rahimi Rasmussen Reddy Sandhu Savchenko Seong Shevchenko Siddiqui Sithole
Skoglund Somarriba Stavrou Taufa Tekle Thapa Toivonen Tshabalala Uddin Urrutia Vaillancourt Vlasic Vuong Wanyama
Whetu Xu Yeoh Yilma Zapata Zhou Zubkov
"""
LAST_NAMES: tuple[str, ...] = tuple(_LAST_NAMES.split())

EMAIL_HOSTS: tuple[str, ...] = (
    "lantern.example",
    "osprey.example",
    "papers.example.net",
    "sky-mail.example.org",
    "pier.test",
)
"""Under names that are reserved, so that nobody is written to."""

SPLITS: Mapping[Split, int] = {"train": 66, "dev": 12, "test": 22}
"""Of a hundred customers, how many belong to a split."""
SHARE = 25
"""Of a hundred customers of dev and of test, how many have something that no lexicon has."""
_CHANGES: tuple[tuple[frozenset[str], int], ...] = (
    (frozenset(("first", "last")), 25),
    (frozenset(("first", "last", "host")), 25),
    (frozenset(("first",)), 15),
    (frozenset(("last",)), 15),
    (frozenset(("last", "host")), 15),
    (frozenset(("host",)), 5),
)
_RENAMING = Renaming(FIRST_NAMES, LAST_NAMES, EMAIL_HOSTS, EMAIL_FORMS, _CHANGES)


def give_unlisted_names(made: "World") -> None:
    """Renames a share of the customers of dev and test, in their reservations and addresses, too; their family with them."""
    names = {(user.first_name, user.last_name) for user in made.users.values()}
    dice, trips = Dice(crc32(b"airline unlisted")), defaultdict[str, list[str]](list)
    for reservation_id, reservation in made.reservations.items():
        trips[reservation.user_id].append(reservation_id)
    divisions = divided("airline", SPLITS, sorted(made.users))
    for split in (divisions["dev"], divisions["test"]):
        for user_id in dice.subset(split, len(split) * SHARE // 100):
            _rename(made, made.users[user_id], trips.get(user_id, ()), names, dice)


def _rename(made: "World", user: User, trips: Sequence[str], names: set[tuple[str, str]], dice: Dice) -> None:
    """A customer gets a name that nobody has, and so have the family and all reservations."""
    before = user.first_name, user.last_name
    first, last, email = _RENAMING.draw((*before, user.email), names, dice)
    vars(user).update(first_name=first, last_name=last, email=email)  # a row of no session: see ``plain``
    _rename_family(made.saved[user.user_id], before, (first, last))
    for reservation_id in trips:
        people = made.passengers[reservation_id]
        _rename_family(people, before, (first, last))
        people.sort(key=lambda one: (one.last_name.lower(), one.first_name.lower(), one.date_of_birth))
        for position, one in enumerate(people):
            vars(one)["position"] = position


def _rename_family(people: Sequence[SavedPassenger | Passenger], before: tuple[str, str], now: tuple[str, str]) -> None:
    """Those with the customer's last name have the new one; the customer has the new first name."""
    for one in people:
        if (one.first_name, one.last_name) == before:
            vars(one)["first_name"] = now[0]
        if one.last_name == before[1]:
            vars(one)["last_name"] = now[1]
