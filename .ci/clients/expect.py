"""What the checks beside this file share: an expectation that fails ends the check with one sentence."""

import re
import subprocess
import sys
import traceback

MIB = 1 << 20
# A version 5 UUID: made from names, so that the same instance has the same one again.
MIG_UUID = re.compile(r"MIG-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def unexpected(kind, error, trace):
    """A client's exception is told in one sentence too."""
    print(f"{traceback.extract_tb(trace)[0].line}: {kind.__name__}: {error}", file=sys.stderr)


sys.excepthook = unexpected


def same(what, found, expected):
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        lacking = [item for item in expected if item not in found]
        wrong = [item for item in found if item not in expected]
        if lacking or wrong:
            expected, found = lacking, wrong
    sys.exit(f"{what}: expected {expected!r}, found {found!r}")


def few_mib(what, found):
    """A real driver shows a few MiB as used on an idle MIG device."""
    if not 0 <= found < 64:
        sys.exit(f"{what}: expected a few MiB, found {found}")


def mig_uuid(what, found):
    if not MIG_UUID.fullmatch(found):
        sys.exit(f"{what}: expected MIG- and a version 5 UUID, found {found!r}")
    return found


def output(*command, code=0, kept=None):
    """What a command prints, line by line, its spaces squeezed. It is added to the list `kept` as it was printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != code:
        sys.exit(f"{' '.join(command)}: expected exit code {code}, found {done.returncode}: {done.stdout.strip()}")
    if kept is not None:
        kept.append(done.stdout)
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


def rows(lines):
    """The rows of a table that nvidia-smi draws, without its lines and in no order; a row may take two lines."""
    found, row, inside = [], [], False
    for line in lines:
        if line.startswith("|="):
            inside = True
        elif inside and line.startswith("|"):
            row += line.replace("|", " ").split()
        elif inside and line.startswith("+"):
            found.append(" ".join(row))
            row = []
        elif inside:
            break
    return sorted(found)


def block(text):
    """Expected lines, in no order."""
    return sorted(" ".join(line.split()) for line in text.strip().splitlines())
