#!/usr/bin/env bash
# sources.sh: the sources of sources.list, checked, below build/dist/sources/<name>. Cargo and apt-get bring them;
# nothing of the crates is compiled or run by Cargo. What is there already is not fetched again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/../../build/dist/sources
fail() { printf 'dist: %s\n' "$*" >&2; exit 1; }

# entries KIND: "name version sha256" of each line.
entries() { awk -v kind="$1" '$1 == kind { print $2, $3, $4 }' "$here/sources.list"; }

# A package that depends on the crates, in their exact versions, so that "cargo vendor" brings them.
write_cargo_package() {
  local name version
  mkdir -p src
  touch src/lib.rs
  printf '[package]\nname = "sources"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n' >Cargo.toml
  while read -r name version _; do
    printf '%s = "=%s"\n' "$name" "${version%%+*}"
  done < <(entries crate) >>Cargo.toml
}

# The checksum that Cargo has checked the crate's file against is the one of the list.
check_crate() { # NAME VERSION SHA256
  grep -q "^version = \"$2\"" "vendor/$1/Cargo.toml" || fail "crate $1 is not of version $2"
  grep -q "\"package\":\"$3\"" "vendor/$1/.cargo-checksum.json" ||
    fail "crate $1 $2 is not the one whose checksum is in sources.list"
}

get_crates() {
  local name version sum
  command -v cargo >/dev/null || fail "cargo is missing: it brings the sources of OpenSSL, libcurl and others"
  write_cargo_package
  cargo vendor --quiet >/dev/null || fail "cargo vendor failed"
  while read -r name version sum; do
    check_crate "$name" "$version" "$sum"
    mv "vendor/$name" "$new/$name"
  done < <(entries crate)
}

# The lists of source packages, from where the system's packages come, without a change to the system.
apt_sources() {
  mkdir -p parts lists/partial
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
    [ ! -f "$file" ] ||
      sed 's/^Types: deb$/Types: deb-src/; s/^deb /deb-src /' "$file" >"parts/$(basename "$file")"
  done
  [ ! -f parts/sources.list ] || mv parts/sources.list parts/system.list
}

apt() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$PWD/parts" \
    -o Dir::State::lists="$PWD/lists" -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

get_tarballs() {
  local name file sum
  command -v apt-get >/dev/null || fail "apt-get is missing: it brings the sources of jansson, expat and others"
  apt_sources
  apt update || fail "the lists of source packages cannot be fetched"
  while read -r name file sum; do
    apt source --download-only --tar-only --only-source "$name" >/dev/null || fail "apt-get source $name failed"
    [ -f "$file" ] || fail "apt-get source $name has not brought $file, but: $(ls "${file%%_*}"_*)"
    printf '%s  %s\n' "$sum" "$file" | sha256sum --check --quiet ||
      fail "$file is not the one whose checksum is in sources.list"
    mkdir "$new/$name"
    tar -xf "$file" -C "$new/$name" --strip-components=1
  done < <(entries debian)
}

if cmp -s "$here/sources.list" "$out/sources.list"; then exit 0; fi
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$(dirname "$out")/sources-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
new=$work/new
mkdir "$new"
get_crates
get_tarballs
cp "$here/sources.list" "$new"
rm -rf "$out"
mv "$new" "$out"
