"""One message of a customer taken apart: what it asks for, each with its own words, and its side questions.

Patterns of the domain say what single words mean, and ``acts`` what a whole sentence is like. What was said in so many
words goes before a guess; a guess counts where something must have been asked for.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from tarl_app.agents.acts import (
    ASIDE,
    BESIDE,
    BUSY,
    FAINT,
    GUESS,
    LIKELY,
    LINK,
    NEVER,
    SHORT,
    SURE,
    Heard,
    Request,
    sentences,
)
from tarl_app.agents.messages import PERSONAL, Goal, Message, SideQuestions, questions
from tarl_app.language.clauses import clauses

_WISH = re.compile(
    r"\b(?:please|pls|can you|could you|would you|will you|i want|i'd like|i need|also|another thing)\b", re.I
)
_CALLS_FOR = re.compile(r"\b(?:get|give|want|need|put|pass|connect|transfer|talk|speak|rather|prefer)\b", re.I)
"""Who asks for a person: "it is lovely to reach a person" does not."""
_PERSON = ("person", "robot")


@dataclass(frozen=True)
class Moment:
    """When a message is said.

    ``busy``: a request is open, so that mere hints at another do not count; ``begun``: there has been a request, so that
    one can ask what has come of it; ``agreed``: it agrees to a proposal; ``asked``: the question that it may answer;
    ``doubted``: what was not meant, though words before sounded like it: it must be said plainly to be taken for that.
    """

    busy: bool = False
    begun: bool = False
    agreed: bool = False
    asked: str = ""
    doubted: Set[Request] = frozenset()


@dataclass(frozen=True)
class _Message:
    """Sentences that are to the point, and how sure a guess at a request in them must be."""

    kept: Sequence[str]
    answers: Set[str]
    least: float
    doubted: Set[Request]
    begun: bool = False


def _always(request: Request, words: str) -> bool:
    return True


def _as_they_are(goals: list[Goal]) -> list[Goal]:
    return goals


@dataclass(frozen=True)
class Reader:
    """What a domain says about its customers' words.

    ``request`` and ``hint``: what is asked for in so many words, and in words that only hint at it; ``ids``: the ids of
    what a text is about; ``answers``: whether a sentence has what a question asked for; ``belongs``: whether a request in
    a clause only adds to the goal before it; ``beside``: whether a clause with the topic of a side question is one;
    ``late``: topics that only those ask about who asked for something before; ``backed``: whether the words allow a
    guess; ``joined``: goals of one message that are parts of one.
    """

    heard: Callable[[str], Heard]
    sides: SideQuestions
    request: Callable[[str], Request | None]
    hint: Callable[[str], Request | None]
    ids: Callable[[str], Hashable]
    answers: Callable[[str, str], bool]
    belongs: Callable[[Request, str, Goal], bool]
    beside: Callable[[Request | None, str], bool]
    late: Set[str]
    backed: Callable[[Request, str], bool] = field(default=_always)
    joined: Callable[[list[Goal]], list[Goal]] = field(default=_as_they_are)

    def read(self, text: str, moment: Moment) -> Message:
        """Takes a message apart."""
        made = Message(rest=text)
        kept: list[str] = []
        for sentence in sentences(text):
            topic = self._aside(sentence, moment.asked)
            if topic:
                made.sides.append(topic)
            elif parts := [*self._kept(made, sentence, moment)]:
                kept.append(sentence if len(parts) == len(clauses(sentence)) else ", ".join(parts))
        if made.sides:
            made.rest = " ".join(kept)
        pleads = moment.begun and not moment.busy and any(self.heard(one).pleads for one in kept)
        answers = frozenset(
            one for one in kept if self.answers(one, moment.asked) or (pleads and self.heard(one).request[1] < SURE)
        )
        if moment.asked == "confirm":
            kept = [one for one in kept if not self.heard(one).is_("change_mind")]
        least = BUSY if moment.busy else GUESS
        made.goals = self._goals(made.rest, _Message(kept, answers, least, moment.doubted, moment.begun))
        if moment.doubted and not made.goals:
            made.goals = self._goals(made.rest, _Message(kept, answers, max(least, LIKELY), frozenset(), moment.begun))
        return made

    # --- beside the point ---------------------------------------------------------------------------------------------

    def _aside(self, sentence: str, asked: str) -> str | None:
        """The topic of a whole sentence that is beside the point, by what it is like."""
        heard = self.heard(sentence)
        person = heard.is_("person", ASIDE) and (questions(sentence) or _CALLS_FOR.search(sentence) is not None)
        if not person and (not questions(sentence) or (self.answers(sentence, asked) and "?" not in sentence)):
            return None
        topic = heard.topic or ("person" if person else "back" if heard.is_("back", ASIDE) else None)
        if topic is None:
            return None
        found = self.request(sentence)
        if found is None or found == PERSONAL:
            return topic
        sure = heard.scores[heard.best] >= SURE
        return topic if (sure if found[0] == "transfer" else heard.unlike(found)) else None

    def _kept(self, made: Message, sentence: str, moment: Moment) -> Iterator[str]:
        """The clauses that are to the point; the topics of the others are noted."""
        for part in clauses(sentence):
            topic = self.sides.asked(part)
            if topic and (moment.begun or topic not in self.late) and self._beside(part, topic):
                made.sides.append(topic)
            elif (moment.agreed or moment.asked == "confirm") and part.endswith("?") and not self._wishes(part):
                made.sides.append("unknown")
            else:
                yield part

    def _beside(self, part: str, topic: str) -> bool:
        found = self.request(part)
        if topic in _PERSON:
            return found is None or found[0] != "transfer" or found == PERSONAL
        return self.beside(found, topic)

    def _wishes(self, part: str) -> bool:
        """Whether a question asks for something."""
        if self.heard(part).request[1] >= LIKELY:
            return True
        found = self.request(part)
        return found is not None and (found[0] in ("question", "transfer") or _WISH.search(part) is not None)

    # --- what is asked for --------------------------------------------------------------------------------------------

    def _goals(self, text: str, said: _Message) -> list[Goal]:
        units = [unit for sentence, least in self._least(said) for unit in self._asked(sentence, least, said.doubted)]
        first = next((place for place, (_, asked) in enumerate(units) if asked), None)
        whole = None if first is None else units[first][1]
        if whole is None:
            whole = _unless(said.doubted, self.request(text)) or self._guessed(said)
            return [] if whole is None else [Goal(*whole, text)]
        found: list[Goal] = []
        for part, asked in units[first:]:
            if asked is None or (found and self.belongs(asked, part, found[-1])):
                found[-1] = Goal(found[-1].kind, found[-1].topic, f"{found[-1].words} {part}")
            else:
                found.append(Goal(*asked, part))
        before = " ".join(part for part, _ in units[:first])
        if len({(goal.kind, goal.topic) for goal in found}) < 2 and len({self.ids(goal.words) for goal in found}) < 2:
            other = self._first_of_two(before, found[0], said.doubted) if found[0].kind == "transfer" else None
            return [other, found[0]] if other else [Goal(found[0].kind, found[0].topic, text)]
        found[0] = Goal(found[0].kind, found[0].topic, f"{before} {found[0].words}".strip())
        return self.joined(found)

    def _least(self, said: _Message) -> Iterator[tuple[str, float]]:
        """Each sentence with the score from which it is taken for a request by its likeness alone.

        Beside a request in so many words, a sentence without one must be long and very like another.
        """
        named = {one for one in said.kept if any(self.request(part) for part in clauses(one))}
        least = max(LIKELY, BUSY if named else said.least)
        likeliest = max(said.kept, key=lambda one: self.heard(one).request[1], default="")
        for one in said.kept:
            if one in said.answers or (named and one not in named and len(one.split()) < SHORT):
                yield one, NEVER
            elif named and one not in named:
                yield one, BESIDE
            else:
                yield one, least if one == likeliest else BUSY

    def _asked(self, sentence: str, least: float, doubted: Set[Request]) -> list[tuple[str, Request | None]]:
        """The clauses of a sentence, each with what it asks for: by its words, and by what the sentence is like."""
        found = [(part, _unless(doubted, self.request(part))) for part in clauses(sentence)]
        named = {asked for _, asked in found if asked} or {_unless(doubted, self.request(sentence))} - {None}
        heard = self.heard(sentence)
        alike, _ = heard.request
        meant = heard.is_("/".join(alike), least) and alike not in doubted and self.backed(alike, sentence)
        if not named:
            return [(sentence, alike)] if meant else found
        only = next(iter(named))
        if len(named) > 1 or only is None or only[0] == "transfer":
            return found
        rather = heard.rather(only)
        if rather is not None:
            return [(sentence, rather)] if rather not in doubted else found
        beside = heard.unlike(only) and heard.scores[heard.best] >= SURE
        return [(part, None) for part, _ in found] if beside else found

    def _guessed(self, said: _Message) -> Request | None:
        """What is asked for most likely where something must be, if nothing else is open."""
        kept = [one for one in said.kept if one not in said.answers]
        if said.least >= BUSY:
            return None
        alike: list[tuple[float, Request]] = []
        for one in kept:
            heard = self.heard(one)
            asked, score = heard.request
            if heard.best in (LINK, "hello"):
                continue
            most = heard.courtesy if said.begun else 0.0  # nothing is answered before anything was asked
            if score >= max(said.least, most) and asked not in said.doubted and self.backed(asked, one):
                alike.append((score, asked))
        return max(alike)[1] if alike else _unless(said.doubted, self.hint(" ".join(kept)))

    def _first_of_two(self, before: str, transfer: Goal, doubted: Set[Request]) -> Goal | None:
        """What else is wanted of who asks for something that only a person can settle: about another thing, or else the
        words before only tell what it is about.
        """
        first, second = self.ids(before), self.ids(transfer.words)
        if not first or not second or first == second:
            return None
        guess = self._guessed(_Message(sentences(before), frozenset(), FAINT, doubted))
        if guess is not None and guess[0] != "transfer":
            return Goal(*guess, before)
        return Goal("unclear", transfer.topic, before)


def _unless(doubted: Set[Request], found: Request | None) -> Request | None:
    return None if found in doubted else found
