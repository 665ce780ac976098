# Sourced by the scripts beside it, from the top of the checkout: makes .venv and installs regplan into it.

venv=$PWD/.venv

fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 2
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail 'Python 3.11 or newer was not found; install it, or name it: PYTHON=/path/to/python3 '"$0"
}

make_venv() {
    "$venv/bin/python" -c 'import pip' 2>/dev/null && return
    python=$(find_python) || exit 2
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments; install its venv module (Debian, Ubuntu: apt-get install python3-venv)"
    "$python" -m venv "$venv" || fail "could not make $venv"
}

# install_once NAME PIP-ARGUMENT...: nothing is done while pyproject.toml, constraints.txt and the folder are what they
# were when NAME was installed.
install_once() {
    stamp=$venv/.installed-$1
    shift
    state=$(pwd && cat pyproject.toml constraints.txt | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$state" ] && return
    make_venv
    echo 'Installing into .venv (once) ...' >&2
    # The pip that comes with an older Python knows no dependency groups.
    "$venv/bin/python" -m pip install --quiet --constraint constraints.txt --upgrade pip || fail 'pip could not be renewed'
    "$venv/bin/python" -m pip install --quiet --constraint constraints.txt "$@" || fail 'pip could not install regplan'
    # Where $PYTHONDONTWRITEBYTECODE is set, every run would compile what pip did not.
    "$venv/bin/python" -m compileall -q src || :
    printf '%s\n' "$state" >"$stamp"
}
