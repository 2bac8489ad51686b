#include "sim/tls.h"

#include "base/memory.h"
#include "sim/tls_cert.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

#define DAY_S (24 * 3600L)
#define GOOD_HOSTS "DNS:localhost,IP:127.0.0.1,IP:::1"

/* The leaf, what stands above it, and the protocol. */
struct manner {
	const char *hosts;
	long from_s, to_s;
	unsigned rsa_bits;
	int least, most; /* protocol versions; 0: the usual ones */
	enum { BY_INTERMEDIATE, BY_EXPIRED, BY_STRANGER, BY_ITSELF } signer;
	bool sha1, alone, wants_cert;
};

#define GOOD .hosts = GOOD_HOSTS, .from_s = -DAY_S, .to_s = 90 * DAY_S

static const struct manner manners[] = {
	[TLS_GOOD] = {GOOD},
	[TLS_EXPIRED] = {.hosts = GOOD_HOSTS, .from_s = -90 * DAY_S, .to_s = -DAY_S},
	[TLS_NOT_YET_VALID] = {.hosts = GOOD_HOSTS, .from_s = DAY_S, .to_s = 90 * DAY_S},
	[TLS_EXPIRED_INTERMEDIATE] = {GOOD, .signer = BY_EXPIRED},
	[TLS_WRONG_HOST] = {.hosts = "DNS:elsewhere.example", .from_s = -DAY_S, .to_s = 90 * DAY_S},
	[TLS_SELF_SIGNED] = {GOOD, .signer = BY_ITSELF},
	[TLS_UNKNOWN_ROOT] = {GOOD, .signer = BY_STRANGER, .alone = true},
	[TLS_MISSING_INTERMEDIATE] = {GOOD, .alone = true},
	[TLS_WEAK_KEY] = {GOOD, .rsa_bits = 1024},
	[TLS_WEAK_SIGNATURE] = {GOOD, .sha1 = true},
	[TLS_OLD_VERSION] = {GOOD, .least = TLS1_VERSION, .most = TLS1_1_VERSION},
	[TLS_CLIENT_CERT] = {GOOD, .wants_cert = true},
	[TLS_ONLY_12] = {GOOD, .least = TLS1_2_VERSION, .most = TLS1_2_VERSION},
	[TLS_ONLY_13] = {GOOD, .least = TLS1_3_VERSION, .most = TLS1_3_VERSION},
	[TLS_RSA] = {GOOD, .rsa_bits = 2048},
	[TLS_SHORT_LIFE] = {.hosts = GOOD_HOSTS, .from_s = -70 * DAY_S, .to_s = 20 * DAY_S},
};

enum { MANNERS_N = sizeof(manners) / sizeof(manners[0]) };

/* Of the process: made when first asked for, kept to its end. */
static struct {
	pthread_mutex_t lock;
	struct identity root, above[BY_ITSELF]; /* who signs leaves */
	SSL_CTX *contexts[MANNERS_N];
	char *pem;
} made = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool make_authorities(void)
{
	struct cert_wish root = {
		.name = "Janus stand-in root", .from_s = -100 * DAY_S, .to_s = 365 * DAY_S};
	struct cert_wish stranger = {
		.name = "Nobody's root", .from_s = root.from_s, .to_s = root.to_s};
	struct cert_wish intermediate = {.name = "Janus stand-in intermediate",
		.issuer = &made.root,
		.from_s = -100 * DAY_S,
		.to_s = 180 * DAY_S};
	struct cert_wish expired = intermediate;
	expired.to_s = -DAY_S;
	return cert_make(&root, &made.root) &&
	       cert_make(&intermediate, &made.above[BY_INTERMEDIATE]) &&
	       cert_make(&expired, &made.above[BY_EXPIRED]) &&
	       cert_make(&stranger, &made.above[BY_STRANGER]);
}

static bool write_pem(void)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *text;
	bool written = memory && PEM_write_bio_X509(memory, made.root.cert) == 1;
	long n = written ? BIO_get_mem_data(memory, &text) : 0;
	if (n > 0)
		made.pem = mem_strndup((struct str){text, (size_t)n});
	BIO_free(memory);
	return made.pem != NULL;
}

