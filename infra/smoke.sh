#!/bin/sh
# Checks a real deployment in minutes, for a cent or less, and says what it proved.  infra/smoke.sh URL TOKEN
#
# Speaks one short line that nobody has spoken before, orders it again, films it, reads it in ranges, removes it. Needs curl and
# python3. Exit codes: 0 all of it holds · 1 a sentence is false (it says which) · 2 asked wrongly.
set -eu

url=${1:-}
url=${url%/}
token=${2:-${ONETAKE_TOKEN:-}}
if [ -z "$url" ] || [ -z "$token" ] || [ $# -gt 2 ]; then
  echo "infra/smoke.sh URL TOKEN    (the stack's output Url, and one of its tokens; or the token in ONETAKE_TOKEN, where no list of processes shows it)" >&2
  exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
begun=$(date +%s)

proved() { printf '  ok  %s\n' "$*"; }
wrong() {
  printf 'FALSE  %s\n' "$*" >&2
  [ ! -s "$work/body" ] || { printf '       it answered: ' && head -c 2000 "$work/body" && echo; } >&2
  exit 1
}

# A request; its status goes to `status`, its body and headers into files.  ask METHOD PATH [MORE CURL…]
ask() {
  method=$1 path=$2
  shift 2
  status=$(curl --silent --show-error --max-time 60 --request "$method" --output "$work/body" --dump-header "$work/headers" \
    --write-out '%{http_code}' "$@" "$url$path") || wrong "$method $path: curl failed"
}
# The same with the token: it goes in by a file, where no list of processes shows it.
printf 'header = "authorization: Bearer %s"\n' "$token" >"$work/token"
known() { ask "$@" --config "$work/token"; }
expect() { [ "$status" = "$1" ] || wrong "$2: $status, not $1"; }
# A value of the body, by a Python expression on `it`.
value() { python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/body" "$1"; }
header() { sed -n "s/^$1: *//Ip" "$work/headers" | tr -d '\r' | tail -n 1; }

# Waits for the end of a job.  ended ID SECONDS
ended() {
  until=$(($(date +%s) + $2))
  tag='""'
  while :; do
    known GET "/v1/jobs/$1?wait=20" --header "if-none-match: $tag"
    if [ "$status" = 200 ]; then
      tag=$(header etag)
      case $(value 'it["status"]') in
      succeeded) return 0 ;;
      failed | cancelled) wrong "the job $1 ended $(value 'it["status"]'): $(value 'it["error"]')" ;;
      esac
    else
      expect 304 "a job that did not change"
    fi
    [ "$(date +%s)" -lt "$until" ] || wrong "the job $1 has not ended after $2 s"
  done
}

post() { # PATH BODY [MORE CURL…]
  path=$1 given=$2
  shift 2
  known POST "$path" --header 'content-type: application/json' --data "$given" "$@"
}

echo "$url"
ask GET /v1/health
expect 200 "health"
proved "it is there, and its records can be read"

for path in /v1/jobs /v1/stats /v1/speech/audit; do
  ask GET "$path"
  expect 401 "$path without a token"
done
ask POST /v1/previews --header 'content-type: application/json' --data '{}'
expect 401 "an order without a token"
ask GET /v1/jobs --header "authorization: Bearer $token-"
expect 401 "a wrong token"
proved "nothing is answered without the token, or with a wrong one"

word=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
script='{"speakers": {"Ana": {}}, "lines": [{"speaker": "Ana", "text": "Take '$word'."}], "look": {"resolution": "240p", "fps": 24}}'
post /v1/estimates "{\"script\": $script}"
expect 200 "an estimate"
[ "$(value 'it["new_lines"] == 1 and it["cost_usd"] < 0.05')" = True ] || wrong "one short new line costs less than 5 cents"
proved "the estimate: one new line, \$$(value 'it["cost_usd"]')"

key="smoke-$word"
post /v1/previews "{\"script\": $script}" --header "idempotency-key: $key"
expect 202 "a preview"
preview=$(value 'it["id"]')
post /v1/previews "{\"script\": $script}" --header "idempotency-key: $key"
expect 202 "the same order again"
[ "$(value 'it["id"]')" = "$preview" ] || wrong "an order that is sent twice is one job"
post /v1/previews '{"script": {"speakers": {"A": {}}, "lines": [{"speaker": "A", "text": "a"}]}}' --header "idempotency-key: $key"
expect 409 "another order under the same key"
proved "an order that is sent twice is one job"

