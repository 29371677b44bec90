"""What the checker says about a mistake, in English and in Korean: where it is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "ko")

_TEXTS: Mapping[str, tuple[str, str]] = {
    # --- the file
    "missing_key": ("the key '{key}' is missing. Add it.", "'{key}' 항목이 없습니다. 추가하십시오."),
    "is_tests": (
        "this file holds tests. Play them with 'voicebot dialog test', or give the file of a dialog.",
        "이 파일은 시험입니다. 'voicebot dialog test'로 실행하거나, 대화 파일을 주십시오.",
    ),
    "is_part": (
        "this file is a part of a lexicon. Check a dialog that uses the lexicon, or write 'extends'.",
        "이 파일은 낱말 폴더의 일부입니다. 이 폴더를 쓰는 대화를 검사하거나 'extends'를 쓰십시오.",
    ),
    "unknown": ("unknown {kind} '{name}'. {hint}.", "모르는 {kind} '{name}'입니다. {hint}."),
    "no_table": (
        "'{key}' must be a table of names. Write one entry at least.",
        "'{key}'에는 이름으로 된 표가 와야 합니다. 항목을 하나 이상 쓰십시오.",
    ),
    "bad_value": ("'{key}' is wrong: {message}. {remedy}.", "'{key}' 값이 틀렸습니다: {message}. {remedy}."),
    "lexicon": (
        "there is no folder '{folder}' with word rules. Name a folder of *.yaml files beside the dialog.",
        "낱말 규칙이 든 '{folder}' 폴더가 없습니다. 대화 파일 옆의 *.yaml 폴더를 쓰십시오.",
    ),
    # --- steps
    "no_verb": (
        "a step must be a table with one verb. Use one of: {verbs}.",
        "단계는 동사 하나를 가진 표여야 합니다. 다음 중 하나를 쓰십시오: {verbs}.",
    ),
    "verbs": (
        "a step has exactly one verb, here are {count}. Keep one of: {verbs}.",
        "단계의 동사는 하나여야 하는데 {count}개입니다. 다음 중 하나만 남기십시오: {verbs}.",
    ),
    "unreachable": (
        "nothing leads here. Name it in another step or remove it.",
        "이 단계로 오는 길이 없습니다. 다른 단계에서 가리키거나 지우십시오.",
    ),
    "circle": (
        "leads back to itself without asking. Break the circle.",
        "묻지 않고 자기 자신으로 돌아옵니다. 고리를 끊으십시오.",
    ),
    "rings_again": (
        "a failed transfer leads to the next one without asking. "
        "Put an 'ask' or 'stay' step between, so that nobody is rung without a pause.",
        "실패한 연결이 묻지 않고 다음 연결로 이어집니다. "
        "쉼 없이 벨이 울리지 않게 'ask'나 'stay' 단계를 사이에 두십시오.",
    ),
    "unsettled": (
        "'{event}' leads neither to a human nor to a complete report. Let 'on: {event}' end in a 'transfer' step.",
        "'{event}'일 때 사람에게도, 완성된 신고에도 이르지 못합니다. 'on: {event}'가 'transfer' 단계로 끝나게 하십시오.",
    ),
    "human_way": (
        "the way to a human is no 'transfer' step. Name a 'transfer' step.",
        "사람에게 가는 길이 'transfer' 단계가 아닙니다. 'transfer' 단계를 쓰십시오.",
    ),
    "return_outside": (
        "'return' stands in a step that no 'call' leads to. Name a step instead.",
        "'call'로 오지 않는 단계에 'return'이 있습니다. 대신 단계 이름을 쓰십시오.",
    ),
    "return_name": (
        "'return' is no name for a step. It leads back from a called part; rename the step.",
        "'return'은 단계 이름이 될 수 없습니다. 불려 온 부분에서 돌아가는 말이니 이름을 바꾸십시오.",
    ),
    "calls_itself": (
        "calls itself. Let the called part end in 'return' instead.",
        "자기 자신을 부릅니다. 불린 부분이 'return'으로 끝나게 하십시오.",
    ),
    "lowers": (
        "a step may not lower the urgency to '{level}'. Only 'potential' and 'urgent' may be set.",
        "단계는 긴급도를 '{level}'(으)로 낮출 수 없습니다. 'potential'과 'urgent'만 정할 수 있습니다.",
    ),
    "no_question": (
        "no question for the slot '{slot}'. Add it under 'missing'.",
        "'{slot}' 칸을 묻는 말이 없습니다. 'missing'에 추가하십시오.",
    ),
    "end_open": (
        "an 'end' can be reached before a report or a human. Put a 'record' or 'refer' step before it.",
        "신고 접수나 사람 연결 전에 'end'에 이를 수 있습니다. 앞에 'record'나 'refer' 단계를 두십시오.",
    ),
    "no_again": (
        "the sentence of a referral does not say to call 119 again. Say '119' and when to call it again.",
        "다른 기관 안내에 119에 다시 전화하라는 말이 없습니다. 언제 '119'에 다시 전화할지 말하십시오.",
    ),
    "no_group": (
        "the settings have no group '{group}' of operators, they have: {known}. "
        "Add it to 'groups' of the settings, or name one of those.",
        "설정에 '{group}' 요원 그룹이 없습니다. 있는 그룹: {known}. "
        "설정의 'groups'에 추가하거나 있는 이름을 쓰십시오.",
    ),
    "no_referrals": (
        "no agency is named, and the lexicon has no 'referrals.yaml'. Name one of 'agencies', or add the file.",
        "기관을 쓰지 않았고 낱말 폴더에 'referrals.yaml'도 없습니다. 'agencies' 가운데 하나를 쓰거나 파일을 두십시오.",
    ),
    "key_zero": (
        "the key 0 always reaches a human. Take another key.",
        "0번은 언제나 사람에게 연결됩니다. 다른 번호를 쓰십시오.",
    ),
    "key_name": (
        "'{key}' is no key of a telephone. Take one of 1 to 9, * or #, in quotation marks.",
        "'{key}'은(는) 전화기 번호판에 없습니다. 1부터 9, *, # 가운데 하나를 따옴표 안에 쓰십시오.",
    ),
    "bad_time": (
        "'{span}' is no span of time. Write it like '22:00-06:00'.",
        "'{span}'은(는) 시간대가 아닙니다. '22:00-06:00'처럼 쓰십시오.",
    ),
    "bad_value_of_slot": (
        "the slot '{slot}' never is '{value}'. It is one of: {known}.",
        "'{slot}' 칸의 값은 '{value}'이(가) 될 수 없습니다. 다음 중 하나입니다: {known}.",
    ),
    # --- slots, questions, advice
    "choice_words": (
        "a choice needs words for each value. Add 'words: {{VALUE: [WORD]}}'.",
        "고르는 칸에는 값마다 낱말이 있어야 합니다. 'words: {{값: [낱말]}}'을 추가하십시오.",
    ),
    "key_of_kind": (
        "'{key}' fits a slot of the kind '{kind}' only. Change the kind or remove it.",
        "'{key}'은(는) '{kind}' 칸에만 쓸 수 있습니다. 종류를 바꾸거나 지우십시오.",
    ),
    "slot_builtin": (
        "'{slot}' is a slot that is always there. Take another name.",
        "'{slot}' 칸은 언제나 있습니다. 다른 이름을 쓰십시오.",
    ),
    "set_empty": (
        "the question set '{name}' is empty. Write one question at least.",
        "'{name}' 질문 묶음이 비어 있습니다. 질문을 하나 이상 쓰십시오.",
    ),
    "pattern": (
        "the pattern '{pattern}' is wrong ({message}). Mend it.",
        "'{pattern}' 문형이 틀렸습니다({message}). 고치십시오.",
    ),
    "no_patterns": (
        "nothing tells that the caller speaks '{language}'. Add 'spoken' patterns under 'languages: {language}'.",
        "신고자가 '{language}' 말을 한다는 것을 알 길이 없습니다. 'languages: {language}'에 'spoken' 문형을 쓰십시오.",
    ),
    # --- prompts
    "shell_prompt": (
        "the prompt '{key}' is missing. Add it; it is said outside the steps.",
        "'{key}' 문장이 없습니다. 추가하십시오. 단계 밖에서 쓰는 말입니다.",
    ),
    "empty_prompt": ("the prompt '{key}' is empty. Write a sentence.", "'{key}' 문장이 비어 있습니다. 문장을 쓰십시오."),
    "braces": (
        "the prompt '{key}' has a brace that does not close. Write fields like {{place}}.",
        "'{key}' 문장에 닫히지 않은 중괄호가 있습니다. 칸은 {{place}}처럼 쓰십시오.",
    ),
    "audio_fields": (
        "a prompt with fields cannot be one recording. "
        "Give a list of recordings and fields in the order of the sentence, or remove 'audio'.",
        "칸이 있는 문장은 녹음 하나로 할 수 없습니다. 녹음과 칸을 문장 순서대로 적은 목록을 쓰거나 'audio'를 지우십시오.",
    ),
    "audio_missing": (
        "the recording '{file}' does not exist. Record it or remove 'audio'.",
        "'{file}' 녹음 파일이 없습니다. 녹음하거나 'audio'를 지우십시오.",
    ),
    "tells": (
        "the first sentence does not tell about '{topic}'. Say it and name the word under 'tells: {{{topic}: WORD}}'.",
        "첫 문장이 '{topic}'을(를) 알리지 않습니다. 말하고, 그 낱말을 'tells: {{{topic}: 낱말}}'에 쓰십시오.",
    ),
    "first_silent": (
        "the first step says nothing. Start with a 'say' step.",
        "첫 단계가 아무 말도 하지 않습니다. 'say' 단계로 시작하십시오.",
    ),
    "no_word": ("no word for '{name}'. Add it; it may be empty.", "'{name}'에 해당하는 말이 없습니다. 추가하십시오. 비워 두어도 됩니다."),
    "no_red_flags": (
        "no danger sign rings a human at once. Name at least: {flags}.",
        "바로 사람을 부르는 위험 신호가 빠졌습니다. 적어도 다음을 쓰십시오: {flags}.",
    ),
    "overload_short": (
        "'at' must be 1 call or more. Write the number of calls from which the short form is used.",
        "'at'은 1 이상이어야 합니다. 짧은 흐름을 쓰기 시작할 통화 수를 쓰십시오.",
    ),
    # --- warnings
    "unused_prompt": (
        "the prompt '{key}' is never said. Remove it, or use it in a step.",
        "'{key}' 문장은 쓰이지 않습니다. 지우거나 단계에서 쓰십시오.",
    ),
    "unused_slot": (
        "the slot '{slot}' is never asked. Remove it, or ask for it.",
        "'{slot}' 칸은 묻지 않습니다. 지우거나 물으십시오.",
    ),
    "translation": (
        "the prompt '{key}' has no text in '{language}'. Add it; until then '{main}' is spoken.",
        "'{key}' 문장에 '{language}' 말이 없습니다. 추가하십시오. 그때까지 '{main}' 말로 합니다.",
    ),
    "long_prompt": (
        "the prompt '{key}' takes about {seconds} s and cannot be interrupted. Shorten it, or allow 'barge_in'.",
        "'{key}' 문장은 약 {seconds}초이고 끊을 수 없습니다. 줄이거나 'barge_in'을 허락하십시오.",
    ),
    "longest_prompt": (
        "the prompt '{key}' takes about {seconds} s. Nobody in fear listens that long: shorten it.",
        "'{key}' 문장은 약 {seconds}초입니다. 겁에 질린 사람은 그만큼 듣지 못합니다. 줄이십시오.",
    ),
    "same_rungs": (
        "the same sentence is said twice in a row. Word it differently the second time.",
        "같은 문장을 두 번 잇따라 말합니다. 두 번째에는 다르게 말하십시오.",
    ),
}  # fmt: skip

_KINDS = {
    "step": "단계",
    "verb": "동사",
    "prompt": "문장",
    "flag": "위험 신호",
    "field": "칸",
    "name": "이름",
    "key": "항목",
    "slot": "칸",
    "question set": "질문 묶음",
    "agency": "기관",
    "language": "언어",
    "form": "읽는 방식",
    "code": "유형",
}

_VALUES: Mapping[str, tuple[str, str]] = {
    "literal_error": ("it must be {expected}", "{expected} 가운데 하나여야 합니다"),
    "int_parsing": ("it must be a whole number", "정수여야 합니다"),
    "int_type": ("it must be a whole number", "정수여야 합니다"),
    "int_from_float": ("it must be a whole number", "정수여야 합니다"),
    "bool_parsing": ("it must be true or false", "true 또는 false여야 합니다"),
    "bool_type": ("it must be true or false", "true 또는 false여야 합니다"),
    "string_type": ("it must be a text", "글이어야 합니다"),
    "tuple_type": ("it must be a list", "목록이어야 합니다"),
    "dict_type": ("it must be a table", "표여야 합니다"),
    "mapping_type": ("it must be a table", "표여야 합니다"),
    "model_type": ("it must be a table", "표여야 합니다"),
    "model_attributes_type": ("it must be a table", "표여야 합니다"),
    "greater_than_equal": ("it must be at least {ge}", "{ge} 이상이어야 합니다"),
    "less_than_equal": ("it must be at most {le}", "{le} 이하여야 합니다"),
    "too_short": ("it needs at least {min_length} entry", "항목이 {min_length}개 이상 있어야 합니다"),
}
_SEE = ("See docs/dialogs.md", "docs/dialogs.ko.md를 보십시오")
_NEAR = ("Did you mean '{near}'", "'{near}'을(를) 뜻하셨습니까")
_KNOWN = ("Known are: {known}", "쓸 수 있는 것: {known}")
_NONE = ("none", "없음")


def told(message: str, language: str, arguments: Mapping[str, Any]) -> str:
    """Return the sentences of a message; ``language`` is ``en`` or ``ko``."""
    which = LANGUAGES.index(language)
    values = dict(arguments)
    if message == "unknown":
        if language == "ko":
            values["kind"] = _KINDS.get(values["kind"], values["kind"])
        near, known = values.pop("near"), values.pop("known")
        listed = ", ".join(known) or _NONE[which]
        values["hint"] = _NEAR[which].format(near=near) if near else _KNOWN[which].format(known=listed)
    if message == "no_group":
        values["known"] = values["known"] or _NONE[which]
    if message == "bad_value":
        kind, context = values.pop("kind"), values.pop("context")
        text = _VALUES.get(kind)
        values["message"] = text[which].format(**context) if text else values["message"]
        values["remedy"] = _SEE[which]
    return _TEXTS[message][which].format(**values)


def place(path: object, line: int, step: str | None, language: str) -> str:
    """Return the beginning of a message: file, line, and the step it is about."""
    about = "" if step is None else (f"'{step}' 단계: " if language == "ko" else f"step '{step}': ")
    return f"{path}:{line}: {about}"
