"""Names and e-mail hosts that no lexicon of the shop has, for a share of the customers of dev and test.

What an agent makes of a name must not depend on a complete list of the names there are. The draws have a sequence of their
own, so that everything else in the world, user ids included, stays what it was.
"""

from collections.abc import Mapping
from zlib import crc32

from tarl_app.core.domain import Split
from tarl_app.domains.retail.models import User
from tarl_app.sandbox.dice import Dice
from tarl_app.sandbox.renaming import Renaming
from tarl_app.sandbox.tasks import divided

EMAIL_FORMS: tuple[str, ...] = ("{0}.{1}{2}", "{0}{1}{2}", "{1}.{0}{2}", "{0}_{1}{2}")
"""How an address is made of first name, last name and number."""

_FIRST_NAMES = """
Aoife Siobhan Niamh Padraig Eoin Rhys Bronwyn Angus Morag Callum Agnieszka Zbigniew Katarzyna Wojciech Ludmila Oksana
Bohdan Zoltan Ildiko Szabolcs Ioana Radu Plamen Desislava Goran Dragana Zeljko Eleni Stavros Despina Anahit Vartan Giorgi
Aigerim Nurlan Farhad Shirin Behrouz Parisa Zainab Khadija Abdirahman Hodan Tewodros Selam Chinonso Adaeze Oluwaseun
Temitope Kwabena Akosua Thandiwe Sipho Lerato Tendai Rumbidzai Siddharth Lakshmi Meenakshi Harpreet Gurdeep Nusrat Dilshan
Tenzin Pema Thuy Phuong Somchai Siriporn Sopheak Jae-won Ji-hye Min-jun Yuxuan Chun-li Takeshi Kenji Ayumi Leilani Keanu
Aroha Wiremu Sione Xochitl Cuauhtemoc Itzel Joaquin Thiago Iracema Jean-Luc Anne-Marie Mary-Kate De'Shawn D'Andre Eirik
Sigrun Aino Juhani Kristjan Rasa
"""
FIRST_NAMES: tuple[str, ...] = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
O'Shea O'Connor O'Malley D'Angelo D'Souza N'Diaye Smith-Okafor Garcia-Lopez Nguyen-Tran Lloyd-Jones Al-Farsi El-Sayed
Ben-David Abdel-Rahman Kaczmarek Wisniewski Szymanski Grabowski Svobodova Dvorak Prochazka Nagy Szabo Farkas Ionescu
Dumitrescu Georgiev Stoyanov Jovanovic Nikolic Papadopoulos Karagiannis Vasilakis Hakobyan Sargsyan Beridze Abdullayev
Mirzayev Hosseini Tehrani Ghorbani Mansour Khoury Benali Tesfaye Gebremariam Warsame Abdi Nkemelu Chukwuemeka Adebayo
Ogunleye Asante Owusu Dlamini Nkosi Mokoena Moyo Chikwanha Ramaswamy Subramanian Krishnamurthy Chatterjee Mukherjee
Bhattacharya Gurung Tamang Wickramasinghe Perera Chaudhry Phan Huynh Chaiyasit Sok Lim Goh Kwok Cheung Hsieh Tsai Watanabe
Kobayashi Matsumoto Takahashi Bae Choi Yoon Kealoha Tuilagi Fonoti Ngata Quispe Mamani Huanca Villanueva Echeverria
Zubizarreta Goncalves Figueiredo Carvalho Lefebvre Thibault Boucher Beauchamp McAllister MacLeod FitzGerald Llewellyn
Eriksson Bergqvist Virtanen Korhonen Kallas Berzins Kazlauskas Sigurdsson Gunnarsdottir
"""
LAST_NAMES: tuple[str, ...] = tuple(_LAST_NAMES.split())

EMAIL_HOSTS: tuple[str, ...] = (
    "inbox.example",
    "kestrel.example",
    "letters.example.net",
    "northwind.example.org",
    "web-post.example.com",
    "harbour.test",
)
"""Under names that are reserved, so that nobody is written to."""

SPLITS: Mapping[Split, int] = {"train": 62, "dev": 13, "test": 25}
"""Of a hundred customers, how many belong to a split."""
SHARE = 25
"""Of a hundred customers of dev and of test, how many have something that no lexicon has."""
_CHANGES: tuple[tuple[frozenset[str], int], ...] = (
    (frozenset(("first", "last")), 20),
    (frozenset(("first", "last", "host")), 20),
    (frozenset(("first",)), 15),
    (frozenset(("last",)), 15),
    (frozenset(("last", "host")), 15),
    (frozenset(("host",)), 15),
)
_RENAMING = Renaming(FIRST_NAMES, LAST_NAMES, EMAIL_HOSTS, EMAIL_FORMS, _CHANGES)


def give_unlisted_names(users: Mapping[str, User]) -> None:
    """Renames a share of the customers of dev and test, their e-mail addresses with them; ids stay."""
    names = {(user.first_name, user.last_name) for user in users.values()}
    dice = Dice(crc32(b"retail unlisted"))
    divisions = divided("retail", SPLITS, sorted(users))
    for split in (divisions["dev"], divisions["test"]):
        for user_id in dice.some(split, len(split) * SHARE // 100):
            user = users[user_id]
            first, last, email = _RENAMING.draw((user.first_name, user.last_name, user.email), names, dice)
            vars(user).update(first_name=first, last_name=last, email=email)  # a row of no session: see ``plain``
