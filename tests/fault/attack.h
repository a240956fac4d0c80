/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the program attack: what is attacked, and how it ends. */
#ifndef FAULT_ATTACK_H
#define FAULT_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_SIZE 16

/* A region as the NF has it. */
struct target {
	const char *kind;
	int fd;
	size_t size;
	uint8_t *map; /* readable; the NF's own regions are writable as well */
	size_t at;    /* where an attack tries to write attack_probe */
};

enum outcome {
	REFUSED, /* errno says how */
	ABSENT,  /* this kernel or container does not have what the attack needs */
	THROUGH,
};

struct attack {
	const char *name;
	enum outcome (*run)(const struct target *t);
	bool own; /* must fail on a sealed region of the NF's own as well */
};

extern const uint8_t attack_probe[PROBE_SIZE];

/* True if the probe, or anything but what was there before, is in the region. */
bool attack_arrived(const struct target *t);
/* Maps FD for writing and writes the probe; true if that works. */
bool attack_map_write(const struct target *t, int fd);

/* attack_region.c, attack_kernel.c: end with a row without name. */
extern const struct attack attacks_region[];
extern const struct attack attacks_kernel[];

/* An attack on mvmpd's process by the connection SOCK. */
struct process_attack {
	const char *name;
	enum outcome (*run)(int sock);
};

/* attack_process.c: ends with a row without name. */
extern const struct process_attack attacks_process[];

#endif
