"""Stage ``dialogues``: the scripted agent serves the scripted user on every train task, several times."""

import gzip
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.sandbox.domain import Split
from tarl_app.sandbox.domains import load_domain
from tarl_app.sandbox.users.scripted import scripted_user
from tarl_app.types import Episode, Task


def converse(domain_name: str, task: Task, seed: int) -> Episode:
    """One conversation of the scripted pair, with its verdict."""
    domain = load_domain(domain_name)
    user = scripted_user(task, seed)
    conversation = Conversation(task, domain, ScriptedAgent(task, domain, seed=seed, varied=False), user=user, seed=seed)
    try:
        return conversation.run()
    finally:
        conversation.close()


def _roll(job: tuple[str, Split, int, int]) -> list[str]:
    domain_name, split, index, rollouts = job
    task = load_domain(domain_name).tasks(split)[index]
    episodes = [converse(domain_name, task, seed=1000 * index + k) for k in range(rollouts)]
    return [e.model_dump_json() for e in episodes if e.verdict is not None and e.verdict.passed]


def roll_out(domain_name: str, split: Split, rollouts: int, out: Path, processes: int = 2) -> int:
    """Writes the passed conversations, one JSON episode a line (gzip), in task order; answers how many there are."""
    jobs = [(domain_name, split, i, rollouts) for i in range(len(load_domain(domain_name).tasks(split)))]
    temporary = out.with_suffix(".part")
    count = 0
    with ProcessPoolExecutor(processes) as pool, gzip.open(temporary, "wt", encoding="utf-8", compresslevel=3) as file:
        for lines in pool.map(_roll, jobs, chunksize=8):
            file.writelines(line + "\n" for line in lines)
            count += len(lines)
    temporary.replace(out)
    return count


def read(path: Path) -> Iterator[Episode]:
    """The episodes of a file that ``roll_out`` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield Episode.model_validate_json(line)


def dictation(domain_name: str, count: int, seed: int, held_out: Iterable[str] = ()) -> list[str]:
    """Single sentences full of what is hard to hear: ids, names, zips, e-mails, none of them of a real customer."""
    from tarl_app.sandbox.domains.retail.world import FIRST_NAMES, LAST_NAMES

    rng = random.Random(f"dictation {domain_name} {seed}")
    avoid = set(held_out)
    patterns = (
        "It's {order}.",
        "My order is {order}.",
        "The order number is {order}, I think.",
        "Sure, {order}.",
        "No, I said {order}.",
        "{name}, {zip}.",
        "My name is {name} and my zip code is {zip}.",
        "I'm {name}. Zip {zip}.",
        "{zip}.",
        "{email}",
        "My email is {email}.",
        "You can find me under {email}.",
        "It's {name}.",
        "The card that ends in {four}.",
        "Yes, {order}, and the zip is {zip}.",
    )
    sentences: list[str] = []
    while len(sentences) < count:
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        number = "".join(rng.choices("0123456789", k=7))
        host = rng.choice(("example.com", "mail.example", "example.org"))
        email = f"{first.lower()}.{last.lower()}{rng.randrange(10_000)}@{host}"
        order = rng.choice((f"#W{number}", f"W{number}"))
        zip_code = f"{rng.randrange(100_000):05d}"
        sentence = rng.choice(patterns).format(
            order=order, name=f"{first} {last}", zip=zip_code, email=email, four=f"{rng.randrange(10_000):04d}"
        )
        if f"{first} {last}" not in avoid:
            sentences.append(sentence)
    return sentences
