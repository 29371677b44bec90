#!/usr/bin/env bash
# Make .venv and what it needs, from nothing; a second run finds the stamp and does nothing.
# Exit code 2 with one sentence when a person has to do something first.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp="$venv/.voicebot-setup"
export DEBIAN_FRONTEND=noninteractive PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'setup: %s\n' "$*"; }

give_up() {
    printf 'setup: %s\n' "$*" >&2
    exit 2
}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.12 python3.11 /usr/bin/python3 /usr/bin/python3.12 /usr/bin/python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

# The newest Python that fits and that apt can bring; nothing where it can bring none.
python_packages() {
    local number
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq >/dev/null 2>&1 || true # a fresh image has no package lists
    fi
    for number in 3.12 3.11; do
        if apt-cache show "python$number-venv" >/dev/null 2>&1; then
            echo "python$number" "python$number-venv"
            return
        fi
    done
}

# Debian packages that one command wants and nothing else: `voicebot dialog graph --format svg` draws with dot.
optional_packages() {
    command -v dot >/dev/null 2>&1 || echo graphviz
}

# Debian packages that are missing here: the programs for prompts and tests, and Python with venv.
missing_packages() {
    command -v espeak-ng >/dev/null 2>&1 || echo espeak-ng
    command -v sipp >/dev/null 2>&1 || echo sip-tester
    command -v baresip >/dev/null 2>&1 || echo baresip
    local python
    python=$(find_python)
    if [ -z "$python" ]; then
        python_packages
    elif ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    fi
}

install_packages() {
    local packages=$1 command
    command="apt-get install -y --no-install-recommends $packages"
    if ! command -v apt-get >/dev/null 2>&1; then
        give_up "these programs are missing: $packages (names of Debian packages); install them, then run make again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        give_up "Debian packages are missing; run this, then make again: sudo $command"
    fi
    say "installing Debian packages: $packages"
    apt-get update -qq || say "apt-get update failed; trying with the package lists that are here"
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $packages >/dev/null \
        || give_up "apt could not install the packages; run this to see why: $command"
}

# Never fails: who cannot install them goes on without.
install_optional() {
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing Debian packages: $1"
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1"; } >/dev/null 2>&1 && return
    fi
    say "going on without the Debian package $1: \`voicebot dialog graph --format svg\` needs it, nothing else does."
}

wanted_stamp() {
    pwd
    cat requirements.lock pyproject.toml .ci/setup.sh | cksum
}

packages=$(missing_packages | tr '\n' ' ')
packages=${packages% }
if [ -n "$packages" ]; then
    install_packages "$packages"
fi
if [ -z "$(find_python)" ]; then
    give_up "voicebot needs Python 3.11 or 3.12 and this machine has neither; install one and name it: make setup PYTHON=/path/to/python3.12"
fi
packages=$(missing_packages | tr '\n' ' ')
if [ -n "$packages" ]; then
    give_up "apt brought the packages, but their programs are not on PATH: ${packages% }; add /usr/bin to PATH, then run make again."
fi

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted_stamp)" ] && "$venv/bin/python" -c 'import voicebot' 2>/dev/null; then
    exit 0
fi

if [ -n "$(optional_packages)" ]; then
    install_optional "$(optional_packages)"
fi

if [ ! -x "$venv/bin/python" ] || ! fits "$venv/bin/python"; then
    python=$(find_python)
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi
say "installing Python packages, several minutes the first time"
"$venv/bin/python" -m pip install --quiet --progress-bar off -r requirements.lock \
    || give_up "pip could not install the packages of requirements.lock; its message is above."
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable . \
    || give_up "pip could not install voicebot itself; its message is above."
say "getting the speech model that hears people (150 MB, once)"
"$venv/bin/voicebot" model install whisper-base || say "going on without it: voicebot runs, but hears no people yet"
wanted_stamp >"$stamp"
say "done"