ended "$preview" 300
[ "$(value 'it["counts"]["spoken"]')" = 1 ] || wrong "the line was spoken"
proved "the line was spoken and its track laid, in $(($(date +%s) - begun)) s: HTTP, queues, table, bucket, speech, ffmpeg's layer"

post /v1/previews "{\"script\": $script}"
expect 202 "a preview of the same words"
again=$(value 'it["id"]')
ended "$again" 300
[ "$(value '(it["counts"]["spoken"], it["counts"]["reused"])')" = '(0, 1)' ] || wrong "the same line is not paid twice"
proved "the same line in another job was reused, not paid again"

# Bytes: by a signed link of the bucket's.  file JOB NAME MORE CURL…
file() {
  name=$2
  known GET "/v1/jobs/$1/files/$2"
  link="$url/v1/jobs/$1/files/$2"
  [ "$status" = 200 ] || { expect 302 "$2" && link=$(header location); }
}
size() { value "[f['size_bytes'] for f in it['files'] if f['name'] == '$1'][0]"; }
range() { # FROM-TO: the bytes of `link`
  set -- "$1" "$(case $link in "$url"*) echo "$work/token" ;; *) echo /dev/null ;; esac)"
  status=$(curl --silent --show-error --max-time 60 --config "$2" --range "$1" --output "$work/bytes" --write-out '%{http_code}' "$link")
  [ "$status" = 206 ] || wrong "a range of $name: $status, not 206"
}
known GET "/v1/jobs/$preview"
bytes=$(size preview.m4a)
file "$preview" preview.m4a
range 4-7
[ "$(cat "$work/bytes")" = ftyp ] || wrong "bytes 4 to 7 of an MP4 file are its type"
range "$((bytes - 10))-"
[ "$(wc -c <"$work/bytes")" -eq 10 ] || wrong "the last ten bytes are ten"
proved "the preview's sound is read in ranges, as a player seeks in it"
ask GET "/v1/jobs/$preview/files/preview.m4a"
expect 401 "a file without a token"
case $link in
"$url"*) ;;
*)
  bare=${link%%\?*}
  [ "$(curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' "$bare")" = 403 ] || wrong "the bucket gives nothing without a signature"
  plain=http://${link#https://}
  [ "$(curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' "$plain")" = 403 ] || wrong "the bucket gives nothing without TLS"
  proved "the bucket gives nothing without a signature, and nothing without TLS"
  ;;
esac

post /v1/videos "{\"preview_id\": \"$preview\"}"
expect 202 "a film of the preview"
video=$(value 'it["id"]')
ended "$video" 600
[ "$(value '(it["counts"]["spoken"], it["counts"]["reused"], it["warnings"])')" = '(0, 1, [])' ] || wrong "a film of a preview speaks nothing"
file "$video" film.mp4
range 4-7
[ "$(cat "$work/bytes")" = ftyp ] || wrong "the film is an MP4 file"
proved "a film was made of the preview without one more call, in the layer's fonts"

known GET '/v1/speech/audit?since=1d'
case $status in
200)
  [ "$(value 'it["agrees"]')" = True ] || wrong "the ledger agrees with the provider's books"
  proved "the ledger of the last day agrees with the provider's history, to the character"
  ;;
409) echo "  --  no audit: whoever speaks here keeps no history" ;;
*) wrong "the audit: $status" ;;
esac

known POST /v1/cleanup
expect 200 "a sweep"
proved "the sweep runs"

for job in "$video" "$again" "$preview"; do
  known DELETE "/v1/jobs/$job"
  expect 204 "removing $job"
  known GET "/v1/jobs/$job"
  expect 404 "a job that was removed"
done
proved "what was made is removed (the take is kept: it was paid for)"

echo "all of it in $(($(date +%s) - begun)) s"
echo "not proved: lanes > 1, what happens when a function is killed, and a month's bill (infra/README.md)"
