"""Models behind any OpenAI-compatible endpoint, hosted or local: requests, retries, budgets, structured answers, a cache.

endpoint     URL, model and key of an endpoint
client       one request with retries
budget       usage, cost and limits
structured   answers in a given form, validated and asked for again
answers      parsing of untrusted answers: wire, fields, tool calls, reasoning
refusals     errors in an endpoint's own words
trouble      their meaning, and what to do
habits       known behaviour of an endpoint
cache        answers by the content of the request
"""

from tarl_app.llm.answers.tool_calls import RawCall
from tarl_app.llm.budget import Budget, Usage, shared_budget
from tarl_app.llm.cache import AnswerCache
from tarl_app.llm.client import LLM, Answer
from tarl_app.llm.endpoint import Endpoint, configured, endpoint_of
from tarl_app.llm.habits import Habits, habits_of
from tarl_app.llm.structured import Structured, structured

__all__ = [
    "LLM",
    "Answer",
    "AnswerCache",
    "Budget",
    "Endpoint",
    "Habits",
    "RawCall",
    "Structured",
    "Usage",
    "configured",
    "endpoint_of",
    "habits_of",
    "shared_budget",
    "structured",
]
