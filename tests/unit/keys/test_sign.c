/* Signatures against those published in the Amazon S3 API Reference ("Authenticating Requests
 * (AWS Signature Version 4)", its four examples), and encoding as S3 wants it. */
#include <unit.h>

#include <sign.h>

static const struct credentials example = {
    .access_key = (char[]){"AKIAIOSFODNN7EXAMPLE"},
    .secret_key = (char[]){"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
};

#define HOST                                                                                       \
    {                                                                                              \
        STR("host"), STR("examplebucket.s3.amazonaws.com")                                         \
    }
#define DATE                                                                                       \
    {                                                                                              \
        STR("x-amz-date"), STR("20130524T000000Z")                                                 \
    }
#define HASH(hash)                                                                                 \
    {                                                                                              \
        STR("x-amz-content-sha256"), STR(hash)                                                     \
    }
#define TEXT_HASH "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

static const struct vector {
    const char *name;
    struct str method, path, query;
    struct sign_header headers[6];
    struct str payload_hash;
    const char *names, *signature;
} vectors[] = {
    {"GET of a range",
     STR("GET"),
     STR("/test.txt"),
     STR(""),
     {HOST, {STR("range"), STR("bytes=0-9")}, HASH(SHA256_EMPTY), DATE},
     STR(SHA256_EMPTY),
     "host;range;x-amz-content-sha256;x-amz-date",
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"PUT",
     STR("PUT"),
     STR("/test%24file.text"),
     STR(""),
     {{STR("date"), STR("Fri, 24 May 2013 00:00:00 GMT")},
      HOST,
      HASH(TEXT_HASH),
      DATE,
      {STR("x-amz-storage-class"), STR("REDUCED_REDUNDANCY")}},
     STR(TEXT_HASH),
     "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"GET of the lifecycle",
     STR("GET"),
     STR("/"),
     STR("lifecycle="),
     {HOST, HASH(SHA256_EMPTY), DATE},
     STR(SHA256_EMPTY),
     "host;x-amz-content-sha256;x-amz-date",
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"list",
     STR("GET"),
     STR("/"),
     STR("max-keys=2&prefix=J"),
     {HOST, HASH(SHA256_EMPTY), DATE},
     STR(SHA256_EMPTY),
     "host;x-amz-content-sha256;x-amz-date",
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

static void sign_vector(struct signer *signer, const struct vector *vector, struct buffer *out)
{
    struct sign_request request = {.method = vector->method,
                                   .path = vector->path,
                                   .query = vector->query,
                                   .headers = vector->headers,
                                   .payload_hash = vector->payload_hash,
                                   .region = STR("us-east-1"),
                                   .service = STR("s3"),
                                   .amz_date = STR("20130524T000000Z")};
    while (vector->headers[request.header_count].name.data)
        request.header_count++;
    buffer_reset(out);
    signer_sign(signer, &example, &request, out);
}

/* Twice, the second time with the key that is kept. */
static void published_signatures(void **state)
{
    struct signer *signer = signer_new();
    CLEANUP(buffer_release) struct buffer signature = {0}, expected = {0};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(vectors); i++) {
        const struct vector *vector = &vectors[i % COUNT(vectors)];
        sign_vector(signer, vector, &signature);
        buffer_reset(&expected);
        buffer_appendf(&expected,
                       "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                       "aws4_request,SignedHeaders=%s,Signature=%s",
                       vector->names, vector->signature);
        assert_str(buffer_str(&signature), buffer_text(&expected));
    }
    signer_free(signer);
}

static void another_key_gives_another_signature(void **state)
{
    struct signer *signer = signer_new();
    struct credentials other = {.access_key = example.access_key, .secret_key = (char[]){"x"}};
    struct sign_request request = {.method = STR("GET"),
                                   .path = STR("/"),
                                   .query = STR(""),
                                   .payload_hash = STR(SHA256_EMPTY),
                                   .region = STR("us-east-1"),
                                   .service = STR("s3"),
                                   .amz_date = STR("20130524T000000Z")};
    CLEANUP(buffer_release) struct buffer first = {0}, second = {0}, third = {0};
    (void)state;
    signer_sign(signer, &example, &request, &first);
    signer_sign(signer, &other, &request, &second);
    signer_sign(signer, &example, &request, &third);
    assert_false(str_equal(buffer_str(&first), buffer_str(&second)));
    assert_str(buffer_str(&third), buffer_text(&first));
    signer_free(signer);
}

static void hashes(void **state)
{
    char hex[SHA256_HEX_LEN + 1], base64[SHA256_BASE64_LEN + 1];
    (void)state;
    sha256_text(STR(""), hex, NULL);
    assert_string_equal(hex, SHA256_EMPTY);
    sha256_text(STR("Welcome to Amazon S3."), hex, NULL);
    assert_string_equal(hex, TEXT_HASH);
    sha256_text(STR(""), hex, base64);
    assert_string_equal(hex, SHA256_EMPTY);
    assert_string_equal(base64, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

static void encoding(void **state)
{
    static const struct {
        const char *text;
        bool keep_slash;
        const char *encoded;
    } cases[] = {
        {"", true, ""},
        {"AZaz09-_.~", true, "AZaz09-_.~"},
        {"year=2018/month=11", true, "year%3D2018/month%3D11"},
        {"a/b", false, "a%2Fb"},
        {" +%&'()*,;:@!$\"", true, "%20%2B%25%26%27%28%29%2A%2C%3B%3A%40%21%24%22"},
        {"\xC3\xBC\xF0\x9F\x92\xBE", true, "%C3%BC%F0%9F%92%BE"},
        {"\x01\x7F", true, "%01%7F"},
    };
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer_reset(&out);
        buffer_append_char(&out, '>');
        sign_uri_encode(str_of(cases[i].text), cases[i].keep_slash, &out);
        assert_string_equal(buffer_text(&out) + 1, cases[i].encoded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_signatures),
        cmocka_unit_test(another_key_gives_another_signature),
        cmocka_unit_test(hashes),
        cmocka_unit_test(encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
