"""``python -m tarl_app.recipes.omni_mini STAGE --out DIR``: the recipe's stages as commands."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import torch

from tarl_app.core.domain import Split
from tarl_app.core.errors import AgentError, ConfigError, TarlError
from tarl_app.core.settings import settings
from tarl_app.recipes.omni_mini.config import PRESETS, DialogueConfig, SftConfig
from tarl_app.recipes.omni_mini.stages.fingerprint import is_there, note

BABBLE = "train-babble"
"""The pack of nonsense sentences, on which the n-gram is not counted."""
EXPECTED = "expected.txt"
"""Further sentences for the n-gram, beside those in the packs."""
_APART = {"train-math": "math", "train-natural": "natural", BABBLE: "babble"}
"""The packs beside ``train``, and the field of ``DialogueConfig`` that asks for them."""


def _rolled(args: argparse.Namespace, config: DialogueConfig) -> list[tuple[Path, DialogueConfig, Split]]:
    """The files of conversations, with what they are made from."""
    rolled: list[tuple[Path, DialogueConfig, Split]] = [
        (args.out / "dialogues-train.jsonl.gz", config, "train"),
        (args.out / "dialogues-dev.jsonl.gz", config, "dev"),
    ]
    if config.math:
        math = replace(config, domain="math", rollouts=1, hard_kinds=())
        rolled.append((args.out / "dialogues-math.jsonl.gz", math, "train"))
    return rolled


def _dialogues(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.recipes.omni_mini.stages.dialogues import origin, roll_out

    for path, made_from, split in _rolled(args, config):
        if not is_there(path, origin(made_from, split)):
            note(path, origin(made_from, split))  # first: a kill leaves a note without its file, which is harmless
            count = roll_out(made_from, split, path, args.processes)
            print(f"{count} conversations in {path}", file=sys.stderr)


def _pack(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.agents.omni.model.assemble import load_thinker
    from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
    from tarl_app.domains import load_domain
    from tarl_app.recipes.omni_mini.data.everyday import everyday
    from tarl_app.recipes.omni_mini.data.nonsense_text import babble, whole_words
    from tarl_app.recipes.omni_mini.stages.dialogues import origin, read
    from tarl_app.recipes.omni_mini.stages.pack import pack_dialogues

    for path, made_from, split in _rolled(args, config):
        if not is_there(path, origin(made_from, split)):
            raise ConfigError(f"There is no {path}: run the stage dialogues first.")
    made = {"train", *(name for name, asked in _APART.items() if getattr(config, asked))}
    if others := sorted({path.parent.name for path in args.out.glob("train*/pack.npz")} - made):
        raise ConfigError(f"{args.out / others[0]} is of another preset: choose another --out, or delete the folder.")
    domain, tokenizer = load_domain(config.domain), OmniTokenizer.load(_base(args))
    recipe = domain.recipe
    unheard = recipe.held_out() if recipe else frozenset[str]()

    def single(sentences: int, codes: int, seed: int) -> list[str]:
        return [*recipe.dictation(sentences, seed, unheard), *recipe.codes(codes, seed, unheard)] if recipe else []

    extra = single(config.extra_utterances, config.codes, config.seed)
    train = read(args.out / "dialogues-train.jsonl.gz")
    pack = pack_dialogues(train, extra, domain, tokenizer, config, args.out / "train")
    if config.math:
        typed = replace(config, spoken_share=0.0, typos=0.0)
        pack_dialogues(
            read(args.out / "dialogues-math.jsonl.gz"), (), load_domain("math"), tokenizer, typed, args.out / "train-math"
        )
    if config.natural:
        aloud = replace(config, spoken_share=1.0, bulk_share=0.0)
        said = islice(read(args.out / "dialogues-train.jsonl.gz"), 0, None, max(1, len(pack.text) // config.natural))
        more = single(6 * config.natural, 0, config.seed + 1)
        pack_dialogues(said, more, domain, tokenizer, aloud, args.out / "train-natural")
    if config.babble:
        by_id = sorted(tokenizer.full.get_vocab().items(), key=lambda item: item[1])
        nonsense = babble(config.babble, config.seed, whole_words([token for token, _ in by_id]), domain.spoken.ids)
        pack_dialogues((), nonsense, domain, tokenizer, replace(config, bulk_share=1.0), args.out / BABBLE)
    expected = single(config.expected, config.codes, config.seed + 2)
    if config.everyday:
        expected += everyday(config.everyday, config.seed, load_thinker(_base(args), torch.bfloat16), tokenizer)
    (args.out / EXPECTED).write_text("".join(f"{line}\n" for line in expected), encoding="utf-8")
    unseen = replace(config, spoken_share=config.dev_spoken_share, longest=max(6000, config.longest))
    dev = read(args.out / "dialogues-dev.jsonl.gz")
    pack_dialogues(dev, (), domain, tokenizer, unseen, args.out / "dev", voices=(config.dev_voice,))
    tokens = sum(len(e.ids) for e in pack.examples)
    spoken = sum(1 for e in pack.examples if e.slots)
    print(
        f"train: {len(pack.examples)} dialogues ({spoken} spoken), {tokens / 1e6:.1f} M tokens, "
        f"{len(pack.utterances)} sentences to speak",
        file=sys.stderr,
    )


def _speak(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.recipes.omni_mini.stages.speak import speak

    for path in sorted(args.out.glob("*/utterances.json")):
        speak(path.parent, args.processes)


def _sft(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.agents.omni.model.adapters import MINI
    from tarl_app.agents.omni.model.assemble import load_thinker
    from tarl_app.agents.omni.model.checkpoint import best_dtype
    from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
    from tarl_app.recipes.omni_mini.data.dataset import Pack, Speech
    from tarl_app.recipes.omni_mini.stages.learner import STATE, Learner
    from tarl_app.recipes.omni_mini.stages.sft import Trainer, run

    torch.set_num_threads(settings().threads)
    torch.manual_seed(sft.seed)
    ear = _eared(args.ear) if args.ear else None
    adapters = _checkpoint(args.adapters) if args.adapters else None
    if not (ear or args.hearing or _trains_an_ear(sft) or (args.out / args.work / "state" / STATE).is_file()):
        raise ConfigError(
            f"The preset {args.preset} trains no ear: say whose it has, by --ear CHECKPOINT or --hearing WORK."
        )
    folders = sorted(path.parent for path in args.out.glob("train*/pack.npz"))
    if not folders or not (args.out / "dev" / "pack.npz").is_file():
        raise ConfigError(f"There are no packs in {args.out}: run the stages dialogues, pack and speak first.")
    pack, dev = Pack.load_all(folders), Pack.load(args.out / "dev")
    base = _assembled(args, sft)
    tokenizer = OmniTokenizer.load(base)
    thinker = load_thinker(base, torch.bfloat16 if args.device != "cpu" else best_dtype())
    said, expected = _heard(args.out, folders, ear, _trains_an_ear(sft))
    if _trains_an_ear(sft):
        said, expected = _of_nobody_held_out(said, config), _of_nobody_held_out(expected, config)
    named = str(base.resolve()) if sft.layers or args.base else MINI
    device = torch.device(args.device)
    whole, domains = bool(sft.layers), (config.domain, *(("math",) if config.math else ()))
    learner = Learner(thinker, tokenizer, said, sft.lora, device, sft.projector, expected, named, whole, domains)
    if ear is not None:
        learner.hear_like(ear)
    if adapters is not None:
        learner.speak_like(adapters)
    stages = tuple(args.stages.split(",")) if args.stages else ()
    deadlines = {k: float(v) for k, v in (item.split("=") for item in chain(args.deadline))}
    if args.hearing is not None:
        learner.take(args.hearing / "state", ("hearing",))
    if args.language is not None:
        learner.take(args.language / "state", ("language",))
    trainer = Trainer(learner, pack, Speech(*folders), sft, args.out / args.work)
    trainer.snapshots = sorted(args.snapshot)
    held_out = Trainer(learner, dev, Speech(args.out / "dev"), sft, args.out / args.work)
    run(trainer, held_out, stages, deadlines)
    for path in learner.ship(args.out / args.name, args.name):
        print(f"wrote {path}", file=sys.stderr)


def _trains_an_ear(sft: SftConfig) -> bool:
    return any((stage.ctc_utterances or stage.speech_tokens) and not stage.own_words for stage in sft.stages)


def _heard(out: Path, folders: list[Path], ear: Path | None, trained: bool) -> tuple[list[str], list[str]]:
    """The customers' sentences, and further sentences for the n-gram: those of another checkpoint and of the packs.

    The packs are left out when another checkpoint's projector is used without training it.
    """
    from tarl_app.agents.omni.model.adapters import SAID
    from tarl_app.recipes.omni_mini.data.dataset import Pack

    before = (ear / SAID).read_text(encoding="utf-8").splitlines() if ear is not None else []
    if ear is not None and not trained:
        return before, []
    sense = [folder for folder in folders if folder.name != BABBLE]
    path = out / EXPECTED
    expected = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [utterance.text for utterance in Pack.load_all(sense).utterances], before + expected


def _of_nobody_held_out(sentences: list[str], config: DialogueConfig) -> list[str]:
    """The sentences without those about customers of dev and test (namesakes in train, or an older checkpoint's
    sentences).
    """
    from tarl_app.domains import load_domain
    from tarl_app.recipes.omni_mini.data.held_out import about

    recipe = load_domain(config.domain).recipe
    told = about(recipe.held_out() if recipe else ())
    return [sentence for sentence in sentences if not told(sentence)]


def _eared(name: str) -> Path:
    from tarl_app.agents.omni.model.adapters import SAID

    folder = _checkpoint(name)
    if not (folder / SAID).is_file():
        raise AgentError(f"The checkpoint {name} has no ear of its own ({SAID}): take the one that it was tuned from.")
    return folder


def _checkpoint(name: str) -> Path:
    from tarl_app.agents.omni.model.checkpoint import locate_checkpoint

    folder = locate_checkpoint(name)
    if folder is None:
        raise AgentError(f"There is no checkpoint {name}.")
    return folder


def _assemble(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    print(_assembled(args, sft), file=sys.stderr)


def _assembled(args: argparse.Namespace, sft: SftConfig) -> Path:
    """The untuned thinker that is trained: all of the base, or the preset's layers of it."""
    from tarl_app.recipes.omni_mini.stages.layer_pruning import prune_layers

    return prune_layers(_base(args), sft.layers, args.out / "base") if sft.layers else _base(args)


