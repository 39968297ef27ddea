"""Tells the sentences of an answer that claim something from those that only talk."""

from __future__ import annotations

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    """A pattern of alternatives, whatever their case and their apostrophes."""
    return re.compile(f"(?:{'|'.join(alternatives)})".replace("'", "['’]"), re.IGNORECASE)


_DIVIDER = r"\s*(?:[,，:：!！.。:;~～]+|[-–—]+\s)\s*"
_OPENER = _any(
    rf"\s*(?:您好|你好|大家好|各位好|(?:早上|上午|中午|下午|晚上)好|不客气)[呀啊哦呢]?(?:{_DIVIDER})?",
    r"\s*(?:好的|是的|明白了?|收到|当然(?:可以|了)?|没问题|可以的|(?:非常|很|十分|真)?(?:抱歉|对不起|不好意思))"
    rf"[呀啊哦呢]?(?:{_DIVIDER}|(?=[您你我本该给让文资])|\Z)",
    r"\s*(?:hello|hi|hey)\b(?!-)(?:\s+[^\W\d]+){0,3}\s*(?:[,，!！]\s*|\Z)",
    r"\s*(?:hello|hi|hey|sure(?: thing)?|certainly|absolutely|of course|no problem|(?:great|good) question"
    r"|good (?:morning|day|afternoon|evening)|thank(?:s| you)(?: a lot| so much| very much)?|unfortunately"
    rf"|you're (?:very )?welcome|(?:i'm )?(?:so |very )?sorry)(?:{_DIVIDER}|\Z)",
    r"\s*(?:(?:i'm )?(?:so |very )?sorry\s+(?=(?:but|i|we)\b)|unfortunately\s+)",
    r"\s*as an? (?:ai|(?:large )?language)\b[^,.]{0,30},\s*"
    r"|作为(?:一[个名款])?(?:AI|人工智能|(?:大?语言)?模型)[^，。]{0,12}，",
)
"""Words that greet, agree or excuse; what follows them may claim something."""
_COURTESY = _any(
    r"(?:非常|十分|很)?(?:感谢|谢谢)",
    r"(?:给|为|对)(?:您|你)(?:造成|带来)",
    r"让(?:您|你)久等",
    r"关于(?:您|你)的(?:问题|咨询|疑问)",
    r"(?:如果?|若)(?:您|你)?(?:还)?(?:有|需要?)(?:任何|其他|更多|什么|进一步|疑问|问题|需要)",
    r"以上(?:就是|即为)|下面(?:由?我|让我们)|让我们(?:一起|来|先|看|具体)|我来(?:回答|介绍|解释|说明|帮|为|给)",
    r"let(?:'s| us) (?-i:[a-z])",
    r"thank(?:s| you)[a-z ]{0,12} for\b",
    r"(?:i'm )?(?:so |very )?sorry (?:for|about|to hear)\b",
    r"(?:that(?:'s| is) )?(?:a |an )?(?:great|good) question\b",
    r"if you (?:have|need|want|would)\b",
)
"""A clause of thanks, of offered help, or of what the answer does; those behind it may claim something."""
_OFFER = _any(
    r"请(?:您|你)?(?:随时|及时|直接|继续|尽管|放心)?(?:(?:联系|咨询|告诉|告知|拨打|致电)(?:我|[^，。]{0,4}(?:客服|热线))|提问|提出|留言|[与向]我)",
    r"(?:我(?:们)?)?(?:正在|马上|立即|稍后|现在)(?:会|就)?(?:[为帮][您你])",
    r"(?:您|你)?(?:都)?(?:可以?|也可)?(?:随时|继续|直接)(?:联系|咨询|提问|问我|告诉|向我)",
    r"我(?:们)?(?:会|将|都|很|非常|十分|也|可以|一定)*(?:乐意|愿意|高兴|尽力|尽快|竭诚|随时|继续|[为帮][您你]|帮助)",
    r"(?:please )?(?:just )?(?:(?:contact|ask|tell|call|email) (?:me|us)|reach out|ask away|let me)\b",
    r"(?:do not|don't) hesitate",
    r"you can (?:always |also )?(?:ask|contact|reach|tell)\b",
    r"(?:i|we|our team)(?:'ll|'d|'m|'re| will| would| am| are| is)(?: be| always)* (?:happy|glad|here)\b",
    r"i(?:'ll| will| can| could)(?: also| try to)? (?:help|assist|explain|show|provide|give|share|go|walk"
    r"|tell|look|elaborate|summari[sz]e)\b",
)
"""An offer, unless it names a number."""
_CLOSING = _any(
    r"希望(?:这|以上|能|对|可以)",
    r"祝(?:您|你|愿)",
    r"请随时|欢迎(?:随时|继续)",
    r"(?:很|非常)(?:高兴|乐意|荣幸)",
    r"i hope|hope (?:this|that|it)",
    r"feel free|please (?:let me|feel)|let me know",
    r"(?:i'm )?(?:happy|glad) to",
)
_TOLD = "(?:信息|内容|资料|说明|记录|记载|描述|介绍|答案|规定|细节)"
_SUCH = "(?:relevant|specific|explicit|further|direct|clear|such|additional|other) "
_SOURCES = "sources?|documents?|contexts?|passages?|texts?|articles?|information provided|materials?"
_IS_NOT = r"\b(?:is|are|was|were)(?: not|n't) (?:explicitly |specifically |directly )?"
_REFUSAL = _any(
    r"(?:这个|这点|该问题|这个问题)?我(?:们)?(?:无法|不能|没法|没有办法|不知道|不清楚|不确定)",
    r"(?:目前|暂时?|尚|还)*(?:无法|(?<=[时前暂还尚])不能)"
    r"(?:确定|回答|判断|得知|得出|(?:提供|给出)(?:准确|确切|具体|明确|相关|有关|更多|答案|信息))",
    rf"我?(?:们)?(?:目前|暂时?|并|都)*(?:没有?|未能?)(?:找到|查到|检索到|搜索到|看到)[^，。]{{0,12}}{_TOLD}",
    r"(?:并?未|没有)(?:明确)?(?:提及|提到|说明)",
    rf"(?:目前|暂)时?(?:没有|无)(?:相关|有关|更多|具体|任何){{0,2}}的?{_TOLD}",
    r"我?(?:们)?(?:回答|解答|答)不了",
    r"(?:这个?|该|您的|你的)问题(?:已经?)?超出",
    r"i(?:'m| am| was) (?:not (?:sure|able|certain)|unable|afraid)",
    r"i (?:can't|cannot|could not|couldn't|(?:don't|do not) (?:know|have|see|find)|(?:didn't|did not) find)",
    rf"(?:there(?:'s| is| are| was| were) )?(?:currently )?no (?:{_SUCH}){{0,2}}"
    r"(?:information|mention|details?|answers?)"
    r"(?: (?:about|on|regarding|of|for|in|available|(?:is|are) (?:provided|given|available))\b|[ .]*\Z)",
    r"it(?:'s| is) (?:not clear|unclear) (?:from|based|whether|if|how|what|when|why|who|where)\b",
)
"""What the answer cannot say."""
_SILENCE = _any(
    r"(?:资料|文档|(?<![\u4e00-\u9fff])文中|文章|材料|上下文|来源|参考内容|提供的信息|原文)(?:里|中|内)?[^，。]{0,6}"
    r"(?:(?:没有|未|并未|并没有)[^。，]{0,4}(?:提到|提及|说明|给出|涉及|包含|提供|指出)"
    rf"|(?:没有|暂无|并无|无)(?:任何)?(?:关于|有关|相关|对应)[^。，]{{0,20}}{_TOLD}"
    r"|(?:查|找|看)不[到出]|(?:无法|不能|难以|不足以)(?:得知|得出|确定|判断|看出|回答))",
    rf"\b(?:{_SOURCES})\b[^.]{{0,20}}\b(?:do|does|did) ?(?:not|n't) "
    r"(?:mention|say|state|specify|contain|provide|include|give|cover|indicate)",
    rf"{_IS_NOT}(?:mentioned|specified|stated)[ .]*\Z",
    rf"{_IS_NOT}(?:mentioned|specified|stated|given|provided|covered|addressed|discussed|included)"
    rf" (?:in|by|within) (?:(?!\d)\w+ ){{0,3}}(?:{_SOURCES})\b",
)
"""What the sources do not say."""
_TURN = _any(
    r"(?:但是?|不过|然而|可是|(?:[,;.]\s*|\A\s*)(?:but|however|although|though|yet)\b)[,，]?\s*",
    r"[，；](?!也?(?:没有|未|无法|不能))(?=[^，；]*\d)",
)
"""Where a sentence that refuses, or says what the sources do not, goes on to say something."""
_LINK = _any(
    r"(?:但是?|不过|所以|因此|因为|而且|并且|同时|(?:but|and|so|because|therefore|however|then)\b)[,，]?\s*"
)
_TOPIC = _any(r"关于|至于|对于|针对", r"(?:regarding|concerning|as (?:for|to)|for|about)\b")
_OPINION = _any(
    r"我(?:个人)?(?:认为|觉得|想|猜|建议|相信|喜欢)|个人(?:认为|觉得)|在我看来|依我看|也许|或许|说不定|可能是因为",
    r"in my (?:opinion|view)",
    r"i (?:think|believe|feel|guess|suppose|suggest|recommend|would|love|like|prefer|agree|wonder)\b|i'd\b",
    r"(?:personally|perhaps|maybe|presumably|as far as i (?:know|can tell))\b",
    r"it is possible|it's possible|(?:it|this|that) (?:seems|sounds)\b",
    r"(?:it|that|this|there|you|they) "
    r"(?:might be\b|(?:may |might |could |should |will |would )?(?:probably|possibly|perhaps)\b)",
    r"(?:应该(?:是|没有?问题|不会有)|想必|大概(?:是|会|要|需要)|[据就]我所知)|[^，。]{0,8}可能会?(?:比较|有点|有些|稍微)",
)
"""What only the answer thinks or guesses."""
_ADVICE = _any(
    r"建议(?:您|你|大家|用户|读者)?(?:最好|可以?|先|进一步|及时|直接|提前|自行|通过|前往|[再向与到去])*"
    r"(?:咨询|联系|致电|拨打|查阅|查看|查询|参考|关注|访问|核实|确认|规划|安排|留意)",
    r"(?:具体|详情|最终)?(?:信息|内容|情况)?请(?:您|你)?以[^，。]{1,16}为准",
    r"please (?:contact|consult|check|refer|visit|see|call)\b(?!.*\b(?:if|when|unless)\b)",
    r"you (?:may|might) (?:also )?(?:want|wish) to\b",
)
"""Where to ask or to look, unless it names a number or a case."""
_NOUNS = "资料|文档|文章|材料|信息|内容|上下文|来源|原文|文本"
_PREFACE = re.compile(
    r"\s*(?:(?:根据|依据|按照|参考|结合|基于)(?:[^，,。：:《》\d]|《[^《》]{0,30}》){0,12}"
    rf"(?:{_NOUNS})(?:里|中|内)?(?:所?(?:显示|述|示|知|提供|给出|记载|介绍|描述|提到)|来看|可知|表明|的(?:说法|内容|规定|介绍|描述))?"
    r"(?:\s?\d{1,2}(?:[、和与及]\D{0,3}\d{1,2}){0,3}[中里]?(?:所[述示]|显示)?(?=[，,：:]))?[，,：:]?"
    r"|(?:综上(?:所述)?|总之|总的来说|总体而言|简而言之|以下是|如下)[，,：:]?"
    r"|(?:(?:according to|based on|per|as stated in|as described in|from)\s(?:the\s|these\s"
    r"|your\s)?(?:[^\W\d]+\s){0,2}(?:sources?|documents?|context|passages?|texts?|articles?|information"
    r"|materials?|references?)\b(?:\s(?:provided|above|given)\b)?(?:\s\d{1,2}(?=[,:]))?[,:]?)"
    r"|(?:in summary|to summarize|in short|overall|in conclusion|here (?:is|are))[,:]?\b)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-•·–](?!\d)|\*(?!\*)|[+>]\s|\d{1,2}(?:[.](?!\d)|[)、）])|[（(]\d{1,2}[)）])\s*")
