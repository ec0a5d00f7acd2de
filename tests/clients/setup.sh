#!/bin/sh
# Installs what generates and uses clients of the API into target/clients: a Python
# environment and a folder of npm packages, all of fixed versions. Does nothing when they are
# there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../target/clients

# Two tests that begin at once wait for each other.
mkdir -p "$target"
exec 9>"$target/lock"
flock 9

wanted=$(cat "$here/requirements.txt" "$here/typescript/package-lock.json" "$here/setup.sh" | sha256sum)
if [ "$(cat "$target/stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
rm -rf "$target/stamp" "$target/venv" "$target/npm"

# Others than Debian's Node.js and Python will do, so packages are installed for what is
# missing only.
missing=
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    echo "installing:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq || echo "$0: some package lists are old" >&2
    # shellcheck disable=SC2086 # a list of words
    $as_root apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $missing >&2
fi

echo "installing what generates clients of the API into target/clients" >&2
python3 -m venv "$target/venv"
"$target/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: --requirement "$here/requirements.txt" >&2

mkdir -p "$target/npm"
cp "$here/typescript/package.json" "$here/typescript/package-lock.json" "$target/npm"
(cd "$target/npm" && npm ci --silent --no-audit --no-fund --ignore-scripts >&2)

echo "$wanted" >"$target/stamp"
