"""The process that runs the model: ``python -m frontdesk.models.llama_child``.

It reads one line of JSON from standard input, the fields of :class:`ChildConfig`, loads the model,
serves it on loopback and writes one line of JSON to standard output: where it listens, or why it
doesn't. Then it waits for the end of its input, which comes when the parent closes the pipe or
dies, however it dies; so it never outlives its parent. Native code writes to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

MISSING_EXTRA = (
    "The engine that runs models on this machine is not installed: pip install 'frontdesk[local]'"
)
ERRORS_ONLY = 1


@dataclass(frozen=True)
class ChildConfig:
    """What the child needs to know."""

    model: str
    kv_folder: str
    secret: str
    """Whoever sends requests must show it; it travels through the pipe alone."""
    context_tokens: int
    threads: int
    batch_tokens: int


def main() -> None:
    """Serves until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe.
    os.environ["GGML_NO_BACKTRACE"] = "1"  # Else a crash starts a debugger and prints the stack.
    # Whatever native code prints must not mix with the ready line.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    config = ChildConfig(**json.loads(sys.stdin.buffer.readline()))
    try:
        server, version = _serve(config)
        ready = {"address": server.listening_address, "version": version}
    except (RuntimeError, MemoryError) as error:
        ready = {"error": str(error) or type(error).__name__}
    print(json.dumps(ready), file=answers, flush=True)
    if "error" not in ready:
        sys.stdin.buffer.read()
    # Without the interpreter's clean-up: dropping a server that is still starting can hang.
    os._exit(1 if "error" in ready else 0)


def _serve(config: ChildConfig) -> tuple[Any, str]:
    """The server, listening, and the version of its engine; raises ``RuntimeError``."""
    try:
        import xllamacpp
    except ImportError as error:
        raise RuntimeError(MISSING_EXTRA) from error
    params = xllamacpp.CommonParams()
    params.model.path = config.model
    params.n_ctx = config.context_tokens
    params.port = 0
    params.api_keys = [config.secret]
    params.slot_save_path = config.kv_folder
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config.threads
    # One slot, and no memory of past prompts beside it: what two requests have in common is their
    # prefix, and no conversation is kept once the next one comes.
    params.n_parallel = 1
    params.slot_prompt_similarity = 0.0
    params.cache_ram_mib = 0
    # A dropped connection is noticed between batches, so small batches cancel quickly.
    params.n_batch = params.n_ubatch = config.batch_tokens
    params.verbosity = ERRORS_ONLY
    params.offline = True
    params.ui = False
    params.fit_params = False  # Else too little memory silently means a shorter context.
    return xllamacpp.Server(params), str(xllamacpp.__version__)


if __name__ == "__main__":
    main()
