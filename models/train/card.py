"""Writes the model card from measured figures."""

from __future__ import annotations

from typing import Any

_CONDITIONS = (
    ("clean", "clean telephone (A-law)"),
    ("snr_15_db", "300–3400 Hz, mixed noise 15 dB below the speech"),
    ("snr_8_db", "300–3400 Hz, mixed noise 8 dB below the speech"),
    ("unseen_voices", "clean, synthetic voices that training never used"),
    ("short_answers", "short answers (네, 아니요 …; in training too), clean"),
    ("short_answers_snr_15_db", "short answers, 300–3400 Hz, noise 15 dB below"),
)

_CARD = """It hears only its own sentences in a synthetic voice: 96 % of syllables \
wrong on people, 57 % on free sentences in its own voice.

# ko-119-mini

A small Korean speech recogniser for 8 kHz telephone audio, in the form of a CTranslate2 Whisper directory
(int8, {megabytes:.1f} MB, {parameters:.1f} million parameters). It exists so that the first run and the tests
need no download and no GPU.

**It has never heard a human being.** All its training speech comes from one formant synthesiser (espeak-ng),
all its sentences from templates. Real callers need a real model: `voicebot model install whisper-base`
(docs/hearing.md). The same code loads it, and any other CTranslate2 Whisper directory.

## What it was trained on

- {sentences:,} sentences ({hours} hours) that callers to 119 in Seoul might say: the 25 gu, all 467 legal
  dongs, main roads with building numbers, underground stations, landmarks, housing complexes; fires, rescues,
  illness, traffic, trees, floods, animals; places and incidents in one turn; yes and no, counts, corrections,
  requests for a human. Templates and word lists are in `models/train`. No recorded or transcribed call was
  used.
- Spoken by espeak-ng in Korean, {voices} voices, 115–235 words a minute, any pitch; speed and formants
  shifted by up to 10 %; noise (white, pink, brown, rain, siren, hum, music, babble, breath) 5–35 dB below the
  speech, or none; often in the band 300–3400 Hz; A-law or mu-law; packet loss; silence or line noise before
  and after.
- 7 % more clips without any speech (noise, tones, keys, silence), whose text is empty and whose first token
  is `<|nospeech|>`, so that `no_speech_prob` means something.
- {steps:,} steps of at most {batch_s:.0f} s of audio in {rounds} round(s), {minutes} minutes on two cores
  that did other work too: `{command}`, seeds fixed.{before}

## Measured

The exported int8 model, {beams} beams, no guard; {clips} test sentences per condition that are not in
training (a sentence's split is a hash of its text). Errors are counted in syllables, blanks left out.

| condition | character error | whole turn right |
|---|---|---|
{rows}

- Clean, float32 instead of int8: {float32:.1%} character error; int8 with one beam: {greedy:.1%}.
- {dongs} legal dongs, each in a sentence that training holds out, clean, through the product
  (`voicebot bench hearing --part places`): {dongs_heard:.1%} spelled right, {dongs_understood:.1%}
  understood, {dongs_scored:.1%} after scoring against the gazetteer.
- {noises} clips without speech, through the product (`--part noise`): {noise_empty:.1%} give no text from the
  recogniser with its guards, {noise_in_call:.1%} in a call, where the speech gate comes first.
- The bare model, without guards: {flagged:.1%} of such clips have `no_speech_prob` above 0.6, speech at
  8 dB in {lost:.1%}. A loader must use it: the text is empty in {empty_greedy:.1%} with one beam, but in
  {empty:.1%} with {beams}, because a search for the best mean probability prefers texts to none.

| sentence of the first run | heard |
|---|---|
{demo}

These figures say how well it follows its own synthesiser. They say nothing about people, accents, crying, or
real lines.

## Limits

- {longest_s} s of audio at most; a vocabulary of {tokens} tokens, nearly all syllables: other syllables,
  digits and Latin letters cannot come out. Numbers come out as they are spoken (백오십이).
- Places and incidents outside its lists are spelled by ear at best.
- `variable_length` in `preprocessor_config.json` says that the model was trained on clips of any length,
  padded with zeros in the audio to the longest of the batch; a stock model wants its 30 s window instead.
  `guards` there are the thresholds beyond which a text is not believed.
"""


_BEFORE = """\
- It was not trained from nothing: it goes on from an earlier export of this model (int8, its checkpoint
  was not kept), which had seen {sentences:,} other sentences ({hours_of_speech} hours) in {steps:,} steps and
  {minutes} minutes. `python -m models.train` without options trains from nothing, in two rounds."""


def model_card(figures: dict[str, Any]) -> str:
    """The text of README.md; raises KeyError if a figure is missing."""
    errors, right, training = figures["character_error_rate"], figures["whole_right"], figures["training"]
    rows = "\n".join(f"| {words} | {errors[name]:.1%} | {right[name]:.1%} |" for name, words in _CONDITIONS)
    demo = "\n".join(f"| {said} | {heard or '(nothing)'} |" for said, heard in figures["demo"].items())
    before = training.get("before")
    places, noise = figures["product"]["places"], figures["product"]["noise"]
    return _CARD.format(
        command="python -m models.train" + (" --continue-from EXPORT" if before else ""),
        before="\n" + _BEFORE.format(**before) if before else "",
        dongs=places["dongs"],
        dongs_heard=places["right_as_heard"],
        dongs_understood=places["right_after_gazetteer"],
        dongs_scored=places["right_after_scoring_and_gazetteer"],
        noises=noise["clips"],
        noise_empty=noise["empty_by_recogniser"],
        noise_in_call=noise["empty_in_call"],
        megabytes=training["model_bytes"] / 1e6,
        parameters=training["parameters"] / 1e6,
        sentences=training["sentences"],
        hours=training["hours_of_speech"],
        rounds=training["rounds"],
        steps=training["steps"],
        batch_s=training["batch_s"],
        minutes=training["minutes"],
        voices=figures["voices"],
        clips=figures["clips_per_condition"],
        rows=rows,
        demo=demo,
        float32=errors["clean_float32"],
        greedy=errors["clean_greedy"],
        beams=figures["beams"],
        empty=figures["noise_only_empty"],
        empty_greedy=figures["noise_only_empty_greedy"],
        flagged=figures["noise_only_flagged"],
        lost=figures["speech_flagged_as_noise_at_8_db"],
        longest_s=figures["longest_s"],
        tokens=figures["tokens"],
    )
