/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of dpdk/region.c: what a sealed region withstands, and that the self-attack
 * finds out when a region is not sealed as it should be. Needs no privileges.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "dpdk/dpdk.h"

#define SIZE 10000 /* not a whole number of pages */

static struct region
sealed_make(void)
{
	struct region r;

	assert_int_equal(region_make(&r, "test", SIZE, false), 0);
	assert_int_equal(region_seal(&r), 0);
	return r;
}

static void
region_is_zeroed_whole_pages(void **state)
{
	struct region r;
	size_t i;

	(void)state;
	assert_int_equal(region_make(&r, "test", SIZE, false), 0);
	assert_int_equal(r.size % (size_t)sysconf(_SC_PAGESIZE), 0);
	assert_true(r.size >= SIZE);
	for (i = 0; i < r.size; i++)
		assert_int_equal(r.addr[i], 0);
	region_free(&r);
	assert_int_equal(r.fd, -1);
	region_free(&r); /* twice is allowed */
}

static void
sealed_region_withstands(void **state)
{
	struct region r = sealed_make();
	struct errs e = {.n = 0};
	size_t i;

	(void)state;
	memset(r.addr, 0x5a, r.size); /* its maker still writes */
	assert_int_equal(region_attack(&r, &e), 0);
	assert_int_equal(e.n_errors, 0);
	for (i = 0; i < r.size; i++)
		assert_int_equal(r.addr[i], 0x5a);
	region_free(&r);
}

static void
readers_see_what_the_maker_writes(void **state)
{
	struct region r = sealed_make();
	const uint8_t *map;

	(void)state;
	map = mmap(NULL, r.size, PROT_READ, MAP_SHARED, r.fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	r.addr[77] = 9;
	assert_int_equal(map[77], 9);
	region_free(&r);
	assert_int_equal(map[77], 9); /* their map outlives it */
}

/* An NF's own memory: mapped before it is sealed, that map stays, no other is made. */
static void
map_then_seal(void **state)
{
	struct errs e = {.n = 0};
	struct region r;
	uint8_t *theirs;

	(void)state;
	assert_int_equal(region_make(&r, "test", SIZE, false), 0);
	theirs = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
	assert_ptr_not_equal(theirs, MAP_FAILED);
	assert_int_equal(region_seal(&r), 0);
	theirs[5] = 7;
	assert_int_equal(r.addr[5], 7);
	assert_ptr_equal(mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0),
			 MAP_FAILED);
	assert_int_equal(region_attack(&r, &e), 0);
	munmap(theirs, r.size);
	region_free(&r);
}

/* Whoever gets the descriptor first cannot have it sealed in some other way. */
static void
foreign_seals_are_refused(void **state)
{
	struct region r;

	(void)state;
	assert_int_equal(region_make(&r, "test", SIZE, false), 0);
	assert_int_equal(fcntl(r.fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
	assert_int_equal(region_seal(&r), -EPERM);
	region_free(&r);
}

/* A resize must be impossible even before the NF's memory is sealed. */
static void
size_is_sealed_from_the_start(void **state)
{
	struct region r;

	(void)state;
	assert_int_equal(region_make(&r, "test", SIZE, false), 0);
	assert_int_equal(ftruncate(r.fd, 0), -1);
	assert_int_equal(ftruncate(r.fd, (off_t)r.size * 2), -1);
	region_free(&r);
}

/* The self-attack can fail: each seal that is missing is found, by name. */
static void
attack_finds_missing_seals(void **state)
{
	static const struct {
		unsigned int seals;
		const char *found;
	} rows[] = {
		{0, "mapping it for writing"},
		{F_SEAL_SHRINK | F_SEAL_GROW, "mapping it for writing"},
		{F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, "mapping it for writing"},
		{F_SEAL_FUTURE_WRITE | F_SEAL_SEAL, "resizing it"},
		{F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SEAL, "resizing it"},
		{F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_SEAL, "resizing it"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct region r = {.size = 16384};
		struct errs e = {.n = 0};

		r.fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		assert_true(r.fd >= 0);
		assert_int_equal(ftruncate(r.fd, (off_t)r.size), 0);
		r.addr = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
		assert_ptr_not_equal(r.addr, MAP_FAILED);
		assert_int_equal(fcntl(r.fd, F_ADD_SEALS, rows[i].seals), 0);
		assert_int_equal(region_attack(&r, &e), -EPERM);
		assert_int_equal(e.n_errors, 1);
		assert_non_null(strstr(e.list[0].text, rows[i].found));
		errs_clear(&e);
		region_free(&r);
	}
}

/* An ordinary file, opened for reading only, is what an NF must never get. */
static void
attack_finds_a_descriptor_that_can_be_reopened(void **state)
{
	struct region r = {.size = 16384};
	struct errs e = {.n = 0};
	char path[] = "/tmp/region_testXXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)r.size), 0);
	r.addr = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	r.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(region_attack(&r, &e), -EPERM);
	assert_non_null(strstr(e.list[0].text, "opening it again"));
	errs_clear(&e);
	region_free(&r);
	close(fd);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(region_is_zeroed_whole_pages),
		cmocka_unit_test(sealed_region_withstands),
		cmocka_unit_test(readers_see_what_the_maker_writes),
		cmocka_unit_test(map_then_seal),
		cmocka_unit_test(foreign_seals_are_refused),
		cmocka_unit_test(size_is_sealed_from_the_start),
		cmocka_unit_test(attack_finds_missing_seals),
		cmocka_unit_test(attack_finds_a_descriptor_that_can_be_reopened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
