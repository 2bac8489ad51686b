/* Gives the files of folders to a target, as libFuzzer does with a corpus. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

enum { INPUT_BYTES_MAX = 1 << 20 };

static bool replay_file(const char *path)
{
	static uint8_t whole[INPUT_BYTES_MAX];
	FILE *file = fopen(path, "rb");
	if (!file)
		return false;
	size_t n = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	uint8_t *data = malloc(n ? n : 1); /* so that reading past its end is seen */
	if (!data)
		return false;
	memcpy(data, whole, n);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return true;
}

static size_t replay_folder(const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, NULL, alphasort);
	size_t replayed = 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat status;
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
			replayed += replay_file(path);
		free(entries[i]);
	}
	free(entries);
	return replayed;
}

int main(int argc, char **argv)
{
	size_t n = 0;
	for (int i = 1; i < argc; i++) {
		struct stat status;
		bool folder = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode);
		n += folder ? replay_folder(argv[i]) : replay_file(argv[i]);
	}
	printf("%zu inputs\n", n);
	return n ? 0 : 1;
}
