/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A main for fuzz targets without libFuzzer: runs the target over each file of its
 * corpus, so that make check repeats what fuzzing has found. The corpus is the folder
 * CORPUS below $top_srcdir, or what the arguments name.
 */
#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is in memory of exactly its size, so that ASan sees reads beyond it. */
static void
file_replay(const char *path)
{
	uint8_t *buf = malloc(INPUT_MAX), *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (buf == NULL || f == NULL)
		err(1, "%s", path);
	n = fread(buf, 1, INPUT_MAX, f);
	fclose(f);
	exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		err(1, "%s", path);
	memcpy(exact, buf, n);
	free(buf);
	printf("%s (%zu bytes)\n", path, n);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static int
folder_replay(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *ent;
	char path[PATH_MAX];
	int n = 0;

	if (dir == NULL)
		err(1, "%s", folder);
	while ((ent = readdir(dir)) != NULL) {
		if (ent->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, ent->d_name) >=
		    PATH_MAX)
			errx(1, "%s/%s: path too long", folder, ent->d_name);
		file_replay(path);
		n++;
	}
	closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char folder[4096];

	for (int i = 1; i < argc; i++)
		file_replay(argv[i]);
	if (argc > 1)
		return 0;
	snprintf(folder, sizeof(folder), "%s/%s", top != NULL ? top : ".", CORPUS);
	if (folder_replay(folder) == 0)
		errx(1, "%s: no corpus", folder);
	return 0;
}
