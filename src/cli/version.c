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

struct fact {
    const char *name, *value;
};

#define FACTS 12

/* The versions of the loaded libraries, which may differ from those at build time. */
static size_t list_libraries(struct fact out[FACTS], char xxhash[32])
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    snprintf(xxhash, 32, "%u.%u.%u", XXH_PARTS(XXH_versionNumber()));
    const struct fact facts[] = {
        {"libcurl", curl->version},
        {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"nghttp2", curl->nghttp2_ver_num ? curl->nghttp2_version : "none"},
        {"expat", XML_ExpatVersion()},
        {"jansson", jansson_version_str()},
        {"zstd", ZSTD_versionString()},
        {"zlib", zlibVersion()},
        {"xxhash", xxhash},
        {"protobuf-c", protobuf_c_version()},
    };
    memcpy(out, facts, sizeof facts);
    return ARRAY_LENGTH(facts);
}

static size_t list_build(struct fact out[FACTS])
{
    const struct fact facts[] = {
        {"commit", SPARKIFY_COMMIT},
        {"compiler", COMPILER},
        {"build", SPARKIFY_BUILD_TYPE},
        {"scanner", json_versions()[0]},
    };
    memcpy(out, facts, sizeof facts);
    return ARRAY_LENGTH(facts);
}

static void print_json(const struct fact *build, size_t builds, const struct fact *libraries,
                       size_t library_count)
{
    json_auto_t *document =
        json_pack("{si ss}", "format", DOCUMENT_FORMAT, "version", SPARKIFY_VERSION);
    json_t *object = json_object();
    for (size_t i = 0; i < builds; i++)
        json_object_set_new(document, build[i].name, json_string(build[i].value));
    for (size_t i = 0; i < library_count; i++)
        json_object_set_new(object, libraries[i].name, json_string(libraries[i].value));
    json_object_set_new(document, "libraries", object);
    document_write_value(stdout, document);
}

void version_print(const struct common_settings *common)
{
    struct fact build[FACTS], libraries[FACTS];
    char xxhash[32];
    size_t builds = list_build(build), count = list_libraries(libraries, xxhash);
    if (common->json) {
        print_json(build, builds, libraries, count);
        return;
    }
    printf("sparkify %s\n", SPARKIFY_VERSION);
    for (size_t i = 0; common->verbose && i < builds; i++)
        printf("  %-10s  %s\n", build[i].name, build[i].value);
    for (size_t i = 0; common->verbose && i < count; i++)
        printf("  %-10s  %s\n", libraries[i].name, libraries[i].value);
}
