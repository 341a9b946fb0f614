"""The constructors of a call in full duplex, for evaluation."""

from collections.abc import Callable
from functools import partial

from tarl_app.conversation import Event, LiveConversation
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Agent, Judge, SpeechToText, UserSimulator
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Episode, Guards, Task
from tarl_app.evaluation.config import EvaluationConfig, episode_id
from tarl_app.realtime.call.parts import Parts
from tarl_app.speech import USER_VOICE, Voice, load_voice
from tarl_app.speech.channel import channel
from tarl_app.users.floor import Floor, Manner


def hold(
    agent: Callable[[Task, int], Agent],
    user: Callable[[Task, int], UserSimulator],
    judge: Judge,
    domain: Domain,
    guard: Guards,
    hears: bool,
    voice: Voice,
    hearing: Callable[[], SpeechToText],
    config: EvaluationConfig,
    task: Task,
    seed: int,
    cancelled: Callable[[], bool],
) -> Episode:
    """One call (``evaluate.Parts.hold``, once the first eight are given): ``voice`` is the agent's."""
    from tarl_app.realtime.simulated.call import hold_call  # here: its libraries take long to import

    answers = agent(task, seed)

    def make(on_event: Callable[[Event], None]) -> LiveConversation:
        name = episode_id(config, task, seed)
        most = config.max_agent_turns
        return LiveConversation(
            task, domain, answers, None, judge, None, on_event, max_agent_turns=most, seed=seed, id=name, guard=guard
        )

    parts = Parts(
        name=config.agent,
        task=task,
        domain=domain,
        agent=lambda _: answers,
        voice=lambda _: voice,
        hearing=hearing,
        voice_name=config.agent_voice,
        hears=hears,
        filler_seconds=settings().filler_seconds,
        guard=guard,
    )
    manner = Manner(interrupts=config.interrupts, backchannels=config.backchannels, hesitates=config.hesitates)
    say = partial(_say, load_voice(config.voice or USER_VOICE), channel(config.channel, seed))
    return hold_call(parts, make, user(task, seed), Floor(manner, f"{task.id}/{seed}/floor"), say, cancelled).episode


def _say(voice: Voice, line: Callable[[Audio], Audio], text: str) -> Audio:
    return line(voice.say(text))
