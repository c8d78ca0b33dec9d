"""Ask real model servers from PyPI the way the program does: `make compat`. Beside the lock, in .venv-compat.

llama.cpp answers with a tiny model of our own (tiny_model.py), LiteLLM in front of the fake service of the tests. What
cannot be installed is said in a line and is no failure of the rest.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import gpt_service
from artworks.core.errors import AINotConfigured, AIRejected, AppError, RateLimited
from gpt_service import DraftRequest, ServiceSettings
from tests.fakes.openai_server import FakeOpenAI, running
from tests.support.recorded import answers, shapes

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-compat"
# Where the packages of each server are; numbers of releases are not pinned: newer ones are what is to be found out.
PACKAGES = {"litellm": ["litellm[proxy]"], "llama": ["llama-cpp-python[server]", "gguf"]}
INSTALL_SECONDS, START_SECONDS = 3_600, 240
KEY = "sk-Q7rTz0nWb5kLx2VdYp8sGm4uJc9eHa1f"
ROLES = (
    "{% for m in messages %}{{ m['role'] }}: {% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ p['text'] }}{% endif %}{% endfor %}{% endif %}\n"
    "{% endfor %}model: "
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    + ROLES
)
JPEG = b"\xff\xd8\xff\xe0 a picture of a heron \xff\xd9"
REQUEST = DraftRequest(JPEG, ("post_title", "description"), system="You write.", prompt="Write about it.")
Check = tuple[str, Callable[[], object]]


class CheckFailedError(Exception):
    """A server behaved in another way than was expected."""


def install(name: str) -> bool:
    """Install the packages of a server into an environment of its own; return whether they are there."""
    place = FOLDER / name
    if (place / "done").exists():
        return True
    print(
        f"Installing {' '.join(PACKAGES[name])} into {place.relative_to(ROOT)}; this happens once.",
        flush=True,
    )
    log = FOLDER / f"{name}.log"
    FOLDER.mkdir(exist_ok=True)
    # llama.cpp is compiled: with one compiler at a time, and behind everything else.
    quiet = {**os.environ, "CMAKE_BUILD_PARALLEL_LEVEL": "1"}
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *PACKAGES[name]]
    with log.open("w") as output:
        try:
            subprocess.run(
                [sys.executable, "-m", "venv", str(place)], check=True, stdout=output, stderr=output
            )
            subprocess.run(
                ["nice", "-n", "19", *pip],
                check=True,
                stdout=output,
                stderr=output,
                env=quiet,
                timeout=INSTALL_SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"- {name} could not be installed and is left out: {type(error).__name__}, see {log}")
            return False
    (place / "done").touch()
    return True


@contextlib.contextmanager
def server(name: str, command: list[str], sign_of_life: str, folder: Path) -> Iterator[str]:
    """Run a server on a free port; yield its address without /v1. `{port}` in the command is the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.replace("{port}", str(port)) for part in command]
    program = str(FOLDER / name / "bin" / command[0])
    quiet = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "DO_NOT_TRACK": "1", "NO_DOCS": "True"}
    quiet["LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"] = "true"
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen([program, *command[1:]], stdout=log, stderr=log, env=quiet, cwd=folder)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}{sign_of_life}", process, folder / f"{port}.log")
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - an address of our own.
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"It did not start: {log.read_text(errors='replace')[-600:]}")


def settings(address: str, model: str = "tiny", key: str = KEY) -> ServiceSettings:
    """Return settings that ask once, as a batch does."""
    return ServiceSettings(
        key, address, model, timeout=120, attempts=1, asks=1, price_input=0, price_output=0
    )


def writes(service: ServiceSettings, *, streamed: bool = False) -> Callable[[], object]:
    """Return a check that a draft comes."""

    def check() -> object:
        fields = gpt_service.draft(REQUEST, service, (lambda _: None) if streamed else None).fields
        if not fields.get("post_title"):
            raise CheckFailedError(f"It wrote {fields}.")
        return fields["post_title"]

    return check


def fails(
    service: ServiceSettings, kind: type[AppError], words: str, request: DraftRequest = REQUEST
) -> Callable[[], object]:
    """Return a check that a draft fails with an error of a kind and words in its sentence."""

    def check() -> object:
        try:
            gpt_service.draft(request, service)
        except AppError as error:
            if type(error) is kind and words in error.message:
                return error.details
            raise
        raise CheckFailedError("It wrote.")

    return check


def llama_checks(plain: str, strict: str, small: str) -> Iterator[Check]:
    """Yield what is asked of llama.cpp's server for Python: three models, the second without a system role."""
    long = replace(REQUEST, prompt="a heron " * 400)
    yield "writes, without the schema that it does not know", writes(settings(f"{plain}/v1"))
    yield "streams", writes(settings(f"{plain}/v1", "streaming"), streamed=True)
    yield "is found without /v1", writes(settings(plain, "elsewhere"))
    yield "writes without a system role", writes(settings(f"{strict}/v1"))
    yield (
        "has too small a context",
        fails(settings(f"{small}/v1"), AINotConfigured, "context is too small", long),
    )
    yield "is not at a wrong address", fails(settings(f"{plain}/wrong"), AINotConfigured, "OPENAI_BASE_URL")


