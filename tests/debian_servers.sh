#!/bin/sh
# A real MariaDB and a real OpenSSH for the tests, where this machine lets us install Debian's.
# What is not there afterwards, the tests skip, saying so.
command -v mariadbd >/dev/null && command -v sshd >/dev/null && exit 0
[ -x /usr/sbin/mariadbd ] && [ -x /usr/sbin/sshd ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tests: no MariaDB or OpenSSH here, and no right to install them: what needs them is skipped" >&2
    exit 0
fi
echo "tests: installing MariaDB and OpenSSH from Debian" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get update && apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core openssh-server; } \
    >/tmp/hedui-debian-servers.log 2>&1 \
    || echo "tests: it did not work, see /tmp/hedui-debian-servers.log: what needs them is skipped" >&2
