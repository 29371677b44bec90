#!/usr/bin/env bash
# Write requirements.lock anew: what pip makes of pyproject.toml in an empty environment.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-.venv/bin/python}" -m venv "$scratch/venv"
mkdir "$scratch/project"
cp pyproject.toml README.md LICENSE "$scratch/project"
mkdir "$scratch/project/voicebot"
cp voicebot/__init__.py "$scratch/project/voicebot"
backend=$(sed -n 's/^requires = \["\(.*\)"\]$/\1/p' pyproject.toml)
"$scratch/venv/bin/python" -m pip install --quiet --progress-bar off "$backend" "$scratch/project[dev]"
{
    cat <<'HEAD'
# Everything that voicebot runs and is tested with, exact versions, for Python 3.11 and 3.12 on Linux.
# `make setup` installs this file and nothing else; `make lock` writes it anew from pyproject.toml.
# No hashes: the file of torch differs by machine and index.
HEAD
    "$scratch/venv/bin/python" -m pip freeze --all | grep -vE '^(pip|voicebot)( |=)' | sed -E 's/\+[a-z0-9.]+$//' | LC_ALL=C sort -f
} >"$scratch/lock"
mv "$scratch/lock" requirements.lock
chmod 644 requirements.lock
