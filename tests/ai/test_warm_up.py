"""What only some installations need is loaded when it is needed, and then before the first call of a process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import gpt_service
from artworks.ai.types import ServiceSettings
from tests.support.program import ROOT, UNSET

pytestmark = pytest.mark.slow

# What is loaded after each step, and how many connections are ready: by the program itself, without a service, with
# one and an organisation, for its calls.
PROGRAM = """
import json, sys
import gpt_service, main
from app import Config, create_app
from artworks.ai import connections
from artworks.ai.types import ServiceSettings

seen = []

def look():
    libraries = [name for name in ("openai", "authlib") if name in sys.modules]
    seen.append([*libraries, sum(map(len, connections._idle.values()))])

plain = json.loads(sys.argv[1])
create_app(Config.from_env(plain))
look()
gpt_service.warm_up(ServiceSettings())
look()
provider = {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "id", "OIDC_CLIENT_SECRET": "secret"}
create_app(Config.from_env({**plain, **provider, "OPENAI_API_KEY": "sk-test"}))
look()
gpt_service.warm_up(ServiceSettings(api_key="sk-test"))
look()
print(json.dumps(seen))
"""


def test_large_libraries_are_loaded_where_they_are_needed_and_early() -> None:
    settings = {**UNSET, "DATABASE_URL": "postgresql://127.0.0.1/none", "FLASK_SECRET_KEY": "x" * 32}
    program = [sys.executable, "-c", PROGRAM, json.dumps(settings)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    sdk, provider = "openai", "authlib"
    assert json.loads(done.stdout) == [[0], [0], [sdk, provider, 0], [sdk, provider, 1]]


def test_a_key_that_is_none_is_told_to_whoever_asks_for_words() -> None:
    gpt_service.warm_up(ServiceSettings(api_key="sk-ключ"))
