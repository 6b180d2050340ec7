#!/usr/bin/env bash
# What tagged PDFs of the reports need: Pango, and a font of Arial's measures. Without them the reports stand as HTML alone.
. "$(dirname "$0")/lib.sh"
needed=()
if ! .venv/bin/python -c 'import weasyprint' 2>/dev/null; then
  needed+=(libpango-1.0-0 libpangoft2-1.0-0)
  if apt-cache show libharfbuzz-subset0 >/dev/null 2>&1; then needed+=(libharfbuzz-subset0); fi  # smaller fonts, faster
fi
[ -n "$(find /usr/share/fonts /usr/local/share/fonts -iname 'LiberationSans-Regular*' 2>/dev/null | head -1)" ] ||
  needed+=(fonts-liberation)
[ ${#needed[@]} -eq 0 ] && exit 0
(install "${needed[@]}") || say "going on without PDFs, or with another font in them"
