"""Throws generated requests at every described operation of a new server and checks every answer against the description.

Told by the environment: `KEYFERRY_OPENAPI_URL`, `KEYFERRY_OPENAPI_CHECKLY_KEY` and `KEYFERRY_OPENAPI_CHECKLY_ACCOUNT` (of the
simulated Checkly that the server speaks to), `KEYFERRY_OPENAPI_DIRECTORY` (an empty one, to work in); optional
`KEYFERRY_OPENAPI_EXAMPLES` (random requests for each operation), `KEYFERRY_OPENAPI_SEED`, and for thorough runs
`KEYFERRY_OPENAPI_PASSES`, `KEYFERRY_OPENAPI_PHASES` and `KEYFERRY_OPENAPI_MODE`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import world

HERE = Path(__file__).parent
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
# Operations that only a person may call; the other two passes meet their refusals.
OF_A_PERSON = "/api/v1/(user|auth|invite-org|admin)|/api/v2/(users|auth|service-token)|/service-token-data|/api/v3/auth"


def told(name, default=None):
    value = os.environ.get(f"KEYFERRY_OPENAPI_{name}", default)
    if value is None:
        raise SystemExit(f"KEYFERRY_OPENAPI_{name} is not set")
    return value


def generated(url, things, phases, mode, options):
    """Runs Schemathesis and shows what it says; answers whether all was well, and how many requests there were."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={HERE / 'schemathesis.toml'}",
        "run",
        f"{url}/api/docs/json",
        "--no-color",
        f"--checks={','.join(CHECKS)}",
        f"--phases={told('PHASES', phases)}",
        f"--max-examples={told('EXAMPLES', '2')}",
        f"--mode={told('MODE', mode)}",
        f"--seed={told('SEED', '1')}",
        "--generation-database=none",
        "--suppress-health-check=all",
        "--warnings=off",
        "--continue-on-failure",
        "--request-timeout=60",
        *options,
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "hooks",
        "KEYFERRY_OPENAPI_WORLD": json.dumps(things),
    }
    done = subprocess.run(
        command, env=environment, cwd=told("DIRECTORY"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    print(done.stdout)
    requests = re.search(r"(\d+) generated", done.stdout)
    return done.returncode == 0, int(requests.group(1)) if requests else 0


def main():
    url = told("URL")
    identity, person, things = world.make(url, told("CHECKLY_KEY"), told("CHECKLY_ACCOUNT"))

    def bearer(token):
        return ["--header", f"Authorization: Bearer {token}"]

    passes = {
        # What the description allows: every value it names, every bound, then at random.
        "identity": ("examples,coverage,fuzzing", "positive", bearer(identity)),
        "person": ("examples,coverage,fuzzing", "positive", [*bearer(person), "--include-path-regex", OF_A_PERSON]),
        # What it does not allow.
        "wrong": ("fuzzing", "negative", bearer(identity)),
        "nobody": ("fuzzing", "all", []),
    }
    failed = []
    for name in told("PASSES", ",".join(passes)).split(","):
        well, requests = generated(url, things, *passes[name])
        print(f"{name}: {requests} requests")
        # A run that found nothing because it tried nothing is no success.
        if not well or requests < 100:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")
    print("every answer was as described")


main()
