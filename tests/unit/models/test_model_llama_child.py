import json
import subprocess
import sys


def test_without_the_extra_the_error_names_it() -> None:
    script = (
        "import sys; sys.modules['xllamacpp'] = None\n"
        "from frontdesk.models.llama_child import main; main()"
    )
    config = {
        "model": "m",
        "kv_folder": "k",
        "secret": "s",
        "context_tokens": 1,
        "threads": 1,
        "batch_tokens": 1,
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(config) + "\n",
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "pip install 'frontdesk[local]'" in json.loads(done.stdout)["error"]
    assert done.returncode == 1
