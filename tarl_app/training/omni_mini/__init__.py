"""The recipe that makes omni-mini: SmolLM2 and Whisper assembled into one Omni thinker that hears and does the job.

Stages, each a command of its own (``python -m tarl_app.training.omni_mini STAGE``), seeded, with its output on disk:

    dialogues   the scripted agent serves the scripted user on train tasks            -> dialogues.jsonl.gz
    pack        dialogues rendered by the serving template, text and spoken variants  -> pack.npz, utterances.json
    speak       every spoken user turn synthesised by several voices                  -> speech-*.npz
    sft         text first, then CTC alignment of the hearing, then both together     -> checkpoints/<name>/

A stage that finds its output complete does nothing; ``speak`` and ``sft`` resume where they stopped.
"""
