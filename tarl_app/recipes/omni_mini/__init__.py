"""The recipe of omni-mini: SmolLM2 and Whisper assembled into one Omni thinker and tuned.

Stages, each a command of its own (``python -m tarl_app.recipes.omni_mini STAGE``), seeded, with its output below ``--out``:

    assemble    SmolLM2 and Whisper as one thinker, or some layers of it            -> the cache, or base/
    dialogues   the scripted agent serves the scripted user on train and dev tasks  -> dialogues-{train,dev}.jsonl.gz
    pack        dialogues rendered by the serving template, typed and spoken        -> {train*,dev}/pack.npz, utterances.json
    speak       every spoken sentence synthesised by one of several voices          -> {train*,dev}/speech-*.npz
    sft         the preset's stages of text, of hearing and of both, in its order   -> sft/ (state, metrics), NAME/

The other stages run ``assemble`` if needed. ``dialogues`` keeps an existing file and refuses one of another
configuration. ``pack`` always packs again. ``speak`` synthesises what is missing or belongs to other sentences or other
spoken words. ``sft`` continues where it stopped.
"""
