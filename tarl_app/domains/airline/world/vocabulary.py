"""The words that the airline's world is made of: cities, names, streets."""

AIRPORTS: tuple[tuple[str, str, int, int], ...] = (
    # code, city, place from west to east and from south to north in tens of miles
    ("ATL", "Atlanta", 210, 62),
    ("AUS", "Austin", 132, 38),
    ("BNA", "Nashville", 198, 82),
    ("BOS", "Boston", 292, 138),
    ("CLT", "Charlotte", 232, 76),
    ("DEN", "Denver", 92, 110),
    ("DTW", "Detroit", 216, 134),
    ("LAS", "Las Vegas", 38, 86),
    ("MCI", "Kansas City", 146, 104),
    ("MIA", "Miami", 244, 12),
    ("MSP", "Minneapolis", 154, 146),
    ("MSY", "New Orleans", 182, 36),
    ("ORD", "Chicago", 188, 130),
    ("PDX", "Portland", 8, 156),
    ("PHL", "Philadelphia", 266, 116),
    ("PHX", "Phoenix", 54, 66),
    ("PIT", "Pittsburgh", 236, 120),
    ("SEA", "Seattle", 12, 172),
    ("SLC", "Salt Lake City", 58, 122),
    ("TPA", "Tampa", 230, 22),
)
HUBS: tuple[str, ...] = ("ATL", "DEN", "ORD")
"""Hubs, with flights to every city."""

HOMES: tuple[tuple[str, str, str], ...] = (
    # city, state, the first three digits of its zip codes
    ("Atlanta", "GA", "303"),
    ("Austin", "TX", "787"),
    ("Nashville", "TN", "372"),
    ("Boston", "MA", "021"),
    ("Charlotte", "NC", "282"),
    ("Denver", "CO", "802"),
    ("Detroit", "MI", "482"),
    ("Las Vegas", "NV", "891"),
    ("Kansas City", "MO", "641"),
    ("Miami", "FL", "331"),
    ("Minneapolis", "MN", "554"),
    ("New Orleans", "LA", "701"),
    ("Chicago", "IL", "606"),
    ("Portland", "OR", "972"),
    ("Philadelphia", "PA", "191"),
    ("Phoenix", "AZ", "850"),
    ("Pittsburgh", "PA", "152"),
    ("Seattle", "WA", "981"),
    ("Salt Lake City", "UT", "841"),
    ("Tampa", "FL", "336"),
)
_STREETS = """
Alder Birch Canal Dogwood Elm Fulton Garden Harbor Iris Juniper Kestrel Linden Mill Nutmeg Orchard Poplar Quarry Ridge
Spruce Thistle Union Valley Willow Yarrow
"""
STREETS: tuple[str, ...] = tuple(_STREETS.split())

STREET_KINDS: tuple[str, ...] = ("Street", "Avenue", "Road", "Lane", "Drive", "Court")
EMAIL_HOSTS: tuple[str, ...] = ("example.com", "example.org", "example.net", "mail.example", "post.example")
CARD_BRANDS: tuple[str, ...] = ("visa", "mastercard", "amex")

_FIRST_NAMES = """
Aaron Adele Agnes Ahmed Alma Amara Andre Anton Astrid Beatriz Ben Bianca Bruno Carla Cedric Chloe Clara Conrad Cora
Dalia Damian Dana Dario Delia Derek Diego Edith Elena Elias Elsa Emil Enzo Erika Esther Fabian Farah Felix Fiona Flora
Frida Gavin Georgia Gideon Greta Hana Harold Hector Helena Hugo Ida Igor Imani Ines Irene Isaac Ivan Ivy Jamal Janet
Jasper Joel Jonas Judith Julia Kamal Karin Keiko Kofi Laila Lars Leila Leon Lidia Lorenzo Lucia Magnus Malik Marcel
Marta Mateo Maya Milan Mira Nadia Naomi Nelson Nina Noah Nora Oscar Paula Pedro Petra Rafael Rashid Renata Rhea Rosa
Ruben Samira Selma Simon Sofia Stefan Sven Tamara Tessa Theo Tobias Valeria Vera Victor Wanda Xavier Yara Yusuf Zoe
"""
FIRST_NAMES: tuple[str, ...] = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
Abbott Acosta Adler Amato Andersen Arnold Bauer Becker Bellamy Benitez Berger Blake Boateng Bowman Brandt Bright Burke
Calder Campos Carver Castro Cole Conway Cortez Crane Dalton Danso Dawson Delgado Diaz Dixon Draper Duarte Eklund
Ellis Engel Farrell Fischer Fleming Flores Foster Franco Fuller Gallo Garner Gibson Gomez Graves Grant Haas Hale
Hansen Harper Hassan Hayes Herrera Hoffman Holt Horvat Ibarra Ito Jansen Jensen Kaya Keller Khan Klein Kovac Kramer
Larsen Lindgren Lopez Lowell Lund Maddox Marino Marsh Mendez Meyer Mori Moss Munoz Nakano Nash Navarro Nguyen Nolan
Novak Ochoa Okafor Olsen Ortega Osman Palmer Park Pereira Pierce Quinn Ramos Reyes Ricci Rivera Roth Rossi Ruiz
Salazar Santos Schmidt Serrano Sharma Silva Singh Soto Stein Stone Suzuki Tanaka Torres Tran Vance Vargas Vega Vogel
Wagner Walsh Weber Wells Wolfe Yamada Yilmaz Young Zamora Ziegler
"""
LAST_NAMES: tuple[str, ...] = tuple(_LAST_NAMES.split())
