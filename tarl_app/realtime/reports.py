"""Our own events on top of the protocol: tools of this side, verdicts, timing, the verifier."""

from tarl_app.realtime.call import facts
from tarl_app.realtime.response import Send


class Reports:
    """Sends ``tarl.tool``, ``tarl.verdict``, ``tarl.timing`` and ``tarl.verifier``."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._ended: facts.Ended | None = None

    def take(self, fact: facts.Ran | facts.Judged | facts.Ended) -> None:
        """Tells what it means."""
        if isinstance(fact, facts.Ran):
            result = fact.result
            status = "in_progress" if result is None else "failed" if result.is_error else "completed"
            call = {"call_id": fact.call.id, "name": fact.call.name, "arguments": fact.call.arguments, "status": status}
            output = {} if result is None else {"output": result.content, "seconds": fact.seconds}
            self._send("tarl.tool", response_id=fact.response, **call, **output)
        elif isinstance(fact, facts.Judged):
            score = fact.score
            told = {"turn": score.turn, "score": score.score, "reason": score.reason, "rule": score.rule}
            self._send("tarl.verdict", item_id=fact.item, **told)
        else:
            self._ended = fact
            self.repeat()

    def timed(self, response_id: str, timed: facts.Timed) -> None:
        """Tells where the time of a response went, in seconds."""
        self._send("tarl.timing", response_id=response_id, **vars(timed))

    def repeat(self) -> bool:
        """Tells how the call ended; False while it goes on."""
        if self._ended is None:
            return False
        verdict = self._ended.verdict
        checks = [check.model_dump() for check in verdict.checks] if verdict else []
        changes = [change.model_dump() for change in verdict.changes] if verdict else []
        passed = verdict.passed if verdict else None
        self._send("tarl.verifier", reason=str(self._ended.reason), passed=passed, checks=checks, changes=changes)
        return True
