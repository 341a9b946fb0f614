"""What the scripted user does next: wishes in order, facts given when asked, consent only to what was wanted.

``Agenda`` is the state of one replay (see ``scripted``); each reaction is a list of acts, which ``scripted`` puts into
words, or None when the user hangs up.
"""

import re
from random import Random

from tarl_app.sandbox.told import NO_WORDS, FactWords, could_tell
from tarl_app.sandbox.users import scripted_values as values
from tarl_app.sandbox.users.scripted_checks import Mismatch, mismatches, wrong_values
from tarl_app.sandbox.users.scripted_reading import Reading
from tarl_app.sandbox.users.scripted_replies import IDENTITY, SPOKEN, SWAPS, Act, Acts, Replies
from tarl_app.types import Task, Wish

REPEATS = 3
"""The same agent words, or the same answers, in a row after which the user loses patience."""
STALLS = 5
"""Reactions without progress in a row after which the user gives up."""
_CALLS_WITH_NAME = {"impatient": 0.3, "chatty": 0.25, "plain": 0.12}


class Agenda:
    """Where one user stands; ``open`` first, then ``react`` to each agent utterance."""

    def __init__(self, task: Task, rng: Random, fact_words: FactWords = NO_WORDS) -> None:
        self.task, self.rng, self.replies = task, rng, Replies(task, rng)
        self.fact_words = fact_words
        self.place = 0
        self.wish: Wish | None = task.wishes[0] if task.wishes else None
        self.heard: list[str] = []
        self.said: list[tuple[str, ...]] = []
        self.stalls = 0
        self.leaving = False
        self._switch(self.wish)

    def _switch(self, wish: Wish | None) -> None:
        self.wish = wish
        self.insisted = self.objected = self.reminded = 0
        self.consented = self.replies.fall_back = False
        self.replies.asked_items = 0

    # --- entry points -------------------------------------------------------------------------------------------------

    def open(self) -> Acts:
        """The opening: a greeting, the first wish, now and then who is calling."""
        if self.wish is None:
            return [Act("hello"), Act("say", {"text": "What can you do for me?"})]
        acts = [Act("hello"), *self.replies.state(self.wish)]
        if self.rng.random() < _CALLS_WITH_NAME.get(self.task.persona.style, 0.0):
            acts += self.replies.identity({"identity"})
        return acts

    def react(self, reading: Reading) -> Acts | None:
        """What the user does when the agent has said this; None hangs up."""
        if self.leaving:
            return None
        self.heard.append(reading.text)
        if self._same(self.heard):
            return self._leave("give_up")
        acts, progress = self._react(reading)
        self.said.append(tuple(act.rule for act in acts))
        self.stalls = 0 if progress and not self._same(self.said) else self.stalls + 1
        return self._leave("give_up") if self.stalls >= STALLS else acts

    @staticmethod
    def _same(things: list) -> bool:
        return len(things) >= REPEATS and len(set(things[-REPEATS:])) == 1

    # --- reactions, in order of precedence; each says whether the conversation gets on ---------------------------------

    def _react(self, r: Reading) -> tuple[Acts, bool]:
        wish = self.wish
        if not r.text:
            return [Act("repeat")], False
        if wish is None:
            return self._without_wish(r)
        wrong = wrong_values(r, self.replies.beliefs, self.task.wishes)
        if r.not_found:
            return self._not_found(r, wrong), bool(wrong or self.replies.outdated)
        if wrong and not r.proposes:
            return self._object(wrong[0], wish), True
        if r.unavailable and wish.kind in SWAPS:
            return self._unavailable(wish), True
        if r.done and not r.proposes and (self.consented or not r.refuses) and wish.kind not in SPOKEN:
            return self._next(thanks=True), True
        return self._requests(r, wish, wrong)

    def _requests(self, r: Reading, wish: Wish, wrong: list[Mismatch]) -> tuple[Acts, bool]:
        if r.refuses and not r.asks & {*IDENTITY, "order", "reason"}:
            return self._refused(r, wish), True
        if r.proposes:
            return self._proposal(r, wish, wrong), True
        if self._answered(r, wish):
            return self._next(thanks=True), True
        if r.asks:
            return self.replies.give(r, wish), True
        if r.done:
            return self._next(thanks=True), True
        if r.helps:
            return self.replies.state(wish), False
        if r.more:
            return self._reminder(wish), False
        return [Act("ok" if r.transfers or r.holds or r.states else "repeat")], False

    def _without_wish(self, r: Reading) -> tuple[Acts, bool]:
        if r.asks & IDENTITY:
            return self.replies.identity(set(r.asks)), True
        return ([Act("decline")], False) if r.proposes else (self._leave("bye"), True)

    def _object(self, wrong: Mismatch, wish: Wish) -> Acts:
        return [Act("no", rest=tuple(self.replies.correction(wrong, wish)))]

    def _not_found(self, r: Reading, wrong: list[Mismatch]) -> Acts:
        about_order = re.search(r"\border\b", r.text) is not None
        outdated = self.replies.outdated
        if outdated and not about_order:
            self.replies.corrected |= outdated
            asked = {"email"} if "email" in outdated else {"name", "zip"}
            return [Act("oops", rest=tuple(self.replies.identity(asked)))]
        assert self.wish is not None
        if wrong and wrong[0].what == "email":
            return [Act("no", rest=tuple(self.replies.spelled({"email"})))]
        if wrong:
            return self._object(wrong[0], self.wish)
        if r.asks and not r.asks & {*IDENTITY, "order"}:
            return self.replies.give(r, self.wish)
        if about_order and self.wish.order_id and not r.asks & IDENTITY:
            return [Act("again", rest=tuple(self.replies.order(self.wish)))]
        asked = set(r.asks & IDENTITY) or {"identity"}
        return [Act("again", rest=tuple(self.replies.spelled(asked)))]

    def _unavailable(self, wish: Wish) -> Acts:
        if any(choice.first_options for choice in wish.choices) and not self.replies.fall_back:
            self.replies.fall_back = True
            return [Act("fallback", {"new": values.new_said(wish.choices, True, self.rng)})]
        if wish.expect == "refused" or self.objected >= 2:
            return self._refused(Reading(text=""), wish)
        self.objected += 1
        return [self.replies.new(wish)]

    def _refused(self, r: Reading, wish: Wish) -> Acts:
        if wish.expect == "transferred" and r.transfers:
            return [Act("yes" if r.proposes else "ok")]
        if self.insisted < max(wish.insists, int(wish.expect != "refused")):
            self.insisted += 1
            return [Act("insist")]
        return self._drop(wish)

    def _drop(self, wish: Wish) -> Acts:
        """Gives the wish up for what the user wants instead, or for the next one."""
        if wish.instead is not None:
            self._switch(wish.instead)
            return [Act("then"), *self.replies.state(wish.instead)]
        return [Act("accept"), *self._next(thanks=False)]

    def _proposal(self, r: Reading, wish: Wish, wrong: list[Mismatch]) -> Acts:
        if r.transfers and wish.expect != "transferred":
            return [Act("decline")]
        if not r.order_ids and re.search(r"\bspeaking (with|to)|talking (with|to)|your (name|e-?mail|zip)|zip code", r.text):
            mistake = self.replies.identified_wrongly(r, wrong)
            return self._object(mistake, wish) if mistake else [Act("yes")]
        if wish.changes_mind and wish.instead is not None:
            self._switch(wish.instead)
            return [Act("change_mind"), *self.replies.state(wish.instead)]
        if wish.changes_mind:
            return [Act("change_mind"), *self._next(thanks=False)]
        serious = [m for m in (*wrong, *mismatches(r, wish, self.replies.fall_back)) if not m.missing or self.objected < 2]
        if serious:
            self.objected += 1
            return self._object(serious[0], wish)
        self.consented = True
        return [Act("yes"), *(self.replies.give(r, wish) if r.asks else [])]

    def _answered(self, r: Reading, wish: Wish) -> bool:
        """Whether the agent's words can be the answer to a question; whether it is right the user cannot know."""
        if wish.kind != "lookup" or r.asks - {"payment"}:
            return False
        return bool(wish.tell) and all(could_tell(r.text, fact, self.fact_words) for fact in wish.tell)

    # --- from wish to wish --------------------------------------------------------------------------------------------

    def _reminder(self, wish: Wish) -> Acts:
        if self.reminded:
            return self._drop(wish)
        self.reminded += 1
        return [Act("still"), *self.replies.state(wish)]

    def _next(self, thanks: bool) -> Acts:
        """On to the next wish, or goodbye."""
        self.place += 1
        if self.place >= len(self.task.wishes):
            return self._leave("bye")
        wish = self.task.wishes[self.place]
        self._switch(wish)
        return [*([Act("next")] if thanks else []), *self.replies.state(wish)]

    def _leave(self, rule: str) -> Acts:
        self.leaving, self.wish = True, None
        return [Act(rule)]
