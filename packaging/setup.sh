#!/usr/bin/env bash
# Set up this checkout: system packages, .venv, the project itself.
#
#   packaging/setup.sh [demo|test] [--again]
#
# demo  what `make demo` needs
# test  that, and what the tests and checks need
#
# Done once; after that it takes some milliseconds until something else is asked for. `--again`
# does it anyway. PYTHON names the interpreter that .venv is made with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

profile=demo
again=no
for word in "$@"; do
  case "$word" in
    demo | test) profile=$word ;;
    --again) again=yes ;;
    *)
      echo "usage: packaging/setup.sh [demo|test] [--again]" >&2
      exit 2
      ;;
  esac
done

readonly VENV=.venv
readonly PCSC_HEADER=${PCSC_HEADER:-/usr/include/PCSC/winscard.h}

# Debian packages, and what goes without them. `a/b`: either will do, a is installed.
readonly DEMO_PACKAGES='
xvfb libgl1 libegl1 libgles2 libgl1-mesa-dri libmtdev1: the kiosk has no window to draw in
fonts-noto-cjk/fonts-wqy-microhei: Chinese on screens and paper shows as empty boxes
fonts-roboto-unhinted: screens and paper use another Latin typeface
xdotool tmux: `venue demo --once` cannot be played, and some tests are left out
'
readonly TEST_PACKAGES='
imagemagick: the tests that look at a real window are left out
libpcsclite-dev gcc libc6-dev: card readers are left out, their driver library cannot be built
strace: the tests that let system calls fail are left out
pcscd vsmartcard-vpcd opensc: the tests with the real card daemon are left out
postgresql: the tests on PostgreSQL are left out
'

say() { printf '%s\n' "$*"; }
complain() { printf 'set-up: %s\n' "$*" >&2; }

# --- is there anything to do? --------------------------------------------------------------------

# What is installed depends on these parts only: a new lint rule costs no reinstallation. The path
# counts because the programs in .venv name it.
wanted_state() {
  {
    awk '/^\[/ { keep = /^\[+(build-system|project|tool\.hatch)/ } keep' pyproject.toml
    cat packaging/setup.sh
    pwd
    ls "$PCSC_HEADER" 2>/dev/null || true
  } | sha256sum
}

is_set_up() {
  local stamp=$VENV/set-up-for-$1
  [[ $again == no && -x $VENV/bin/python && -f $stamp && $(<"$stamp") == "$(wanted_state)" ]]
}

# --- system packages -----------------------------------------------------------------------------

package_lines() {
  printf '%s' "$DEMO_PACKAGES"
  if [[ $profile == test ]]; then printf '%s' "$TEST_PACKAGES"; fi
}

# Prints `package: what goes without it` for each one that is not installed.
missing_packages() {
  local installed names reason name alternative found
  installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null |
    awk '$1 == "installed" { printf "%s ", $2 }')"
  while IFS=: read -r names reason; do
    for name in $names; do
      found=no
      for alternative in ${name//\// }; do
        [[ $installed == *" $alternative "* ]] && found=yes
      done
      [[ $found == yes ]] || printf '%s:%s\n' "${name%%/*}" "$reason"
    done
  done < <(package_lines | grep .)
}

# Runs a command as root: directly, or by sudo if that asks for no password.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

can_be_root() {
  [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# All at once; where that fails, one by one, so that one unknown name does not cost the others.
apt_install() {
  local name
  say "Installing system packages: $*"
  apt_get install -y --no-install-recommends "$@" 2>/dev/null && return
  for name in "$@"; do
    apt_get install -y --no-install-recommends "$name" || complain "$name could not be installed"
  done
}

apt_updated=no
apt_update_once() {
  [[ $apt_updated == yes ]] && return
  apt_updated=yes
  apt_get update || complain "the package lists could not be refreshed; going on"
}

install_system_packages() {
  command -v apt-get >/dev/null || return 0
  local names
  names=$(missing_packages | cut -d: -f1)
  [[ -n $names ]] || return 0
  can_be_root || return 0
  apt_update_once
  # shellcheck disable=SC2086  # the names are words
  apt_install $names
}

tell_missing_packages() {
  if ! command -v dpkg-query >/dev/null; then
    complain "this is not Debian; install what your system calls these:"
    package_lines | grep . | sed 's/^/  /' >&2
    return
  fi
  local missing
  missing=$(missing_packages)
  [[ -n $missing ]] || return 0
  complain "going on without these system packages:"
  printf '%s\n' "$missing" | sed 's/^/  /' >&2
  complain "to get them: sudo apt-get install --no-install-recommends $(
    printf '%s\n' "$missing" | cut -d: -f1 | tr '\n' ' ')"
}

# --- Python --------------------------------------------------------------------------------------

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$name" >/dev/null &&
      "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  complain "Python 3.11 or newer is needed. On Debian 12: sudo apt-get install python3 python3-venv"
  return 1
}

make_venv() {
  local python
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if command -v apt-get >/dev/null && can_be_root; then
      apt_update_once
      apt_install python3-venv
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      complain "$python cannot make virtual environments: its ensurepip is missing."
      complain "On Debian: sudo apt-get install python3-venv"
      return 1
    fi
  fi
  say "Making $VENV with $("$python" --version)"
  "$python" -m venv --clear "$VENV"
}

pip_install() {
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --editable "$1"
}

has_python_headers() {
  "$VENV/bin/python" -c 'import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
}

# The card reader library is built here; Debian keeps the headers of its own Python apart.
prepare_cards() {
  [[ -f $PCSC_HEADER ]] || return 1
  has_python_headers && return
  local base
  base=$("$VENV/bin/python" -c 'import sys; print(sys.base_prefix)')
  if [[ $base == /usr ]] && command -v apt-get >/dev/null && can_be_root; then
    apt_update_once
    apt_install python3-dev
  fi
  has_python_headers
}

install_project() {
  local extras=all,demo
  [[ $profile == demo ]] || extras=all,demo,dev
  say "Installing Python packages: venue-suite[$extras] (a minute or two the first time)"
  if [[ $profile == test ]]; then
    if prepare_cards && pip_install ".[$extras,cards]"; then return; fi
    complain "going on without card readers: their driver library (pyscard) was not built"
  fi
  if ! pip_install ".[$extras]"; then
    complain "the Python packages could not be installed."
    complain "pip's own words are above; its index and proxy: $VENV/bin/pip config list"
    return 1
  fi
}

# --- all of it -----------------------------------------------------------------------------------

if is_set_up "$profile"; then
  exit 0
fi

# Two makes at once take turns; the second one finds the work done.
if command -v flock >/dev/null; then
  exec 9<packaging/setup.sh
  flock 9
  if is_set_up "$profile"; then exit 0; fi
fi

install_system_packages
tell_missing_packages
if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
  make_venv
fi
install_project
rm -f "$VENV"/set-up-for-*
wanted_state >"$VENV/set-up-for-demo"
if [[ $profile == test ]]; then wanted_state >"$VENV/set-up-for-test"; fi
say "Set up for $profile."
