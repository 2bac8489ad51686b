#include "config/compile.h"

#include <math.h>

enum {
	WAV_RATE = 8000,
	WAV_SAMPLES = WAV_RATE / 4,
	WAV_HZ = 440,
	WAV_PEAK = 8000,
	WAV_HEADER = 44,
	WAV_BYTES = WAV_HEADER + 2 * WAV_SAMPLES,
	BASE64_BYTES = (WAV_BYTES + 2) / 3 * 4,
};

static unsigned char *put_le(unsigned char *at, uint32_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		*at++ = (unsigned char)(value >> (8 * i));
	return at;
}

static unsigned char *put_name(unsigned char *at, const char *name)
{
	memcpy(at, name, 4);
	return at + 4;
}

/* RIFF WAVE, PCM, mono, 16 bits (Microsoft, Multimedia Programming Interface 1.0). */
static void write_wav(unsigned char out[WAV_BYTES])
{
	unsigned char *at = put_name(out, "RIFF");
	at = put_le(at, WAV_BYTES - 8, 4);
	at = put_name(put_name(at, "WAVE"), "fmt ");
	at = put_le(at, 16, 4);
	at = put_le(put_le(at, 1, 2), 1, 2);
	at = put_le(put_le(at, WAV_RATE, 4), 2 * WAV_RATE, 4);
	at = put_le(put_le(at, 2, 2), 16, 2);
	at = put_le(put_name(at, "data"), 2 * WAV_SAMPLES, 4);
	for (int i = 0; i < WAV_SAMPLES; i++) {
		double wave = WAV_PEAK * sin(2 * 3.14159265358979323846 * WAV_HZ * i / WAV_RATE);
		at = put_le(at, (uint32_t)(int32_t)lrint(wave), 2);
	}
}

const char *wav_base64(struct arena *arena)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char wav[WAV_BYTES + 2] = {0};
	char *out = arena_alloc(arena, BASE64_BYTES + 1);
	write_wav(wav);
	for (size_t i = 0, o = 0; i < WAV_BYTES; i += 3) {
		uint32_t bits = (uint32_t)wav[i] << 16 | (uint32_t)wav[i + 1] << 8 | wav[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6)
			out[o++] = digits[bits >> shift & 63];
	}
	for (size_t i = BASE64_BYTES - (WAV_BYTES % 3 ? 3 - WAV_BYTES % 3 : 0); i < BASE64_BYTES;
		i++)
		out[i] = '=';
	return out;
}
