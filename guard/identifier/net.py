"""Addresses of the network: e-mail, IP, URL."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from guard.identifier.match import Context, Match, is_free

# RFC 5321 section 4.5.3.1: at most 64 octets before the @ and 255 after it.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}\Z")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,8}(?:xn--[A-Za-z0-9\-]{2,59}|[A-Za-z]{2,24})"
)
_NOT_FIRST = "!#$%&'*+/=?^`{|}~.-"


def find_emails(text: str) -> Iterator[Match]:
    """E-mail addresses in a folded text (RFC 5322 dot-atom, no quoted local parts)."""
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and not _is_word_after(text, domain.end()):
            start = local.start() + len(local.group()) - len(local.group().lstrip(_NOT_FIRST))
            if start < at and text[at - 1] != ".":
                remote = text[domain.end() : domain.end() + 1] == ":" and text[start:at] == "git"
                reason = "a mailbox and a domain"
                yield Match("pii.email", start, domain.end(), 0.3 if remote else 0.98, reason)
        at = text.find("@", at + 1)


def _is_word_after(text: str, end: int) -> bool:
    after = text[end : end + 1]
    return after == "@" or (after.isascii() and (after.isalnum() or after == "_"))


_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_IPV6 = re.compile(r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.[0-9]{1,3}){0,3}")
_IP_CONTEXT = Context(
    "ip,地址,服务器,主机,网关,登录,host,server,address,ipv4,ipv6,gateway,login,client,remote,from,ping"
)
_VERSION = Context("version,版本,ver,release,v,升级,firmware,固件,章,节,section,chapter,build,oid")


def find_ips(text: str) -> Iterator[Match]:
    """IPv4 and IPv6 addresses in a folded text; versions and clock times are none."""
    for found in _IPV4.finditer(text):
        start, end = found.span()
        if is_free(text, start, end) and not _continues(text, start, end) and _parses(found.group()):
            yield Match("pii.ip", start, end, _score_ipv4(text, start, end), "an IPv4 address")
    for found in _IPV6.finditer(text):
        start, end = found.span()
        groups = [group for group in found.group().split(":") if group]
        plausible = len(groups) >= 3 and any(char.isdigit() for char in found.group())
        if plausible and is_free(text, start, end) and _parses(found.group()):
            yield Match("pii.ip", start, end, 0.9, "an IPv6 address")


def _continues(text: str, start: int, end: int) -> bool:
    return bool(
        re.match(r"\.[0-9]", text[end : end + 2]) or re.search(r"[0-9]\.$", text[max(0, start - 2) : start])
    )


def _parses(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def _score_ipv4(text: str, start: int, end: int) -> float:
    address = ipaddress.ip_address(text[start:end])
    if (
        address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or text[start:end].startswith("255.")
    ):
        return 0.2
    if _VERSION.near(text, start, end, before=12, after=0):
        return 0.2
    if _IP_CONTEXT.near(text, start, end):
        return 0.97
    small = all(int(octet) < 20 for octet in text[start:end].split("."))
    return 0.4 if small else 0.9


_URL = re.compile(r"(?:https?|ftp)://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{3,1000}", re.IGNORECASE)
_ENDING = re.compile(
    r"\.(com|net|org|edu|gov|info|biz|cn|hk|tw|io|co|uk|de|fr|jp|kr|ru|us|eu|au|ca|ch|it|es|nl|se|no|fi|dk|pl|in|br"
    r"|me|tv|xyz|top|site|online|shop|app|dev|ai)(?![A-Za-z0-9_\-@]|\.[A-Za-z0-9])"
    r"(?:/[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]{0,500})?",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9\-]{0,62}\.){0,5}[A-Za-z0-9][A-Za-z0-9\-]{0,62}\Z")
_WORDS = frozenset(
    ("in", "it", "me", "no", "us", "io", "ai", "app", "site", "shop", "top", "online", "dev", "info", "br")
)
"""Endings that are words, or names of attributes in code."""
_URL_CONTEXT = Context("网址,网站,官网,域名,链接,主页,url,website,site,web,domain,link,visit,homepage,host")
_CLOSING = ".,;:!?'\")]*"


def find_urls(text: str) -> Iterator[Match]:
    """Web addresses in a folded text, ending where ASCII ends; bare host names score low."""
    for found in _URL.finditer(text):
        yield from _url(text, found.start(), found.end(), 0.7, "a web address")
    for found in _ENDING.finditer(text):
        if host := _HOST.search(text, max(0, found.start() - 120), found.start()):
            yield from _url(
                text, host.start(), found.end(), _rate_host(text, host.start(), found), "a host name"
            )


def _rate_host(text: str, start: int, ending: re.Match[str]) -> float:
    """How likely a bare name is a host, not an attribute in code or two sentences without a space."""
    name = text[start : ending.end()]
    if _URL_CONTEXT.near(text, start, ending.end(), after=0) or name.lower().startswith("www."):
        return 0.7
    if not (ending.group(1).islower() or name.isupper()):
        return 0.1
    return 0.3 if ending.group(1) in _WORDS else 0.5


def _url(text: str, start: int, end: int, score: float, reason: str) -> Iterator[Match]:
    end = start + len(text[start:end].rstrip(_CLOSING))
    before = text[start - 1 : start]
    inside = before.isascii() and (before.isalnum() or before in tuple("@_./-"))
    if not inside and not _is_word_after(text, end):
        yield Match("pii.url", start, end, score, reason)
