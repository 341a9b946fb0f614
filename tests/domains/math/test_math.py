import ast
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.scripted import NullAgent, ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import DomainError
from tarl_app.core.protocols import Agent
from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, ToolCall, Turn, UserTurn
from tarl_app.domains import get_task, load_domain
from tarl_app.domains.math.draw import Draw
from tarl_app.domains.math.generate import KINDS_OF_PROBLEM, LEVELS, SIZES, draw_problem, generate, tasks
from tarl_app.domains.math.problems import Make
from tarl_app.domains.math.work import Problem, Work
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.sandbox.checks import check_tasks
from tarl_app.sandbox.verifier import verify
from tarl_app.users.scripted import scripted_user
from tarl_app.wiring import find_task, make_agent, make_user

DOMAIN = load_domain("math")
DEV = DOMAIN.tasks("dev")
MAKES = {make.__name__: make for makes in KINDS_OF_PROBLEM.values() for make in makes}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6}


def spent(question: str, money: int) -> Fraction:
    first, second = (PARTS[word] for word in re.findall("|".join(PARTS), question))
    return money * (1 - Fraction(1, first)) * (1 - Fraction(1, second))


READINGS: dict[str, Callable[..., int | Fraction]] = {  # the question's numbers, in their order -> the answer
    "small_sum": lambda q, a, b: a + b,
    "small_difference": lambda q, a, b: abs(a - b),
    "small_product": lambda q, a, b: a * b,
    "small_quotient": lambda q, a, b: Fraction(max(a, b), min(a, b)),
    "gets_more": lambda q, a, b: a + b,
    "gives_away": lambda q, a, b: a - b,
    "larger_sum": lambda q, a, b: a + b,
    "larger_difference": lambda q, a, b: b - a if "subtract" in q else a - b,
    "larger_product": lambda q, a, b: a * b,
    "multiply_then": lambda q, a, b, c: a * b + c if "add" in q else a * b - c,
    "boxes": lambda q, a, b, c: a * b - c,
    "two_friends": lambda q, a, more: 2 * a + more,
    "change": lambda q, count, price, bag, note: note - bag - count * price,
    "share_the_rest": lambda q, total, kept, friends: Fraction(total - kept, friends),
    "two_kinds_of_boxes": lambda q, a, b, c, d: a * b + c * d,
    "pages": lambda q, length, daily, days, more: length - daily * days - more,
    "journey": lambda q, a, b, c, d: a * b + c * d,
    "three_operations": lambda q, a, b, c, d: Fraction(a * b + c, d),
    "discount": lambda q, price, share, count: price * count * Fraction(100 - share, 100),
    "average": lambda q, a, b, c: Fraction(a + b + c, 3),
    "how_many_in_the_time": lambda q, hours, minutes, each: Fraction(60 * hours + minutes, each),
    "fence": lambda q, length, width, price: 2 * (length + width) * price,
    "overtime": lambda q, wage, bonus, hours, extra: wage * (hours + extra) + bonus * extra,
    "ages": lambda q, age, times, years: age * (1 + times) + 2 * years,
    "buses": lambda q, groups, each, seats, price: ceil(Fraction(groups * each, seats)) * price,
    "left_over": lambda q, trays, each, bad, size: (trays * each - bad) % size,
    "backwards": lambda q, factor, more, result: Fraction(result - more, factor),
    "tank": lambda q, size, there, inflow, outflow: Fraction(size - there, inflow - outflow),
    "two_bites": spent,
    "row_of_numbers": lambda q, low, high: sum(range(low, high + 1)),
    "break_even": lambda q, high, fee, low: Fraction(fee, high - low),
}


def drawn(make: Make, seed: int) -> Problem:
    rng = Random(seed)
    while True:
        try:
            return make(Draw(rng))
        except ValueError:
            continue


def value_of(written: str) -> Fraction:
    def walk(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int() as number):
                return Fraction(number)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -walk(operand)
            case ast.BinOp(left=left, op=op, right=right):
                a, b = walk(left), walk(right)
                match op:
                    case ast.Add():
                        return a + b
                    case ast.Sub():
                        return a - b
                    case ast.Mult():
                        return a * b
                    case ast.Div():
                        return a / b
        raise AssertionError(ast.dump(node))

    return walk(ast.parse(written, mode="eval").body)


def answered(task: Task, *texts: str, calls: tuple[ToolCall, ...] = ()) -> Episode:
    turns = (UserTurn(text=task.goals[0].question or ""), *(AgentTurn(text=text) for text in texts))
    return Episode(id="e", task=task, agent="a", user="u", turns=turns, stop=StopReason.USER_DONE)


