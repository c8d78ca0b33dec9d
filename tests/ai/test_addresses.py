"""An address that is no model server's: told after one call, whatever stands there; redirects are followed a little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from artworks.ai import connections
from artworks.ai.connections import MOST_REDIRECTS
from artworks.ai.private_addresses import is_forbidden
from artworks.core.errors import AINotConfigured, AppError
from gpt_service import Draft, DraftRequest, ServiceSettings, draft
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply

Ask = Callable[..., Draft]
NO_MODEL_SERVER = {
    "a page": does.html(),
    "a page under another name": does.raw(b"<!doctype html><title>Hello</title>", "application/json"),
    "a text": does.raw(b"It works!", "text/plain"),
    "a text as JSON": does.raw(b"OK"),
    "empty JSON": does.raw(b"{}"),
    "a list": does.raw(b"[1, 2]"),
    "nothing, as JSON": does.raw(b"null"),
    "another service": does.raw(b'{"status": "ok", "message": "Welcome", "version": "1.2"}'),
    "another service, with a code": does.raw(b'{"code": 0, "msg": "success", "data": {}}'),
    "a list of stored answers": does.raw(b'{"object": "list", "data": [], "has_more": false}'),
    "another API": does.raw(b'{"model": "m", "message": {"content": "{}"}, "done": true}'),
}


@pytest.mark.parametrize("answer", NO_MODEL_SERVER.values(), ids=NO_MODEL_SERVER)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_what_no_model_server_answers_is_a_wrong_address(
    openai_server: FakeOpenAI, ask: Ask, answer: Behaviour, streamed: bool
) -> None:
    openai_server.default = answer
    with pytest.raises(AINotConfigured, match="OPENAI_BASE_URL") as caught:
        ask("post_title", on_partial=(lambda fields: None) if streamed else None)
    assert caught.value.details
    assert len(openai_server.requests) == 1


def redirects(status: int, to: str | None) -> Behaviour:
    """Send every request on to an address; PORT stands for the server's own."""

    def behave(reply: Reply) -> None:
        location = (
            {}
            if to is None
            else {"Location": to.replace("PORT", reply.seen.headers["host"].rpartition(":")[2])}
        )
        reply.send(status, b"", "text/plain", location)

    return behave


# What the service sends back, and how often it is asked until that is told.
REDIRECTS = {
    "in a circle": (redirects(307, "/v1/chat/completions"), MOST_REDIRECTS + 1),
    "in a circle, kept": (redirects(308, "http://127.0.0.1:PORT/v1/chat/completions"), MOST_REDIRECTS + 1),
    "to nowhere": (redirects(307, None), 1),
    "to no address": (redirects(307, "http://host:port/"), 1),
    "to another protocol": (redirects(302, "ftp://127.0.0.1/x"), 1),
    "many choices": (redirects(300, None), 1),
}


@pytest.mark.parametrize(("behaviour", "calls"), REDIRECTS.values(), ids=REDIRECTS)
def test_a_redirect_that_leads_nowhere_is_a_wrong_address(
    openai_server: FakeOpenAI, ask: Ask, behaviour: Behaviour, calls: int
) -> None:
    openai_server.default = behaviour
    with pytest.raises(AINotConfigured, match="OPENAI_BASE_URL") as caught:
        ask("post_title")
    assert caught.value.details
    assert len(openai_server.requests) == calls


