/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pingpong CPU CPU: how long a cache line takes from one CPU to the other and back, in
 * ns. A virtual machine's CPUs move between sockets while one measures; scripts/bench
 * runs this before and after each run, to tell near placements from far ones. Prints
 * p10, p50 and p90 of the one-way time over 200 rounds of 100 round trips.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 200
#define TRIPS  100

static _Alignas(128) _Atomic uint32_t line;
static int cpus[2];

static void
pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0) {
		fprintf(stderr, "pingpong: CPU %d: %s\n", cpu, strerror(errno));
		exit(1);
	}
}

static void *
answer(void *arg)
{
	uint32_t i;

	(void)arg;
	pin(cpus[1]);
	for (i = 1; i <= 2u * ROUNDS * TRIPS; i += 2) {
		while (atomic_load_explicit(&line, memory_order_acquire) != i)
			;
		atomic_store_explicit(&line, i + 1, memory_order_release);
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

int
main(int argc, char **argv)
{
	double t[ROUNDS], start;
	pthread_t thread;
	uint32_t i = 1;
	int r, k;

	if (argc != 3) {
		fprintf(stderr, "usage: pingpong CPU CPU\n");
		return 2;
	}
	cpus[0] = atoi(argv[1]);
	cpus[1] = atoi(argv[2]);
	pin(cpus[0]);
	if (pthread_create(&thread, NULL, answer, NULL) != 0)
		return 1;
	for (r = 0; r < ROUNDS; r++) {
		start = now_ns();
		for (k = 0; k < TRIPS; k++, i += 2) {
			atomic_store_explicit(&line, i, memory_order_release);
			while (atomic_load_explicit(&line, memory_order_acquire) != i + 1)
				;
		}
		t[r] = (now_ns() - start) / (2.0 * TRIPS);
	}
	pthread_join(thread, NULL);
	qsort(t, ROUNDS, sizeof(t[0]), compare);
	printf("%.1f %.1f %.1f\n", t[ROUNDS / 10], t[ROUNDS / 2], t[ROUNDS * 9 / 10]);
	return 0;
}
