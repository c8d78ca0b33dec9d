"""The sentences of servers that say what went wrong in nothing but words: the whole of one has to have a known form."""

from __future__ import annotations

import re

from artworks.ai.servers.quirks import Kind

_LIMIT, _PROMPT = r"(?P<limit>\d+)", r"(?P<prompt>\d+)"
_THIS = rf"This model's maximum context length is {_LIMIT} tokens"
# Of a server that says what went wrong in nothing but a sentence: its name, the kind, the form of the whole sentence.
# Named groups are numbers: `limit` is the context, `prompt` what the request took of it, `room` the most an answer may.
_FORMS: tuple[tuple[str, Kind, str], ...] = (
    ("openai", Kind.EYES, r"Invalid content type\. image_url is only supported by certain models\.?"),
    ("openai", Kind.ADDRESS, r"Invalid URL \(POST .+\)"),
    (
        "openai",
        Kind.ROOM,
        r"max_(completion_)?tokens is too large: \d+\. This model supports at most (?P<room>\d+) .*",
    ),
    ("openai", Kind.CONTEXT, rf"{_THIS}\. However, your messages resulted in {_PROMPT} tokens\..*"),
    (
        "openai",
        Kind.CONTEXT,
        rf"{_THIS}\. However, you requested \d+ tokens \({_PROMPT} in the messages, "
        r"(?:\d+|None) in the completion\)\.?.*",
    ),
    ("openai", Kind.KEY, r"Incorrect API key provided: .*"),
    # Gemini begins alike when a limit of a minute is reached; where to read on is another address.
    (
        "openai",
        Kind.MONEY,
        r"You exceeded your current quota, please check your plan and billing details\. For more information on this"
        r" error, read the docs: https://platform\.openai\.com/\S*",
    ),
    ("anthropic", Kind.MONEY, r"Your credit balance is too low to access the \w+ API\..*"),
    (
        "xai",
        Kind.MONEY,
        r"Your team \S+ has either used all available credits or reached its "
        r"monthly spending limit\..*",
    ),
    ("cloudflare", Kind.DAY, r"(?:AiError: )*You have used up your daily free allocation of .*"),
    ("gemini", Kind.KEY, r"API key (?:not valid|expired)\. Please \w+ .* API key\.?"),
    ("gemini", Kind.EYES, r"Image input modality is not enabled for \S+"),
    ("gemini", Kind.SYSTEM_ROLE, r"Developer instruction is not enabled for \S+"),
    ("gemini", Kind.MODEL, r"models/\S+ is not found for API version .*"),
    (
        "gemini",
        Kind.CONTEXT,
        rf"The input token count \({_PROMPT}\) exceeds the maximum number of tokens allowed \({_LIMIT}\)\.?",
    ),
    (
        "mistral",
        Kind.CONTEXT,
        rf"Prompt contains {_PROMPT} tokens(?: and \d+ draft tokens)?, too large for model with {_LIMIT}"
        r" maximum context length",
    ),
    ("mistral", Kind.EYES, r"Image input is not enabled for this model\.?"),
    (
        "deepseek",
        Kind.EYES,
        r"Failed to deserialize the JSON body into the target type: messages\[\d+\].*(?:unknown variant `image_url`,"
        r" expected `text`|any variant of untagged enum ChatCompletionRequestContent"
        r"|invalid type: sequence, expected a string).*",
    ),
    ("deepseek", Kind.GRAMMAR, r"This response_format type is unavailable now\.?"),
    ("deepseek", Kind.ROOM, r"Invalid max_tokens value, the valid range of max_tokens is \[1, (?P<room>\d+)\]"),
    ("deepseek", Kind.MODEL, r"Model Not Exist"),
    ("deepseek", Kind.MONEY, r"Insufficient Balance"),
    ("deepseek", Kind.REFUSED, r"Content Exists Risk"),
    ("siliconflow", Kind.EYES, r"The model is not a VLM \(Vision Language Model\)\. .*"),
    ("openrouter", Kind.EYES, r"No endpoints found that support image input\b.*"),
    ("openrouter", Kind.MODEL, r"No endpoints found for \S+|\S+ is not a valid model ID"),
    (
        "groq",
        Kind.ROOM,
        r"`?max_(completion_)?tokens`? must be less than or equal to `?(?P<room>\d+)`?\b.*",
    ),
    ("groq", Kind.EYES, r"'?messages\S*\.content'? must be a string.*"),
    ("litellm", Kind.MODEL, r"\S+: Invalid model name passed in model=.*"),
    (
        "vllm",
        Kind.CONTEXT,
        rf"'max_tokens' or 'max_completion_tokens' is too large: \d+\. {_THIS} and your request has {_PROMPT}"
        r" input tokens.*",
    ),
    (
        "vllm",
        Kind.CONTEXT,
        rf"{_THIS}\. However, you requested \d+ output tokens and your prompt contains (?:at least )?{_PROMPT}"
        r" input tokens\b.*",
    ),
    (
        "vllm",
        Kind.CONTEXT,
        rf"{_THIS}\. However, your (?:request|prompt) (?:has|contains) (?:at least )?{_PROMPT} (?:input )?tokens\b.*",
    ),
    (
        "vllm",
        Kind.CONTEXT,
        rf"The (?:decoder )?prompt \((?:total )?length {_PROMPT}\) is (?:too long to fit into the model"
        rf" \(context length {_LIMIT}\)|longer than the maximum model length of \d+).*",
    ),
    ("vllm", Kind.EYES, r"\S+ is not a multimodal model\b.{0,8}"),
    ("vllm", Kind.EYES, r"At most 0 image\(s\) may be provided in one (?:prompt|request)\b.*"),
    (
        "vllm",
        Kind.GRAMMAR,
        r"(?:Grammar error: |Failed to transform json schema into a grammar: |Failed to compile grammar).*",
    ),
    (
        "vllm",
        Kind.GRAMMAR,
        r"The provided JSON schema contains features not supported by \w+\.?|Invalid grammar specification\b.*",
    ),
    ("vllm", Kind.CONTEXT, r"max_tokens must be at least 1, got -\d+\.?"),
    ("vllm", Kind.MODEL, r"The model `[^`]+` does not exist\.?.*"),
    (
        "sglang",
        Kind.CONTEXT,
        rf"Requested token count exceeds the model's maximum context length of {_LIMIT} tokens\. You requested a total"
        rf" of \d+ tokens: {_PROMPT} tokens from the input messages and \d+ tokens for the completion\..*",
    ),
    (
        "sglang",
        Kind.CONTEXT,
        rf"The input \({_PROMPT} tokens\) is longer than the model's context length \({_LIMIT} tokens\)\.?",
    ),
    ("sglang", Kind.GRAMMAR, r"(?:Failed to compile \w+ grammar|Invalid grammar request)\b.*"),
    ("llama.cpp", Kind.EYES, r"image input is not supported(?: by this server)?(?: - hint: .*)?"),
    ("llama.cpp", Kind.EYES, r'(?:Failed to parse messages: )?Unsupported content part type: "image_url".*'),
    (
        "llama.cpp",
        Kind.CONTEXT,
        rf"request \({_PROMPT} tokens\) exceeds the available context size \({_LIMIT} tokens\).*",
    ),
    (
        "llama.cpp",
        Kind.CONTEXT,
        r"the request exceeds the available context size\b.*|Context size has been exceeded\.?",
    ),
    ("llama.cpp", Kind.GRAMMAR, r"(?:Failed to initialize samplers: )?failed to parse grammar\.?"),
    ("llama.cpp", Kind.GRAMMAR, r"JSON schema conversion failed:.*"),
    ("llama.cpp", Kind.ADDRESS, r"File Not Found"),
    (
        "llama-cpp-python",
        Kind.CONTEXT,
        rf"{_THIS}, however you requested \d+ tokens \({_PROMPT} in your prompt; \d+ for the completion\)\..*",
    ),
    (
        "llama-cpp-python",
        Kind.CONTEXT,
        rf"Requested tokens \({_PROMPT}\) exceed context window of {_LIMIT}",
    ),
    ("llama-cpp-python", Kind.REJECTED, r"\d+ validation errors?:\s.*"),
    (
        "lmstudio",
        Kind.ADDRESS,
        r"Unexpected endpoint or method\. \([A-Z]+ \S+\)\.?(?: Returning 200 anyway\.?)?",
    ),
    ("lmstudio", Kind.EYES, r"Model does not support images\. Please use a model that does\.{0,2}"),
    (
        "lmstudio",
        Kind.EYES,
        r"(?:.+: )?Vision add-on is not loaded, but images were provided for processing",
    ),
    ("lmstudio", Kind.MODEL, r"No models loaded\. .*|Model \S+ not found\b.*"),
    ("lmstudio", Kind.GRAMMAR, r"'response_format\.type' must be .*"),
    (
        "lmstudio",
        Kind.CONTEXT,
        r"(?:.+: )?The number of tokens to keep from the initial prompt is greater than the context length\b.*"
        rf"|Trying to keep the first {_PROMPT} tokens when context the overflows\..*",
    ),
    ("ollama", Kind.MODEL, r"""model ['"]?[^'"]+['"]? not found(?:, try pulling it first)?"""),
    ("ollama", Kind.MODEL, r"invalid model name|model not found\.?"),
    (
        "ollama",
        Kind.EYES,
        r"(?:.+: )?this model (?:does not support image input|is missing data required for image input)"
        r"(?: \(ref: \S+\))?",
    ),
    ("ollama", Kind.GRAMMAR, r"invalid (?:format|JSON schema in format)\b.*"),
    (
        "templates",
        Kind.SYSTEM_ROLE,
        r"(?:.*(?:jinja|template).*?[:\"'] ?)?[\"']?(?:System role not supported"
        r"|Only user and assistant roles are supported"
        r"|Conversation roles must alternate user/assistant/user/assistant/\.\.\.)!?.*",
    ),
    (
        "any",
        Kind.EYES,
        r"(?:.+: )?(?:this|the|your)(?: requested)? model(?: \S+)? (?:does not|doesn't|cannot)"
        r" (?:support|accept|process) (?:images?|vision|image_url|multimodal)(?: inputs?)?\.?(?: Please .*)?",
    ),
    ("any", Kind.ADDRESS, r"(?:404 page )?not found|Cannot POST \S+|no route matched with those values"),
)  # fmt: skip
SENTENCES: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(form, re.IGNORECASE | re.DOTALL)) for _server, kind, form in _FORMS
)

