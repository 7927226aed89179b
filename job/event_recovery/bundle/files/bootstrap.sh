#!/usr/bin/env bash
# Bootstrap action of a recovery cluster: bootstrap.sh BUNDLE, where BUNDLE is an s3:// URI or a directory.
#
# Every node runs it before EMR installs the applications. It installs the job and all its Python from the bundle, with
# no package index, and the CloudWatch agent, which takes Flink's metrics. What a run finds done already it leaves.
set -euo pipefail
umask 022

bundle=${1:?usage: bootstrap.sh BUNDLE, an s3:// URI or a directory}
bundle=${bundle%/}
: "${APP_HOME:=/opt/event-recovery}"
: "${VENV_DIR:=$APP_HOME/venv}"
: "${FLINK_HOME:=/usr/lib/flink}"
: "${PYTHON:=python3.11}"
: "${AGENT_CTL:=amazon-cloudwatch-agent-ctl}"
: "${RETRY_SECONDS:=10}"

arch=$(uname -m)
files=$APP_HOME/bundle
checksums=$files/checksums-$arch.txt

say() { printf '%s bootstrap: %s\n' "$(date -u +%FT%TZ)" "$*"; }

die() {
    say "$*" >&2
    exit 1
}

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

# Package mirrors and S3 have bad moments, and a cluster costs more than a pause.
retry() {
    local attempt
    for attempt in 1 2 3; do
        if "$@"; then
            return
        fi
        say "attempt $attempt of 3 failed: $*" >&2
        sleep "$RETRY_SECONDS"
    done
    die "gave up: $*"
}

make_home() {
    as_root mkdir -p "$APP_HOME"
    [[ -w $APP_HOME ]] || as_root chown "$(id -un)" "$APP_HOME"
}

fetch() {
    mkdir -p "$files"
    if [[ $bundle == s3://* ]]; then
        aws s3 sync "$bundle/" "$files/" --only-show-errors --delete \
            --exclude 'wheels/*' --include 'wheels/any/*' --include "wheels/$arch/*"
    else
        cp -R "$bundle/." "$files/"
    fi
}

# Every file that this node needs is there, and is what was built.
is_whole() { (cd "$files" && sha256sum --check --strict --quiet "$checksums"); }

fetch_bundle() {
    retry fetch
    [[ -f $checksums ]] || die "$bundle has no wheels for $arch, or is not a bundle: $(basename "$checksums") is not in it"
    if ! is_whole; then
        say "fetched files are damaged; fetching all of them again"
        rm -rf "$files"
        retry fetch
        is_whole || die "$bundle does not fit its own checksums"
    fi
    say "bundle: $(wc -l <"$checksums") files from $bundle, checksums fit"
}

is_right_python() { "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

install_python() {
    is_right_python || retry as_root dnf install -y -q python3.11
    is_right_python || die "$PYTHON is not Python 3.11"
    say "python: $("$PYTHON" --version) at $(command -v "$PYTHON")"
}

make_venv() {
    local made_from stamp wheels pip
    made_from=$(sha256sum <"$checksums")
    stamp=$VENV_DIR/.made-from
    if [[ -f $stamp && $(<"$stamp") == "$made_from" ]]; then
        say "venv: $VENV_DIR is up to date"
        return
    fi
    mapfile -t wheels < <(sed -n 's/^[0-9a-f]\{64\}  \(.*\.whl\)$/\1/p' "$checksums")
    rm -rf "$VENV_DIR"
    "$PYTHON" -m venv --without-pip "$VENV_DIR"
    pip=$(printf '%s\n' "${wheels[@]}" | grep -E '(^|/)pip-[^/]*\.whl$') || die "$bundle has no wheel of pip"
    # A wheel is a zip file, and Python runs pip right out of it.
    (cd "$files" && "$VENV_DIR/bin/python" "$pip/pip" --isolated install --quiet --disable-pip-version-check \
        --root-user-action ignore --no-cache-dir --no-index --no-deps "${wheels[@]}")
    printf '%s\n' "$made_from" >"$stamp"
    say "venv: installed ${#wheels[@]} wheels into $VENV_DIR"
}

check_versions() { "$VENV_DIR/bin/python" -W ignore::UserWarning -m event_recovery.bundle.check "$files/manifest.json"; }

# node-setup.sh runs later, as a step, and is told here where things are.
place_files() {
    cp "$files/job.py" "$files/node-setup.sh" "$files/cloudwatch-agent.json" "$APP_HOME/"
    cat >"$APP_HOME/node.env" <<EOF
: "\${VENV_DIR:=$VENV_DIR}"
: "\${FLINK_HOME:=$FLINK_HOME}"
EOF
    say "files: job.py, node-setup.sh, cloudwatch-agent.json and node.env in $APP_HOME"
}

start_agent() {
    local status
    if ! command -v "$AGENT_CTL" >/dev/null; then
        retry as_root dnf install -y -q amazon-cloudwatch-agent
        command -v "$AGENT_CTL" >/dev/null || AGENT_CTL=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl
        say "agent: installed amazon-cloudwatch-agent"
    fi
    as_root "$AGENT_CTL" -a fetch-config -m ec2 -s -c "file:$APP_HOME/cloudwatch-agent.json"
    status=$(as_root "$AGENT_CTL" -a status -m ec2 2>&1) || die "the CloudWatch agent tells no status: $status"
    [[ $status =~ \"status\":\ *\"running\" ]] || die "the CloudWatch agent does not run: $status"
    say "agent: running, StatsD on port 8125"
}

say "node $(uname -n), $arch"
make_home
fetch_bundle
install_python
make_venv
check_versions
place_files
start_agent
say "done"
