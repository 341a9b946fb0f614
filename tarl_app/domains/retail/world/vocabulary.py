"""The words the shop's world is made of: names, places, products. Plain ASCII, so that they can be typed and spoken."""

_FIRST_NAMES = """
Amina Anders Anika Anton Ariel Arjun Astrid Ayesha Bao Beatriz Bela Bjorn Camila Carlos Cedric Chiara Chloe Clara Daniel
Daria Deepak Diego Dmitri Ebony Eduardo Elena Elias Elif Emeka Emma Enzo Esther Fatima Felix Fiona Florian Freya Gabriel
Giulia Grace Hana Haruto Hassan Heidi Helena Hugo Ibrahim Imani Ines Ingrid Isaac Ivan Jamal Jasmine Javier Jonas Julia
Kavya Keiko Kofi Lars Laura Leila Liam Lina Lucia Luka Magnus Malik Marco Maren Maria Mateo Maya Mei Mia Miguel Mina
Mohamed Nadia Naomi Niko Nina Noah Nora Olga Oliver Omar Oscar Paolo Petra Priya Quinn Rafael Rania Ravi Renata Rosa
Ruth Samir Sara Selma Sofia Stefan Sven Tamar Tariq Teresa Theo Thomas Tomas Uma Valentina Vera Victor Wanda Wei Willow
Xavier Yara Yuki Yusuf Zara Zoe
"""
FIRST_NAMES: tuple[str, ...] = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
Abbott Abe Achebe Adeyemi Ahmad Almeida Alvarez Andersen Appiah Aydin Bailey Baker Banerjee Barros Bauer Becker Bello
Bennett Berg Bianchi Blanc Boateng Bondar Brandt Bruno Burke Campos Carter Castillo Chandra Chavez Chen Chowdhury Cohen
Conti Costa Cruz Dahl Dang Das Dawson Delgado Demir Desai Diaz Diop Doyle Duarte Dubois Duran Eze Farah Fernandez
Ferrari Fischer Fleming Flores Fontana Foster Fuchs Fujita Garcia Gomez Gordon Greco Grant Gupta Haddad Hahn Hansen
Harper Hashimoto Hayes Herrera Hoang Hoffman Holm Horvat Huang Hughes Ibarra Ito Iversen Jackson Jansen Jensen Joshi
Kamara Kang Kapoor Kaya Keller Khan Kim Klein Kovacs Kowalski Kumar Larsen Laurent Le Lee Lindgren Lopez Lund Malik
Mancini Marino Martin Medina Mehta Mendes Mensah Meyer Mori Morris Moreau Mwangi Nair Nakamura Navarro Nguyen Nielsen
Novak Nunez Obi Okafor Olsen Ortega Osman Park Patel Pereira Petrov Popov Porter Quist Rahman Ramos Rao Reyes Ricci
Rivera Rojas Romano Rossi Russo Saito Salazar Santos Sato Schmidt Sharma Silva Singh Sokolov Suarez Suzuki Tanaka Tran
Turner Ueda Vargas Vega Vogel Walker Weber Wong Yamada Yilmaz Young Zhang Ziegler
"""
LAST_NAMES: tuple[str, ...] = tuple(_LAST_NAMES.split())

CITIES: tuple[tuple[str, str, str], ...] = (
    # city, state, first three digits of its zip codes
    ("Albuquerque", "NM", "871"),
    ("Anchorage", "AK", "995"),
    ("Atlanta", "GA", "303"),
    ("Austin", "TX", "787"),
    ("Baltimore", "MD", "212"),
    ("Boise", "ID", "837"),
    ("Boston", "MA", "021"),
    ("Buffalo", "NY", "142"),
    ("Charlotte", "NC", "282"),
    ("Chicago", "IL", "606"),
    ("Cleveland", "OH", "441"),
    ("Columbus", "OH", "432"),
    ("Dallas", "TX", "752"),
    ("Denver", "CO", "802"),
    ("Detroit", "MI", "482"),
    ("El Paso", "TX", "799"),
    ("Fresno", "CA", "937"),
    ("Honolulu", "HI", "968"),
    ("Houston", "TX", "770"),
    ("Indianapolis", "IN", "462"),
    ("Kansas City", "MO", "641"),
    ("Las Vegas", "NV", "891"),
    ("Los Angeles", "CA", "900"),
    ("Louisville", "KY", "402"),
    ("Memphis", "TN", "381"),
    ("Miami", "FL", "331"),
    ("Milwaukee", "WI", "532"),
    ("Minneapolis", "MN", "554"),
    ("Nashville", "TN", "372"),
    ("New Orleans", "LA", "701"),
    ("New York", "NY", "100"),
    ("Oakland", "CA", "946"),
    ("Omaha", "NE", "681"),
    ("Philadelphia", "PA", "191"),
    ("Phoenix", "AZ", "850"),
    ("Pittsburgh", "PA", "152"),
    ("Portland", "OR", "972"),
    ("Raleigh", "NC", "276"),
    ("Sacramento", "CA", "958"),
    ("Salt Lake City", "UT", "841"),
    ("San Diego", "CA", "921"),
    ("Seattle", "WA", "981"),
    ("Spokane", "WA", "992"),
    ("Tucson", "AZ", "857"),
    ("Tulsa", "OK", "741"),
)

_STREETS = """
Alder Amber Aspen Bayview Birch Bluebell Canal Cedar Chestnut Clover Copper Cypress Dogwood Elm Falcon Fern Foxglove
Garden Granite Harbor Hawthorn Hazel Heron Highland Hollow Juniper Lantern Laurel Lighthouse Linden Magnolia Maple
Meadow Mill Mulberry Orchard Pebble Pine Prairie Quarry Ridge River Rosewood Sage Spruce Summit Thistle Valley Walnut
Willow
"""
STREETS: tuple[str, ...] = tuple(_STREETS.split())

STREET_KINDS: tuple[str, ...] = ("Street", "Avenue", "Lane", "Road", "Drive", "Court", "Boulevard")

EMAIL_HOSTS: tuple[str, ...] = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")

CARD_BRANDS: tuple[str, ...] = ("visa", "mastercard", "amex")

_COLOURS = ("black", "white", "blue", "red", "green")
_SIZES = ("small", "medium", "large", "extra large")

PRODUCTS: tuple[tuple[str, int, dict[str, tuple[str, ...]]], ...] = (
    # name, typical price in dollars, options with their values
    (
        "Desk Lamp",
        48,
        {
            "color": ("black", "white", "brass"),
            "brightness": ("low", "medium", "high"),
            "power": ("usb", "battery", "mains"),
        },
    ),
    ("Floor Lamp", 110, {"color": ("black", "ivory", "copper"), "height": ("4 feet", "5 feet", "6 feet")}),
    ("Coffee Mug", 14, {"color": _COLOURS, "capacity": ("8 ounce", "12 ounce", "16 ounce")}),
    ("Travel Mug", 27, {"color": _COLOURS, "material": ("steel", "ceramic", "bamboo")}),
    (
        "Tea Kettle",
        58,
        {"material": ("steel", "glass", "enamel"), "capacity": ("1 liter", "2 liters"), "heating": ("electric", "stovetop")},
    ),
    ("Espresso Maker", 285, {"color": ("black", "silver", "red"), "pressure": ("9 bar", "15 bar", "19 bar")}),
    ("Blender", 96, {"color": ("black", "white", "mint"), "speeds": ("3", "6", "10"), "jar": ("glass", "plastic")}),
    ("Toaster", 52, {"color": ("black", "cream", "red", "silver"), "slots": ("two", "four")}),
    ("Frying Pan", 44, {"diameter": ("8 inch", "10 inch", "12 inch"), "coating": ("ceramic", "cast iron", "nonstick")}),
    ("Knife Set", 130, {"pieces": ("3", "5", "8"), "handle": ("wood", "steel", "resin")}),
    ("Cutting Board", 31, {"material": ("bamboo", "maple", "plastic"), "size": ("small", "medium", "large")}),
    ("Lunch Box", 23, {"color": _COLOURS, "compartments": ("two", "three", "four")}),
    ("Water Bottle", 22, {"color": _COLOURS, "capacity": ("half liter", "one liter"), "material": ("steel", "glass")}),
    ("Running Shoes", 118, {"color": ("black", "white", "orange"), "size": ("7", "8", "9", "10", "11")}),
    ("Hiking Boots", 164, {"color": ("brown", "gray"), "size": ("7", "8", "9", "10", "11"), "lining": ("wool", "mesh")}),
    ("Rain Jacket", 92, {"color": ("yellow", "navy", "green"), "size": _SIZES}),
    ("Winter Coat", 215, {"color": ("black", "gray", "olive"), "size": _SIZES, "filling": ("down", "wool")}),
    ("Wool Sweater", 79, {"color": ("gray", "blue", "burgundy"), "size": _SIZES}),
    ("Cotton Shirt", 34, {"color": ("white", "blue", "pink"), "size": _SIZES, "sleeve": ("short", "long")}),
    ("Leather Belt", 39, {"color": ("black", "brown", "tan"), "length": ("32 inch", "36 inch", "40 inch")}),
    (
        "Sunglasses",
        87,
        {"frame": ("black", "tortoise", "gold"), "lens": ("gray", "brown", "green"), "polarized": ("yes", "no")},
    ),
    ("Wrist Watch", 190, {"strap": ("leather", "steel", "silicone"), "dial": ("black", "white", "blue")}),
    (
        "Backpack",
        74,
        {
            "color": ("black", "gray", "blue"),
            "capacity": ("15 liters", "25 liters", "35 liters"),
            "laptop sleeve": ("yes", "no"),
        },
    ),
    (
        "Suitcase",
        148,
        {"color": ("black", "silver", "teal"), "size": ("cabin", "medium", "large"), "shell": ("hard", "soft")},
    ),
    ("Umbrella", 26, {"color": ("black", "red", "clear"), "type": ("folding", "full length")}),
    (
        "Yoga Mat",
        36,
        {"color": ("purple", "blue", "gray", "green"), "thickness": ("4 millimeter", "6 millimeter", "8 millimeter")},
    ),
    ("Dumbbell Set", 99, {"weight": ("10 pounds", "20 pounds", "30 pounds"), "material": ("iron", "rubber", "vinyl")}),
    ("Jump Rope", 16, {"length": ("8 feet", "9 feet", "10 feet"), "material": ("leather", "steel cable", "plastic")}),
    (
        "Bicycle Helmet",
        64,
        {"color": ("white", "black", "lime"), "size": ("small", "medium", "large"), "visor": ("yes", "no")},
    ),
    ("Skateboard", 83, {"deck": ("maple", "bamboo", "plastic"), "length": ("28 inch", "31 inch", "34 inch")}),
    (
        "Camping Tent",
        236,
        {"capacity": ("2 person", "4 person", "6 person"), "color": ("green", "orange"), "season": ("three", "four")},
    ),
    (
        "Sleeping Bag",
        104,
        {"warmth": ("summer", "autumn", "winter"), "filling": ("down", "synthetic"), "length": ("regular", "tall")},
    ),
    (
        "Headphones",
        158,
        {"color": ("black", "white", "blue"), "fit": ("on ear", "over ear", "in ear"), "connection": ("wireless", "wired")},
    ),
    ("Bluetooth Speaker", 77, {"color": ("black", "teal", "red"), "battery": ("8 hours", "12 hours", "20 hours")}),
    (
        "Mechanical Keyboard",
        134,
        {"switches": ("quiet", "clicky", "linear"), "layout": ("compact", "full size"), "color": ("black", "white")},
    ),
    ("Wireless Mouse", 41, {"color": ("black", "white", "pink"), "hand": ("right", "left", "either")}),
    ("Computer Monitor", 312, {"size": ("24 inch", "27 inch", "32 inch"), "resolution": ("full hd", "quad hd", "4k")}),
    ("Webcam", 69, {"resolution": ("720p", "1080p", "4k"), "microphone": ("yes", "no"), "mount": ("clip", "tripod")}),
    ("Tablet", 420, {"storage": ("64 gigabytes", "128 gigabytes", "256 gigabytes"), "color": ("silver", "black", "gold")}),
    (
        "E-Reader",
        139,
        {"storage": ("8 gigabytes", "16 gigabytes", "32 gigabytes"), "color": ("black", "white"), "light": ("cool", "warm")},
    ),
    ("Power Bank", 45, {"capacity": ("5000", "10000", "20000"), "color": ("black", "white", "blue")}),
    (
        "Action Camera",
        268,
        {"resolution": ("full hd", "4k", "5k"), "waterproof": ("yes", "no"), "color": ("black", "silver")},
    ),
    (
        "Office Chair",
        226,
        {"color": ("black", "gray", "blue"), "armrests": ("fixed", "adjustable", "none"), "back": ("mesh", "leather")},
    ),
    ("Bookshelf", 121, {"material": ("oak", "pine", "metal"), "shelves": ("three", "four", "five")}),
    ("Throw Blanket", 43, {"color": ("gray", "cream", "rust", "navy"), "material": ("cotton", "fleece", "wool")}),
    ("Bed Pillow", 38, {"filling": ("feather", "foam", "latex"), "firmness": ("soft", "medium", "firm")}),
    ("Wall Clock", 35, {"diameter": ("10 inch", "12 inch", "16 inch"), "style": ("modern", "classic", "rustic")}),
    (
        "Board Game",
        46,
        {"theme": ("trains", "pirates", "farming"), "players": ("two", "four", "six"), "edition": ("basic", "deluxe")},
    ),
    ("Jigsaw Puzzle", 21, {"pieces": ("500", "1000", "2000"), "theme": ("animals", "cities", "flowers", "space")}),
    (
        "Garden Hose",
        53,
        {"length": ("25 feet", "50 feet", "100 feet"), "material": ("rubber", "vinyl", "fabric"), "nozzle": ("yes", "no")},
    ),
)
