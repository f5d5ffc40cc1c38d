#!/bin/sh
# Finds a browser for the tests; as root on Debian installs one. Under CI=true a missing browser is an error.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "No Chromium or Chrome found. Install one, for example: sudo apt-get install chromium" >&2
[ "${CI:-}" = true ] && exit 1
exit 0
