#!/usr/bin/env bash
# libraries.sh: the static libraries of one target, from build/dist/sources into its prefix; called by target.sh, which
# sets DIST_FOLDER, DIST_MACHINE and the wrappers in bin/. Only what sparkify calls is built in.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=$here/../../build/dist/sources
prefix=$DIST_FOLDER/prefix
work=$DIST_FOLDER/work
small=(-fPIC -ffunction-sections -fdata-sections -w) # what nobody calls is not linked
flags="-O3 -DNDEBUG ${small[*]}"
jobs=${DIST_JOBS:-$(nproc)}

# cmake_library NAME SOURCE [OPTION …]
cmake_library() {
  local name=$1 source=$2
  shift 2
  cmake -S "$source" -B "$work/$name" -G Ninja -Wno-dev --toolchain "$here/toolchain.cmake" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="$flags" -DCMAKE_CXX_FLAGS_RELEASE="$flags" \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DBUILD_SHARED_LIBS=OFF "$@"
  ninja -C "$work/$name" -j"$jobs" install
}

# configure_library NAME [OPTION …]: by the library's own configure.
configure_library() {
  local name=$1
  shift
  mkdir -p "$work/$name"
  (cd "$work/$name"
    "$sources/$name/configure" --host="$DIST_MACHINE-linux" --prefix="$prefix" --disable-shared --enable-static \
      --disable-dependency-tracking CC="$DIST_FOLDER/bin/cc" AR="$DIST_FOLDER/bin/ar" RANLIB="$DIST_FOLDER/bin/ranlib" \
      CFLAGS="$flags" CPPFLAGS="-I$prefix/include" LDFLAGS="-L$prefix/lib" "$@"
    make -s -j"$jobs"
    make -s install)
}

# TLS 1.2 and 1.3 as a client, the hashes of S3's signatures; no engines, modules, or old ciphers.
openssl() {
  local without=(apps docs tests shared dso engine module legacy uplink async ui-console autoload-config http comp
    dtls ssl3 psk srp srtp nextprotoneg quic cms ts ct ocsp cmp rfc3779 weak-ssl-ciphers ec2m gost sm2 sm3 sm4 aria
    camellia seed idea bf cast des rc2 rc4 rc5 md4 mdc2 rmd160 whirlpool blake2 siphash scrypt argon2 dsa ocb siv lms
    ml-kem ml-dsa slh-dsa multiblock)
  mkdir -p "$work/openssl"
  # Its configuration is part of the library: no folder's name may be in it.
  (cd "$work/openssl" && PATH=$DIST_FOLDER/bin:$PATH && export CC=cc AR=ar RANLIB=ranlib
    perl "$sources/openssl-src/openssl/Configure" "linux-$DIST_MACHINE" --prefix=/usr --libdir=lib \
      --openssldir=/etc/ssl "${without[@]/#/no-}" -O2 "${small[@]}"
    make -s -j"$jobs" build_libs
    make -s install_dev DESTDIR="$work/openssl/installed")
  cp -r "$work/openssl/installed/usr/." "$prefix"
  sed -i "s|^prefix=.*|prefix=$prefix|" "$prefix"/lib/pkgconfig/{libcrypto,libssl,openssl}.pc
}

# HTTP/1.1 and HTTP/2 over TLS, proxies. Which certificates are trusted is found out at run time.
curl() {
  local off=(CURL_USE_LIBPSL CURL_USE_LIBSSH2 USE_LIBIDN2 CURL_BROTLI CURL_ZSTD BUILD_CURL_EXE BUILD_LIBCURL_DOCS
    BUILD_MISC_DOCS ENABLE_CURL_MANUAL BUILD_TESTING BUILD_EXAMPLES)
  local disabled=(LDAP ALTSVC HSTS COOKIES NTLM DOH NETRC AWS KERBEROS_AUTH NEGOTIATE_AUTH DIGEST_AUTH MIME FORM_API
    WEBSOCKETS SRP)
  off=("${off[@]/#/-D}")
  disabled=("${disabled[@]/#/-DCURL_DISABLE_}")
  cmake_library curl "$sources/curl-sys/curl" "${off[@]/%/=OFF}" "${disabled[@]/%/=ON}" -DHTTP_ONLY=ON \
    -DCURL_USE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$prefix" -DOPENSSL_USE_STATIC_LIBS=ON -DUSE_NGHTTP2=ON -DCURL_ZLIB=ON \
    -DENABLE_IPV6=ON -DENABLE_THREADED_RESOLVER=ON -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none \
    -DCURL_CA_FALLBACK=ON -DCMAKE_DISABLE_FIND_PACKAGE_Perl=ON # with Perl it would look for docs, which the crate lacks
}

say() { printf '   %s\n' "$*"; }
mkdir -p "$work" "$prefix"
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
build() { # NAME COMMAND …, unless it is done: the output goes to a file, which is shown where it fails.
  local name=$1 log=$work/$1.log
  shift
  [ ! -e "$work/$name.done" ] || return 0
  say "$name"
  ("$@") >"$log" 2>&1 & # in the background, since within a condition no failure would end it
  if ! wait $!; then
    tail -n 40 "$log" >&2
    printf 'dist: that was the end of %s\n' "$log" >&2
    exit 1
  fi
  touch "$work/$name.done"
}

build small cmake_library small "$here/libraries" -DSOURCES="$sources"
build jansson cmake_library jansson "$sources/jansson" -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON \
  -DJANSSON_EXAMPLES=OFF
build expat cmake_library expat "$sources/expat/expat" -DEXPAT_BUILD_TOOLS=OFF -DEXPAT_BUILD_EXAMPLES=OFF \
  -DEXPAT_BUILD_TESTS=OFF -DEXPAT_BUILD_DOCS=OFF -DEXPAT_SHARED_LIBS=OFF
build libmicrohttpd configure_library libmicrohttpd --disable-https --disable-doc --disable-examples \
  --disable-bauth --disable-dauth --disable-postprocessor --disable-curl --disable-httpupgrade
# It asks for a macro that the compiler of other systems includes by itself.
build libedit configure_library libedit --disable-examples CPPFLAGS="-I$prefix/include -include stdc-predef.h"
build openssl openssl
build curl curl
