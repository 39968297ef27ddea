"""The report's own words, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh")

ACTIONS = {
    "en": {
        "block": "blocked",
        "retry": "retried",
        "redact": "redacted",
        "flag": "flagged",
        "allow": "passed",
    },
    "zh": {"block": "拦截", "retry": "重试", "redact": "脱敏", "flag": "标记", "allow": "通过"},
}
"""What became of a record, by action."""

DOES = {
    "en": {"block": "block", "retry": "retry", "redact": "redact", "flag": "flag", "allow": "allow"},
    "zh": {"block": "拦截", "retry": "重试", "redact": "脱敏", "flag": "标记", "allow": "放行"},
}
"""What a rule does, by action."""

STAGES = {
    "en": {
        "input": "input",
        "sources": "sources",
        "tool_result": "tool result",
        "output": "output",
        "tool_call": "tool call",
    },
    "zh": {
        "input": "输入",
        "sources": "资料",
        "tool_result": "工具结果",
        "output": "输出",
        "tool_call": "工具调用",
    },
}

LABELS = {
    "pii": ("Personal data", "个人信息"),
    "pii.cn_resident_id": ("Resident identity number", "居民身份证号"),
    "pii.phone": ("Phone number", "电话号码"),
    "pii.email": ("E-mail address", "电子邮箱"),
    "pii.bank_card": ("Bank card number", "银行卡号"),
    "pii.cn_uscc": ("Unified social credit code", "统一社会信用代码"),
    "pii.birth_date": ("Date of birth", "出生日期"),
    "pii.cn_address": ("Postal address", "通讯地址"),
    "pii.cn_passport": ("Chinese passport", "中国护照号"),
    "pii.cn_plate": ("Number plate", "车牌号"),
    "pii.wechat": ("WeChat account", "微信号"),
    "pii.qq": ("QQ number", "QQ 号"),
    "pii.ip": ("IP address", "IP 地址"),
    "pii.iban_code": ("IBAN", "国际银行账号"),
    "pii.us_ssn": ("US social security number", "美国社会安全号码"),
    "secret": ("Key or token", "密钥或令牌"),
    "secret.password": ("Password", "密码"),
    "secret.private_key": ("Private key", "私钥"),
    "injection": ("Injection", "提示注入"),
    "injection.jailbreak": ("Jailbreak attempt", "越狱尝试"),
    "injection.direct": ("Direct injection", "直接注入"),
    "injection.indirect": ("Planted instruction", "间接注入"),
    "injection.prompt_leak": ("Attempt to read the prompt", "提示词窃取"),
    "harm": ("Harmful content", "有害内容"),
    "harm.toxic": ("Toxic language", "恶语攻击"),
    "harm.hate": ("Hate", "仇恨"),
    "harm.harassment": ("Harassment", "骚扰辱骂"),
    "harm.sexual": ("Sexual content", "色情"),
    "harm.sexual.minors": ("Sexual content with minors", "涉未成年人色情"),
    "harm.violence": ("Violence", "暴力"),
    "harm.violence.extremism": ("Extremism", "极端主义"),
    "harm.self_harm": ("Self-harm", "自伤自杀"),
    "harm.illicit": ("Crime and illicit goods", "违法犯罪"),
    "harm.dangerous_advice": ("Dangerous advice", "危险建议"),
    "harm.misinformation": ("Misinformation", "虚假信息"),
    "harm.privacy": ("Intrusion into privacy", "侵犯隐私"),
    "harm.spam": ("Spam and fraud lures", "垃圾与诈骗信息"),
    "grounding": ("Not borne out by the sources", "与资料不符"),
    "grounding.unsupported": ("Not in the sources", "资料未提及"),
    "grounding.contradicted": ("Contradicts the sources", "与资料矛盾"),
    "citation": ("Citation", "引用"),
    "citation.unsupported": ("Cited source does not bear it out", "所引资料不支持"),
    "citation.missing": ("Statement without a citation", "未注明出处"),
    "citation.missing_source": ("Cited source does not exist", "所引资料不存在"),
    "citation.malformed": ("Malformed citation", "引用格式有误"),
    "self_consistency": ("Not said again", "多次回答不一致"),
    "self_consistency.unsupported": ("Not in the other answers", "其他回答未提及"),
    "self_consistency.contradicted": ("Contradicts the other answers", "与其他回答矛盾"),
    "self_consistency.uncertain": ("The model was unsure", "模型把握不足"),
    "topic": ("Topic", "话题"),
    "keyword": ("Listed word", "词表命中"),
    "regex": ("Pattern", "模式命中"),
    "language": ("Language", "语言"),
    "length": ("Length", "长度"),
}
"""What people call a label, in English and in Chinese; a longer label falls back on its prefix."""

_EN = {
    "title": "Audit of conversation records",
    "brand": "Ernie Guard · Audit report",
    "partial": "Partial report. The run was interrupted; it covers the records judged up to then.",
    "audited": "Audited",
    "files": "files",
    "file": "file",
    "records": "records",
    "record": "record",
    "period": "Period",
    "no_period": "no dates in the records",
    "undated": "without a date",
    "policy": "Policy",
    "run_at": "Run",
    "tool": "Made with",
    "seconds": "s",
    "outcome": "Outcome",
    "unjudged": "not judged in full",
    "broken": "lines unreadable",
    "unreadable_files": "files unreadable",
    "by_day": "Actions by day",
    "by_week": "Actions by week",
    "by_month": "Actions by month",
    "by_rule": "Findings by rule",
    "by_label": "Findings by label",
    "none_found": "Nothing was found.",
    "rules": "The rules",
    "rule": "Rule",
    "looks_at": "Looks at",
    "does": "Does",
    "from_score": "From score",
    "findings": "Findings",
    "not_judged_short": "Not judged",
    "examples": "Examples",
    "examples_about": (
        "Identifiers, keys and listed words are masked in every example; ‘•’ stands for a hidden character."
    ),
    "examples_of": "from {shown} of {all} records",
    "score": "score",
    "withheld": "Withheld: this text could not be checked for personal data.",
    "passage": "In the source",
    "sample": "In another answer",
    "not_judged": "What was not judged",
    "not_judged_about": (
        "A filter failed, ran out of time, or met content that it cannot read. Each case below counts as "
        "the rule’s on_error demands."
    ),
    "all_judged": "Every rule judged every text to which it applies.",
    "lacking": "What was not there",
    "lacking_about": (
        "These records lack the sources or other answers that the rule compares with, or there was no model "
        "to ask. The rule did not apply, or not to all of the text; its on_error was not asked."
    ),
    "reason": "Reason",
    "filter": "Filter",
    "counted_as": "Counted as",
    "times": "Times",
    "unreadable": "What could not be read",
    "unreadable_about": "This was left out of the audit. Mend it and audit again.",
    "all_read": "Everything was read.",
    "place": "Place",
    "more_lines": "and {count} more, of which summary.json names up to 1,000",
    "remarks": "Remarks on the files",
    "input_files": "The files",
    "sign": "Signature",
    "sign_text": "I have read this report and the examples in it.",
    "name": "Name",
    "role": "Role",
    "date": "Date",
    "signature": "Signature",
    "remark_line": "Remarks",
    "method": "How this report was made",
    "method_text": (
        "Each record was judged by the policy named above as if its call were made today: first what went "
        "to the model (questions, earlier turns, sources, tool results), then what came back (answer, "
        "reasoning, tool calls). Messages of the system are the operator’s own and were not judged. A "
        "record counts once, under the strongest action of its rules; a finding counts once for every rule "
        "that claims it. Earlier answers within a conversation count as input. Days are those written in "
        "the records; time stamps in seconds count as UTC."
    ),
    "limits_text": (
        "Filters err both ways. A score is an estimate, not a proof, and what no rule asks for is not in "
        "this report. Beside it lie decisions.parquet and findings.parquet, one row per decision and per "
        "finding, whose hashes are:"
    ),
    "everything": "every text",
    "list_comma": ", ",
    "comma": ", ",
    "records_head": "Records",
    "input_file": "File",
    "more_files": "and {count} more, named in summary.json",
}

_ZH = {
    "title": "对话记录审计报告",
    "brand": "Ernie Guard · 审计报告",
    "partial": "部分报告：运行中途被中断，仅涵盖此前已判定的记录。",
    "audited": "审计范围",
    "files": "个文件",
    "file": "个文件",
    "records": "条记录",
    "record": "条记录",
    "period": "记录期间",
    "no_period": "记录中没有日期",
    "undated": "条无日期",
    "policy": "策略",
    "run_at": "运行时间",
    "tool": "生成工具",
    "seconds": "秒",
    "outcome": "结论",
    "unjudged": "未完整判定",
    "broken": "行无法读取",
    "unreadable_files": "个文件无法读取",
    "by_day": "每日处置",
    "by_week": "每周处置",
    "by_month": "每月处置",
    "by_rule": "按规则统计",
    "by_label": "按标签统计",
    "none_found": "没有发现。",
    "rules": "规则一览",
    "rule": "规则",
    "looks_at": "检查位置",
    "does": "处置",
    "from_score": "分数阈值",
    "findings": "发现",
    "not_judged_short": "未判定",
    "examples": "示例",
    "examples_about": "所有示例中的证件号、密钥和词表词语均已掩码，“•”代表一个隐藏的字符。",
    "examples_of": "取自 {all} 条记录中的 {shown} 条",
    "score": "分数",
    "withheld": "不予显示：未能检查此文本是否含有个人信息。",
    "passage": "资料原文",
    "sample": "另一次回答",
    "not_judged": "未判定的内容",
    "not_judged_about": "过滤器出错、超时，或遇到无法读取的内容。以下情形按规则的 on_error 处理。",
    "all_judged": "每条规则都判定了其适用的全部文本。",
    "lacking": "缺少的依据",
    "lacking_about": (
        "记录中没有规则所需的资料或其他回答，或者没有可询问的模型。"
        "规则因此不适用，或只适用于部分文本，也不按 on_error 处理。"
    ),
    "reason": "原因",
    "filter": "过滤器",
    "counted_as": "计为",
    "times": "次数",
    "unreadable": "无法读取的内容",
    "unreadable_about": "以下内容未纳入审计。请修正后重新审计。",
    "all_read": "全部内容均已读取。",
    "place": "位置",
    "more_lines": "另有 {count} 行，summary.json 最多列出 1,000 行",
    "remarks": "文件说明",
    "input_files": "文件清单",
    "sign": "签署",
    "sign_text": "本人已阅读本报告及其中的示例。",
    "name": "姓名",
    "role": "职务",
    "date": "日期",
    "signature": "签名",
    "remark_line": "备注",
    "method": "编制方法",
    "method_text": (
        "每条记录均按上述策略判定，如同该次调用发生在今天：先判定送入模型的内容（提问、先前的对话、资料、工具结果），"
        "再判定模型返回的内容（回答、推理、工具调用）。系统消息出自运营者，不作判定。每条记录只计一次，取其规则中最强的处置；"
        "同一发现被几条规则认领，就计几次。对话中先前的回答按输入计。日期以记录所写为准；以秒计的时间戳按协调世界时换算。"
    ),
    "limits_text": (
        "过滤器可能漏判，也可能误判。分数是估计，不是证明；规则未要求检查的内容不在本报告之内。"
        "同一文件夹中的 decisions.parquet 与 findings.parquet 逐行列出每项判定与发现，"
        "其散列值为："
    ),
    "everything": "所有文本",
    "list_comma": "、",
    "comma": "，",
    "records_head": "记录",
    "input_file": "文件",
    "more_files": "另有 {count} 个文件，列于 summary.json",
}

WORDS: Mapping[str, Mapping[str, str]] = {"en": _EN, "zh": _ZH}


def label_name(label: str, lang: str) -> str:
    """What people call a label; the name of its nearest known prefix, else nothing."""
    while label:
        if label in LABELS:
            return LABELS[label][LANGUAGES.index(lang)]
        label = label.rpartition(".")[0]
    return ""


def verdict(
    actions: Mapping[str, int], unjudged: int, broken: int, lang: str, unreadable: int = 0
) -> list[str]:
    """The outcome as sentences: what the policy does with the records, and what is left open."""
    return (_verdict_zh if lang == "zh" else _verdict_en)(actions, unjudged, broken, unreadable)


def _verdict_en(actions: Mapping[str, int], unjudged: int, broken: int, unreadable: int) -> list[str]:
    total = sum(actions.values())
    if not total:
        return ["No record could be judged."]
    acted = [f"{actions[name]:,} {ACTIONS['en'][name]}" for name in _STRONG if actions.get(name)]
    if acted:
        acted[0] = acted[0].replace(" ", " is " if acted[0].startswith("1 ") else " are ", 1)
    passed = actions.get("allow", 0)
    noun = "record" if total == 1 else "records"
    if not acted:
        first = (
            f"All of the {total:,} {noun} pass unchanged." if total > 1 else "The record passes unchanged."
        )
    else:
        first = f"Of {total:,} {noun}, {_join_en(acted)}; "
        first += (
            f"{passed:,} {'passes' if passed == 1 else 'pass'} unchanged."
            if passed
            else "none passes unchanged."
        )
    open_ends = []
    if unjudged:
        open_ends.append(f"{unjudged:,} {'was' if unjudged == 1 else 'were'} not judged in full")
    if broken:
        open_ends.append(f"{broken:,} {'line' if broken == 1 else 'lines'} could not be read")
    if unreadable:
        noun = "file or folder" if unreadable == 1 else "files or folders"
        open_ends.append(f"{unreadable:,} {noun} could not be read")
    last = f"{_join_en(open_ends)}.".capitalize() if open_ends else "All was read and judged in full."
    return [first, last]


def _verdict_zh(actions: Mapping[str, int], unjudged: int, broken: int, unreadable: int) -> list[str]:
    total = sum(actions.values())
    if not total:
        return ["没有可判定的记录。"]
    acted = [f"{ACTIONS['zh'][name]}\u00a0{actions[name]:,}\u00a0条" for name in _STRONG if actions.get(name)]
    passed = actions.get("allow", 0)
    first = (
        f"共\u00a0{total:,}\u00a0条记录：" + "，".join([*acted, f"原样通过\u00a0{passed:,}\u00a0条"]) + "。"
    )
    open_ends = []
    if unjudged:
        open_ends.append(f"{unjudged:,}\u00a0条未完整判定")
    if broken:
        open_ends.append(f"{broken:,}\u00a0行无法读取")
    if unreadable:
        open_ends.append(f"{unreadable:,}\u00a0个文件或文件夹无法读取")
    return [first, "，".join(open_ends) + "。" if open_ends else "全部内容均已读取并完整判定。"]


_STRONG = ("block", "retry", "redact", "flag")


def _join_en(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
