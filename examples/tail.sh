#!/bin/sh
# Follow a board: PARLEY=http://127.0.0.1:8000 TOKEN=… sh examples/tail.sh SLUG
set -eu
server=${PARLEY:-http://127.0.0.1:8000} told=$(mktemp -d)
trap 'rm -rf "$told"' EXIT
trap 'exit 1' INT TERM

ask() { curl -sSN --fail -D "$told/headers" -H "Authorization: Bearer $TOKEN" "$@"; }

# First the snapshot: everything after its epoch and seq comes from the stream.
ask "$server/api/v1/boards/$1" |
  sed -n 's/.*"epoch": "\([0-9a-f]*\)", "seq": \([0-9]*\).*/\1-\2/p' >"$told/last"
test -s "$told/last"

while :; do
  ask -H "Last-Event-ID: $(cat "$told/last")" "$server/boards/$1/stream/" | while IFS= read -r line; do
    case $line in "id: "*) echo "${line#id: }" >"$told/last" ;; esac
    case $line in *'"retry_ms":null'*) touch "$told/stop" ;; esac
    printf '%s\n' "$line"
  done || true
  # 204 and refusals but 429 and 503 stay until a person acts; so does a goodbye without a time.
  if test -e "$told/stop" || grep -Eq '^HTTP/[0-9.]+ (204|40[0-9])' "$told/headers"; then exit 1; fi
  sleep "$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]*\).*/\1/p' "$told/headers" | grep . || echo 2)"
done
