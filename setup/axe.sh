#!/bin/sh
# Fetches axe-core, the accessibility checker of the browser tests, into the virtual environment: axe.sh [VENV]
set -eu
version=4.14.1
venv=${1:-.venv}
target=$venv/axe/axe.min.js

if [ -s "$target" ] && grep -q "v$version" "$target"; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "axe.sh: npm is not installed, so the accessibility tests will skip; install npm and run this again" >&2
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --silent "axe-core@$version" >/dev/null 2>&1 && tar -xzf "axe-core-$version.tgz"); then
    echo "axe.sh: axe-core $version cannot be fetched from npm, so the accessibility tests will skip" >&2
    exit 0
fi
mkdir -p "$venv/axe"
mv "$work/package/axe.min.js" "$target"
