#!/bin/sh
# Verifies a bundle with openssl, zstd and jq alone. Written from docs/protocol.md.
#
#   verify_bundle.sh [-k BUNDLE-KEY] BUNDLE KEY...
#
# Each KEY is a file with the 64 hex characters of a public key. With them the seal is verified: who made
# this bundle, for whom, and that no byte of it has changed. BUNDLE-KEY is a file with the 64 hex
# characters that the addressee gave for this one bundle (yimen bundle key); with it the lines are opened
# and every header, chain, statement, payload and file is verified too. No letter is opened.
#
# Exit 0: all of it is as signed. Exit 1: something is not, and standard error says what.
set -eu
LC_ALL=C
export LC_ALL
fail() { echo "REFUSED: $*" >&2; exit 1; }
bundle_key=
if [ "${1-}" = -k ]; then
    [ $# -ge 2 ] && grep -Eq '^[0-9a-f]{64}$' "$2" || fail "-k wants a file with 64 hex characters"
    bundle_key=$(cat "$2")
    shift 2
fi
[ $# -ge 2 ] || fail "usage: verify_bundle.sh [-k BUNDLE-KEY] BUNDLE KEY..."
bundle=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sha256() { openssl dgst -sha256 -r | cut -d' ' -f1; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { while IFS= read -r pair; do printf "\\$(printf %03o "0x$pair")"; done; }
part() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; } # file, start, length
number() { # file, start: 8 bytes, big-endian
    digits=$(part "$1" "$2" 8 | hex)
    case $digits in 00000000*) printf %d "0x$digits" ;; *) fail "a length in the head is too large" ;; esac
}
size() { # file, start: 4 bytes, little-endian
    # shellcheck disable=SC2046
    set -- $(part "$1" "$2" 4 | od -An -v -tu1)
    echo $(($1 + $2 * 256 + $3 * 65536 + $4 * 16777216))
}
is_frame() { [ "$(part "$1" "$2" 4 | hex)" = 502a4d18 ] || fail "no skippable frame at byte $2"; }

# Keys by their id: the first 16 hex characters of SHA-256 over the 32 bytes; as DER for openssl.
for key in "$@"; do
    grep -Eq '^[0-9a-f]{64}$' "$key" || fail "$key is not a public key in hex"
    fold -w 2 "$key" | grep . | unhex >"$work/raw"
    id=$(sha256 <"$work/raw" | cut -c 1-16)
    { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat "$work/raw"; } >"$work/$id.der"
done

