"""The page's own ``/v1/realtime``, called by the official ``openai`` client: no browser is needed for that."""

from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tarl_app.domains import get_task
from tests.browser.talking import App
from tests.realtime.caller import calling, run, whole_call

TASK = get_task("retail", "retail-dev-006")


def test_a_program_calls_an_agent_of_the_page(app: App) -> None:
    async def work() -> None:
        async with calling(port, model="no-such-agent", task=TASK.id) as caller:
            assert caller.events[0]["session"]["model"] == "scripted"
            await caller.manual(output_modalities=["text"])
            assert (await whole_call(caller, TASK, None))["passed"]

    port = urlsplit(app.url).port
    assert port
    run(work)


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Host": "rebound.example"}])
def test_another_sites_page_cannot_call_it(app: App, headers: dict[str, str]) -> None:
    async def work() -> None:
        with pytest.raises(InvalidStatus):
            async with connect(f"{app.url.replace('http', 'ws')}v1/realtime", additional_headers=headers):
                pass

    run(work)
