#include "sim/fault_rows.h"

/* clang-format off */

ROWS(connection, "the connection",
	FAULT("refused", ON_ALL, "connections are refused (with @CHECKS: reset)", .refuse = true),
	FAULT("gateway-down", ON_GATEWAY, "connections to the gateway are refused", .refuse = true),
	FAULT("memory-down", ON_MEMORY, "connections to the memory service are refused",
		.refuse = true),
	FAULT("ui-down", ON_UI, "connections to the user interface are refused", .refuse = true),
	FAULT("reset", ON_ALL, "reset instead of an answer", .script = part_reset),
	FAULT("silence", ON_ALL, "the request is read and never answered", .script = part_silence),
	FAULT("hang-up", ON_ALL, "closed without a byte", .script = part_hang_up),
	FAULT("garbage", ON_ALL, "bytes that are not HTTP", .script = part_garbage),
	FAULT("endless-headers", ON_ALL, "headers for ever", .script = part_endless_head),
	FAULT("endless-continue", ON_ALL, "100 Continue for ever", .script = part_endless_continue),
	FAULT("nul-header", ON_ALL, "a NUL in a header", .script = part_nul_header),
	FAULT("silent-body", ON_ALL, "headers, then nothing", .edit = part_silent_body),
	TIMED("slow-headers", ON_ALL, 6000, "a pause before the headers", .edit = part_slow_head),
	FAULT("big-header", ON_ALL, "a header of 200 KB", .edit = part_big_header),
	FAULT("two-lengths", ON_ALL, "two content-length headers that differ",
		.edit = part_two_lengths));

ROWS(tls, "the handshake of TLS",
	FAULT("tls-expired", ON_ALL, "a certificate that expired yesterday", .tls = TLS_EXPIRED),
	FAULT("tls-not-yet-valid", ON_ALL, "one that is good from tomorrow on", .tls = TLS_NOT_YET_VALID),
	FAULT("tls-expired-intermediate", ON_ALL, "a good one, signed by one that expired",
		.tls = TLS_EXPIRED_INTERMEDIATE),
	FAULT("tls-wrong-host", ON_ALL, "one for another host", .tls = TLS_WRONG_HOST),
	FAULT("tls-self-signed", ON_ALL, "one that vouches for itself", .tls = TLS_SELF_SIGNED),
	FAULT("tls-unknown-root", ON_ALL, "one whose root nobody knows", .tls = TLS_UNKNOWN_ROOT),
	FAULT("tls-missing-intermediate", ON_ALL, "the leaf alone, without what leads to the root",
		.tls = TLS_MISSING_INTERMEDIATE),
	FAULT("tls-weak-key", ON_ALL, "RSA of 1024 bits", .tls = TLS_WEAK_KEY),
	FAULT("tls-weak-signature", ON_ALL, "signed over SHA-1", .tls = TLS_WEAK_SIGNATURE),
	FAULT("tls-old-version", ON_ALL, "TLS 1.0 and 1.1, nothing newer", .tls = TLS_OLD_VERSION),
	FAULT("tls-client-cert", ON_ALL, "a certificate of the client's is wanted",
		.tls = TLS_CLIENT_CERT),
	FAULT("tls-plain", ON_ALL, "plain HTTP where TLS is due", .tls = TLS_PLAIN),
	FAULT("tls-silence", ON_ALL, "the hello is never answered", .tls = TLS_SILENCE),
	FAULT("tls-reset", ON_ALL, "reset in the handshake", .tls = TLS_RESET));
/* clang-format on */
