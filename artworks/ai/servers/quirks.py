"""The matrix of quirks: which servers are known, where that is from, and how they tell what went wrong.

`_SERVERS` has a row for each server. `LABELS` are the codes, types and reasons that servers give in fields of their
own; what servers say in nothing but a sentence is in sentences.py. A new quirk is a row there, and its recorded shape
in tests/data/ai/; nothing else reads what a server says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a failure means, whoever tells it."""

    KEY = "key"  # the key is refused
    MONEY = "money"  # the account is empty
    DAY = "day"  # what one day may take is used up
    FORBIDDEN = "forbidden"  # the account may not use the model
    MODEL = "model"  # no such model
    ADDRESS = "address"  # no such address
    NOT_FOUND = "not found"  # no such model or address
    EYES = "eyes"  # the model sees no images
    CONTEXT = "context"  # request and answer are longer than the model's context
    ROOM = "room"  # more room for the answer was asked for than the model ever gives
    GRAMMAR = "grammar"  # the server cannot hold the model to the schema
    SYSTEM_ROLE = "system role"  # the model's template knows no system message
    REFUSED = "refused"  # the service declines to write about the picture
    RATE = "rate"  # too many requests for now
    TIMEOUT = "timeout"
    REJECTED = "rejected"  # the request is not accepted, for a reason that is not known here
    SERVER = "server"  # the service itself failed


@dataclass(frozen=True)
class KnownServer:
    """One row of the matrix. `source` is "tried" for a server that was run, "documented" for shapes that others tell.

    `version` and `date` are those of the shapes, which are in tests/data/ai/ under `name`.
    """

    name: str
    title: str
    version: str
    date: str
    source: str
    quirks: str


_SERVERS = (
    KnownServer(
        "openai",
        "OpenAI",
        "Chat Completions, v1",
        "2026-11",
        "documented",
        "code and type tell what it is; an empty account is a 429; images are refused by param alone",
    ),
    KnownServer(
        "azure",
        "Azure OpenAI",
        "Azure OpenAI, 2024-10-21",
        "2026-11",
        "documented",
        'codes are words or numbers in quotes ("DeploymentNotFound", "429"); the content filter tells in innererror',
    ),
    KnownServer(
        "gemini",
        "Gemini",
        "v1beta/openai",
        "2026-11",
        "documented",
        "a refused key is a 400; errors come in a list; status, reason and quotaId in details; the delay is RetryInfo",
    ),
    KnownServer(
        "mistral",
        "Mistral",
        "v1",
        "2026-11",
        "documented",
        "errors without an error member; 422 with a list of places for each parameter it does not know",
    ),
    KnownServer(
        "deepseek",
        "DeepSeek",
        "v1",
        "2026-11",
        "documented",
        "402 for an empty account; no images; no JSON schema, told in a sentence alone",
    ),
    KnownServer(
        "openrouter",
        "OpenRouter",
        "v1",
        "2026-11",
        "documented",
        "numbers as codes, also in the choices of a 200 and in a stream; the provider's own error as text in metadata",
    ),
    KnownServer(
        "litellm",
        "LiteLLM",
        "1.108.7",
        "2026-11",
        "tried",
        'codes are numbers in quotes; the kind is a class name before the words ("litellm.RateLimitError: …")',
    ),
    KnownServer(
        "vllm",
        "vLLM",
        "0.15",
        "2026-11",
        "documented",
        "the type is the HTTP status again, so context and images are told in sentences alone",
    ),
    KnownServer("sglang", "SGLang", "0.5", "2026-11", "documented", "as vLLM, with sentences of its own"),
    KnownServer(
        "llama.cpp",
        "llama.cpp",
        "b10229",
        "2026-11",
        "documented",
        "500 for images and templates; exceed_context_size_error with counts; failed to parse grammar",
    ),
    KnownServer(
        "llama-cpp-python",
        "llama-cpp-python",
        "0.3.36",
        "2026-11",
        "tried",
        "500 with the words of the exception; a context that is too small has a code; counts no tokens in a stream",
    ),
    KnownServer(
        "lmstudio",
        "LM Studio",
        "0.4",
        "2026-11",
        "documented",
        "errors are plain texts; an unknown address answers 200",
    ),
    KnownServer(
        "ollama",
        "Ollama",
        "0.31",
        "2026-11",
        "documented",
        "api_error for nearly everything; 404 as plain text",
    ),
)


def known_servers() -> list[str]:
    """Return the names of the servers that the matrix knows, for people."""
    return [server.title for server in _SERVERS]