_HEADING = re.compile(r"#{1,6}(?:\s|[^\d\s#][^#。！？.!?]*\Z)")
_TABLE_HEAD = re.compile(r"\|[^\n]*[\n\r]\s*\|[\s:|-]+\Z")
_BOLD = re.compile(r"(\*\*|__)[^*\d。！？.!?；;]{1,60}\1\s*[:：]?")
_LISTED = _any(
    r"(?<![\d.午])\d{1,2}\s?(?:大|个(?!月|半|小时|工作|自然|交易|星期|季度)|点|条|项|种|步|类|方面|部分|款|句)",
    r"(?<![\d.$€£])\b\d{1,2} (?:[^\W\d]+ ){0,2}(?:points?|steps?|ways?|reasons?|things|options?|features?"
    r"|items?|tips?|types|kinds|parts|areas|aspects|benefits|advantages|facts|examples|rules|factors|categories|questions)\b",
)
"""How many things a list has, in the words that announce it."""
_LEAD = re.compile(
    r"\A(?:以下|下面|here (?:is|are)|below (?:is|are)|the following)|如下[：:]\Z|as follows:\Z", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[，；：！!]|[,;:](?=\s|\Z)|\s[-–]\s|[—–]+")
_HAS_NUMBER = re.compile(r"\d")
_WORDY = re.compile(r"[^\W\d_]")


def is_claim(sentence: str) -> bool:
    """Whether a sentence says something that sources could bear out.

    Greetings, offers, questions, refusals, opinions, guesses, advice on where to ask, headings, lead-ins ("as
    follows:"), the heads and rules of tables, code blocks, and remarks that the sources are silent are not
    claims; with a number in it, an opinion, a guess or advice is. What follows a greeting, thanks or an
    apology is judged by itself.
    """
    if sentence.startswith(("```", "~~~")) or _HEADING.match(sentence) or _TABLE_HEAD.match(sentence):
        return False
    bullet = _BULLET.match(sentence)
    bare = sentence[bullet.end() if bullet else 0 :].strip()
    return not (_BOLD.fullmatch(bare) or bare.endswith(("?", "？", "؟"))) and _claims(bare)


def _claims(said: str, turns: int = 8) -> bool:
    """Whether what is left of a sentence, past what only talks, claims something; `turns` more are made."""
    if not turns:
        return True
    bare = said.strip(' *_"“”')
    if bare.endswith(("?", "？", "؟")) or not (_WORDY.search(bare) or _HAS_NUMBER.search(bare)):
        return False
    link = _LINK.match(bare)
    bare = bare[link.end() if link else 0 :]
    if opener := _OPENER.match(bare):
        return _claims(bare[opener.end() :], turns - 1)
    if _COURTESY.match(bare):
        clause, rest = _divide(bare)
        return _HAS_NUMBER.search(clause) is not None or _claims(rest, turns - 1)
    if _CLOSING.match(bare) or _OFFER.match(bare):
        rest = _divide(bare)[1]
        numbered = _HAS_NUMBER.search(rest if _CLOSING.match(bare) else bare)
        return numbered is not None or _goes_on(rest, turns)
    preface = _PREFACE.match(bare)
    told = bare[preface.end() :].lstrip() if preface else bare
    if refusal := _REFUSAL.match(told):
        return _goes_on(told[refusal.end() :], turns)
    if silence := _SILENCE.search(bare[:400]):
        return _says_before(bare[: silence.start()]) or _goes_on(bare[silence.end() :], turns)
    return _states(bare)


def _divide(said: str) -> tuple[str, str]:
    """The first clause, and what follows it."""
    divider = _CLAUSE_END.search(said)
    return (said[: divider.start()], said[divider.end() :]) if divider else (said, "")


def _goes_on(rest: str, turns: int) -> bool:
    """Whether a sentence claims something after it has offered help, refused, or told what is not said."""
    turn = _TURN.search(rest)
    return turn is not None and _claims(rest[turn.end() :], turns - 1)


def _says_before(said: str) -> bool:
    """Whether the clauses before a remark that the sources are silent give a number, and not as its topic."""
    said = said[: max(map(said.rfind, "，,；;")) + 1]
    return _HAS_NUMBER.search(said) is not None and not _TOPIC.match(said)


def _states(bare: str) -> bool:
    """Whether a clause is neither an opinion nor a lead-in, or gives a number that is no count of a list."""
    if bare.endswith((":", "：")):
        return not _LEAD.search(bare) and _HAS_NUMBER.search(_LISTED.sub("", bare)) is not None
    return _HAS_NUMBER.search(bare) is not None or not (_OPINION.match(bare) or _ADVICE.match(bare))


def skip_preface(sentence: str) -> int:
    """Where the claim begins: past the bullet, a greeting, and words such as "according to the sources"."""
    start = 0
    for lead in (_BULLET, _OPENER, _OPENER, _PREFACE):
        found = lead.match(sentence, start)
        if found and found.end() < len(sentence):
            start = found.end()
    return start
