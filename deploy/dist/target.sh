#!/usr/bin/env bash
# target.sh TARGET: the release programs of one target, into build/dist/<target>/out; called by dist.sh. TARGET is as
# zig has it: <machine>-linux-musl for the program in one file, <machine>-linux-gnu.<oldest glibc> for what is loaded
# by others or loads others: the library, and the program that runs queries.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=$1
zig=$(echo "$root"/build/dist/venv/lib/python3*/site-packages/ziglang/zig)
export DIST_FOLDER=$root/build/dist/$target DIST_MACHINE=${target%%-*} DIST_JOBS=${DIST_JOBS:-$(nproc)}
export ZIG_GLOBAL_CACHE_DIR=$root/build/dist/zig-cache ZIG_LOCAL_CACHE_DIR=$root/build/dist/zig-cache
# Two builds are to be equal: no times, no folder's name. zig turns on checks of its own where it is not told otherwise.
# Tables for unwinding the stack would be 7 % of the program, and nothing throws.
export SOURCE_DATE_EPOCH=0 ZERO_AR_DATE=1
flags="-target $target -fno-sanitize=undefined -fno-unwind-tables -ffile-prefix-map=$root=sparkify"

# wrapper NAME COMMAND …: a program of one word, since not every build takes a command of several.
wrapper() {
  local name=$1
  shift
  printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$DIST_FOLDER/bin/$name"
  chmod +x "$DIST_FOLDER/bin/$name"
}

make_wrappers() {
  mkdir -p "$DIST_FOLDER/bin"
  wrapper cc "$zig" cc "$flags"
  wrapper c++ "$zig" c++ "$flags"
  wrapper ar "$zig" ar
  wrapper ranlib "$zig" ranlib
}

# What the libraries are made of: all are built again when some of it has changed.
libraries_stamp() {
  (cd "$here" && cat sources.list requirements.txt libraries.sh toolchain.cmake libraries/* &&
    printf '%s' "$flags") | sha256sum
}

build_libraries() {
  local stamp=$DIST_FOLDER/libraries.stamp
  if [ "$(cat "$stamp" 2>/dev/null)" != "$(libraries_stamp)" ]; then
    rm -rf "$DIST_FOLDER/work" "$DIST_FOLDER/prefix"
    libraries_stamp >"$stamp"
  fi
  "$here/libraries.sh"
}

# configure [OPTION …]: sparkify itself, as the release preset has it.
configure() {
  cmake -S "$root" -B "$DIST_FOLDER/sparkify" -G Ninja --toolchain "$here/toolchain.cmake" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O3 -ffunction-sections -fdata-sections" \
    -DSPARKIFY_WEB_FOLDER="$root/build/web" "$@" >"$DIST_FOLDER/sparkify.log"
}

build() { ninja -C "$DIST_FOLDER/sparkify" --quiet -j"$DIST_JOBS" "$@"; }

# Threads get stacks of 1 MiB, where musl's own are of 128 KiB. With DIST_TESTS, the unit tests of what depends
# on the machine or the C library are built, too.
build_program() {
  local tests=()
  [ -z "${DIST_TESTS:-}" ] || tests=(json_test_{scan,suite,versions,convert} base_test_{string,error,random})
  configure -DCMAKE_EXE_LINKER_FLAGS="-s -Wl,--gc-sections -Wl,-z,stack-size=1048576"
  build sparkify "${tests[@]}"
  cp "$DIST_FOLDER/sparkify/sparkify" "$DIST_FOLDER/out/sparkify-VERSION-$DIST_MACHINE-linux"
}

# All is static in them but the C library.
build_library_and_worker() {
  local link="-s -Wl,--gc-sections"
  configure -DCMAKE_EXE_LINKER_FLAGS="$link" -DCMAKE_SHARED_LINKER_FLAGS="$link"
  build libsparkify sparkify-worker
  cp "$DIST_FOLDER/sparkify/libsparkify.so" "$DIST_FOLDER/out/libsparkify-VERSION-$DIST_MACHINE-linux-gnu.so"
  cp "$DIST_FOLDER/sparkify/sparkify-worker" "$DIST_FOLDER/out/sparkify-worker-VERSION-$DIST_MACHINE-linux-gnu"
}

make_wrappers
build_libraries
rm -rf "$DIST_FOLDER/out"
mkdir "$DIST_FOLDER/out"
case $target in
  *-musl) build_program ;;
  *-gnu.*) build_library_and_worker ;;
esac