# Codes, types, statuses and reasons, in small letters.
LABELS: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "invalid_api_key", "api_key_invalid", "api_key_expired", "expired_key", "invalid_authentication_error",
            "authentication_error", "authenticationerror", "auth_error", "unauthenticated", "unauthorized",
            "access_token_expired", "access_token_type_unsupported", "credentials_missing", "token_not_found_in_db",
            "invalid_token", "token_expired", "invalid_key", "api_key_not_found", "no_db_connection",
            "status_code 1004", "status_code 2049", "error_code 110", "error_code 111",
        ),
        Kind.KEY,
    ),
    **dict.fromkeys(
        (
            "insufficient_quota", "insufficient_balance", "insufficient_credits", "insufficient_funds",
            "billing_hard_limit_reached", "billing_not_active", "billing_disabled", "billing_error", "budget_exceeded",
            "payment_required", "payment_required_error", "exceeded_current_quota_error", "arrearage",
            "quota_exhausted", "credit_balance_too_low", "budgetexceedederror",
            "credit_limit", "allocationquota.freetieronly", "status_code 1008", "1113", "30001",
        ),
        Kind.MONEY,
    ),
    **dict.fromkeys(
        (
            "content_filter", "content_policy_violation", "contentpolicyviolationerror", "moderation_blocked",
            "responsibleaipolicyviolation", "data_inspection_failed", "prohibited_content", "safety",
            "image_content_policy_violation", "content_policy", "content_moderation",
            "content_filter_error", "sensitive_words_detected", "invalid_prompt",
            "blocklist", "image_safety", "recitation", "image_prohibited_content", "image_recitation", "spii", "1301",
            "status_code 1026", "status_code 1027",
        ),
        Kind.REFUSED,
    ),
    **dict.fromkeys(
        (
            "context_length_exceeded", "exceed_context_size_error", "contextwindowexceedederror",
            "context_window_exceeded", "context_length_error", "model_context_window_exceeded", "prompt_too_long",
        ),
        Kind.CONTEXT,
    ),
    **dict.fromkeys(
        (
            "rate_limit_exceeded", "rate_limit_error", "ratelimiterror", "rate_limited", "rate_limit_reached",
            "rate_limit_reached_error", "ratelimitexceeded", "ratelimitreached", "requests", "tokens",
            "resource_exhausted", "too_many_requests", "throttling_error", "throttling", "engine_overloaded",
            "engine_overloaded_error", "overloaded_error", "overloaded", "service_tier_capacity_exceeded",
            "openrouter_in_flight_budget", "limit_requests", "limit_burst_rate",
            "status_code 1002", "status_code 1039", "status_code 1041", "error_code 4", "error_code 18",
        ),
        Kind.RATE,
    ),
    **dict.fromkeys(
        (
            "model_not_found", "deploymentnotfound", "invalid_model", "model_not_available", "unknown_model",
            "model_not_exist", "model_not_supported", "key_model_access_denied", "proxymodelnotfounderror",
            "modelnotfound", "model_not_found_error", "unknown_model_error", "unavailable_model",
        ),
        Kind.MODEL,
    ),
    **dict.fromkeys(("error_code 17", "error_code 19"), Kind.DAY),
    **dict.fromkeys(("unknown_url", "invalid_url"), Kind.ADDRESS),
    **dict.fromkeys(
        (
            "permission_denied", "permissiondenied", "permission_error", "permissiondeniederror",
            "account_deactivated", "api_key_service_blocked", "service_disabled", "failed_precondition",
            "unsupported_country_region_territory", "access_terminated_error", "organization_restricted",
            "consumer_suspended", "model_access_denied",
        ),
        Kind.FORBIDDEN,
    ),
    **dict.fromkeys(("timeout", "timeout_error", "deadline_exceeded", "request_timeout"), Kind.TIMEOUT),
    **dict.fromkeys(
        (
            "server_error", "internal_server_error", "internal_error", "unavailable", "service_unavailable",
            "internal", "api_error", "apierror", "internalservererror", "provider_unavailable", "bad_gateway",
            "serviceunavailableerror", "model_overloaded",
        ),
        Kind.SERVER,
    ),
    **dict.fromkeys(
        ("invalid_request_error", "invalid_argument", "bad_request", "badrequesterror", "invalid_request"),
        Kind.REJECTED,
    ),
    **dict.fromkeys(("not_found", "not_found_error", "notfounderror", "notfound"), Kind.NOT_FOUND),
    **dict.fromkeys(
        ("invalid_json_schema", "json_validate_failed", "invalid_grammar", "grammar_error"), Kind.GRAMMAR
    ),
}  # fmt: skip
