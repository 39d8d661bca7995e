"""Puts names and ids that exist into most of the generated requests, so that they get past "not found"."""

import json
import os
import random
import zlib

import schemathesis

WORLD = json.loads(os.environ["KEYFERRY_OPENAPI_WORLD"])
# How many requests of a hundred get a name or id that exists, for each parameter.
SHARE = 85
# Always from the world: nothing outside this machine is looked up or called.
ALWAYS = {"webhookUrl"}


@schemathesis.hook
def before_call(context, case, kwargs):
    path, method = case.operation.path, case.operation.method.upper()
    chance = random.Random(zlib.crc32(repr((method, path, case.path_parameters, case.query, case.body)).encode()))

    def values(name):
        """What there is by this name, and whether nothing else may be tried."""
        takes_away = method in ("DELETE", "PATCH", "PUT")
        for known, piece, kept, doomed in WORLD["byPlace"]:
            if name == known and piece in path:
                return (doomed, True) if takes_away and doomed else (kept, False)
        # Inside a project things are deleted one by one; only the project's own routes get one to lose.
        is_own = name not in ("projectId", "workspaceId") or path.endswith("/{projectId}")
        spare = WORLD["doomed"] if method == "DELETE" else WORLD["changed"]
        if takes_away and is_own and name in spare:
            return spare[name], True
        return WORLD["known"].get(name), name in ALWAYS

    def replace(container):
        if isinstance(container, list):
            for part in container:
                replace(part)
        if not isinstance(container, dict):
            return
        for name, held in container.items():
            found, always = values(name)
            if isinstance(held, (dict, list)) and not (found and isinstance(found[0], list)):
                replace(held)
            elif found and (always or chance.randrange(100) < SHARE):
                container[name] = chance.choice(found)

    replace(case.path_parameters)
    replace(case.query)
    replace(case.body)
