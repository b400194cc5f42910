"""Numbers and amounts of money in the customer's words.

Nobody converts here: an amount in another currency than the desk's is no value. What names a
currency is taken from CLDR (by babel) for the language, with the signs that CLDR gives only to a
currency's own country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberFormatError, get_currency_name, parse_decimal
from moneyed import Money
from price_parser import Price
from text_to_num import text2num

from frontdesk.languages.scripts import is_spaceless, spaced
from frontdesk.procedures import chinese
from frontdesk.procedures.dates import dates, times
from frontdesk.procedures.words import LETTERS, Context, Mention
from frontdesk.types.procedures import Slot

_NUMBER = re.compile(r"(?<![\w.,/-])[-+]?\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?(?![\w/]|[.,-]\d)")
_LONGEST_SPOKEN = 8
"""Words of a spoken number, at most: "nine hundred and ninety nine thousand nine hundred"."""


def numbers(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    """Numbers in digits, written the way of the language, and in words."""
    taken = [*dates(slot, text, context), *times(slot, text, context)]
    written, text = text, spaced(text)
    for mention in chinese.numbers(written) if text != written else ():
        if isinstance(mention.value, int) and not any(mention.overlaps(one) for one in taken):
            yield replace(mention, value=Decimal(mention.value))
    for match in _NUMBER.finditer(text):
        try:
            digits = match[0].replace(" ", "").removeprefix("+")
            value = parse_decimal(digits, locale=context.language, strict=True)
        except NumberFormatError:
            continue
        mention = Mention(match[0], *match.span(), value)
        if not any(mention.overlaps(other) for other in taken):
            yield mention
    yield from _spoken(text, context.language)


def _spoken(text: str, language: str) -> Iterator[Mention]:
    """The longest runs of words that are one number: "twenty one" is 21."""
    words = list(LETTERS.finditer(text))
    behind = 0
    for first, word in enumerate(words):
        if word.start() < behind or _spoken_number(word[0].casefold(), language) is None:
            continue
        for last in reversed(words[first : first + _LONGEST_SPOKEN]):
            run = text[word.start() : last.end()]
            number = _spoken_number(" ".join(run.casefold().split()), language)
            if number is not None:
                yield Mention(run, word.start(), last.end(), number)
                behind = last.end()
                break


def _spoken_number(words: str, language: str) -> Decimal | None:
    if words in ("a", "an", "one", "second") and language == "en":
        return Decimal(1) if words == "one" else None
    try:
        return Decimal(text2num(words, language))
    except (ValueError, KeyError, NotImplementedError):
        return None


def integers(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    """Numbers without a fraction."""
    for mention in numbers(slot, text, context):
        if isinstance(mention.value, Decimal) and mention.value == int(mention.value):
            yield Mention(mention.words, mention.start, mention.end, int(mention.value))


# -- currencies -------------------------------------------------------------------------------

_SIGN = r"[$£¥฿₠-⃀]"
_COMMON = """EUR USD GBP CHF JPY CAD AUD NZD CNY INR SEK NOK DKK PLN CZK HUF BRL MXN ZAR SGD HKD
    KRW RUB ILS""".split()  # noqa: SIM905
"""Codes that people also write in small letters; "all" and "try" are words."""
_MORE_SIGNS = {
    "US$": "USD", "AU$": "AUD", "C$": "CAD", "S$": "SGD", "₺": "TRY", "₽": "RUB", "₴": "UAH",
    "zł": "PLN", "zl": "PLN", "Kč": "CZK", "Ft": "HUF", "Fr": "CHF", "Fr.": "CHF", "SFr": "CHF",
    "Rs": "INR PKR LKR NPR MUR", "Rs.": "INR PKR LKR NPR MUR", "kr": "SEK NOK DKK ISK",
    "kr.": "DKK ISK", "Kr": "SEK NOK DKK ISK", "lei": "RON MDL", "лв": "BGN", "元": "CNY TWD",
    "円": "JPY",
}  # fmt: skip
_MORE_NAMES = {
    "quid": "GBP", "bucks": "USD", "kroner": "NOK DKK", "rmb": "CNY", "złoty": "PLN", "块": "CNY",
    "块钱": "CNY", "欧": "EUR", "美金": "USD",
}  # fmt: skip
_NOUN_FIRST = frozenset({"ca", "es", "fr", "it", "pt", "ro"})
"""Languages that say "dollar American"."""


@dataclass(frozen=True)
class _Currencies:
    signs: Mapping[str, frozenset[str]]
    """Signs and codes, as they are written, beside a number on either side."""
    names: Mapping[str, frozenset[str]]
    """Names in small letters, behind a number."""


@lru_cache(maxsize=16)
def _currencies(language: str) -> _Currencies:
    signs: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for locale in (Locale.parse("en"), Locale.parse(language)):
        for code in map(str, locale.currencies):
            for name in _names(code, locale):
                names.setdefault(name.casefold(), set()).add(code)
            symbol = locale.currency_symbols.get(code, code)
            more = {symbol[-1]} if re.fullmatch(_SIGN, symbol[-1]) else set()
            for sign in {code, symbol} | more:
                signs.setdefault(sign, set()).add(code)
    for code in _COMMON:
        signs |= {form: {code} for form in (code.lower(), code.title())}
    for extra, table in ((_MORE_SIGNS, signs), (_MORE_NAMES, names)):
        for word, codes in extra.items():
            table.setdefault(word, set()).update(codes.split())
    return _Currencies(
        {sign: frozenset(codes) for sign, codes in signs.items()},
        {name: frozenset(codes) for name, codes in names.items()},
    )


def _names(code: str, locale: Locale) -> Iterator[str]:
    """The whole name, for one and for many, and its noun: "dollars" may be many a country's."""
    for count in (None, 1, 2):
        name = get_currency_name(code, count, locale=locale)
        yield name
        noun = re.split(r"[\s-]", name)[0 if locale.language in _NOUN_FIRST else -1]
        if noun.isalpha():
            yield noun