# verify KIND BODY-FILE SIGNATURE-FILE KEY-ID: the signature is over "DSSEv1 len kind len body".
verify() {
    [ -f "$work/$4.der" ] || fail "signed by key $4, which was not given"
    { printf 'DSSEv1 %d %s %d ' ${#1} "$1" "$(wc -c <"$2")"; cat "$2"; } >"$work/message"
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/$4.der" -rawin \
        -in "$work/message" -sigfile "$3" >/dev/null 2>&1 || fail "a signature of kind $1 does not hold"
}

# 1. The seal: key id and signature over SHA-256 of all bytes before it.
total=$(wc -c <"$bundle")
[ "$total" -ge 136 ] || fail "the file is too short"
end=$((total - 80))
is_frame "$bundle" "$end"
[ "$(size "$bundle" $((end + 4)))" -eq 72 ] || fail "the seal has another length"
head -c "$end" "$bundle" | openssl dgst -sha256 -binary >"$work/digest"
tail -c 64 "$bundle" >"$work/signature"
verify application/vnd.yimen.bundle "$work/digest" "$work/signature" "$(part "$bundle" $((end + 8)) 8 | hex)"

# 2. The parts: head, label, lines, payloads, files.
is_frame "$bundle" 0
[ "$(size "$bundle" 4)" -eq 32 ] && [ "$(part "$bundle" 8 8)" = YMBUNDL1 ] || fail "no bundle of version 1"
label_size=$(number "$bundle" 16)
lines_size=$(number "$bundle" 24)
sealed_size=$(number "$bundle" 32)
part "$bundle" 40 "$label_size" | zstd -dcq >"$work/label" || fail "the label cannot be unpacked"
lines_at=$((40 + label_size + 8))
is_frame "$bundle" $((lines_at - 8))
[ "$(size "$bundle" $((lines_at - 4)))" -eq "$lines_size" ] || fail "the lines have another length"
sealed_at=$((lines_at + lines_size + 8))
is_frame "$bundle" $((sealed_at - 8))
[ "$(size "$bundle" $((sealed_at - 4)))" -eq "$sealed_size" ] || fail "the payloads have another length"
sealed_end=$((sealed_at + sealed_size))
if [ -z "$bundle_key" ]; then
    jq -c '.bundle | {from, to}' "$work/label"
    exit 0
fi
# AES-256-GCM encrypts as AES-256-CTR does from counter 2 on; its 16 bytes of tag at the end are not needed,
# because the seal above covers every byte.
part "$bundle" "$lines_at" $((lines_size - 16)) |
    openssl enc -d -aes-256-ctr -K "$bundle_key" -iv 00000000000000000000000000000002 |
    zstd -dcq >"$work/plain" || fail "the lines do not open under this key"

# 3. The lines: every statement and every header is signed, every header follows the one before.
statement() { # NAME of the line's one field
    printf %s "$line" | jq -j ".$1.payload" | openssl base64 -d -A >"$work/body"
    printf %s "$line" | jq -j ".$1.signatures[0].sig" | openssl base64 -d -A >"$work/signature"
    kind=$(printf %s "$line" | jq -r ".$1.payloadType")
    [ "$kind" = "$2" ] || fail "a $1 of kind $kind"
    verify "$kind" "$work/body" "$work/signature" "$(printf %s "$line" | jq -r ".$1.signatures[0].keyid")"
}
envelope() {
    printf %s "$line" | jq -j .envelope.header >"$work/header"
    printf %s "$line" | jq -j .envelope.sig | openssl base64 -d -A >"$work/signature"
    verify application/vnd.yimen.envelope+json "$work/header" "$work/signature" "$(jq -r .key "$work/header")"
    stream=$work/$(jq -r '.from + "-" + .instance + "-" + .to' "$work/header")
    seq=$(jq -r .seq "$work/header")
    prev=$(jq -r .prev "$work/header")
    if [ -f "$stream" ]; then
        read -r last_seq last_hash <"$stream"
        [ "$seq" -eq $((last_seq + 1)) ] && [ "$prev" = "$last_hash" ] || fail "the chain breaks at number $seq"
    elif [ "$seq" -eq 1 ]; then
        [ "$prev" = 0000000000000000000000000000000000000000000000000000000000000000 ] ||
            fail "number 1 follows something"
    fi
    echo "$seq $(sha256 <"$work/header")" >"$stream"
    length=$(printf %s "$line" | jq -r .envelope.sealed)
    [ $((sealed_at + length)) -le "$sealed_end" ] || fail "the payloads are too short"
    found=$(part "$bundle" "$sealed_at" "$length" | sha256)
    [ "$found" = "$(jq -r .seal.sha256 "$work/header")" ] || fail "the payload of number $seq is not the sealed one"
    sealed_at=$((sealed_at + length))
    envelopes=$((envelopes + 1))
}
envelopes=0
statements=0
while IFS= read -r line; do
    name=$(printf %s "$line" | jq -r 'keys | if length == 1 then .[0] else "?" end')
    case $name in
        cover) printf %s "$line" >"$work/cover" ;;
        envelope) envelope ;;
        manifest) statement manifest application/vnd.yimen.parcel+json && statements=$((statements + 1)) ;;
        ack) statement ack application/vnd.yimen.ack+json && statements=$((statements + 1)) ;;
        receipt) statement receipt application/vnd.yimen.file-receipt+json && statements=$((statements + 1)) ;;
        *) fail "a line that is none of ours" ;;
    esac
done <"$work/plain"
[ -f "$work/cover" ] || fail "there is no cover"
[ "$(jq -r '.cover | .from + .to' "$work/cover")" = "$(jq -r '.bundle | .from + .to' "$work/label")" ] ||
    fail "label and cover name others"
[ "$envelopes" -eq "$(jq -r .cover.envelopes "$work/cover")" ] || fail "the cover counts other envelopes"
[ "$sealed_at" -eq "$sealed_end" ] || fail "the payloads are too long"

# 4. The files: each is named by the SHA-256 of its sealed bytes.
files=0
jq -r '.cover.files[] | "\(.sha256) \(.size)"' "$work/cover" >"$work/files"
while read -r name length; do
    is_frame "$bundle" "$sealed_end"
    [ "$(size "$bundle" $((sealed_end + 4)))" -eq "$length" ] || fail "file $name has another length"
    [ "$(part "$bundle" $((sealed_end + 8)) "$length" | sha256)" = "$name" ] || fail "file $name has other bytes"
    sealed_end=$((sealed_end + 8 + length))
    files=$((files + 1))
done <"$work/files"
[ "$sealed_end" -eq "$end" ] || fail "there are bytes that belong to nothing"

jq -c --argjson statements "$statements" --argjson files "$files" \
    '.cover | {from, to, at, envelopes, statements: $statements, files: $files}' "$work/cover"