def converse(task: Task, agent: Agent) -> Episode:
    return Conversation(task, DOMAIN, agent, scripted_user(task, DOMAIN), ReferenceJudge(DOMAIN), max_agent_turns=4).run()


class Caller:
    """Calls a tool, whatever was said."""

    name = "caller"

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        return AgentTurn(tool_calls=(ToolCall(id="1", name="look_it_up"),))


class TestProblems:
    def test_every_kind_has_an_independent_reading_here(self):
        assert READINGS.keys() == MAKES.keys()

    @pytest.mark.parametrize("kind", MAKES)
    @settings(max_examples=25)
    @given(seed=st.integers(0, 10**9))
    def test_the_answer_is_what_the_question_says(self, kind: str, seed: int):
        made = drawn(MAKES[kind], seed)
        numbers = map(int, re.findall(r"\d+", made.question))
        assert READINGS[kind](made.question, *numbers) == made.answer

    @pytest.mark.parametrize("kind", MAKES)
    @settings(max_examples=25)
    @given(seed=st.integers(0, 10**9))
    def test_the_answer_is_what_the_expression_and_the_last_step_say(self, kind: str, seed: int):
        made = drawn(MAKES[kind], seed)
        assert value_of(made.written) == made.answer
        assert re.search(rf"\b{abs(made.answer)}\b", made.worked.split(". ")[-1])

    @given(seed=st.integers(0, 10**9), level=st.sampled_from(LEVELS))
    def test_a_question_survives_being_spoken_and_heard(self, seed: int, level: int):
        question = draw_problem(Random(seed), level).question
        assert normalise_heard(question, load_domain("math").spoken) == question

    @given(a=st.integers(-99, 99), b=st.integers(-99, 99))
    def test_the_same_computation_is_written_alike_in_either_order(self, a: int, b: int):
        assert Work().plus(a, b) == Work().plus(b, a)
        assert Work().times(a, b) == Work().times(b, a)

    @given(a=st.integers(0, 9999), b=st.integers(1, 99))
    def test_a_rest_is_smaller_than_what_it_was_divided_by(self, a: int, b: int):
        times, rest = Work().whole(a, b)
        assert (times.value * b + rest.value, 0 <= rest.value < b) == (a, True)
        assert (value_of(times.written), value_of(rest.written)) == (times.value, rest.value)

    @pytest.mark.parametrize(
        "uneven", [lambda: Work().shared(7, 2), lambda: Work().shared(7, 0), lambda: Work().percent(5, 7)]
    )
    def test_what_does_not_come_out_even_is_refused(self, uneven: Callable[[], object]):
        with pytest.raises(ValueError, match=r"cannot be divided|not a whole number"):
            uneven()


class TestSplits:
    def test_each_level_has_its_share_and_a_prefix_is_a_fair_sample(self):
        for split, size in SIZES.items():
            assert len(tasks(split)) == size
            assert [task.kind for task in tasks(split)[:5]] == [f"math-level-{level}" for level in LEVELS]
            assert len([task for task in tasks(split) if task.kind == "math-level-3"]) == size / len(LEVELS)

    def test_no_question_and_no_computation_is_in_two_splits(self):
        for contents in (lambda task: task.goals[0].question, lambda task: task.must_tell[0].worked):
            train, dev, test = ({contents(task) for task in tasks(split)} for split in SIZES)
            assert train.isdisjoint(dev | test)
            assert dev.isdisjoint(test)

    def test_no_question_is_asked_twice_in_a_split(self):
        for split, size in SIZES.items():
            assert len({task.goals[0].question for task in tasks(split)}) == size

    def test_another_seed_gives_other_tasks_with_other_ids_in_the_same_split(self):
        other = list(islice(generate("dev", seed=1), 20))
        assert not {task.id for task in other} & {task.id for task in DEV}
        assert [task.goals for task in other] != [task.goals for task in DEV[:20]]
        train = {task.must_tell[0].worked for task in tasks("train")}
        assert not train & {task.must_tell[0].worked for task in other}

    def test_the_test_split_is_the_one_that_results_were_measured_on(self):
        content = "\n".join(f"{task.goals[0].question} {task.must_tell[0].value}" for task in tasks("test"))
        assert sha256(content.encode()).hexdigest()[:16] == "f7651783e28f46c4"

    def test_unknown_splits_and_levels_are_refused(self):
        with pytest.raises(DomainError, match="no split"):
            tasks("exam")  # type: ignore[arg-type]
        with pytest.raises(DomainError, match="no level"):
            draw_problem(Random(0), 6)

    def test_tasks_are_found_by_id(self):
        assert find_task(DEV[7].id) == (DEV[7], DOMAIN)
        for missing in ("math-dev-9999", "math-free-0"):
            with pytest.raises(DomainError):
                get_task("math", missing)


