"""Wording that no quest, briefing or message of ours may contain, whoever wrote it.

The prompts ask for safe and kind texts; this list is what makes sure that the plainest breaches never reach a person,
also when a prompt injection worked. It knows English wordings, is no classifier, and prefers to refuse a harmless text
now and then: a refused text is written anew, a harmful one cannot be taken back. Each line has its reason.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

UNSAFE_WORDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dangerous": (
            r"\b(kill|hurt|harm|injure|cut|burn|starve|punish)(ing)? (yourself|myself|oneself|himself|herself)\b",
            r"\b(suicid\w*|self-?harm\w*)\b",
            r"\b(guns?|firearms?|explosives?|bleach|gasoline|petrol)\b",
            # Effort beyond what a body bears, and breath-holding, which makes people faint in water.
            r"\buntil (you|it) (faints?|pass(es)? out|vomits?|throw up|collapse|bleeds?|hurts?|drop)\b",
            r"\b(no pain,? no gain|push through (the )?pain|hold your breath)\b",
            r"\b(ice bath|cold plunge)\b",
            r"\b(cocaine|heroin|meth|lsd|mdma|ecstasy|magic mushrooms|weed|cannabis)\b",
            r"\b(get|getting) (drunk|high|wasted)\b|\b(drink|drinking) (alcohol|vodka|whisky|whiskey|spirits|shots)\b",
            r"\bwithout (a |your )?(helmet|rope|seat ?belt|life jacket)\b|\bwhile (you are )?driving\b",
            r"\b(trespass\w*|shoplift\w*|steal|break into|jump off|climb over the fence)\b",
            r"\b(stay up all night|all-?nighter|skip(ping)? sleep)\b",
            r"\b(gambl\w+|casino|all (of )?your savings|take out a loan)\b",
        ),
        "medical": (
            # Diagnosis, treatment and drugs belong to people who know the patient.
            r"\b(diagnos\w+|prescri(be|bed|ption)\w*|medications?|medicines?(?! ball)|antidepressants?|insulin)\b",
            r"\b(painkillers?|ibuprofen|paracetamol|aspirin|sleeping pills?|pills?|tablets? of|dosages?|doses? of)\b",
            r"\b\d+ ?(mg|milligrams?|mcg)\b|\b(supplements?|laxatives?|melatonin)\b",
            r"\b(cures?|treats?|heals?) (your |the )?(depression|anxiety|adhd|cancer|diabetes|insomnia|trauma|pain)\b",
            r"\binstead of (seeing |asking )?(a |your )?(doctor|therapist|physician|treatment)\b",
            # Eating and weight: numbers and restriction feed eating disorders.
            r"\b(calorie deficit|(count|counting|burn|burning|cut|cutting) calories|\d+ ?(kcal|calories))\b",
            r"\b(water fast|fast for [\w-]+ (hours?|days?)|fasting|detox|crash diet|purg(e|ing)|weigh yourself)\b",
            r"\b(skip|skipping) (a |your )?(meals?|breakfast|lunch|dinner)\b",
            r"\b(lose|losing) (\d+|some|your)? ?(kg|kilos?|pounds|lbs|weight|belly)\b",
        ),
        "shaming": (
            r"\b(lazy|laziness|pathetic|worthless|losers?|stupid|idiots?|dumb|disgust\w*|disgrace\w*|useless|ugly)\b",
            r"\b(shame on|(be|feel) (ashamed|guilty)|ashamed of yourself|embarrass(ing)? yourself)\b",
            r"\b(no (more )?excuses|(stop|quit) (whining|complaining|making excuses)|pull yourself together|man up)\b",
            r"\b(you (always|never) (fail|finish|manage|try)|you('ve| have)? failed|(are|such) a failure)\b",
            r"\b(what is|what's) wrong with you\b|\beven a child (can|could)\b|\b(too fat|your fat|so fat)\b",
            r"\b(disappointed (in|with) you|let(ting)? (everyone|everybody|me|us) down|your last chance)\b",
        ),
        "a link or command": (
            # We never send anybody elsewhere: a link in an answer was smuggled in.
            r"https?://|\bwww\.|\b[\w.+-]+@[\w-]+\.\w{2,}\b",
            r"\b(ignore (all |the |your )?(previous|prior|above) instructions|system prompt|as an ai\b)",
        ),
    }
)

_COMPILED = tuple((kind, re.compile("|".join(patterns))) for kind, patterns in UNSAFE_WORDING.items())
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def find_unsafe(text: str) -> str | None:
    """What kind of unsafe wording `text` contains, with the words, for a writer to mend; None when there is none."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES).split())
    for kind, pattern in _COMPILED:
        if found := pattern.search(plain):
            return f"{kind} ({found[0]!r})"
    return None
