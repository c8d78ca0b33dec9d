"""What a model thought before its answer, told from the answer: by the marks that model families put around it."""

from __future__ import annotations

import re

_NAMES = (
    r"(?:seed:|ant_?)?think(?:ing)?|thoughts?|thought_process|reason(?:ing)?|reflection|analysis|scratchpad"
    r"|chain_of_thought|cot|internal_monologue"
)
# <think>, [THINK] (Mistral), <|begin_of_thought|>, ◁think▷ (Kimi), <unused94>thought (MedGemma), <|channel>thought
# (Gemma), <|channel|>analysis<|message|> (gpt-oss; its closing mark is the channel of the answer, or the next message).
_OPENS = (
    rf"<(?:{_NAMES})(?:\s[^<>]{{0,80}})?>|\[(?:{_NAMES})\]|◁think▷"
    rf"|<\|(?:begin_of_|start_of_)?(?:{_NAMES})(?:_start)?\|>|<unused94>|<\|channel>\s*thought"
    r"|<\|channel\|>\s*(?:analysis|commentary)[^<]{0,80}(?:<\|constrain\|>[^<]{0,40})?(?:<\|message\|>)?"
)
_CLOSES = (
    rf"</(?:{_NAMES})\s*>|\[/(?:{_NAMES})\]|◁/think▷|<\|content\|>"
    rf"|<\|(?:/|end_of_|end_)(?:{_NAMES})\|>|<\|(?:{_NAMES})_end\|>|<unused95>|<channel\|>"
    r"|<\|channel\|>\s*final[^<]{0,80}(?:<\|constrain\|>[^<]{0,40})?(?:<\|message\|>)?"
)
_MARK = re.compile(rf"(?P<opens>{_OPENS})|(?P<closes>{_CLOSES})", re.IGNORECASE)
# gpt-oss without its special tokens: "analysisThe picture shows…assistantfinal{…".
_BARE_CHANNEL = re.compile(r"\A\s*analysis.*assistant(?:\s*commentary.*assistant)?\s*final", re.DOTALL)
_LEFT_OVER = re.compile(
    r"<\|(?:end|return|call|start|begin|message|im_end|eot_id|endoftext|constrain)\|>(?:assistant\b)?"
)


def split_thinking(text: str) -> tuple[str, str]:
    """Return the answer and the thinking of a text; all before a closing mark that nothing opened was thought."""
    said: list[str] = []
    thought: list[str] = []
    start, is_open = 0, False
    for mark in _MARK.finditer(text):
        piece, start = text[start : mark.start()], mark.end()
        if is_open or mark["closes"]:
            thought += [*said, piece] if not is_open else [piece]
            said = said if is_open else []
        else:
            said.append(piece)
        is_open = mark["closes"] is None
    (thought if is_open else said).append(text[start:])
    answer = _BARE_CHANNEL.sub("", "\n".join(said), count=1)
    return _LEFT_OVER.sub("\n", answer), _LEFT_OVER.sub("\n", "\n".join(thought))
