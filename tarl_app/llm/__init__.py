"""Models behind any OpenAI-compatible endpoint, hosted or local: requests, retries, budgets, structured answers, a cache.

endpoint   where a model is, and its key      budget   what was used, what it cost, what is allowed
client     one request, tried until answered  structured   an answer in a form, repaired or asked for again
cache      answers by what was asked
"""

from tarl_app.llm.budget import Budget, Usage, shared_budget
from tarl_app.llm.cache import AnswerCache
from tarl_app.llm.client import LLM, Answer
from tarl_app.llm.endpoint import Endpoint, configured, endpoint_of
from tarl_app.llm.reading import RawCall
from tarl_app.llm.structured import Structured, structured

__all__ = [
    "LLM",
    "Answer",
    "AnswerCache",
    "Budget",
    "Endpoint",
    "RawCall",
    "Structured",
    "Usage",
    "configured",
    "endpoint_of",
    "shared_budget",
    "structured",
]
