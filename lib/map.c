/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Maps the regions that mvmpd sends. Sizes and kinds are checked against the shape of
 * the attachment; only the two regions that are the NF's own are mapped for writing.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nf.h"

static int
map_memory(struct nf_map *map, const struct wire_region *r, size_t need, bool writable,
	   int fd)
{
	if (r->size < need || r->size > SIZE_MAX / 2)
		return error_set(
			EPROTO, "the platform sent a region of kind %u with a wrong size",
			r->kind);
	map->addr = mmap(NULL, r->size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
			 MAP_SHARED, fd, 0);
	if (map->addr == MAP_FAILED) {
		map->addr = NULL;
		return error_set(errno, "cannot map a region of the platform: %s",
				 strerror(errno));
	}
	map->size = r->size;
	return 0;
}

static size_t
map_need(const struct mv_nf *nf, uint32_t kind)
{
	switch (kind) {
	case WIRE_PLATFORM:
		return sizeof(struct shm_platform);
	case WIRE_DOWN:
		return shm_down_size(&nf->shape);
	case WIRE_UP:
		return shm_up_size(&nf->shape);
	case WIRE_PRIVATE:
		return shm_private_size(&nf->shape);
	default:
		return 1;
	}
}

static void
map_place(struct mv_nf *nf, const struct wire_region *r, uint8_t *addr)
{
	uint32_t i;

	switch (r->kind) {
	case WIRE_PLATFORM:
		nf->platform = (const void *)addr;
		break;
	case WIRE_PACKETS:
		nf->view.base[r->index] = addr;
		break;
	case WIRE_DOWN:
		nf->down = (const void *)addr;
		for (i = 0; i < nf->shape.workers; i++)
			nf->worker[i].give =
				(const void *)(addr + shm_give_offset(&nf->shape, i));
		break;
	case WIRE_UP:
		nf->up = (void *)addr;
		for (i = 0; i < nf->shape.workers; i++)
			nf->worker[i].ops =
				(void *)(addr + shm_ops_offset(&nf->shape, i));
		break;
	case WIRE_PRIVATE:
		nf->private_base = addr;
		nf->view.base[SHM_PRIVATE] = addr;
		break;
	}
}

int
map_region(struct mv_nf *nf, const struct wire_region *r, int fd)
{
	struct nf_map *map = &nf->maps[nf->n_maps];
	bool writable = r->kind == WIRE_UP || r->kind == WIRE_PRIVATE;
	int rc;

	if (r->kind == WIRE_WAKE) {
		nf->wake = fd;
		return 0;
	}
	if (r->index >= nf->shape.workers ||
	    (size_t)nf->n_maps == sizeof(nf->maps) / sizeof(nf->maps[0])) {
		close(fd);
		return error_set(EPROTO,
				 "the platform sent a region that makes no sense");
	}
	if (r->kind == WIRE_BELL) {
		nf->worker[r->index].bell = fd;
		return 0;
	}
	rc = map_memory(map, r, map_need(nf, r->kind), writable, fd);
	close(fd);
	if (rc == 0) {
		nf->n_maps++;
		map_place(nf, r, map->addr);
	}
	return rc;
}

int
map_device(struct mv_dev *dev, const struct wire_region *r, int fd)
{
	const struct shm_shape *s = &dev->nf->shape;
	uint32_t i, slots = 1u << dev->shift;
	int rc;

	rc = map_memory(&dev->map, r, shm_rings_size(s, slots), false, fd);
	close(fd);
	for (i = 0; rc == 0 && i < s->workers; i++)
		dev->ring[i].slots = (const void *)((const uint8_t *)dev->map.addr +
						    i * shm_ring_size(slots));
	return rc;
}

void
map_free(struct mv_nf *nf)
{
	while (nf->n_maps > 0) {
		nf->n_maps--;
		munmap(nf->maps[nf->n_maps].addr, nf->maps[nf->n_maps].size);
	}
}
