"""Token prices and token estimates: what a draft may cost, and what it did cost."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from artworks.ai.private_addresses import is_private
from artworks.ai.types import DraftRequest, ServiceSettings, TokenUsage

# US dollars per million tokens (input, output), standard tier, below 272,000 input tokens; read in November
# 2026. The settings AI_PRICE_INPUT_USD and AI_PRICE_OUTPUT_USD win over this table.
PRICES: dict[str, tuple[str, str]] = {
    "gpt-5.6-luna": ("0.20", "1.20"),
    "gpt-5.6-terra": ("2.00", "12.00"),
    "gpt-5.6-sol": ("4.00", "20.00"),
    "gpt-6-luna": ("0.10", "0.50"),
    "gpt-6-sol": ("2.00", "10.00"),
    "gpt-6-astra": ("10.00", "50.00"),
    "gpt-6.1-terra": ("1.00", "5.00"),
    "gpt-6.1-sol": ("2.00", "10.00"),
}

# Of the standard price, for answers that may take their time (service_tier "flex"); read in November 2026.
FLEX_SHARE = Decimal("0.5")

# The limit of the answer. Today's models reason first, and the reasoning counts.
MAX_OUTPUT_TOKENS = 8_000
# A 1,024 px picture is 32 x 32 patches; models multiply that by up to 2.5. Many count about 1,700.
IMAGE_TOKENS, IMAGE_TOKENS_MOST = 1_700, 4_000
TYPICAL_OUTPUT_TOKENS = 1_200
# More than all six fields take as a layout and a schema, and the sentence before a second request.
LAYOUT_TOKENS, LAYOUT_TOKENS_MOST = 400, 1_400
# The precision of the ledger (table usage).
_MICRO = Decimal("0.000001")
_MILLION = Decimal(1_000_000)


def price_of(settings: ServiceSettings) -> tuple[Decimal, Decimal] | None:
    """Return the prices per million tokens (input, output), or None when nobody knows them.

    A dated name such as "gpt-5.6-luna-2026-07-09" has the price of its family, and so has a gateway's
    "openai/gpt-5.6-luna". A model of one's own is not in the table; see `price_is_missing`.
    """
    known = _table_price(settings.model.rpartition("/")[2])
    set_prices = (settings.price_input, settings.price_output)
    if known is None and set_prices == (None, None):
        return None
    table = known or (Decimal(0), Decimal(0))
    return (
        table[0] if set_prices[0] is None else Decimal(str(set_prices[0])),
        table[1] if set_prices[1] is None else Decimal(str(set_prices[1])),
    )


def price_is_missing(settings: ServiceSettings) -> bool:
    """Return whether somebody sends a bill for the words and nobody knows how high it is.

    On this computer and in a private network words cost nothing unless a price is set.
    """
    if settings.source == "placeholder" or _table_price(settings.model.rpartition("/")[2]) is not None:
        return False
    if settings.price_input is not None and settings.price_output is not None:
        return False
    return settings.base_url is None or not is_private(settings.base_url)


def _table_price(model: str) -> tuple[Decimal, Decimal] | None:
    for name, (price_input, price_output) in PRICES.items():
        if model == name or model.startswith(f"{name}-20"):
            return Decimal(price_input), Decimal(price_output)
    return None


def has_flex(settings: ServiceSettings) -> bool:
    """Return whether the service is known to answer at half price when it may take its time."""
    return settings.source == "openai" and _table_price(settings.model.rpartition("/")[2]) is not None


def price_tokens(
    settings: ServiceSettings, input_tokens: int, output_tokens: int, share: Decimal = Decimal(1)
) -> TokenUsage:
    """Return the price of a number of tokens at a share of the standard price; 0 dollars when it is not known."""
    price_input, price_output = price_of(settings) or (Decimal(0), Decimal(0))
    usd = (input_tokens * price_input + output_tokens * price_output) * share / _MILLION
    return TokenUsage(input_tokens, output_tokens, usd.quantize(_MICRO, ROUND_CEILING))


def price(settings: ServiceSettings, input_tokens: float, output_tokens: float) -> Decimal:
    """Return the price in US dollars of what many calls of a tier take together."""
    if settings.source == "placeholder":
        return Decimal(0)
    share = FLEX_SHARE if settings.tier == "flex" else Decimal(1)
    return price_tokens(settings, round(input_tokens), round(output_tokens), share).usd


def tokens_of(text: str) -> int:
    """Return a guess at the tokens of a text: about one for every three bytes of UTF-8."""
    return -(-len(text.encode("utf-8", "replace")) // 3)


def input_tokens(request: DraftRequest) -> int:
    """Return a guess at the tokens that one request sends: instructions, layout of the answer, picture."""
    text = tokens_of(request.system + request.prompt)
    return LAYOUT_TOKENS + text + (IMAGE_TOKENS if request.image_jpeg else 0)


def most_input_tokens(request: DraftRequest) -> int:
    """Return an upper bound of the tokens that one request sends: no tokenizer makes more than one of a byte."""
    text = len((request.system + request.prompt).encode("utf-8", "replace"))
    return LAYOUT_TOKENS_MOST + text + (IMAGE_TOKENS_MOST if request.image_jpeg else 0)


def typical(request: DraftRequest, settings: ServiceSettings) -> TokenUsage:
    """Return a guess at what a draft usually costs, to show a person before a batch."""
    if settings.source == "placeholder":
        return TokenUsage()
    share = FLEX_SHARE if settings.tier == "flex" else Decimal(1)
    return price_tokens(settings, input_tokens(request), TYPICAL_OUTPUT_TOKENS, share)


def most_of_one(request: DraftRequest, settings: ServiceSettings) -> TokenUsage:
    """Return the most that one request can cost, at the standard price: "flex" may be answered at another tier."""
    if settings.source == "placeholder":
        return TokenUsage()
    return price_tokens(settings, most_input_tokens(request), MAX_OUTPUT_TOKENS)


def billed_usage(
    request: DraftRequest,
    settings: ServiceSettings,
    counts: tuple[int | None, int | None] = (None, None),
    written: int = 0,
    tier: str = "",
) -> TokenUsage:
    """Return the price of one request that reached the service; `counts` are the tokens in and out that it counted.

    `written` is how many bytes of an answer came. What it does not count is taken as the most it can be. Only what the
    service itself says it did at the cheaper tier is counted cheaper, and only if it counts all.
    """
    counted_in, counted_out = counts
    if counted_in is not None and counted_out is not None:
        share = FLEX_SHARE if tier == "flex" else Decimal(1)
        return price_tokens(settings, counted_in, counted_out, share)
    tokens_in = most_input_tokens(request) if counted_in is None else counted_in
    # A server may not keep to the limit of its answer: two bytes for a token are few.
    tokens_out = max(MAX_OUTPUT_TOKENS, written // 2) if counted_out is None else counted_out
    likely_in = input_tokens(request) if counted_in is None else counted_in
    likely_out = -(-written // 3) if counted_out is None else counted_out
    found = price_tokens(settings, tokens_in, tokens_out)
    known = price_tokens(settings, counted_in or 0, counted_out or 0)
    return TokenUsage(
        tokens_in,
        tokens_out,
        found.usd,
        at_most_usd=found.usd - known.usd,
        at_most=True,
        unlikely_tokens=tokens_in + tokens_out - likely_in - likely_out,
    )
