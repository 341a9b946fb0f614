import threading

from tarl_app.core.types import ToolCall
from tarl_app.domains import load_domain
from tarl_app.domains.retail.models import Order
from tarl_app.domains.retail.world import template, world
from tarl_app.sandbox.database import Database, Template
from tarl_app.sandbox.environment import DatabaseEnvironment
from tarl_app.sandbox.tools.toolbox import RefusalError, Toolbox

RETAIL = load_domain("retail")
PENDING = next(order for order in world().orders.values() if order.status == "pending")


def cancel(order_id: str = PENDING.order_id) -> ToolCall:
    return ToolCall(id="1", name="cancel_pending_order", arguments={"order_id": order_id, "reason": "no longer needed"})


def look(order_id: str = PENDING.order_id) -> ToolCall:
    return ToolCall(id="2", name="get_order_details", arguments={"order_id": order_id})


def test_one_environment_does_not_see_what_another_writes():
    with RETAIL.open() as one, RETAIL.open() as other:
        before = other.call(look()).content
        assert not one.call(cancel()).is_error
        assert one.call(look()).content != before
        assert other.call(look()).content == before
        assert one.changes()
        assert other.changes() == ()
    with RETAIL.open() as later:
        assert later.call(look()).content == before


def test_changes_say_what_differs_in_words():
    with RETAIL.open() as environment:
        environment.call(cancel())
        changes = {(c.table, c.key, c.column): (c.before, c.after) for c in environment.changes()}
    key = PENDING.order_id
    assert changes["orders", key, "status"] == ("pending", "cancelled")
    assert changes["orders", key, "cancel_reason"] == (None, "no longer needed")
    total = PENDING.payments[0].amount_cents
    assert changes["payments", f"{key}/1", "amount"] == (None, f"${total // 100:,}.{total % 100:02d}")


def test_the_reported_changes_are_all_the_differences_of_the_whole_database():
    copy = template().open()
    environment = DatabaseEnvironment(template(), Toolbox())
    environment.close()
    assert copy.touched == set()
    copy.update(Order, PENDING.order_id, status="lost")
    copy.commit()
    whole = template().dump(copy)
    different = {(name, key) for name, rows in whole.items() for key in rows if rows[key] != template().rows[name].get(key)}
    assert different == copy.touched == {("orders", (PENDING.order_id,))}
    assert [(c.before, c.after) for c in template().changes(copy)] == [("pending", "lost")]
    copy.close()


def test_after_a_transfer_nothing_can_be_called():
    with RETAIL.open() as environment:
        assert not environment.transferred
        refused = environment.call(ToolCall(id="1", name="transfer_to_human_agents", arguments={}))
        assert refused.is_error
        assert not environment.transferred
        environment.call(ToolCall(id="1", name="transfer_to_human_agents", arguments={"summary": "a broken parcel"}))
        assert environment.transferred
        late = environment.call(cancel())
        assert late.is_error
        assert late.content.startswith("Error: ")
        assert environment.changes() == ()


def test_a_closed_environment_answers_with_an_error_and_closes_twice():
    environment = RETAIL.open()
    environment.close()
    environment.close()
    assert environment.call(look()).is_error
    assert environment.changes() == ()


def test_an_environment_may_be_called_from_other_threads_and_closed_meanwhile():
    environment = RETAIL.open()
    results = []
    threads = [
        threading.Thread(target=lambda: results.extend(environment.call(look()) for _ in range(20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    environment.close()
    for thread in threads:
        thread.join()
    assert len(results) == 80
    assert all(result.content.startswith(("{", "Error: the conversation is over")) for result in results)


def test_a_tool_that_refuses_halfway_leaves_no_trace():
    toolbox = Toolbox()

    @toolbox.tool(writes=True)
    def spoil(db: Database, order_id: str) -> str:
        """Write, then refuse."""
        db.update(Order, order_id, status="spoiled")
        raise RefusalError("no")

    environment = DatabaseEnvironment(template(), toolbox)
    assert environment.call(ToolCall(id="1", name="spoil", arguments={"order_id": PENDING.order_id})).content == "Error: no"
    assert environment.changes() == ()
    environment.close()


def test_a_domain_without_tables_needs_no_special_case():
    from sqlalchemy.orm import DeclarativeBase

    class Nothing(DeclarativeBase):
        pass

    toolbox = Toolbox()

    @toolbox.tool()
    def greet(_: Database, name: str = "you") -> dict[str, str]:
        """Greet."""
        return {"hello": name}

    environment = DatabaseEnvironment(Template(Nothing, lambda: ()), toolbox)
    assert environment.call(ToolCall(id="1", name="greet")).content == '{"hello": "you"}'
    assert environment.changes() == ()
    environment.close()