def test_a_redirect_to_nobody_is_a_wrong_address(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.default = redirects(307, "http://127.0.0.1:9/v1/chat/completions")
    with pytest.raises(AINotConfigured, match="OPENAI_BASE_URL"):
        ask("post_title", using=replace(settings, retries=False))
    assert len(openai_server.requests) == 1


def test_a_few_redirects_are_followed(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(*[redirects(307, "/v1/chat/completions")] * MOST_REDIRECTS)
    assert ask("post_title").fields
    openai_server.script(*[redirects(308, "/v1/chat/completions")] * MOST_REDIRECTS)
    assert ask("post_title").fields


def test_a_host_that_does_not_get_the_key_is_another_address(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.script(redirects(307, "http://localhost:PORT/v1/chat/completions"), does.wrong_key())
    with pytest.raises(AppError, match="OPENAI_BASE_URL"):
        ask("post_title", using=replace(settings, retries=False))
    assert len(openai_server.requests) == 2


TOLD_INSIDE = {
    "MiniMax: no money": ('{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}', "credit"),
    "MiniMax: key": ('{"base_resp":{"status_code":"1004","status_msg":"login fail"},"choices":null}', "OPENAI_API_KEY"),
    "MiniMax: busy": ('{"base_resp":{"status_code":1002,"status_msg":"rate limit"}}', "is busy"),
    "MiniMax: other": ('{"base_resp":{"status_code":1013,"status_msg":"our own words"}}', "has a problem"),
    "Baidu: key": ('{"error_code":110,"error_msg":"Access token invalid"}', "OPENAI_API_KEY"),
    "Baidu: old key": ('{"error_code":111,"error_msg":"Access token expired"}', "OPENAI_API_KEY"),
    "Baidu: a day": ('{"error_code":17,"error_msg":"Open api daily request limit reached"}', "in a day"),
    "Baidu: busy": ('{"error_code":18,"error_msg":"Open api qps request limit reached"}', "is busy"),
    "Baidu: all": ('{"error_code":19,"error_msg":"Open api total request limit reached"}', "used up"),
    "Baidu: other": ('{"error_code":336000,"error_msg":"our own words"}', "has a problem"),
    "no success": ('{"success":false,"message":"our own words"}', "has a problem"),
    "no success, with a code": ('{"success":false,"code":401,"msg":"our own words"}', "OPENAI_API_KEY"),
    "code and msg": ('{"code":500,"msg":"our own words"}', "has a problem"),
    "errcode": ('{"errcode":9,"errmsg":"our own words"}', "has a problem"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "told"), TOLD_INSIDE.values(), ids=TOLD_INSIDE)
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_a_failure_that_is_told_inside_a_good_answer_is_what_it_is(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, body: str, told: str, kind: str
) -> None:
    openai_server.default = does.raw((f"data: {body}\n\n" if "stream" in kind else body).encode(), kind)
    with pytest.raises(AppError, match=told) as caught:
        ask("post_title", using=replace(settings, attempts=1, asks=1))
    assert any(words in body for words in (caught.value.details, caught.value.details.partition(": ")[2]))
    assert len(openai_server.requests) == 1


def test_an_answer_beside_which_all_is_said_to_be_well_is_one(openai_server: FakeOpenAI, ask: Ask) -> None:
    well = b'"base_resp": {"status_code": 0, "status_msg": ""}, "error_code": 0, "success": true'
    answer = b'{"choices": [{"message": {"content": "{\\"post_title\\": \\"Heron\\"}"}}], ' + well + b"}"
    openai_server.default = does.raw(answer)
    assert ask("post_title").fields == {"post_title": "Heron"}


TWO_NAMED = {
    "after": "Unknown parameters: response_format, max_completion_tokens",
    "quoted": "Unsupported parameters: 'response_format' and 'max_completion_tokens'.",
    "before": "`response_format`, `max_completion_tokens` are not supported by this model",
    "a list": "m does not support parameters: ['response_format', 'max_completion_tokens'], for model=m",
}


@pytest.mark.parametrize("message", TWO_NAMED.values(), ids=TWO_NAMED)
@pytest.mark.parametrize("param", [None, "response_format", "response_format, max_completion_tokens"])
def test_a_complaint_about_two_parameters_gives_up_one_each_time(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, message: str, param: str | None
) -> None:
    complains = does.error(400, message=message, param=param)
    openai_server.script(complains, complains)
    assert ask("post_title", using=replace(settings, attempts=1, asks=1)).fields
    given_up = [
        {"response_format", "max_completion_tokens"} - seen.body.keys() for seen in openai_server.requests
    ]
    assert given_up == [set(), {"response_format"}, {"response_format", "max_completion_tokens"}]


def test_machines_secrets_are_no_ai_service() -> None:
    for host in (
        *(
            "169.254.169.254",
            "169.254.0.1",
            "fe80::1",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "100.100.100.200",
        ),
        *(
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "metadata.google.internal",
            "METADATA.GOOG.",
            "metadata",
        ),
    ):
        assert is_forbidden(host), host
    for host in (
        "127.0.0.1",
        "10.0.0.2",
        "::1",
        "ollama",
        "metadata.example.org",
        "api.openai.com",
        "",
        "fd00::1",
    ):
        assert not is_forbidden(host), host


def test_a_name_that_leads_there_gets_no_key(
    openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a name of one's own was given such an address after it was typed."""
    monkeypatch.setattr(connections, "is_forbidden", lambda host: host == "127.0.0.1")
    settings = ServiceSettings(
        "sk-test", openai_server.base_url.replace("127.0.0.1", "localhost"), retries=False
    )
    with pytest.raises(AINotConfigured, match="Nothing was sent"):
        draft(DraftRequest(prompt="Write"), settings)
    assert openai_server.requests == []


def test_nor_does_a_redirect_lead_there(openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI() as inside:
        port = int(inside.base_url.rpartition(":")[2].partition("/")[0])
        openai_server.default = redirects(307, f"http://127.0.0.2:{port}/v1/chat/completions")
        monkeypatch.setattr(connections, "is_forbidden", lambda host: host == "127.0.0.2")
        with pytest.raises(AINotConfigured):
            draft(
                DraftRequest(prompt="Write"),
                ServiceSettings("sk-test", openai_server.base_url, retries=False),
            )
        assert inside.requests == []