static int choose_http(SSL *ssl, const unsigned char **out, unsigned char *n,
	const unsigned char *offered, unsigned offered_n, void *context)
{
	static const unsigned char ours[] = "\x08http/1.1";
	(void)ssl;
	(void)context;
	return SSL_select_next_proto((unsigned char **)out, n, ours, sizeof(ours) - 1, offered,
		       offered_n) == OPENSSL_NPN_NEGOTIATED
		       ? SSL_TLSEXT_ERR_OK
		       : SSL_TLSEXT_ERR_NOACK;
}

/* What would be too weak for the library's taste is wanted here. */
static bool set_protocol(SSL_CTX *context, const struct manner *manner)
{
	bool old = manner->most && manner->most < TLS1_2_VERSION;
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(context, choose_http, NULL);
	if (manner->wants_cert)
		SSL_CTX_set_verify(
			context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return SSL_CTX_set_min_proto_version(
		       context, manner->least ? manner->least : TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(context, manner->most) == 1 &&
	       (!old || SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1);
}

static bool set_certificate(SSL_CTX *context, const struct manner *manner)
{
	const struct identity *signer =
		manner->signer == BY_ITSELF ? NULL : &made.above[manner->signer];
	struct cert_wish wish = {
		.name = "Janus stand-in",
		.hosts = manner->hosts,
		.issuer = signer,
		.rsa_bits = manner->rsa_bits,
		.sha1 = manner->sha1,
		.from_s = manner->from_s,
		.to_s = manner->to_s,
	};
	struct identity leaf;
	if (!cert_make(&wish, &leaf))
		return false;
	bool set =
		SSL_CTX_use_certificate(context, leaf.cert) == 1 &&
		SSL_CTX_use_PrivateKey(context, leaf.key) == 1 &&
		(manner->alone || !signer || SSL_CTX_add1_chain_cert(context, signer->cert) == 1);
	X509_free(leaf.cert);
	EVP_PKEY_free(leaf.key);
	return set;
}

static SSL_CTX *make_context(enum tls_manner manner)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (context && set_protocol(context, &manners[manner]) &&
		set_certificate(context, &manners[manner]))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

static SSL_CTX *context_of(enum tls_manner manner)
{
	pthread_mutex_lock(&made.lock);
	if (!made.contexts[manner])
		made.contexts[manner] = make_context(manner);
	pthread_mutex_unlock(&made.lock);
	return made.contexts[manner];
}

bool tls_prepare(struct error *error)
{
	pthread_mutex_lock(&made.lock);
	bool good = made.pem || (make_authorities() && write_pem());
	pthread_mutex_unlock(&made.lock);
	if (good && context_of(TLS_GOOD))
		return true;
	return error_set(error, "can't make certificates: %s",
		ERR_error_string(ERR_peek_last_error(), NULL));
}

const char *tls_root_pem(void)
{
	return made.pem;
}

/* A struct tls is an SSL: the name keeps the library behind this door. */
static SSL *ssl_of(struct tls *tls)
{
	return (SSL *)tls;
}

struct tls *tls_new(enum tls_manner manner, int fd)
{
	SSL_CTX *context = context_of(manner);
	SSL *ssl = context ? SSL_new(context) : NULL;
	if (!ssl)
		return NULL;
	if (SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	return (struct tls *)ssl;
}

void tls_free(struct tls *tls)
{
	SSL_free(ssl_of(tls));
}

/* As errno would say it. */
static ssize_t result_of(struct tls *tls, int n)
{
	int why = SSL_get_error(ssl_of(tls), n);
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
	return -1;
}

int tls_greet(struct tls *tls)
{
	ERR_clear_error();
	int n = SSL_accept(ssl_of(tls));
	if (n == 1)
		return 1;
	return result_of(tls, n) < 0 && errno == EAGAIN ? 0 : -1;
}

static int int_of(size_t n)
{
	return n > INT32_MAX ? INT32_MAX : (int)n;
}

ssize_t tls_recv(struct tls *tls, void *bytes, size_t n)
{
	ERR_clear_error();
	int got = SSL_read(ssl_of(tls), bytes, int_of(n));
	return got > 0 ? got : result_of(tls, got);
}

ssize_t tls_send(struct tls *tls, const void *bytes, size_t n)
{
	ERR_clear_error();
	int sent = SSL_write(ssl_of(tls), bytes, int_of(n));
	return sent > 0 ? sent : result_of(tls, sent);
}

void tls_bye(struct tls *tls)
{
	ERR_clear_error();
	if (SSL_is_init_finished(ssl_of(tls)))
		SSL_shutdown(ssl_of(tls));
}