# Parameters that a call can do without, and other names for them in complaints.
DROPPABLE = {
    "reasoning_effort": ("reasoning_effort", "reasoning.effort", "reasoning"),
    "response_format": ("response_format", "json_schema", "response_schema", "response_json_schema"),
    "max_completion_tokens": ("max_completion_tokens",),
    "max_tokens": ("max_tokens",),
    "stream_options": ("stream_options", "include_usage"),
    "service_tier": ("service_tier",),
}
A_NAME = re.compile(r"[\w.]+")
_QUOTED = r"[`'\"\[]{0,3}[\w.]+[`'\"\]]{0,3}"
_AND = r"(?: ?[,;&] ?(?:(?:and|or) )?| (?:and|or) )"
# One name or several; each of them is one that the server does not take.
_NAMES = rf"(?P<names>{_QUOTED}(?:{_AND}{_QUOTED}){{0,7}})"
# How servers that name no parameter in a field of its own say in words which one they do not take.
COMPLAINTS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b(?:unsupported|unknown|unrecognized|unexpected|invalid|extra) (?:request )?(?:parameter|param|argument"
        rf"|field|key|name|option|keyword argument)s?(?: supplied| received)?:? {_NAMES}",
        r"\bdoes(?: not|n't) (?:support|allow|accept|permit)(?: the)?(?: parameters?| arguments?| fields?)?:? "
        rf"{_NAMES}",
        rf"{_NAMES}(?: (?:parameter|argument|field|of type .+?))? (?:is|are)(?: currently)? (?:not|un)[ -]?"
        r"(?:supported|allowed|permitted|available|recognized)",
        rf"{_NAMES}: (?:Extra inputs are not permitted|unknown field|unexpected keyword)",
    )
)
