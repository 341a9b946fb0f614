"""Models behind any OpenAI-compatible endpoint, hosted or local: requests, retries, budgets, structured answers, a cache.

endpoint   where a model is, and its key        budget      what was used, what it cost, what is allowed
client     one request, tried until answered    structured  an answer in a form, repaired or asked for again
wire       bytes, events, JSON                  reading     fields of an answer, none of whose types is trusted
calls      tool calls, also in pieces           thoughts    what of a text is said aloud
refusals   errors in an endpoint's words        trouble     what they mean, and what to do
habits     what an endpoint was found to do     cache       answers by what was asked
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