def litellm_checks(address: str, fake: FakeOpenAI) -> Iterator[Check]:
    """Yield what is asked of LiteLLM, in front of a service that answers with shapes of others."""

    def behind(name: str, check: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            fake.default = answers(recorded[name])
            try:
                return check()
            finally:
                fake.reset()

        return run

    def once(name: str, check: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            fake.script(answers(recorded[name]))
            return check()

        return run

    recorded, v1 = shapes(), f"{address}/v1"
    yield "writes", writes(settings(v1))
    yield "streams", writes(settings(v1), streamed=True)
    yield (
        "does not accept a wrong key",
        fails(settings(v1, key="sk-wrong"), AINotConfigured, "OPENAI_API_KEY"),
    )
    yield "knows no such model", fails(settings(v1, "zzz"), AINotConfigured, "OPENAI_MODEL")
    yield "is not at a wrong address", fails(settings(f"{address}/wrong"), AINotConfigured, "OPENAI_BASE_URL")
    yield (
        "passes on a refused key",
        behind("openai: wrong key", fails(settings(v1), AINotConfigured, "OPENAI_API_KEY")),
    )
    yield "passes on a limit", behind("azure: busy", fails(settings(v1), RateLimited, "busy"))
    yield (
        "passes on a model without eyes",
        behind("vllm: no images", fails(settings(v1), AINotConfigured, "no images")),
    )
    yield "passes on a small context", once("vllm: context", writes(settings(v1, "small")))
    yield "passes on a parameter", once("openai: other parameter", writes(settings(v1, "strict")))
    yield "passes on a grammar", once("llama.cpp: grammar", writes(settings(v1, "grammar")))
    yield (
        "passes on a bad picture",
        behind(
            "openai: a picture that cannot be read",
            fails(settings(v1), AIRejected, "does not accept the request"),
        ),
    )


def try_llama(folder: Path) -> int:
    """Run the checks of llama.cpp; return how many failed."""
    models = {"plain.gguf": ROLES, "strict.gguf": NO_SYSTEM}
    python = str(FOLDER / "llama" / "bin" / "python")
    for name, template in models.items():
        (folder / "template").write_text(template, encoding="utf-8")
        made = [python, str(ROOT / "scripts" / "tiny_model.py"), str(folder / name), str(folder / "template")]
        subprocess.run(made, check=True)
    with contextlib.ExitStack() as stack:

        def start(model: str, context: int) -> str:
            options = ["--n_ctx", str(context), "--n_threads", "1", "--port", "{port}", "--host", "127.0.0.1"]
            command = ["python", "-m", "llama_cpp.server", "--model", model, *options]
            return stack.enter_context(server("llama", command, "/v1/models", folder))

        addresses = start("plain.gguf", 4_096), start("strict.gguf", 4_096), start("plain.gguf", 1_024)
        return run_checks("llama-cpp-python", "llama", llama_checks(*addresses))


def try_litellm(folder: Path) -> int:
    """Run the checks of LiteLLM; return how many failed."""
    with running() as fake:
        there = {"model": "openai/gpt-5.6-luna", "api_base": fake.base_url, "api_key": "sk-upstream"}
        names = ("tiny", "small", "strict", "grammar")
        config = {
            "model_list": [{"model_name": name, "litellm_params": there} for name in names],
            "general_settings": {"master_key": KEY},
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        }
        (folder / "litellm.yaml").write_text(json.dumps(config), encoding="utf-8")
        options = [
            "--config",
            "litellm.yaml",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--telemetry",
            "False",
        ]
        with server("litellm", ["litellm", *options], "/health/liveliness", folder) as address:
            return run_checks("LiteLLM", "litellm", litellm_checks(address, fake))


def run_checks(title: str, name: str, checks: Iterator[Check]) -> int:
    """Run checks and print a line for each; return how many failed."""
    failed = 0
    print(f"{title} {_version(name)}")
    for what, check in checks:
        started = time.monotonic()
        try:
            said = check()
        except (CheckFailedError, AppError) as error:
            failed += 1
            details = f" ({error.details})" if isinstance(error, AppError) else ""
            print(f"! {what}: {error}{details}")
        else:
            print(f"  {what}: {said} ({time.monotonic() - started:.1f} s)", flush=True)
    gpt_service.close_idle()
    return failed


def _version(name: str) -> str:
    """Return the number of the release of a server that is installed."""
    package = PACKAGES[name][0].partition("[")[0]
    (place,) = (FOLDER / name / "lib").glob("python*/site-packages")
    found = next(iter(metadata.distributions(name=package, path=[str(place)])), None)
    return found.version if found else "of an unknown release"


def main() -> int:
    """Try every server that can be had; the status is 1 when a check failed."""
    # What is logged of a failure is printed with its check.
    logging.getLogger("artworks").setLevel(logging.CRITICAL)
    failed = 0
    for name, attempt in {"llama": try_llama, "litellm": try_litellm}.items():
        if not install(name):
            continue
        with tempfile.TemporaryDirectory(prefix="artworks-compat-") as folder:
            try:
                failed += attempt(Path(folder))
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                print(f"- {name} is left out: {error}")
    print("- llama.cpp's own llama-server is left out: PyPI has no binary of it.")
    print(f"{failed} failed." if failed else "All that could be had work.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