_BEFORE = re.compile(rf"(?<!\w)([^\W\d_]*{_SIGN}|[^\W\d_]{{1,4}}\.?)\s?([-+–]?)\s?$")
_BEHIND = re.compile(
    rf"\s?([^\W\d_]{{0,3}}{_SIGN})|\s?-?([^\W\d_]+(?:-[^\W\d_]+)*\.?(?:\s[^\W\d_]+){{0,2}})"
)


def _currency_before(text: str, end: int, known: _Currencies) -> re.Match[str] | None:
    """A sign or a code right before the number, perhaps with a minus between them."""
    match = _BEFORE.search(text[:end])
    if match and (match[1] in known.signs or re.search(_SIGN, match[1])):
        return match
    return None


def _currency_behind(text: str, start: int, known: _Currencies) -> tuple[frozenset[str], int]:
    """The currencies that the words behind the number can mean, and where those words end."""
    match = _BEHIND.match(text, start)
    if match is None:
        return frozenset(), start
    if match[1]:
        return known.signs.get(match[1], frozenset({"XXX"})), match.end()
    words = match[2]
    while words:
        if is_spaceless(words):  # "欧元吧": the name, and whatever follows it
            names = (words[:end] for end in range(len(words), 0, -1))
            words = next((name for name in names if name in known.names or name in known.signs), "")
        for written in (words, words.rstrip(".")):
            codes = known.signs.get(written) or known.names.get(written.casefold())
            if codes:
                return codes, match.start(2) + len(written)
        words = words.rpartition(" ")[0]
    return frozenset(), start


# -- money ------------------------------------------------------------------------------------

_FIGURE = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d(?:[\d.,]*\d)?")


def money(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    """Amounts in the desk's currency; a bare number is one when no amount is written."""
    known = _currencies(context.language)
    named = False
    for figure in _FIGURE.finditer(text):
        before = _currency_before(text, figure.start(), known)
        codes, end = _currency_behind(text, figure.end(), known)
        if before is None and not codes:
            continue
        named = True
        start = before.start() if before else figure.start()
        first = known.signs.get(before[1], frozenset()) if before else codes
        amount = Price.fromstring(figure[0]).amount
        if amount is None or (before and before[2]) or _is_partial(text, start, figure.end()):
            continue
        if context.currency in first & (codes or first):
            yield Mention(text[start:end], start, end, Money(amount, context.currency))
    if not named:
        for number in numbers(slot, text, context):
            codes, end = _currency_behind(text, number.end, known)
            end = end if codes else number.end
            if isinstance(number.value, Decimal) and (not codes or context.currency in codes):
                value = Money(number.value, context.currency)
                yield Mention(text[number.start : end], number.start, end, value)


def _is_partial(text: str, start: int, end: int) -> bool:
    """Whether the number is a side of a range, or has a sign or letters before it."""
    return re.search(r"[A-Za-z0-9_.,–-]$", text[:start]) is not None or (
        re.match(r"[-–]\d", text[end:]) is not None
    )
