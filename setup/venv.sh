#!/usr/bin/env bash
# .venv with the exact versions of constraints.txt. PYTHON=… names another interpreter (3.11 or later).
. "$(dirname "$0")/lib.sh"
python=${PYTHON:-python3}
command -v "$python" >/dev/null || install python3 python3-venv
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or later is needed; name one with PYTHON="
wanted=$(stamp pyproject.toml constraints.txt)
if [ -x .venv/bin/nccid-eval ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$wanted" ]; then exit 0; fi
say "making .venv from constraints.txt"
"$python" -c 'import ensurepip' 2>/dev/null || install python3-venv
"$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
printf '%s\n' "$wanted" > .venv/stamp
