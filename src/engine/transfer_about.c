#include "engine/transfer.h"

#include <curl/curl.h>
#include <stdio.h>

const char *transfers_library(void)
{
	static char text[80];
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	snprintf(text, sizeof(text), "libcurl %s with %s", info->version,
		info->ssl_version ? info->ssl_version : "no TLS");
	return text;
}

const char *transfers_ca_file(void)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	return info->age >= CURLVERSION_SEVENTH ? info->cainfo : NULL;
}
