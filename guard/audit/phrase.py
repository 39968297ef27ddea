"""Says the fixed sentences of filters, of reading and of the shipped policy in the report's language."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    # Files, folders and tables
    "this folder cannot be read, and nothing in it was: {why}": "此文件夹无法读取，其中内容均未读取：{why}",
    "{count} file(s) or folder(s) whose names begin with a dot were passed over": (
        "已跳过 {count} 个名称以点开头的文件或文件夹"
    ),
    "{count} file(s) of other kinds were passed over": "已跳过 {count} 个其他类型的文件",
    "a link to a folder, which was not followed; name the folder itself": (
        "指向文件夹的链接，未跟随；请直接指明该文件夹"
    ),
    "the results of an earlier audit were left out": "已略过先前审计的结果",
    "the file is empty": "文件为空",
    "permission denied": "没有权限",
    "no such file or directory": "文件或文件夹不存在",
    "is a directory": "是文件夹",
    "input/output error": "输入或输出错误",
    "too many levels of symbolic links": "链接层数过多",
    "stale file handle": "网络文件已失效",
    "cannot be read": "无法读取",
    "{why}; nothing was read from here on": "{why}；此后的内容均未读取",
    "the compressed file is damaged from here on": "压缩文件自此处起已损坏",
    "not a gzip file; if it is not compressed, take .gz off its name": (
        "不是 gzip 文件；若未经压缩，请去掉文件名中的 .gz"
    ),
    "saved as UTF-16; save it as UTF-8": "以 UTF-16 保存；请另存为 UTF-8",
    "not UTF-8; read as {encoding}": "不是 UTF-8；已按 {encoding} 读取",
    "not UTF-8 (byte {at})": "不是 UTF-8（第 {at} 个字节）",
    "holds a NUL byte": "含有 NUL 字节",
    "not JSON that can be read: a number or a nesting beyond all bounds": (
        "无法读取的 JSON：数字过大或嵌套过深"
    ),
    "not JSON from here on; the rest of the list was not read": "自此处起不是 JSON；列表的其余部分未读取",
    "more follows the end of the list; it was not read": "列表结束后还有内容；这些内容未读取",
    "not JSON ({place}): {why}": "不是 JSON（{place}）：{why}",
    "line {line}, column {column}": "第 {line} 行第 {column} 列",
    "column {column} was read as {name}": "列 {column} 按 {name} 读取",
    "column {column}": "第 {column} 列",
    "Expecting value": "此处应有一个值",
    "Expecting property name enclosed in double quotes": "此处应有双引号括起的字段名",
    "Expecting {sign} delimiter": "此处应有分隔符 {sign}",
    "Unterminated string starting at": "字符串没有结束",
    "Invalid control character at": "含有不允许的控制字符",
    "Invalid \\escape": "反斜杠转义有误",
    "Invalid {what} escape": "转义 {what} 有误",
    "Extra data": "结尾之后还有内容",
    "Illegal trailing comma before end of object": "对象末尾多了一个逗号",
    "Illegal trailing comma before end of array": "列表末尾多了一个逗号",
    "columns that were not read: {names}": "未读取的列：{names}",
    "fields that were not read: {names}; further ones are not named": "未读取的字段：{names}；其余不再列出",
    "fields that were not read: {names}": "未读取的字段：{names}",
    "the table has no header": "表格没有表头",
    "the header names no column for prompts, responses or messages, so no row was read; "
    "name the columns 'prompt' and 'response' ('提问' and '回答'), or 'messages'": (
        "表头中没有提问、回答或消息的列，因此未读取任何行；请将列命名为“提问”和“回答”，或 'messages'"
    ),
    "the quotation mark opened in line {line} is never closed; nothing from there on was read": (
        "第 {line} 行的引号没有闭合；此后的内容均未读取"
    ),
    "a cell of more than {count} characters; is a quotation mark left open?": (
        "单元格超过 {count} 个字符；是否有引号没有闭合？"
    ),
    "text after a closing quotation mark; inside a cell write it twice; "
    "nothing from here to line {line} was read": (
        "右引号之后还有文字；单元格内的引号要写两遍；从此处到第 {line} 行均未读取"
    ),
    "text after a closing quotation mark; inside a cell write it twice{more}": (
        "右引号之后还有文字；单元格内的引号要写两遍{more}"
    ),
    "text after a closing quotation mark; inside a cell write it twice": (
        "右引号之后还有文字；单元格内的引号要写两遍"
    ),
    "{cells} cells under {columns} columns": "表头有 {columns} 列，此行却有 {cells} 格",
    "not in the encoding of the rest of the table": "编码与表格其余部分不同",
    # Shapes of records
    "no messages, no prompt and no response; "
    "name the fields 'messages', or 'prompt' and 'response' ('提问' and '回答')": (
        "没有消息、提问和回答；请将字段命名为 'messages'，或“提问”和“回答”"
    ),
    "not a record but {kind}": "不是记录，而是{kind}",
    "nested too deeply": "嵌套过深",
    "{names} are not all texts": "{names} 不全是文本",
    "{name} is {kind}, not a list of messages": "{name} 是{kind}，不是消息列表",
    "{name} is {kind}, not a text or a response body": "{name} 是{kind}，不是文本或响应体",
    "{name} is {kind}, not a list": "{name} 是{kind}，不是列表",
    "{name} is an object without choices, result, content or text": (
        "{name} 是对象，但没有 choices、result、content 或 text"
    ),
    "{name} is not a list of texts or of objects with a text": "{name} 不是文本列表，也不是含文本的对象列表",
    "{where} has no role": "{where}没有 role",
    "{where} has neither a message nor a text": "{where}既没有 message 也没有 text",
    "the content of {where} is {kind}": "{where}的 content 是{kind}",
    "a field that looks like JSON is not": "有一个字段形似 JSON，却不是",
    "a message of the history": "历史中的一条消息",
    "message {number} is {kind}": "第 {number} 条消息是{kind}",
    "choice {number} is {kind}": "第 {number} 个 choice 是{kind}",
    "a message of the history is {kind}": "历史中的一条消息是{kind}",
    "message {number}": "第 {number} 条消息",
    "choice {number}": "第 {number} 个 choice ",
    "null": "空值",
    "true or false": "真假值",
    "a text": "文本",
    "a number": "数字",
    "a list": "列表",
    "an object": "对象",
    # What was not judged
    "other reasons": "其他原因",
    "failed: {kind}": "出错：{kind}",
    "timed out after {ms} ms": "超时（{ms} 毫秒）",
    "not begun: earlier scans of this filter still run after their time": "未开始：先前的扫描超时后仍在运行",
    "not asked: another rule blocks": "未询问：另一条规则已拦截",
    "the stream broke off": "流式输出中断",
    "the exchange has no {what}": "记录中没有{what}",
    "samples and no sources": "其他回答，也没有资料",
    "samples": "其他回答",
    "sources": "资料",
    "{kind} content is not read": "{kind} 内容不读取",
    "language {code} is not covered by the model that reads the context": "判断上下文的模型不支持语言 {code}",
    "names in language {code} are not covered by the model": "模型不支持识别语言 {code} 的姓名",
    "language {code} is not covered by the model": "模型不支持语言 {code}",
    "its language could not be told": "无法判断其语言",
    "more than {count} words found": "命中的词超过 {count} 个",
    "a word needs its context judged, and the model cannot be loaded": "有词需结合上下文判断，而模型无法加载",
    "words that need their context stand in more than {count} places": "需结合上下文判断的词超过 {count} 处",
    "pattern {number} matches more than {count} times": "模式 {number} 命中超过 {count} 次",
    "a cited source holds no text": "所引资料没有文字",
    "cited sources are in another script; only numbers and dates were compared": (
        "所引资料使用另一种文字；只比对了数字和日期"
    ),
    "a statement or a passage is too long to be read to its end": "陈述或段落过长，未能读完",
    "the sources hold no text": "资料没有文字",
    "a sentence or a passage is too long to be read to its end": "句子或段落过长，未能读完",
    "the sources are in another script; only numbers and dates were compared": (
        "资料使用另一种文字；只比对了数字和日期"
    ),
    "samples are in another script; only numbers and dates were compared": (
        "其他回答使用另一种文字；只比对了数字和日期"
    ),
    "the judge was not shown {count} characters of the sources, which bear less on the claims": (
        "资料中有 {count} 个与陈述关系较小的字符未交给裁判模型"
    ),
    "some sentences stay open: there is no model to ask": "有些句子未能判定：没有可询问的模型",
    "the judge gave no answer for {count} of {all} sentences": "{all} 句中有 {count} 句裁判模型没有回答",
    "the judge gave no answer: {why}": "裁判模型没有给出答案：{why}",
    "the judge's answer is {kind}, not text": "裁判模型的答案是 {kind}，不是文本",
    "the judge numbers the claims otherwise than they were given": "裁判模型的陈述编号与所给的不同",
    "the judge's answer holds no JSON object about a claim": "裁判模型的答案中没有关于陈述的 JSON 对象",
    "the judge's answer is longer than {count} characters": "裁判模型的答案超过 {count} 个字符",
    "{count} tokens are too few to ask the judge anything": "{count} 个词元不足以向裁判模型提问",
    "not asked: too long for the tokens allowed": "未询问：超出允许的词元数",
    "not trusted: a made-up claim was not told from the sources": "不可信：未能识别出资料中没有的虚构陈述",
    "the verdict is none of those asked for": "结论不在所要求的范围之内",
    "a source is named that was not shown": "指明了未出示的资料",
    "no source is named": "没有指明资料",
    "words are quoted that are not in the claim": "引用了陈述中没有的文字",
    "not answered": "没有回答",
    "answered more than once, and differently": "多次回答且互相矛盾",
    "the further call must be awaited, and no event loop is free for it": (
        "追加调用须异步等待，而没有空闲的事件循环"
    ),
    "the further call was refused": "追加调用被拒绝",
    "the further call was answered without a text": "追加调用的回答没有文字",
    "the further call took longer than {seconds} s": "追加调用超过 {seconds} 秒",
    "the further call failed: {kind}": "追加调用出错：{kind}",
    "a filter can ask from another thread only, while the event loop runs": (
        "事件循环运行期间，过滤器只能从另一线程询问"
    ),
    "{count} are needed": "需要 {count} 个",
    "{why}; {count} are needed": "{why}；需要 {count} 个",
    "{count} of {all} samples hold no text": "{all} 个其他回答中有 {count} 个没有文字",
    "the exchange has {count} samples": "记录中有 {count} 个其他回答",
    "of {count} samples, {what}": "{count} 个其他回答中，{what}",
    "{count} failed: {kind}": "{count} 个出错：{kind}",
    "{count} took longer than {ms} ms": "{count} 个超过 {ms} 毫秒",
    # What was found
    "judged by the model": "由模型判定",
    "near none of the allowed topics": "不接近任何允许的话题",
    "near the topic's examples": "接近该话题的示例",
    "language {code}, allowed are {codes}": "语言为 {code}，允许的是 {codes}",
    "{count} characters, {most} allowed": "共 {count} 个字符，最多允许 {most} 个",
    "fewer than {count} characters": "少于 {count} 个字符",
    "pattern {number}": "模式 {number}",
    "{what}, written with {disguise}": "{what}，写法经过变形：{disguise}",
    "{what}, judged in its context by the model": "{what}，由模型结合上下文判定",
    "entry {number} of the list": "词表第 {number} 条",
    "separators": "插入分隔符",
    "leet": "数字符号代字",
    "repeats": "重复字符",
    "pinyin": "拼音",
    "initials": "拼音首字母",
    "split": "拆字",
    "homophones": "同音字",
    "encoded": "编码",
    "{source} says otherwise": "{source} 说法不同",
    "{source} says the opposite": "{source} 说法相反",
    "the cited source does not bear it out, {source} does": "所引资料不支持，{source} 才支持",
    "the cited source does not bear it out": "所引资料不支持",
    "it names a source that is not among the {count} given": "所引资料不在给出的 {count} 份之中",
    "{source} adds nothing to what the other cited sources say": "{source} 没有为其他所引资料增加任何内容",
    "it cites no source": "未注明出处",
    "the bracket is not closed": "括号没有闭合",
    "the brackets do not match": "括号不匹配",
    "it names no source": "没有指明资料",
    "it names nothing": "没有指明任何内容",
    "a number is missing": "缺少编号",
    "the range does not run from one number to a higher one": "编号范围不是从小到大",
    "one of two carets is missing": "缺少一个脱字符 ^",
    "a number that no source gives": "资料中没有的数字",
    "a date or time that no source gives": "资料中没有的日期或时间",
    "the number differs from the one in {source}": "数字与 {source} 中的不同",
    "the date or time differs from the one in {source}": "日期或时间与 {source} 中的不同",
    "a name that stands in no source": "资料中没有的名称",
    "a name or version that stands in no source": "资料中没有的名称或版本",
    "an address that stands in no source": "资料中没有的网址",
    "a quotation or title that stands in no source": "资料中没有的引文或标题",
    "little of the sentence stands in the sources": "这句话的内容很少见于资料",
    "not said in the sources": "资料中没有说到",
    "so the model that was asked to judge": "由受询问的模型判定",
    "another {what} in {count} of {all} samples": "{all} 个其他回答中有 {count} 个的{what}不同",
    "number": "数字",
    "date or time": "日期或时间",
    "direction or negation": "方向或肯否",
    "{count} of {all} samples do not bear this out": "{all} 个其他回答中有 {count} 个不支持这句话",
    "log-probability {mean} in the mean and {least} at the least, entropy {entropy}": (
        "对数概率平均 {mean}，最低 {least}，熵 {entropy}"
    ),
    # Personal data
    "{what}, with country code": "{what}，带国家代码",
    "{what}, named nearby": "{what}，附近有相应字样",
    "{what}, decoded": "{what}，解码后",
    "{what}, but the words nearby speak of a serial number": "{what}，但附近的字样表明是编号",
    "read as a name where it stands": "在上下文中读作姓名",
    "check passed": "校验通过",
    "form fits": "形式相符",
    "a street with a number": "街道与门牌号",
    "a village with its county": "村庄及其所在县",
    "a date announced as a date of birth": "注明为出生日期的日期",
    "18 digits with a valid division, birth date and check digit (GB 11643)": (
        "18 位数字，行政区划、出生日期和校验码均有效（GB 11643）"
    ),
    "15 digits with a valid division and birth date, the form before 1999": (
        "15 位数字，行政区划和出生日期均有效，为 1999 年以前的形式"
    ),
    "17 digits and X with a valid division, birth date and check (GB 11643)": (
        "17 位数字加 X，行政区划、出生日期和校验码均有效（GB 11643）"
    ),
    "18 digits beginning with 9, with a valid birth date and check digit": (
        "以 9 开头的 18 位数字，出生日期和校验码均有效"
    ),
    "11 digits in a range of Chinese mobile numbers": "中国大陆手机号段内的 11 位数字",
    "a Chinese area code and a local number": "中国区号与本地号码",
    "a Chinese service number, 400 or 800": "中国 400 或 800 服务号码",
    "18 characters with a valid division and check (GB 32100)": (
        "18 个字符，行政区划和校验码均有效（GB 32100）"
    ),
    "three letters and twelve digits, the form of 2017": "三个字母和十二位数字，为 2017 年的形式",
    "the form of a travel permit of Hong Kong and Macau residents": "符合港澳居民来往内地通行证的形式",
    "the form of an exit-entry permit for Hong Kong, Macau or Taiwan": ("符合往来港澳或往来台湾通行证的形式"),
    "eight or ten digits announced as a Taiwan residents' permit": "注明为台胞证号的八位或十位数字",
    "the form of a passport of China, Hong Kong or Macau": "符合中国内地、香港或澳门护照的形式",
    "the form of a Hong Kong identity card with a valid check digit": "符合香港身份证的形式，校验码有效",
    "the form of a Taiwan national identity number with a valid check digit": (
        "符合台湾身份证号的形式，校验码有效"
    ),
    "the form of a Chinese licence plate": "符合中国车牌号的形式",
    "a name announced as a WeChat account": "注明为微信号的名称",
    "letters announced as a WeChat account": "注明为微信号的字母",
    "digits announced as a QQ account": "注明为 QQ 号的数字",
    "a number announced as one of social or medical insurance": "注明为社保或医保号的号码",
    "six digits announced as a postal code": "注明为邮政编码的六位数字",
    "a mailbox and a domain": "邮箱名与域名",
    "a web address": "网址",
    "an IPv4 address": "IPv4 地址",
    "an IPv6 address": "IPv6 地址",
    "a host name": "主机名",
    "a card number whose check digit is right": "校验码正确的卡号",
    "a phone number by the tables of its region": "符合所在地区号码表的电话号码",
    "digits announced as a phone number": "注明为电话号码的数字",
    # Keys and passwords
    "40 characters announced as an AWS secret key": "注明为 AWS 私密密钥的 40 个字符",
    "the form of a service's token": "符合某项服务令牌的形式",
    "the form of a fine-grained GitHub token": "符合 GitHub 细粒度令牌的形式",
    "the form of a Google OAuth token or client secret": "符合 Google OAuth 令牌或客户端密钥的形式",
    "the form of a Microsoft Entra client secret": "符合 Microsoft Entra 客户端密钥的形式",
    "the form of a key for a hosted language model": "符合托管语言模型密钥的形式",
    "the form of a Baidu Qianfan key id": "符合百度千帆密钥标识的形式",
    "the form of a Baidu Qianfan key": "符合百度千帆密钥的形式",
    "the form of an Alibaba Cloud key id": "符合阿里云密钥标识的形式",
    "the form of a Tencent Cloud key id": "符合腾讯云密钥标识的形式",
    "the form of a Volcengine key id": "符合火山引擎密钥标识的形式",
    "the form of an AWS access key id": "符合 AWS 访问密钥标识的形式",
    "the form of a Google API key": "符合 Google API 密钥的形式",
    "the form of a Telegram bot token": "符合 Telegram 机器人令牌的形式",
    "the form of a {service} token": "符合 {service} 令牌的形式",
    "the form of an {service} token": "符合 {service} 令牌的形式",
    "the form of a {service} key": "符合 {service} 密钥的形式",
    "the form of an {service} key": "符合 {service} 密钥的形式",
    "the key of an Azure connection string": "Azure 连接字符串中的密钥",
    "the signature of an Azure shared access URL": "Azure 共享访问网址中的签名",
    "a webhook address, which is its own password": "Webhook 地址，地址本身即是密码",
    "a JSON Web Token with a readable header": "头部可读的 JSON Web Token",
    "a private key block": "私钥块",
    "a password in an address": "地址中的密码",
    "a long, varied value announced as a key": "注明为密钥的长而多变的值",
    "a long, varied value announced as an access key or secret key": "注明为访问密钥的长而多变的值",
    "a value announced as a password": "注明为密码的值",
    "a value that the word for password touches": "紧接“密码”一词的值",
    # The rules of the shipped policy
    "Identity, card and company numbers never reach the model or the user.": (
        "证件号、卡号和企业代码不会到达模型或用户。"
    ),
    "Phone numbers and e-mail addresses are hidden from the model and from the user.": (
        "电话号码和电子邮箱对模型和用户隐去。"
    ),
    "Cloud and API keys, tokens and private keys are hidden everywhere.": (
        "云服务与接口的密钥、令牌和私钥在各处均隐去。"
    ),
    "Attempts to talk the model out of its rules are refused.": "拒绝诱使模型违反规则的尝试。",
    "A pasted or retrieved document or a tool result that gives the model orders stops the call.": (
        "粘贴或检索到的文档或工具结果若向模型下达指令，则中止调用。"
    ),
    "Someone who may be in danger is answered with where to find help.": "对可能身处危险的人，告知求助途径。",
    "Harmful requests and answers are refused.": "拒绝有害的请求和回答。",
    "Hate and abuse are refused; a rude word alone is not enough.": "拒绝仇恨与辱骂；仅有粗话不足以拒绝。",
    "Lures of casino, fraud and forged-paper adverts never come out of the model's mouth.": (
        "模型不会说出赌博、诈骗和假证广告的引诱之词。"
    ),
    "Statements that the sources do not say, or say otherwise, are reported to the application.": (
        "资料未提及或说法不同的陈述会报告给应用。"
    ),
}
"""The Chinese form of each sentence or part of one; `{names}` stand for what varies, said in turn."""


def say(text: str, lang: str) -> str:
    """A text in the language of the report where it has a form in it, else as it is.

    >>> say("sources[0].text says otherwise", "zh")
    'sources[0].text 说法不同'
    """
    return (_chinese(text) or text) if lang == "zh" else text


def _chinese(text: str) -> str | None:
    if text in CHINESE:
        return CHINESE[text]
    parts = [_chinese(part) for part in text.split("; ")] if "; " in text else []
    if parts and None not in parts:
        return "；".join(map(str, parts))
    for pattern, form in _patterns():
        if found := pattern.fullmatch(text):
            return form.format(**{name: _chinese(part) or part for name, part in found.groupdict().items()})
    return None


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """A pattern for each sentence with something that varies, in the order of the table."""
    varying = [(text, form) for text, form in CHINESE.items() if "{" in text]
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(text)), re.DOTALL), form)
        for text, form in varying
    ]
