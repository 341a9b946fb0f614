"""``python -m tarl_app.recipes.omni_mini STAGE --out DIR``: the recipe's stages as commands."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
_APART = {"train-natural": "natural", BABBLE: "babble"}
"""The packs of single sentences, and the field of ``DialogueConfig`` that asks for them."""


@dataclass(frozen=True)
class _Rolled:
    """Conversations of one domain and split: what they are made from, their file, and the folder of their pack."""

    config: DialogueConfig
    split: Split
    file: Path
    pack: Path


def _rolled(args: argparse.Namespace, config: DialogueConfig) -> list[_Rolled]:
    """Those of the domain itself first."""
    from tarl_app.domains import load_domain

    def of(config: DialogueConfig, split: Split, name: str) -> _Rolled:
        return _Rolled(config, split, args.out / f"dialogues-{name}.jsonl.gz", args.out / name)

    rolled = [of(config, "train", "train"), of(config, "dev", "dev")]
    for name in config.beside:
        taught = load_domain(name).recipe is not None
        other = replace(
            config,
            domain=name,
            hard_kinds=None,
            rollouts=config.rollouts * config.beside_times if taught else 1,
            hard_rollouts=config.hard_rollouts * config.beside_times,
        )
        rolled.append(of(other, "train", f"train-{name}"))
        if taught:
            rolled.append(of(other, "dev", f"dev-{name}"))
    return rolled


def _dialogues(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.recipes.omni_mini.stages.dialogues import origin, roll_out

    rolled = {one.pack.name: one for one in _rolled(args, config)}
    asked = args.only.split(",") if args.only else list(rolled)
    if unknown := sorted(set(asked) - set(rolled)):
        raise ConfigError(f"--only: there is no {unknown[0]}. Choose from {', '.join(rolled)}.")
    for name in asked:
        one = rolled[name]
        made_from = origin(one.config, one.split)
        if not is_there(one.file, made_from):
            note(one.file, made_from)  # first: a kill leaves a note without its file, which is harmless
            count = roll_out(one.config, one.split, one.file, args.processes, _deadlines(args).get("dialogues"))
            print(f"{count} conversations in {one.file}", file=sys.stderr)


def _pack(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.agents.omni.model.adapters import REPLIES
    from tarl_app.agents.omni.model.assemble import load_thinker
    from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
    from tarl_app.domains import DOMAINS, load_domain
    from tarl_app.recipes.omni_mini.data.everyday import everyday
    from tarl_app.recipes.omni_mini.data.letter_words import some_with_words
    from tarl_app.recipes.omni_mini.data.nonsense_text import babble, whole_words
    from tarl_app.recipes.omni_mini.data.remarks import remarks
    from tarl_app.recipes.omni_mini.data.replies import frequent_replies
    from tarl_app.recipes.omni_mini.stages.dialogues import origin, read
    from tarl_app.recipes.omni_mini.stages.pack import pack_dialogues

    rolled = _rolled(args, config)
    for one in rolled:
        if not is_there(one.file, origin(one.config, one.split)):
            raise ConfigError(f"There is no {one.file}: run the stage dialogues first.")
    made = {one.pack.name for one in rolled} | {name for name, asked in _APART.items() if getattr(config, asked)}
    if others := sorted({path.parent.name for path in args.out.glob("*/pack.npz")} - made):
        raise ConfigError(f"{args.out / others[0]} is of another preset: choose another --out, or delete the folder.")
    domain, tokenizer = load_domain(config.domain), OmniTokenizer.load(_base(args))
    recipe = domain.recipe
    unheard = recipe.held_out() if recipe else frozenset[str]()

    def single(sentences: int, codes: int, seed: int) -> list[str]:
        made = [*recipe.dictation(sentences, seed, unheard), *recipe.codes(codes, seed, unheard)] if recipe else []
        return some_with_words(made, config.letter_words, seed)

    extra = single(config.extra_utterances, config.codes, config.seed)
    extra += 2 * remarks(DOMAINS) if config.remarks else []
    own, own_dev, *others = rolled
    pack = pack_dialogues(read(own.file), extra, domain, tokenizer, config, own.pack)
    packs = [pack]
    for one in others:
        other = load_domain(one.config.domain)
        typos = config.typos if other.recipe and one.split == "train" else 0.0
        longest = config.longest if one.split == "train" else _longest_probed(config)
        typed = replace(one.config, spoken_share=0.0, typos=typos, longest=longest)
        further = pack_dialogues(read(one.file), (), other, tokenizer, typed, one.pack)
        packs += [further] if one.split == "train" else []
    if config.natural:
        aloud = replace(config, spoken_share=1.0, bulk_share=0.0)
        said = islice(read(own.file), 0, None, max(1, len(pack.text) // config.natural))
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
    said = chain.from_iterable(read(one.file) for one in rolled if one.split == "train")
    (args.out / REPLIES).write_text("".join(f"{line}\n" for line in frequent_replies(said)), encoding="utf-8")
    unseen = replace(config, spoken_share=config.dev_spoken_share, longest=_longest_probed(config))
    pack_dialogues(read(own_dev.file), (), domain, tokenizer, unseen, own_dev.pack, voices=(config.dev_voice,))
    examples = [example for each in packs for example in each.examples]
    tokens = sum(len(e.ids) for e in examples)
    spoken = sum(1 for e in examples if e.slots)
    print(
        f"train: {len(examples)} dialogues ({spoken} spoken), {tokens / 1e6:.1f} M tokens, "
        f"{len(pack.utterances)} sentences to speak",
        file=sys.stderr,
    )


def _longest_probed(config: DialogueConfig) -> int:
    return max(6000, config.longest)


def _speak(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.recipes.omni_mini.stages.speak import speak

    for path in sorted(args.out.glob("*/utterances.json")):
        speak(path.parent, args.processes)


def _sft(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.agents.omni.model.adapters import PARTS, REPLIES
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
    pack = Pack.load_all(folders)
    base = _assembled(args, sft)
    tokenizer = OmniTokenizer.load(base)
    thinker = load_thinker(base, torch.bfloat16 if args.device != "cpu" else best_dtype())
    said, expected = _heard(args.out, folders, ear, _trains_an_ear(sft))
    if _trains_an_ear(sft):
        said, expected = _of_nobody_held_out(said, config), _of_nobody_held_out(expected, config)
    named = args.base if args.base in PARTS and not sft.layers else str(base.resolve())
    device = torch.device(args.device)
    whole, domains = bool(sft.layers), (config.domain, *config.beside)
    customers = ("plain", "lifelike") if config.lifelike else ("plain",)
    learner = Learner(thinker, tokenizer, said, sft.lora, device, sft.projector, expected, named, whole, domains, customers)
    if ear is not None:
        learner.hear_like(ear)
    if adapters is not None:
        learner.speak_like(adapters)
    stages = tuple(args.stages.split(",")) if args.stages else ()
    if args.hearing is not None:
        learner.take(args.hearing / "state", ("hearing",))
    if args.language is not None:
        learner.take(args.language / "state", ("language",))
    trainer = Trainer(learner, pack, Speech(*folders), sft, args.out / args.work)
    trainer.snapshots = sorted(args.snapshot)
    held_out = {
        folder.name: Trainer(learner, Pack.load(folder), Speech(folder), sft, args.out / args.work)
        for folder in sorted(path.parent for path in args.out.glob("dev*/pack.npz"))
    }
    run(trainer, held_out, stages, _deadlines(args))
    for path in learner.ship(args.out / args.name, args.name):
        print(f"wrote {path}", file=sys.stderr)
    if (args.out / REPLIES).is_file():
        shutil.copy(args.out / REPLIES, args.out / args.name)


def _deadlines(args: argparse.Namespace) -> dict[str, float]:
    """Seconds by stage."""
    return {stage: float(seconds) for stage, seconds in (item.split("=") for item in args.deadline)}


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


def _between(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    from tarl_app.recipes.omni_mini.stages.between import between

    if not (args.adapters and args.ear):
        raise ConfigError("Name both ends: --adapters CHECKPOINT for the earlier one, --ear CHECKPOINT for the later one.")
    ends = _checkpoint(args.adapters), _checkpoint(args.ear)
    print(f"wrote {between(*ends, args.share, args.out / args.name, args.name)}", file=sys.stderr)


def _assemble(args: argparse.Namespace, config: DialogueConfig, sft: SftConfig) -> None:
    print(_assembled(args, sft), file=sys.stderr)


def _assembled(args: argparse.Namespace, sft: SftConfig) -> Path:
    """The untuned thinker that is trained: all of the base, or the preset's layers of it."""
    from tarl_app.recipes.omni_mini.stages.layer_pruning import prune_layers

    return prune_layers(_base(args), sft.layers, args.out / "base") if sft.layers else _base(args)


