/* To be preloaded: OpenSSL has no MD5, as on a machine in FIPS mode. */
#include <dlfcn.h>
#include <openssl/evp.h>

int EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned int *size,
               const EVP_MD *type, ENGINE *impl)
{
    union {
        void *symbol;
        __typeof__(EVP_Digest) *digest;
    } next = {dlsym(RTLD_NEXT, "EVP_Digest")};
    if (type && EVP_MD_get_type(type) == NID_md5)
        return 0;
    return next.digest(data, count, md, size, type, impl);
}