def _base(args: argparse.Namespace) -> Path:
    if args.base:
        return args.base
    from tarl_app.agents.omni.model.assemble import assemble_directory
    from tarl_app.assets import fetch

    gguf = next(fetch("smollm2-135m-instruct").glob("*.gguf"))
    return assemble_directory(gguf, fetch("whisper-tiny.en"), torch.bfloat16)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one stage, by default as the command line says; 2 on an error that the app explains."""
    stages = {"assemble": _assemble, "dialogues": _dialogues, "pack": _pack, "speak": _speak, "sft": _sft}
    parser = argparse.ArgumentParser(prog="python -m tarl_app.recipes.omni_mini", description=__doc__)
    parser.add_argument("stage", choices=stages)
    parser.add_argument("--out", type=Path, default=settings().home / "omni-mini", help="where the stages' files lie")
    parser.add_argument("--base", type=Path, help="an assembled base (default: assembled from the pinned weights)")
    parser.add_argument("--processes", type=int, default=settings().threads)
    parser.add_argument("--preset", choices=PRESETS, default="cpu", help="sizes and steps")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--name", default="omni-mini", help="sft: the checkpoint's name, a folder below --out")
    parser.add_argument("--stages", default="", help="sft: only these, by name, separated by commas")
    parser.add_argument("--deadline", action="append", default=[], metavar="STAGE=SECONDS", help="sft: end a stage then")
    parser.add_argument("--work", default="sft", help="sft: the folder of its state and metrics, below --out")
    parser.add_argument("--hearing", type=Path, metavar="WORK", help="sft: begin with the hearing of another run")
    parser.add_argument("--ear", default="", metavar="CHECKPOINT", help="sft: hear like this one, such as omni-mini")
    parser.add_argument("--adapters", default="", metavar="CHECKPOINT", help="sft: begin with this one's language adapters")
    parser.add_argument("--language", type=Path, metavar="WORK", help="sft: begin with the language adapters of another run")
    parser.add_argument("--snapshot", type=float, action="append", default=[], metavar="SECONDS", help="sft: keep its state")
    parser.add_argument("--seed", type=int, help="of all that is drawn (default: the preset's)")
    args = parser.parse_args(arguments)
    if args.seed is not None and args.seed < 0:
        parser.error("--seed cannot be negative")
    config, sft = PRESETS[args.preset]
    if args.seed is not None:
        config, sft = replace(config, seed=args.seed), replace(sft, seed=args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        stages[args.stage](args, config, sft)
    except TarlError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
