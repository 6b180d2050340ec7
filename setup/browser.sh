#!/usr/bin/env bash
# What the browser tests need: Debian's chromium, and axe-core from npm.
. "$(dirname "$0")/lib.sh"
command -v chromium >/dev/null || install chromium
bash setup/axe.sh
