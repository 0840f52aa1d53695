#!/bin/sh
# A real MariaDB, a real OpenSSH, `zip`, which makes archives with passwords, LibreOffice and Chromium, for the tests,
# where this machine lets us install Debian's.
# What is not there afterwards, the tests skip, saying so.
PATH="$PATH:/usr/sbin"
command -v mariadbd >/dev/null && command -v sshd >/dev/null && command -v zip >/dev/null \
    && command -v soffice >/dev/null && command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tests: not all of MariaDB, OpenSSH, zip, LibreOffice and Chromium are here, and no right to install them: what needs them is skipped" >&2
    exit 0
fi
echo "tests: installing MariaDB, OpenSSH, zip, LibreOffice and Chromium from Debian" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get update && apt-get install -y --no-install-recommends \
    mariadb-server-core mariadb-client-core openssh-server zip libreoffice-calc-nogui \
    chromium chromium-driver fonts-noto-cjk; } \
    >/tmp/hedui-debian-servers.log 2>&1 \
    || echo "tests: it did not work, see /tmp/hedui-debian-servers.log: what needs them is skipped" >&2
