#include "version.h"

#include <document.h>

#include <commit.h> /* made while building: SPARKIFY_COMMIT */
#include <curl/curl.h>
#include <expat.h>
#include <json.h>
#include <openssl/crypto.h>
#include <protobuf-c/protobuf-c.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#define XXH_PARTS(number) (number) / 10000, (number) / 100 % 100, (number) % 100

/* The versions of the loaded libraries, which may differ from those at build time. */
static json_t *libraries_json(void)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    char xxhash[32];
    snprintf(xxhash, sizeof xxhash, "%u.%u.%u", XXH_PARTS(XXH_versionNumber()));
    return json_pack("{ss ss ss ss ss ss ss ss ss}", "libcurl", curl->version, "OpenSSL",
                     OpenSSL_version(OPENSSL_VERSION_STRING), "nghttp2",
                     curl->nghttp2_ver_num ? curl->nghttp2_version : "none", "expat",
                     XML_ExpatVersion(), "jansson", jansson_version_str(), "zstd",
                     ZSTD_versionString(), "zlib", zlibVersion(), "xxhash", xxhash, "protobuf-c",
                     protobuf_c_version());
}

static void print_facts(json_t *facts)
{
    const char *name;
    json_t *value;
    json_object_foreach(facts, name, value) printf("  %-10s  %s\n", name, json_string_value(value));
}

void version_print(const struct common_settings *common)
{
    json_auto_t *build = json_pack("{ss ss ss ss}", "commit", SPARKIFY_COMMIT, "compiler", COMPILER,
                                   "build", SPARKIFY_BUILD_TYPE, "scanner", json_version(0));
    json_auto_t *libraries = libraries_json();
    if (common->json) {
        json_auto_t *document =
            json_pack("{si ss}", "format", DOCUMENT_FORMAT, "version", SPARKIFY_VERSION);
        json_object_update(document, build);
        json_object_set(document, "libraries", libraries);
        document_write_value(stdout, document);
        return;
    }
    printf("sparkify %s\n", SPARKIFY_VERSION);
    if (!common->verbose)
        return;
    print_facts(build);
    print_facts(libraries);
}
