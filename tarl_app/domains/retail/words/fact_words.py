"""Words for the shop's facts: the states of an order, the ways to pay."""

from tarl_app.core.fact_words import FactWords

FACT_WORDS = FactWords(
    synonyms={
        "cancelled": ("called off",),
        "credit card": ("visa", "mastercard", "amex", "american express", "debit card"),
    },
    rivals={
        "status": (
            "pending",
            "processed",
            "delivered",
            "cancelled",
            "shipped",
            "return requested",
            "exchange requested",
        ),
        "payment method": ("PayPal", "gift card", "credit card"),
    },
    kinds=("order", "item", "parcel", "package", "one"),
)
