"""FSDP2 for the frozen weights: each process keeps its share of every decoder layer, and gathers a layer when it is
needed, forward and backward.

The adapters, a thousandth of the weights, stay whole in every process: their gradients are summed as without sharding
(``Processes.sum_gradients``), and the optimiser, the stored state and the checkpoints are unaffected. The embeddings,
the output layer and the audio tower also stay whole. Decoding would gather every layer for every token, and processes
would have to decode in step, so a sharded run takes its replies from rollout servers.
"""

from accelerate import FullyShardedDataParallelPlugin
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from tarl_app.agents.omni.model.layout import language_model
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.policy import Policy


def shard(policy: Policy, processes: Processes) -> bool:
    """Shards the frozen layers over the processes if the configuration says so; returns whether it did.

    How long a gathered layer is kept is set in accelerate (``fsdp_reshard_after_forward`` in its configuration file).
    """
    if not policy.config.shard or processes.count == 1:
        return False
    plugin = FullyShardedDataParallelPlugin(fsdp_version=2)
    mesh = init_device_mesh(processes.device.type, (processes.count,))
    model = language_model(policy.thinker)
    kept = set(policy.adapters)
    options = {"mesh": mesh, "reshard_after_forward": bool(plugin.reshard_after_forward)}
    for layer in model.layers:
        fully_shard(layer, ignored_params=kept, **options)
    in_layers = {parameter for layer in model.layers for parameter in layer.parameters()}
    fully_shard(model, ignored_params=kept | (set(model.parameters()) - in_layers), **options)
    return True
