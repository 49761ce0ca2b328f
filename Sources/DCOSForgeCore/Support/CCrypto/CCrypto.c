#include "CCrypto.h"

#include <openssl/evp.h>
#include <pthread.h>

// A library context of our own: the default one reads openssl.cnf, which may leave algorithms out.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library;
static EVP_MD *sha256;

static void start(void) {
  library = OSSL_LIB_CTX_new();
  // Fetched once: a fetch takes longer than the digest of a short text.
  if (library) sha256 = EVP_MD_fetch(library, "SHA256", NULL);
}

static bool is_ready(void) {
  pthread_once(&once, start);
  return sha256 != NULL;
}

ccrypto_hash *ccrypto_hash_new(void) {
  EVP_MD_CTX *hash = is_ready() ? EVP_MD_CTX_new() : NULL;
  if (hash && EVP_DigestInit_ex2(hash, sha256, NULL) == 1) return hash;
  EVP_MD_CTX_free(hash);
  return NULL;
}

bool ccrypto_hash_update(ccrypto_hash *hash, const void *bytes, size_t count) {
  return EVP_DigestUpdate(hash, bytes, count) == 1;
}

bool ccrypto_hash_digest(const ccrypto_hash *hash, uint8_t *digest) {
  EVP_MD_CTX *copy = EVP_MD_CTX_new();
  bool done = copy && EVP_MD_CTX_copy_ex(copy, hash) == 1 &&
              EVP_DigestFinal_ex(copy, digest, NULL) == 1;
  EVP_MD_CTX_free(copy);
  return done;
}

void ccrypto_hash_free(ccrypto_hash *hash) { EVP_MD_CTX_free(hash); }

ccrypto_key *ccrypto_key_random(void) {
  return is_ready() ? EVP_PKEY_Q_keygen(library, NULL, "ED25519") : NULL;
}

ccrypto_key *ccrypto_key_of_seed(const uint8_t *seed) {
  if (!is_ready()) return NULL;
  return EVP_PKEY_new_raw_private_key_ex(library, "ED25519", NULL, seed, CCRYPTO_SEED);
}

bool ccrypto_key_seed(const ccrypto_key *key, uint8_t *seed) {
  size_t count = CCRYPTO_SEED;
  return EVP_PKEY_get_raw_private_key(key, seed, &count) == 1 && count == CCRYPTO_SEED;
}

bool ccrypto_key_public(const ccrypto_key *key, uint8_t *public_key) {
  size_t count = CCRYPTO_PUBLIC;
  return EVP_PKEY_get_raw_public_key(key, public_key, &count) == 1 && count == CCRYPTO_PUBLIC;
}

bool ccrypto_key_sign(ccrypto_key *key, const uint8_t *bytes, size_t count, uint8_t *signature) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t written = CCRYPTO_SIGNATURE;
  bool done = context &&
              EVP_DigestSignInit_ex(context, NULL, NULL, library, NULL, key, NULL) == 1 &&
              EVP_DigestSign(context, signature, &written, bytes, count) == 1 &&
              written == CCRYPTO_SIGNATURE;
  EVP_MD_CTX_free(context);
  return done;
}

void ccrypto_key_free(ccrypto_key *key) { EVP_PKEY_free(key); }
