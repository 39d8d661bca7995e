"""What the scripts share: the world they are given, and checks that are counted."""

import base64
import os


def given(name):
    """A value of the world that the test has made, from the environment."""
    return os.environ["KEYFERRY_CLIENTS_" + name]


def base64_text(text):
    return base64.b64encode(text.encode()).decode()


class Checks:
    """Counts what was checked; the first difference ends the script."""

    def __init__(self):
        self.count = 0

    def equal(self, actual, expected, what):
        self.count += 1
        if actual != expected:
            raise SystemExit(f"{what}: expected {expected!r}, got {actual!r}")

    def true(self, condition, what):
        self.equal(bool(condition), True, what)

    def fails(self, kind, call, what):
        """The error of this kind that the call raises."""
        self.count += 1
        try:
            answer = call()
        except kind as error:
            # Exactly this class: a subclass or a failure to decode the answer is another matter.
            if type(error) is not kind:
                raise SystemExit(f"{what}: expected {kind.__name__}, got {type(error).__name__}: {error}") from error
            return error
        raise SystemExit(f"{what}: expected {kind.__name__}, got {answer!r}")

    def done(self):
        print(f"checks: {self.count}")
