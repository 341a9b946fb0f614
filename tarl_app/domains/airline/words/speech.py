"""How the airline's codes and numbers are spoken and recognised."""

from tarl_app.core.spoken import IdForm, Spoken

SPOKEN = Spoken(
    prompt="Customer M5073264, reservation W7RD4F, flight JN6408 on May 23, born March 9, 1979.",
    ids=(IdForm("M", 7), IdForm("JN", 4)),
    codes=(6,),
)
