#!/usr/bin/env bash
# dist.sh [TARGET …]: the release programs into dist/, without a target for all of them. What each of the scripts
# does: sources.sh fetches, target.sh builds one target, libraries.sh what that target's program is linked with.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
version=$(sed -n 's/^project(sparkify VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
targets=(x86_64-linux-musl x86_64-linux-gnu.2.17 aarch64-linux-musl aarch64-linux-gnu.2.17)
say() { printf '\n== %s\n' "$*"; }

# The compiler, which brings the C libraries of all targets: PyPI has it.
need_zig() {
  local venv=$root/build/dist/venv
  cmp -s "$here/requirements.txt" "$venv/installed" && return 0
  say "installing zig"
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed"
}

# What is linked in, and under which license each is used.
write_licenses() {
  local sources=$root/build/dist/sources zig file
  zig=$(echo "$root"/build/dist/venv/lib/python3*/site-packages/ziglang)
  printf 'The programs in this folder have the following in them, beside sparkify itself.\n'
  printf 'libmicrohttpd is used under the eCos license that its file names.\n'
  for file in "$sources"/{openssl-src/openssl/LICENSE.txt,curl-sys/curl/COPYING,libnghttp2-sys/nghttp2/COPYING} \
    "$sources"/{libz-sys/src/zlib/LICENSE,zstd-sys/zstd/LICENSE,snappy_src/snappy/COPYING,jansson/LICENSE} \
    "$sources"/{protobuf-c,xxhash}/LICENSE "$sources"/{expat/expat/COPYING,libyaml/License,utf8proc/LICENSE.md} \
    "$sources"/{libmicrohttpd,libedit}/COPYING "$zig"/lib/{libc/musl/COPYRIGHT,libcxx/LICENSE.TXT}; do
    printf '\n======== %s\n\n' "$(basename "$(dirname "$file")")"
    cat "$file"
  done
}

[ $# -eq 0 ] || targets=("$@")
mkdir -p "$root/build/dist" "$root/dist"
need_zig
say "the sources"
"$here/sources.sh"
for target in "${targets[@]}"; do
  say "$target"
  "$here/target.sh" "$target"
  for file in "$root/build/dist/$target/out"/*; do
    cp "$file" "$root/dist/$(basename "$file" | sed "s/VERSION/$version/")"
  done
done
write_licenses >"$root/dist/THIRD-PARTY-LICENSES"
! compgen -G "$root/dist/libsparkify-*-linux-gnu.so" >/dev/null || "$root/dev" wheel
say "dist/"
cd "$root/dist"
find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum | tee SHA256SUMS
