// SHA-256 and Ed25519 of OpenSSL's libcrypto (3.0 or later), whatever openssl.cnf says.
// NULL and false mean: no memory, or no random numbers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CCRYPTO_MUST_USE __attribute__((warn_unused_result))

enum { CCRYPTO_DIGEST = 32, CCRYPTO_SEED = 32, CCRYPTO_PUBLIC = 32, CCRYPTO_SIGNATURE = 64 };

// SHA-256 of bytes that come in pieces.
typedef struct evp_md_ctx_st ccrypto_hash;
CCRYPTO_MUST_USE ccrypto_hash *_Nullable ccrypto_hash_new(void);
CCRYPTO_MUST_USE bool ccrypto_hash_update(ccrypto_hash *_Nonnull hash,
                                          const void *_Nullable bytes, size_t count);
// The digest of what has come so far; more may come.
CCRYPTO_MUST_USE bool ccrypto_hash_digest(const ccrypto_hash *_Nonnull hash,
                                          uint8_t *_Nonnull digest);
void ccrypto_hash_free(ccrypto_hash *_Nonnull hash);

// An Ed25519 private key, cleared when it is freed. Several threads may use it at once.
typedef struct evp_pkey_st ccrypto_key;
// A new random key.
CCRYPTO_MUST_USE ccrypto_key *_Nullable ccrypto_key_random(void);
// The key of a seed (RFC 8032: the private key), which is copied.
CCRYPTO_MUST_USE ccrypto_key *_Nullable ccrypto_key_of_seed(const uint8_t *_Nonnull seed);
CCRYPTO_MUST_USE bool ccrypto_key_seed(const ccrypto_key *_Nonnull key, uint8_t *_Nonnull seed);
CCRYPTO_MUST_USE bool ccrypto_key_public(const ccrypto_key *_Nonnull key,
                                         uint8_t *_Nonnull public_key);
CCRYPTO_MUST_USE bool ccrypto_key_sign(ccrypto_key *_Nonnull key, const uint8_t *_Nullable bytes,
                                       size_t count, uint8_t *_Nonnull signature);
void ccrypto_key_free(ccrypto_key *_Nonnull key);
