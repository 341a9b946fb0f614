"""How the shop's ids are spoken and recognised."""

from tarl_app.core.spoken import IdForm, Spoken

SPOKEN = Spoken(
    prompt="Order #W5073264, item 6400128395, zip 78210, e-mail ana.silva7305@example.com.",
    ids=(IdForm("W", 7, "#"),),
)
