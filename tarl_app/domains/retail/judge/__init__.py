"""The shop's declarations for the rule-based judge: identity, contents of results, statements about money and parcels."""

from tarl_app.core.domain import Judging
from tarl_app.core.domain.judging import Asked, Identity, JudgedWords, ReadBack
from tarl_app.core.types import Goal, ToolCall, ToolResult
from tarl_app.domains.retail.effects.actions import ACTIONS
from tarl_app.domains.retail.judge import contents, grounds, read_back, stock, sums
from tarl_app.domains.retail.judge.money import explains, wrong_method
from tarl_app.domains.retail.judge.shows import shows
from tarl_app.domains.retail.judge.wishes import TOPICS, WISHES
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import parsed


def _who(call: ToolCall, result: ToolResult) -> str:
    return str(parsed(result.content)).strip()


def _has_second_choice(goal: Goal) -> bool:
    return any(choice.get("first_item_id") for choice in goal.details.get("choices", ()))


def _look_up_failed(evidence: Evidence) -> bool:
    return evidence.lookups_failed > 0


def _failed_or_of_an_address(evidence: Evidence) -> bool:
    # Once the customer is known, a zip code that is asked for belongs to a new address.
    return evidence.lookups_failed > 0 or evidence.customer is not None


def _orders_are_known(evidence: Evidence) -> bool:
    return bool(evidence.owners) or any(one.is_error for one in evidence.results_since_user)


JUDGING = Judging(
    actions=ACTIONS,
    identity=Identity(
        tools=("find_user_id_by_email", "find_user_id_by_name_zip"),
        who=_who,
        account="user_id",
        said=("first_name", "last_name", "zip", "email"),
        asked="zip",
        request=r"\bname\b.*\bzip\b|\be-?mail address\b.*\bname\b",
    ),
    read_back=ReadBack(targets=("order_id",), distinctive=("address1", "zip"), details=("reason",)),
    shows=shows,
    explains=explains,
    topics=("status",),
    declinable=_has_second_choice,
    wishes=WISHES,
    asked=(
        Asked(
            "e-mail address or name",
            r"\be-?mail\b.*\bor\b.*\bzip\b|\bor\b.*\bname\b.*\bzip\b",
            r"[\w.+-]+@[\w-]+\.\w+",
            _look_up_failed,
        ),
        # "Your email, or your name and zip code?" asks for either.
        Asked("email", r"^(?!.* or ).*\be-?mail\b", r"[\w.+-]+@[\w-]+\.\w+", _look_up_failed),
        Asked("zip code", r"\b(?:zip|postal|post) ?code\b|\bzip\b", r"(?<![\w#])\d{5}(?!\w)", _failed_or_of_an_address),
        Asked("order number", r"\border (?:number|id)\b", r"#?\bw\d{6,}", _orders_are_known),
    ),
    words=JudgedWords(
        wanted=r"orders?|return\w*|exchang\w*|swap|refund\w*|tracking|gift card",
        promised=r"deliver\w*|ship\w*|courier|parcel|package|refund\w*|your (?:order|door|bell)",
        given_away=r"free shipping|free delivery|store credit|gifts?(?![ -]cards?)",
        earlier=r"shipped|delivered",
        topics=TOPICS,
        states=r"on (?:its|their|the) way|in transit|out for delivery|shipped|dispatched|with the courier|being packed|"
        r"left (?:our|the) (?:warehouse|depot|store)|arrived|handed over to the (?:courier|carrier)",
    ),
    praise={"think": "thought it over", "calculate": "calculated"},
    call_rules=(("odd_calculation", sums.odd_calculation), ("other_product", grounds.other_product)),
    text_rules=(
        ("wrong_method", wrong_method),
        ("wrong_contents", contents.wrong_contents),
        ("wrong_price", contents.wrong_price_paid),
        ("wrong_total", contents.wrong_total),
        ("wrong_price", contents.wrong_price_asked),
        ("false_ground", grounds.false_ground),
        ("wrong_refusal", grounds.wrongful_refusal),
        ("false_sold_out", stock.false_sold_out),
        ("invented_option", stock.invented_option),
        ("wrong_difference", sums.wrong_difference),
        ("charged_for_nothing", sums.charged_for_nothing),
        ("unsound_amount", sums.unsound_amount),
        ("garbled_address", read_back.garbled_address),
        ("wrong_reason", read_back.wrong_reason),
        ("wrong_items", read_back.wrong_items),
        ("wrong_options", read_back.wrong_options),
        ("wrong_payment", read_back.wrong_payment),
    ),
)
