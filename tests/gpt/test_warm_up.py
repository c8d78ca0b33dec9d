"""What the SDK loads on its first use is loaded before the first call of a process."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gpt_service
from gpt_types import ServiceSettings
from tests.program import ROOT

PROGRAM = """
import sys, gpt_service
from gpt_types import ServiceSettings
gpt_service.warm_up(ServiceSettings({arguments}))
print("openai.resources.chat.completions.completions" in sys.modules)
"""


@pytest.mark.parametrize(("arguments", "loaded"), [("api_key='sk-test'", "True"), ("", "False")])
def test_the_sdk_is_loaded_when_there_is_a_service(arguments: str, loaded: str) -> None:
    program = [sys.executable, "-c", PROGRAM.format(arguments=arguments)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == loaded


def test_a_key_that_is_none_is_told_to_whoever_asks_for_words() -> None:
    gpt_service.warm_up(ServiceSettings(api_key="sk-ключ"))
