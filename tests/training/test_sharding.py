"""FSDP2 over the frozen layers: two processes, each with half of every layer, learn what one learns with all of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tarl_app.training.train import main
from tests.training import tiny_parts
from tests.training.served_parts import config_for, running
from tests.training.test_served_runs import CHANGES, Loaded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

RUN = """
import json, sys
from pathlib import Path
import torch.distributed as dist
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.training import train
from tarl_app.training.configuration.config import parse_config
from tarl_app.training.policy import Policy
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.distributed.shard import shard
from tests.training.test_served_runs import Loaded
folder = Path(sys.argv[1])
config = parse_config(json.loads(sys.argv[2]))
processes = Processes("cpu")
policy = Policy.load(config, processes.device)
sizes = lambda: sum(
    (one.to_local() if hasattr(one, "to_local") else one).numel()
    for name, one in language_model(policy.thinker).layers.named_parameters() if "lora" not in name
)
before, did = sizes(), shard(policy, processes)
(folder / f"sizes-{processes.rank}.json").write_text(json.dumps([did, before, sizes()]))
train.main(config, parts_of=Loaded(folder, [], None), runs=folder)
"""


def test_two_processes_with_sharded_layers_learn_what_one_learns(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(RUN)
    root = Path(__file__).parents[2]
    changes = {**CHANGES, "steps": 2, "groups": 3, "dynamic_sampling": False, "micro_tokens": 200, "updates": 2}
    with running(tmp_path, base_weights=True) as servers:
        made = config_for(servers, name="two", shard=True, gradient_checkpointing=True, **changes)
        command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", "configs/fsdp2.yaml"]
        command += ["--num_processes", "2", "--main_process_port", "0", str(tmp_path / "run.py"), str(tmp_path)]
        subprocess.run(
            [*command, made.model_dump_json()],
            cwd=root,
            check=True,
            timeout=380,
            env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        )
    main(tiny_parts.config(name="one", **changes), parts_of=Loaded(tmp_path, [], None), runs=tmp_path)
    for rank in range(2):
        did, before, after = json.loads((tmp_path / f"sizes-{rank}.json").read_text())
        assert did
        assert 0.4 * before < after < 0.6 * before
    one, two = (load_file(tmp_path / name / "state" / "step-000002" / "tensors.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name, value in one.items():
        assert torch.allclose(value, two[name], atol=2e-4, rtol=1e-3), name
