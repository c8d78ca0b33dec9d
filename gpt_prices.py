"""Token prices and token estimates: what a draft may cost, and what it did cost."""

from __future__ import annotations

from decimal import Decimal

from gpt_types import DraftRequest, ServiceSettings, Usage

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

# Room for the answer. Today's models think first, and the thinking counts.
MAX_OUTPUT_TOKENS = 8_000
# A 1,024 px picture is 32 x 32 patches; models multiply that by up to 2.5. Many count about 1,700.
IMAGE_TOKENS, IMAGE_TOKENS_MOST = 1_700, 4_000
TYPICAL_OUTPUT_TOKENS = 1_200
_MILLION = Decimal(1_000_000)


def price_of(settings: ServiceSettings) -> tuple[Decimal, Decimal] | None:
    """Return the prices per million tokens (input, output), or None when nobody knows them.

    A dated name such as "gpt-5.6-luna-2026-07-09" has the price of its family, and so has a gateway's
    "openai/gpt-5.6-luna". A model of one's own is not in the table: without a set price it costs nothing.
    """
    known = _from_table(settings.model.rpartition("/")[2])
    given = (settings.price_input, settings.price_output)
    if known is None and given == (None, None):
        return None
    table = known or (Decimal(0), Decimal(0))
    return (
        table[0] if given[0] is None else Decimal(str(given[0])),
        table[1] if given[1] is None else Decimal(str(given[1])),
    )


def _from_table(model: str) -> tuple[Decimal, Decimal] | None:
    for name, (price_input, price_output) in PRICES.items():
        if model == name or model.startswith(f"{name}-20"):
            return Decimal(price_input), Decimal(price_output)
    return None


def has_flex(settings: ServiceSettings) -> bool:
    """Tell whether the service is known to answer at half price when it may take its time."""
    return settings.source == "openai" and _from_table(settings.model.rpartition("/")[2]) is not None


def usage(
    settings: ServiceSettings, input_tokens: int, output_tokens: int, share: Decimal = Decimal(1)
) -> Usage:
    """Price a number of tokens at a share of the standard price; 0 dollars when the price is not known."""
    price_input, price_output = price_of(settings) or (Decimal(0), Decimal(0))
    usd = (input_tokens * price_input + output_tokens * price_output) * share / _MILLION
    return Usage(input_tokens, output_tokens, usd)


def price(settings: ServiceSettings, input_tokens: float, output_tokens: float) -> Decimal:
    """Price what many calls of a tier take together, in US dollars."""
    if settings.source == "placeholder":
        return Decimal(0)
    share = FLEX_SHARE if settings.tier == "flex" else Decimal(1)
    return usage(settings, round(input_tokens), round(output_tokens), share).usd


def tokens_of(text: str) -> int:
    """Guess the tokens of a text: about one for every three bytes of UTF-8."""
    return -(-len(text.encode("utf-8", "replace")) // 3)


def input_tokens(request: DraftRequest, image_tokens: int = IMAGE_TOKENS) -> int:
    """Guess the tokens that one ask sends: instructions, layout of the answer, picture."""
    return 400 + tokens_of(request.system + request.prompt) + (image_tokens if request.image_jpeg else 0)


def typical(request: DraftRequest, settings: ServiceSettings) -> Usage:
    """Guess what a draft usually costs, to show a person before a batch."""
    if settings.source == "placeholder":
        return Usage()
    share = FLEX_SHARE if settings.tier == "flex" else Decimal(1)
    return usage(settings, input_tokens(request), TYPICAL_OUTPUT_TOKENS, share)


def estimate(request: DraftRequest, settings: ServiceSettings) -> Usage:
    """Bound what one ask can cost, to set money aside before it.

    Counts the largest picture price and the whole room for the answer, at the standard price, since a service that is
    asked for "flex" may answer at another tier. A second ask, made when the first answer does not fit, is not in
    it: who must not pay more than this asks with `attempts` and `asks` of 1.
    """
    if settings.source == "placeholder":
        return Usage()
    # Rare scripts take twice the usual number of tokens.
    text = tokens_of(request.system + request.prompt)
    return usage(settings, input_tokens(request, IMAGE_TOKENS_MOST) + text, MAX_OUTPUT_TOKENS)
