"""Single sentences for training the projector: ids, names, zips, e-mails, spelled or not, and the words of the shop."""

import random
from collections.abc import Iterable

from tarl_app.language.spoken import spelling

_DICTATED = (
    "It's {order}.",
    "My order is {order}.",
    "The order number is {order}, I think.",
    "Sure, {order}.",
    "No, I said {order}.",
    "{name}, {zip}.",
    "{name}, zip {zip}.",
    "My name is {name} and my zip code is {zip}.",
    "I'm {name}. Zip {zip}.",
    "It's {name}, and the zip is {zip}.",
    "{name}.",
    "The name is {name}.",
    "This is {name}.",
    "Yes, my name is {name}, zip code {zip}.",
    "{zip}.",
    "{email}",
    "{email}.",
    "It's {email}.",
    "My email is {email}.",
    "No problem, the email is {email}.",
    "You can find me under {email}.",
    "The card that ends in {four}.",
    "Yes, {order}, and the zip is {zip}.",
    "{street}, {city}, {zip}.",
    "{address}.",
    "It's {address}.",
    "My new address is {address}.",
    "To {address}, please.",
    "No, it is {address}.",
)
_SPELLED = (
    "My last name is spelled {last_letters}.",
    "It's spelled {last_letters}.",
    "{last}, {last_letters}.",
    "My first name is {first}, that's {first_letters}.",
    "My name is {name}, {first_letters}, {last_letters}.",
    "{first_letters}, {last_letters}.",
    "{last_letters}, zip {zip}.",
    "I'll spell it: {last_letters}.",
    "That's {spelled_email}.",
    "My email is {spelled_email}.",
    "{spelled_email}.",
    "I'll spell the email: {spelled_email}.",
    "My email is {said_email}.",
    "It's {said_email}.",
    "{said_email}.",
)
_WORDS = (
    "The {product}, please.",
    "I'd like the {product} with {option}.",
    "{option}, please.",
    "The one with {option}.",
    "I want to return the {product}.",
    "Can I exchange the {product} for one with {option}?",
    "I was thinking of the {product}, {option}.",
)
_EMAILS = ("{0}.{1}{2}", "{0}{1}{2}", "{1}.{0}{2}", "{0}_{1}{2}")
_SHARE = 0.25
"""Of sentences that are spelled or said in words; as many again name products and options, each in turn."""


def _address(rng: random.Random) -> str:
    """A whole address as people say it; half of them have an apartment or a suite."""
    from tarl_app.domains.retail.world.vocabulary import CITIES, STREET_KINDS, STREETS

    city, state, prefix = rng.choice(CITIES)
    unit = rng.choice(("", "", f", Apt {rng.randint(1, 60)}", f", Suite {rng.randint(100, 990)}"))
    street = f"{rng.randrange(10, 9900)} {rng.choice(STREETS)} {rng.choice(STREET_KINDS)}"
    return f"{street}{unit}, {city}, {state} {prefix}{rng.randrange(100):02d}"


def held_out() -> frozenset[str]:
    """Names ("Mia Kovacs") and e-mails of the customers of dev and test."""
    from tarl_app.domains.retail.tasks import customers

    people = (*customers("dev"), *customers("test"))
    return frozenset(fact for one in people for fact in (f"{one.first_name} {one.last_name}", one.email))


def dictation(count: int, seed: int, without: Iterable[str] = ()) -> list[str]:
    """Sentences with content that is hard to recognise; none is about a name or an e-mail of ``without``."""
    from tarl_app.domains.retail.world import FIRST_NAMES, LAST_NAMES
    from tarl_app.domains.retail.world.vocabulary import CITIES, EMAIL_HOSTS, PRODUCTS, STREET_KINDS, STREETS

    rng = random.Random(f"dictation retail {seed}")
    avoid = set(without)
    goods = [
        (name, f"{key} {value}") for name, _, options in PRODUCTS for key, values in options.items() for value in values
    ]
    rng.shuffle(goods)
    sentences: list[str] = []
    named = 0
    while len(sentences) < count:
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        number = "".join(rng.choices("0123456789", k=7))
        user = rng.choice(_EMAILS).format(first.lower(), last.lower(), f"{rng.randrange(10_000):04d}")
        email = f"{user}@{rng.choice(EMAIL_HOSTS)}"
        draw = rng.random()
        template = rng.choice(_SPELLED if draw < _SHARE else _WORDS if draw < 2 * _SHARE else _DICTATED)
        product, option = goods[named % len(goods)]
        named += "{option}" in template
        sentence = template.format(
            order=rng.choice((f"#W{number}", f"W{number}")),
            first=first,
            last=last,
            name=f"{first} {last}",
            first_letters=spelling.letters(first),
            last_letters=spelling.letters(last),
            zip=f"{rng.randrange(100_000):05d}",
            email=email,
            spelled_email=spelling.spelled_email(email),
            said_email=spelling.said_email(email),
            four=f"{rng.randrange(10_000):04d}",
            street=f"{rng.randrange(10, 980)} {rng.choice(STREETS)} {rng.choice(STREET_KINDS)}",
            city=rng.choice(CITIES)[0],
            address=_address(rng),
            product=product,
            option=option,
        )
        if avoid.isdisjoint((f"{first} {last}", email)):
            sentences.append(sentence[:1].upper() + sentence[1:] if "@" not in sentence.split(" ")[0] else sentence)
    return sentences
