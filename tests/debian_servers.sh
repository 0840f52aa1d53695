#!/bin/sh
# A real MariaDB, a real OpenSSH and `zip`, which makes archives with passwords, for the tests, where this machine lets us install Debian's.
# What is not there afterwards, the tests skip, saying so.
PATH="$PATH:/usr/sbin"
command -v mariadbd >/dev/null && command -v sshd >/dev/null && command -v zip >/dev/null && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tests: no MariaDB, OpenSSH or zip here, and no right to install them: what needs them is skipped" >&2
    exit 0
fi
echo "tests: installing MariaDB, OpenSSH and zip from Debian" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get update && apt-get install -y --no-install-recommends \
    mariadb-server-core mariadb-client-core openssh-server zip; } \
    >/tmp/hedui-debian-servers.log 2>&1 \
    || echo "tests: it did not work, see /tmp/hedui-debian-servers.log: what needs them is skipped" >&2
