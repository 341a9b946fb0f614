"""Short answers that lean on the agent's question: "the second", "both", "the same"."""

import re

_STOP = frozenset("a an and ends for in my of on one or that the to with your".split())  # noqa: SIM905 - one line
_LEAD = re.compile(r"^\W*(which|what|how|where)\b")


def options(said: str) -> list[str]:
    """What the agent's last question offers: "the red one or the blue one?"; nothing where it lists nothing."""
    questions = re.findall(r"[^.?!]*\?", said.lower())
    if not questions or " or " not in questions[-1]:
        return []
    parts = [one.strip() for one in re.split(r",|:|;|\bor\b", questions[-1].rstrip("?")) if one.strip()]
    while len(parts) > 2 and _LEAD.search(parts[0]):
        parts = parts[1:]
    return parts


def short_answer(said: str, value: str, same: str) -> str | None:
    """The rule of the short answer to the agent's words that means ``value``, where there is just one such answer."""
    if re.search(same, value.lower()):
        return "ellipsis.same"
    offered = options(said)
    wanted = [one for one in re.split(r",| and ", value.lower()) if one.strip()]
    places = [[n for n, option in enumerate(offered) if _means(option, one)] for one in wanted]
    if len(wanted) == len(offered) >= 2 and sorted(places) == [[n] for n in range(len(offered))]:
        return "ellipsis.all"
    if len(wanted) == 1 and len(places[0]) == 1 and 2 <= len(offered) <= 3:
        return ("ellipsis.first", "ellipsis.second", "ellipsis.third")[places[0][0]]
    return None


def _means(option: str, value: str) -> bool:
    words = [word for word in re.findall(r"[a-z0-9]+", value) if word not in _STOP]
    return bool(words) and set(words) <= set(re.findall(r"[a-z0-9]+", option))
