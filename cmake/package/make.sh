#!/usr/bin/env bash
# make.sh deb BUILD OUT: the Debian packages of what is built in the folder BUILD, into the folder OUT.
# make.sh rpm BUILD OUT PROGRAM: an rpm of the static PROGRAM, with the texts of BUILD.
# make.sh image BUILD OUT PROGRAM: an OCI image of it. make.sh lambda BUILD OUT PROGRAM: the zip of deploy/lambda.
# The same sources make the same bytes: the date in all of them is that of the commit.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kind=$1
mkdir -p "$3"
build=$(realpath "$2") out=$(realpath "$3") program=${4:-}
version=$(sed -n 's/^project(sparkify VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap finish EXIT

finish() {
  rm -rf "$work"
  [ "$kind" != deb ] || cmake "$build" -U CMAKE_INSTALL_LIBDIR >/dev/null # what make_deb has set
}

fail() { printf 'make.sh: %s\n' "$*" >&2; exit 1; }

# run_cpack ARGUMENTS: makes packages in $work; what it says is shown if it fails.
run_cpack() {
  cpack "$@" -B "$work/packages" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}

# Configured anew: the changelog has the date, and Debian has libraries in a folder of the machine's name.
make_deb() {
  cmake "$build" -D CMAKE_INSTALL_LIBDIR="lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)" >"$work/log"
  run_cpack --config "$build/CPackConfig.cmake" -G DEB
  mv "$work"/packages/*.deb "$out"
}

make_rpm() {
  local stage=$work/stage name=${program##*/}
  cmake --install "$build" --prefix "$stage/usr" --component sparkify --strip >"$work/log"
  install -m 755 "$program" "$stage/usr/bin/sparkify"
  # The worker of queries is the one for any glibc, if it stands beside the program.
  rm -r "$stage/usr/libexec"
  local worker=${program%/*}/sparkify-worker${name#sparkify}-gnu
  [ ! -f "$worker" ] || install -D -m 755 "$worker" "$stage/usr/libexec/sparkify/sparkify-worker"
  rm -r "$stage/usr/share/lintian" "$stage/usr/share/doc/sparkify/changelog.Debian" # Debian's alone
  gzip -9n "$stage"/usr/share/man/man?/*
  install -D -m 644 -t "$stage/usr/share/licenses/sparkify" "$root/LICENSE" "$licenses"
  SPARKIFY_STAGE=$stage SPARKIFY_VERSION=$version SPARKIFY_MACHINE=$(machine) \
    run_cpack --config "$root/cmake/package/rpm.cmake"
  mv "$work"/packages/*.rpm "$out"
}

make_image() {
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$root/deploy/image/requirements.txt"
  "$root/deploy/image/make.py" "$program" "$("$work/venv/bin/python" -m certifi)" "$licenses" \
    "$out/sparkify-$version-$(machine)-oci.tar"
}

make_lambda() {
  "$root/deploy/lambda/pack.py" "$program" "$licenses" "$out/sparkify-$version-$(machine)-lambda.zip"
}

# What ELF's header says that the program is for (e_machine).
machine() {
  case $(od -An -t u2 -j 18 -N 2 "$program" | tr -d ' ') in
    62) printf x86_64 ;;
    183) printf aarch64 ;;
    *) fail "$program is for a machine that is not known here" ;;
  esac
}

licenses=${program%/*}/THIRD-PARTY-LICENSES # of what the static program is linked with
[ "$kind" = deb ] || [ -f "$licenses" ] || fail "$licenses is missing: ./dev dist writes it"
"make_$kind"