class TestVerdicts:
    @pytest.mark.parametrize("split", ["dev", "test"])
    def test_the_machine_check_finds_no_fault(self, split):
        report = check_tasks(DOMAIN, split)
        assert (report.gold_passed, report.mutations_caught, report.mutations) == (
            report.tasks,
            2 * report.tasks,
            2 * report.tasks,
        )
        assert (report.null_passed, report.transfer_only_passed, report.failures) == (0, 0, ())

    @given(task=st.sampled_from(DEV), wrong=st.integers(-10_000, 10_000))
    def test_only_the_right_number_passes(self, task: Task, wrong: int):
        right = int(task.must_tell[0].value)
        assert verify(answered(task, f"Let me see. The answer is {right}."), DOMAIN).passed
        assert verify(answered(task, f"It is {wrong}."), DOMAIN).passed == (wrong == right)

    def test_naming_every_number_does_not_pass(self):
        every = " ".join(map(str, range(-200, 4000)))
        assert not any(verify(answered(task, every), DOMAIN).passed for task in DEV)

    def test_a_guess_that_a_later_turn_takes_back_does_not_count(self):
        right = DEV[0].must_tell[0].value
        assert not verify(answered(DEV[0], f"The answer is {right}.", "No, the answer is 0."), DOMAIN).passed
        assert verify(answered(DEV[0], "The answer is 0.", f"No, the answer is {right}."), DOMAIN).passed

    def test_the_verdict_speaks_of_no_database_and_no_transfer(self):
        verdict = verify(answered(DEV[0], "The answer is 0."), DOMAIN)
        assert [check.name for check in verdict.checks if not check.passed] == [
            f"The customer was told the answer: {DEV[0].must_tell[0].value}"
        ]
        assert len(verdict.checks) == 2


class TestConversations:
    def test_the_scripted_agent_solves_every_task_in_one_turn(self):
        for task in (*DEV, *DOMAIN.tasks("test")):
            episode = converse(task, make_agent("scripted", task, DOMAIN, seed=3))
            assert episode.verdict is not None
            assert (episode.verdict.passed, len(episode.turns), episode.stop) == (True, 2, StopReason.USER_DONE)
            assert [score.score for score in episode.judgements[0].scores] == [1]

    def test_unvaried_it_thinks_aloud_and_ends_as_the_policy_says(self):
        for task in DEV:
            text = ScriptedAgent(task, DOMAIN, varied=False).reply(()).text
            value = task.must_tell[0].value.replace("-", "minus ")
            assert text == f"{task.must_tell[0].worked} The answer is {value}."

    def test_the_user_asks_once_and_hangs_up_whatever_the_answer(self):
        user = make_user(DEV[0])
        asked = user.speak(())
        assert asked is not None
        assert asked.text == DEV[0].goals[0].question
        assert user.speak((asked,)) == asked
        assert user.speak((asked, AgentTurn(text="Pardon?"))) is None

    def test_the_null_agent_passes_nothing_and_earns_nothing(self):
        for task in DEV:
            episode = converse(task, NullAgent())
            assert episode.verdict is not None
            assert not episode.verdict.passed
            assert [score.score for score in episode.judgements[0].scores] == [0]

    def test_a_call_is_answered_with_an_error_and_is_the_one_deviation(self):
        episode = converse(DEV[0], Caller())
        assert episode.stop is StopReason.LIMIT
        assert all(result.is_error and "no tool" in result.content for _, result in episode.calls)
        assert [score.score for score in episode.judgements[0].scores] == [-1, 0, 0, 0]
        assert episode.judgements[0].scores[0].rule == "unknown_tool"

    def test_no_call_breaks_the_environment(self):
        environment = DOMAIN.open()
        result = environment.call(ToolCall(id="1", name="\ud800" * 99, arguments={"a": "\ud800"}))
        assert result.is_error
        assert result.content.encode()
        assert (environment.changes(), environment.transferred, environment.tools) == ((), False, ())
        environment.close()
