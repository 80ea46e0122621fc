#!/usr/bin/env bash
# Make one virtual environment from its lock: install.sh FOLDER LOCK
#
# The pipeline's own environment is made with the machine's Python and pip, which put uv there; every other one is made
# by that uv. uv does not read pip's configuration, so a local folder of wheels that pip is told to use (find-links) and
# another package index are handed on. Without such a folder the CPU build of torch comes through uv's own torch backend.
set -euo pipefail

folder=$1
lock=$2
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}

# What the environment was made of: its lock, and for the pipeline's own the project's metadata.
made_of() { cat "$here/$lock"; if [ "$folder" = .venv ]; then cat pyproject.toml; fi; }
if made_of | cmp -s - "$folder/installed.lock"; then exit 0; fi
echo "setup: $folder from $lock"

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "Python 3.11 or newer is needed; install it, or name it: make setup PYTHON=/path/to/python3.11"

pip_setting() { "$python" -m pip config get "global.$1" 2>/dev/null || true; }
links=${PIP_FIND_LINKS:-$(pip_setting find-links)}
index=${PIP_INDEX_URL:-$(pip_setting index-url)}
certificates=${PIP_CERT:-$(pip_setting cert)}
if [ -n "$links" ]; then export UV_FIND_LINKS="${UV_FIND_LINKS:-$links}"; fi
if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
if [ -n "$certificates" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"; fi
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"

if [ ! -x .venv/bin/uv ]; then
  "$python" -m venv .venv || fail "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"
  grep -A40 '^uv==' "$here/pipeline.txt" | sed '1!{/^[^ ]/,$d}' | grep -v '#' >.venv/uv.txt
  .venv/bin/python -m pip install --quiet --require-hashes --no-deps -r .venv/uv.txt ||
    fail "pip could not install uv; is a package index reachable?"
fi
uv=$PWD/.venv/bin/uv

rm -f "$folder/installed.lock" # not whole from here to the end
[ -d "$folder" ] || "$uv" venv --quiet --python "${ENV_PYTHON:-3.11}" "$folder"

backend=()
if grep -q '^torch==.*+cpu' "$here/$lock"; then
  # shellcheck disable=SC2086 - find-links is a list of folders
  ls ${UV_FIND_LINKS:-/nonexistent}/torch-*+cpu-*.whl >/dev/null 2>&1 || backend=(--torch-backend cpu)
fi
"$uv" pip sync --quiet --python "$folder/bin/python" --require-hashes "${backend[@]}" "$here/$lock" ||
  fail "could not install $lock into $folder; run make setup again once the package index is reachable"
if [ "$folder" = .venv ]; then
  "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable . ||
    fail "could not install the project itself into .venv"
  # An empty Prefect database, which a new workspace copies: its migrations take seconds each time.
  rm -rf .venv/prefect && mkdir .venv/prefect
  PREFECT_HOME=$PWD/.venv/prefect DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false \
    .venv/bin/prefect server database upgrade -y >.venv/prefect/log 2>&1 ||
    fail "Prefect could not make its database: $(tail -n 3 .venv/prefect/log)"
  mv .venv/prefect/prefect.db .venv/prefect-empty.db
fi
made_of >"$folder/installed.lock"
