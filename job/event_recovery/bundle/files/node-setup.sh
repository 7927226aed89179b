#!/usr/bin/env bash
# First step of a recovery, on the primary node, once EMR has installed Flink: node-setup.sh
#
# Flink's client ships lib/ and plugins/ of this node to every container, so here and only here have the jars to be in
# place. What EMR's Flink brings differs between releases: each thing is looked for, and what is missing is fatal.
set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
[[ ! -f $here/node.env ]] || . "$here/node.env"
: "${APP_HOME:=$here}"
: "${VENV_DIR:=$APP_HOME/venv}"
: "${FLINK_HOME:=/usr/lib/flink}"
: "${FLINK_VERSION:=1.20}"

jars=$APP_HOME/bundle/jars
sink_class=org/apache/flink/connector/kinesis/sink/KinesisStreamsSink.class
s3_class=org/apache/flink/fs/s3hadoop/S3FileSystemFactory.class
statsd_class=org/apache/flink/metrics/statsd/StatsDReporterFactory.class

say() { printf '%s node-setup: %s\n' "$(date -u +%FT%TZ)" "$*"; }

die() {
    say "$*" >&2
    exit 1
}

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

# jar_has JAR FILE
jar_has() { "$VENV_DIR/bin/python" -m zipfile --list "$1" 2>/dev/null | grep -F "$2" >/dev/null; }

# find_jars DIRECTORY PATTERN: the jars, in the directory or in folders of it, one a line. Folders may be links.
find_jars() { [[ ! -d $1 ]] || find -L "$1/" -maxdepth 2 -name "$2" | sort; }

# place JAR DIRECTORY
place() {
    local target
    target=$2/$(basename "$1")
    if cmp --silent "$1" "$target"; then
        say "$target is in place"
        return
    fi
    as_root mkdir -p "$2"
    as_root cp "$1" "$target.part"
    as_root chmod 644 "$target.part"
    as_root mv "$target.part" "$target"
    say "put $target in place"
}

# What a release brings is known only from here: EMR does not document it.
list_flink() {
    local folder files
    for folder in "$FLINK_HOME"/{lib,opt,plugins}; do
        if [[ -d $folder ]]; then
            files=$(find -L "$folder/" ! -type d -printf '%P\n' | sort) || true
            say "$folder: ${files//$'\n'/, }"
        else
            say "$folder: not there"
        fi
    done
}

check_flink() {
    local told version java
    [[ -x $FLINK_HOME/bin/flink ]] || die "$FLINK_HOME/bin/flink is not there: is Flink among the cluster's applications?"
    told=$("$FLINK_HOME/bin/flink" --version 2>&1) || die "$FLINK_HOME/bin/flink --version failed: $told"
    version=$(sed -n 's/^Version: \([^,]*\).*/\1/p' <<<"$told")
    [[ $version == "$FLINK_VERSION".* ]] || die "Flink is '$version', expected $FLINK_VERSION.x; it said: $told"
    [[ -n $(find_jars "$FLINK_HOME/opt" 'flink-python*.jar') ]] || die "$FLINK_HOME/opt has no flink-python jar"
    java=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1) || die "there is no java to run Flink: $java"
    say "Flink $version in $FLINK_HOME, ${java%%$'\n'*}"
}

check_python() {
    "$VENV_DIR/bin/python" -W ignore::UserWarning -m event_recovery.bundle.check "$APP_HOME/bundle/manifest.json"
}

# One Kinesis connector, parent of all user code: PyFlink builds the job's graph out of its classes.
place_connector() {
    local connector other
    connector=$(find_jars "$jars" '*kinesis*.jar')
    [[ -n $connector && $connector != *$'\n'* ]] || die "expected one Kinesis connector in $jars, found: ${connector:-none}"
    jar_has "$connector" "$sink_class" || die "$connector has no $sink_class"
    for other in "$FLINK_HOME"/lib/*kinesis*.jar; do
        [[ ! -e $other || $(basename "$other") == "$(basename "$connector")" ]] ||
            die "$other is on Flink's class path: two Kinesis connectors exclude each other"
    done
    place "$connector" "$FLINK_HOME/lib"
}

# Without this file system Flink reads s3:// through Hadoop but cannot write files to it.
place_s3_plugin() {
    local found jar where="a plugin" pattern='flink-s3-fs-hadoop*.jar'
    found=$(find_jars "$FLINK_HOME/plugins" "$pattern")
    if [[ -z $found ]]; then
        found=$(find_jars "$FLINK_HOME/lib" "$pattern")
        where="on Flink's class path as this release has it"
    fi
    if [[ -z $found ]]; then
        found=$(find_jars "$FLINK_HOME/opt" "$pattern" | head -n 1)
        [[ -n $found ]] || found=$(find_jars "$jars" "$pattern" | head -n 1)
        [[ -n $found ]] || die "no $pattern in plugins, lib or opt of $FLINK_HOME, nor in $jars"
        place "$found" "$FLINK_HOME/plugins/s3-fs-hadoop"
        found=$FLINK_HOME/plugins/s3-fs-hadoop/$(basename "$found")
        where="a plugin"
    fi
    while read -r jar; do
        jar_has "$jar" "$s3_class" || die "$jar has no $s3_class"
        say "S3 file system: $jar, $where"
    done <<<"$found"
}

place_statsd_reporter() {
    local found pattern='flink-metrics-statsd*.jar'
    found=$(find_jars "$FLINK_HOME/plugins" "$pattern")$(find_jars "$FLINK_HOME/lib" "$pattern")
    if [[ -z $found ]]; then
        found=$(find_jars "$FLINK_HOME/opt" "$pattern" | head -n 1)
        [[ -n $found ]] || die "no $pattern in plugins, lib or opt of $FLINK_HOME"
        place "$found" "$FLINK_HOME/plugins/metrics-statsd"
        found=$FLINK_HOME/plugins/metrics-statsd/$(basename "$found")
    fi
    found=${found%%$'\n'*}
    jar_has "$found" "$statsd_class" || die "$found has no $statsd_class"
    say "StatsD reporter: $found"
}

list_flink
check_flink
check_python
place_connector
place_s3_plugin
place_statsd_reporter
[[ -f $APP_HOME/job.py ]] || die "$APP_HOME/job.py is not there: has bootstrap.sh run?"
say "done"