def _base(args: argparse.Namespace) -> Path:
    from tarl_app.agents.omni.model.adapters import PARTS
    from tarl_app.agents.omni.model.checkpoint import base_folder

    return base_folder(torch.bfloat16, args.base) if args.base in PARTS else Path(args.base)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one stage, by default as the command line says; 2 on an error that the app explains."""
    stages = {
        "assemble": _assemble,
        "dialogues": _dialogues,
        "pack": _pack,
        "speak": _speak,
        "sft": _sft,
        "between": _between,
    }
    parser = argparse.ArgumentParser(prog="python -m tarl_app.recipes.omni_mini", description=__doc__)
    parser.add_argument("stage", choices=stages)
    parser.add_argument("--out", type=Path, default=settings().home / "omni-mini", help="where the stages' files lie")
    parser.add_argument("--base", default="omni-mini", help="omni-mini, omni-mini-whisper-base, or an assembled folder")
    parser.add_argument("--processes", type=int, default=settings().threads)
    parser.add_argument("--preset", choices=PRESETS, default="cpu", help="sizes and steps")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--name", default="omni-mini", help="sft: the checkpoint's name, a folder below --out")
    parser.add_argument("--stages", default="", help="sft: only these, by name, separated by commas")
    parser.add_argument("--deadline", action="append", default=[], metavar="STAGE=SECONDS", help="end a stage then")
    parser.add_argument("--only", default="", metavar="NAME,...", help="dialogues: only these, such as train-airline")
    parser.add_argument("--work", default="sft", help="sft: the folder of its state and metrics, below --out")
    parser.add_argument("--hearing", type=Path, metavar="WORK", help="sft: begin with the hearing of another run")
    parser.add_argument("--ear", default="", metavar="CHECKPOINT", help="sft: hear like this one, such as omni-mini")
    parser.add_argument("--adapters", default="", metavar="CHECKPOINT", help="sft: begin with this one's language adapters")
    parser.add_argument("--language", type=Path, metavar="WORK", help="sft: begin with the language adapters of another run")
    parser.add_argument("--snapshot", type=float, action="append", default=[], metavar="SECONDS", help="sft: keep its state")
    parser.add_argument("--share", type=float, default=0.35, help="between: how far from --adapters to --ear, 0 to 1")
    parser.add_argument("--seed", type=int, help="of all that is drawn (default: the preset's)")
    args = parser.parse_args(arguments)
    if args.seed is not None and args.seed < 0:
        parser.error("--seed cannot be negative")
    if not 0 <= args.share <= 1:
        parser.error("--share is between 0 and 1")
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
