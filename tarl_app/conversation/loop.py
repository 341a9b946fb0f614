"""THE loop: user turn -> agent turn -> tool turn -> agent turn ... for page, simulator, evaluation and training.

    conversation = Conversation(task, domain, agent, user=ScriptedUser(task, seed=0), judge=judge)
    episode = conversation.run()                 # the simulator speaks until it hangs up
    conversation.say(UserTurn(text="Hello"))     # or a person speaks, and the agent works until it answers
    conversation.act(AgentTurn(text="Hello"))    # or the agent is outside, and takes its turns one by one

No utterance ends a conversation. It ends when the user hangs up, when a transfer succeeds, at the limit of agent turns
or of the agent's context, or with a failure of infrastructure or simulated user, which is data on the episode.
"""

from collections.abc import Callable, Iterable
from uuid import uuid4

from tarl_app.conversation.events import Event, Noted, Rewound, Stopped, TurnAdded
from tarl_app.conversation.scores import Scores
from tarl_app.conversation.tools import Tools
from tarl_app.conversation.undo import last_user_turn
from tarl_app.conversation.voice import Speech, agent_turn, stop_if
from tarl_app.core.characters import whole
from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled, ConversationError, DialogueTooLong, TarlError, UserFault
from tarl_app.core.protocols import Agent, Judge, UserSimulator
from tarl_app.core.types import AgentTurn, CustomerKind, Episode, Guards, StopReason, Task, ToolTurn, Turn, UserTurn, Verdict
from tarl_app.sandbox.faults import NO_FAULTS, Faults, FaultyTools
from tarl_app.sandbox.verifier import verify
from tarl_app.speech import Voice
from tarl_app.speech.pool import until


def _never() -> bool:
    return False


def _manner(speakers: Iterable[str]) -> CustomerKind:
    """How the customer talked, by the names of who spoke; a spoken one's name goes on after a comma."""
    return "lifelike" if any(name.partition(",")[0] == "lifelike" for name in speakers) else "plain"


def _acts(turn: AgentTurn) -> bool:
    """Whether results follow the turn, and then the agent's next one."""
    return bool(turn.tool_calls) or turn.malformed is not None


