"""The sandbox as Gymnasium environments: the agent's side and the customer's (``docs/sandbox-service.md``).

    import gymnasium
    import tarl_app.gym                                           # registers them

    env = gymnasium.make("tarl/Agent-v0", split="train")
    words, info = env.reset(seed=0)                               # "user: Hello, I ..."
    words, reward, terminated, truncated, info = env.step('{"name": "...", "arguments": {...}}')

``gymnasium.make_vec(..., vectorization_mode="sync")`` makes several at once.
"""

from tarl_app.core.errors import ConfigError

try:
    import gymnasium
except ImportError as error:
    raise ConfigError("tarl_app.gym needs the library gymnasium: pip install 'gymnasium>=1.2,<2'.") from error

from tarl_app.gym.agent_env import AgentEnv
from tarl_app.gym.customer_env import CustomerEnv

__all__ = ["AgentEnv", "CustomerEnv"]

for _name, _where in (
    ("tarl/Agent-v0", "tarl_app.gym.agent_env:AgentEnv"),
    ("tarl/Customer-v0", "tarl_app.gym.customer_env:CustomerEnv"),
):
    if _name not in gymnasium.registry:
        gymnasium.register(_name, entry_point=_where)
