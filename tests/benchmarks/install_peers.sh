#!/bin/sh
# Puts the peers of `python -m tests.benchmarks.peers` into a folder that may be thrown away; nothing is installed
# on the machine. Usage: install_peers.sh FOLDER. What fails is left out, and the table says so.
set -u
mkdir -p "$1/debs"
cd "$1" || exit 1
erlang="base asn1 crypto public-key mnesia runtime-tools ssl eldap ftp tftp inets snmp os-mon parsetools syntax-tools tools xmerl"

packages() { # unpack Debian packages into a folder: packages FOLDER NAME...
    folder=$1
    shift
    (cd debs && apt-get -qq -o APT::Sandbox::User=root download "$@") || return 1
    for name in "$@"; do
        dpkg -x "$(find debs -name "${name}_*" | head -n 1)" "$folder" || return 1
    done
}

[ -x nats/usr/sbin/nats-server ] || packages nats nats-server || echo "nats-server: not to be had" >&2
if [ ! -d rabbitmq/usr/lib/rabbitmq ]; then
    # shellcheck disable=SC2046
    packages rabbitmq rabbitmq-server libsctp1 $(for part in $erlang; do echo "erlang-$part"; done) ||
        echo "rabbitmq-server: not to be had" >&2
    sed -i "s|ROOTDIR=/usr/lib/erlang|ROOTDIR=$PWD/rabbitmq/usr/lib/erlang|" rabbitmq/usr/lib/erlang/bin/erl
fi
if [ ! -d pouchdb/node_modules/express-pouchdb ]; then
    mkdir -p pouchdb
    echo '{"private": true}' >pouchdb/package.json
    (cd pouchdb && npm install --no-audit --no-fund --loglevel=error pouchdb express-pouchdb express) ||
        echo "pouchdb: not to be had" >&2
fi
if [ ! -x python/bin/pika-is-here ]; then
    python3 -m venv python &&
        python/bin/pip install --quiet --disable-pip-version-check nats-py pika morango cheroot &&
        ln -s python python/bin/pika-is-here || echo "Python clients: not to be had" >&2
fi