class Conversation:
    """One task, one environment, one dialogue.

    Calls are not re-entrant: one step at a time. Raises ``ConversationError`` for a step that is not possible now and
    ``Cancelled`` when ``cancelled()`` became true; the dialogue and the database are then as before the step.
    """

    def __init__(
        self,
        task: Task,
        domain: Domain,
        agent: Agent | str,
        user: UserSimulator | None = None,
        judge: Judge | None = None,
        voice: Voice | None = None,
        on_event: Callable[[Event], None] | None = None,
        max_agent_turns: int = 30,
        seed: int = 0,
        id: str | None = None,  # noqa: A002
        guard: Guards = "off",
        faults: Faults = NO_FAULTS,
    ) -> None:
        """``agent``: its name alone where it acts from outside (``act``).

        ``guard``: with ``policy`` a call that the domain's guard forbids is answered with the reason (``Tools``).
        ``faults``: what happens to calls on purpose, drawn from the task and the seed.
        """
        self.domain, self.voice = domain, voice
        self.agent = None if isinstance(agent, str) else agent
        self.user = user  # settable: the simulator may take over from a person, and hand back
        self.max_agent_turns = max_agent_turns
        self.notes: tuple[str, ...] = ()
        self.full: Callable[[], bool] = _never  # settable: whether enough speech waits to be heard, so that no more is made
        self._emit: Callable[[Event], None] = on_event or (lambda event: None)
        self.tools = Tools(domain, guard, FaultyTools(domain, faults, task.id, seed) if faults.any else None)
        name = agent if isinstance(agent, str) else agent.name
        self._base = Episode(id=id or uuid4().hex, task=task, agent=name, user="", seed=seed, guard=guard)
        self._turns: list[Turn] = []
        self._speakers: list[str] = []  # one for each user turn
        self._scores = Scores(judge, self._emit)
        self._stop: StopReason | None = None
        self._failure: str | None = None
        self._verdict: Verdict | None = None

    @property
    def episode(self) -> Episode:
        """The episode so far, frozen."""
        speakers = dict.fromkeys(self._speakers) or [self.user.name if self.user else "human"]
        ended = {"stop": self._stop, "failure": self._failure, "verdict": self._verdict}
        said = {
            "user": " + ".join(speakers),
            "customer": _manner(speakers),
            "turns": tuple(self._turns),
            "judgements": self._scores.judgements,
        }
        return self._base.model_copy(update={**said, **ended})

    def say(self, turn: UserTurn, cancelled: Callable[[], bool] | None = None) -> Episode:
        """A person speaks; then the agent works until it answers without calling a tool."""
        return self._answer(turn, "human", cancelled or _never)

    def step(self, cancelled: Callable[[], bool] | None = None) -> Episode:
        """The simulator speaks, and the agent works; or the simulator hangs up."""
        self._require_open()
        if self.user is None:
            raise ConversationError("There is no simulator in this conversation: set `user`, or speak with `say`.")
        try:
            with until(cancelled or _never):
                turn = self.user.speak(tuple(self._turns))
        except Cancelled:
            raise
        except TarlError as error:
            reason = StopReason.USER_FAULT if isinstance(error, UserFault) else StopReason.FAILURE
            self._end(reason, f"user simulator: {error}")
            return self.episode
        if turn is None:
            self._end(StopReason.USER_DONE)
            return self.episode
        return self._answer(turn, self.user.name, cancelled or _never)

    def act(self, turn: AgentTurn) -> Episode:
        """An agent outside takes one turn: it says something, or it calls tools, whose results come next.

        It may also speak first. Raises ``ConversationError`` where there is an agent here, or nothing in the turn.
        """
        self._require_open()
        if self.agent is not None:
            raise ConversationError("The agent of this conversation is not outside: it acts by itself.")
        if not turn.tool_calls and turn.malformed is None and not turn.text.strip():
            raise ConversationError("There is nothing in this turn: say something, or call a tool.")
        before = len(self._turns)
        try:
            self._take(turn)
            if self._stop is None and _acts(turn) and self._spent():
                self._end(StopReason.LIMIT)
        except BaseException:  # a bug: the dialogue must stay consistent with the database
            self._rewind(before)
            raise
        return self.episode

    def abandon(self, why: str) -> Episode:
        """Ends it as a failure of the infrastructure, which does not count for the agent: nobody will go on with it."""
        if self._stop is None:
            self._end(StopReason.FAILURE, why)
        return self.episode

    def run(self, cancelled: Callable[[], bool] | None = None) -> Episode:
        """Steps until the conversation has stopped."""
        while self._stop is None:
            stop_if(cancelled or _never, "The conversation was stopped.")
            self.step(cancelled)
        return self.episode

    def undo(self) -> UserTurn:
        """Removes the last user turn and all that followed, and rebuilds the database; to retry, say it again."""
        index, turn = last_user_turn(self._turns)
        self._rewind(index)
        return turn

    def rate(self, turn: int, up: bool, why: str = "") -> Episode:
        """A person's thumb on ``turns[turn]``; the same again removes it. Possible after the end as well."""
        self._scores.rate(self.episode, turn, up, why)
        return self.episode

    def finish(self) -> Verdict | None:
        """The person hangs up; the verdict, or None for free talk."""
        if self._stop is None:
            self._end(StopReason.USER_DONE)
        return self._verdict

    def close(self) -> None:
        """Frees the database; the episode stays readable."""
        self.tools.close()

    def _require_open(self) -> None:
        if self._stop is not None:
            raise ConversationError(f"This conversation has ended ({self._stop}): undo the last turn, or begin a new one.")

    def _answer(self, turn: UserTurn, speaker: str, cancelled: Callable[[], bool]) -> Episode:
        self._require_open()
        before = len(self._turns)
        self._speakers.append(speaker)
        try:
            self._add(turn)
            with until(cancelled):
                self._work(cancelled)
        except BaseException:  # cancelled, or a bug: in both cases the dialogue must stay consistent with the database
            self._rewind(before)
            raise
        return self.episode

    def _work(self, cancelled: Callable[[], bool]) -> None:
        """The agent's turns and its tools' until it answers, or the conversation stops."""
        if (agent := self.agent) is None:
            return self._end(StopReason.LIMIT) if self._spent() else None
        while True:
            if self._spent():
                return self._end(StopReason.LIMIT)
            try:
                speech = Speech(self.voice, self._note, self.full) if self.voice else None
                turn = agent_turn(agent, self._turns, self._emit, speech, cancelled)
            except Cancelled:
                raise
            except TarlError as error:
                reason = StopReason.CONTEXT if isinstance(error, DialogueTooLong) else StopReason.FAILURE
                return self._end(reason, f"agent: {error}")
            self._take(turn, cancelled)
            if self._rests(turn):
                return None

    def _rests(self, turn: AgentTurn) -> bool:
        """Whether the agent's work is done with this turn."""
        return not _acts(turn) or self._stop is not None

    def _spent(self) -> bool:
        return len(self.episode.agent_turns) >= self.max_agent_turns

    def _take(self, turn: AgentTurn, cancelled: Callable[[], bool] = _never) -> None:
        """Adds the agent's turn and makes its calls; a transfer ends the conversation."""
        self._add(turn)
        if not _acts(turn):
            self._score()
            return
        used = self.tools.use(turn, self._turns, cancelled)
        self._add(used)
        self._score()
        self._transfer_after(used)

    def _transfer_after(self, used: ToolTurn) -> None:
        if any(result.name == self.domain.transfer_tool and not result.is_error for result in used.results):
            self._end(StopReason.TRANSFERRED)

    def _score(self) -> str:
        """Runs the judge; returns why it failed, or an empty string."""
        if unjudged := self._scores.judge_now(self.episode):
            self._note(unjudged)
        return unjudged

    def _add(self, turn: Turn) -> None:
        self._turns.append(turn)
        self._emit(TurnAdded(len(self._turns) - 1, turn))

    def _note(self, text: str) -> None:
        self.notes = (*self.notes, whole(text))
        self._emit(Noted(self.notes[-1]))

    def _end(self, reason: StopReason, failure: str | None = None) -> None:
        self._stop, self._failure = reason, whole(failure) if failure else failure
        if self._base.task.verifiable:
            self._verdict = verify(self.episode, self.domain)
        unjudged = self._score()  # the end can complete a judgement
        if unjudged and self.episode.counts:  # without its scores it has no reward
            self._stop, self._failure = StopReason.FAILURE, unjudged
        self._emit(Stopped(self._stop, self._verdict))

    def _rewind(self, length: int) -> None:
        """Truncates the dialogue, and restores the database accordingly."""
        self._turns = self._turns[:length]
        self._speakers = self._speakers[: sum(isinstance(turn, UserTurn) for turn in self._turns)]
        self._stop = self._failure = self._verdict = None
        self._scores.cut(length)
        self.tools.rewind(self._turns)
        self._emit(Rewound(length))
