"""The recipe that makes omni-mini: SmolLM2 and Whisper assembled into one Omni thinker that hears and does the job.

Stages, each a command of its own (``python -m tarl_app.recipes.omni_mini STAGE``), seeded, with its output below ``--out``:

    assemble    SmolLM2 and Whisper as one thinker, or some layers of it            -> the cache, or base/
    dialogues   the scripted agent serves the scripted user on train and dev tasks  -> dialogues-{train,dev}.jsonl.gz
    pack        dialogues rendered by the serving template, typed and spoken        -> {train*,dev}/pack.npz, utterances.json
    speak       every spoken sentence synthesised by one of several voices          -> {train*,dev}/speech-*.npz
    sft         the preset's stages of text, of hearing and of both, in its order   -> sft/ (state, metrics), NAME/

``assemble`` is done by the others where it has not been. ``dialogues`` keeps a file that is there and refuses one that
another configuration made; ``pack`` always packs anew; ``speak`` speaks what is not there yet or was spoken for other
sentences, or in other words; ``sft`` goes on where it stopped.
"""
