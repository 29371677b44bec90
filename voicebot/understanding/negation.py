"""Whether a clause denies what was found in it: ``출혈은 없어요``, ``불은 안 났는데``, ``갇힌 건 아니고``."""

from __future__ import annotations

import re

_AFTER = re.compile(
    r"""^(?:
      \s*(?:은|는|이|가|도|을|를|고|같은)?\s*(?:거|건|것도?|게|데는?)?\s*
        (?:아직|전혀|하나도|별로|이제|지금은?|아무도)?\s*
        (?:안\s|안(?=났|나|보|들|돼|되|붙)|않|없(?!어지)|아니(?!라\s*진짜)|아님|멈췄|멎었|그쳤|끊었)
      | \S{0,3}?(?:지|진|지는|지도|질)\s*(?:도\s*)?(?:않|안|아니|못\s?했)
      | \S{0,4}\s*(?:건|게|거|것은|것이|거는|것도|정도는|상황은)\s*(?:는\s*|은\s*)?아(?:니|닌|닙)
    )""",
    re.VERBOSE,
)
_INSIDE = re.compile(r"\s안\s?(?:나|났|보|들|올|새|터|붙|탔|번|튀|튑)")
_BEFORE = re.compile(r"(?<!\S)(?:안|못|아직\s안)\s*$")


def denied(text: str, start: int, end: int) -> bool:
    """Say whether ``text[start:end]`` is denied by words in it, right before or right after."""
    if _INSIDE.search(text, start, end):
        return True
    return bool(_AFTER.match(text[end:]) or _BEFORE.search(text[:start]))
