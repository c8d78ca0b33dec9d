"""Write a model of a few kilobytes for llama.cpp that answers every question with the same draft.

Run by the Python of the environment that has the package gguf: `python scripts/tiny_model.py FILE TEMPLATE`. Each token
of the answer is a token of the vocabulary; the embedding of each points to the next one, so that nothing is random.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ANSWER = (
    '{"post_title":"Heron at dusk","description":"A grey heron stands in low water at dusk.",'
    '"hashtags":["#heron","#dusk"],"key_points":"Grey heron, low water",'
    '"alt_text":"A grey heron in low water at dusk.","category":"Birds"}'
)
# Characters of one token: the Python server of llama.cpp has room for 32 bytes.
PIECE = 20
SIZE, CONTEXT, STRONG = 32, 8_192, 8


def write(path: str, template: str) -> None:
    """Write the model with a chat template."""
    import gguf

    pieces = [ANSWER[at : at + PIECE] for at in range(0, len(ANSWER), PIECE)]
    model = gguf.GGUFWriter(path, "llama")
    model.add_context_length(CONTEXT)
    model.add_embedding_length(SIZE)
    model.add_block_count(1)
    model.add_feed_forward_length(SIZE)
    model.add_head_count(2)
    model.add_head_count_kv(2)
    model.add_layer_norm_rms_eps(1e-5)
    model.add_rope_dimension_count(SIZE // 2)
    model.add_chat_template(template)
    _add_vocabulary(model, pieces)
    _add_weights(model, len(pieces))
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


def _add_vocabulary(model: Any, pieces: list[str]) -> None:
    """Add the vocabulary: an unknown token, begin, end, every byte, and the pieces of the answer."""
    from gguf import TokenType

    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    types = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * 256]
    tokens += [piece.replace(" ", "\u2581") for piece in pieces]
    types += [TokenType.NORMAL] * len(pieces)
    model.add_vocab_size(len(tokens))
    model.add_tokenizer_model("llama")
    model.add_token_list([token.encode() for token in tokens])
    model.add_token_scores([-10.0] * len(tokens))
    model.add_token_types(types)
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)
    model.add_unk_token_id(0)
    model.add_add_bos_token(True)


def _add_weights(model: Any, pieces: int) -> None:
    """Add weights with which each piece of the answer follows the one before it, and the first one all else."""
    import numpy

    first, count = 259, 259 + pieces
    embedding = numpy.zeros((count, SIZE), numpy.float32)
    output = numpy.zeros((count, SIZE), numpy.float32)
    embedding[:first, 0] = 1
    output[first, 0] = STRONG
    for number in range(pieces):
        embedding[first + number, number + 1] = 1
        output[first + number + 1 if number + 1 < pieces else 2, number + 1] = STRONG
    model.add_tensor("token_embd.weight", embedding)
    model.add_tensor("output.weight", output)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        model.add_tensor(f"{name}.weight", numpy.ones(SIZE, numpy.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        model.add_tensor(f"blk.0.{name}.weight", numpy.zeros((SIZE, SIZE), numpy.float32))


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8"))
