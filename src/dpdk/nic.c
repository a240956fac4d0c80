/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NICs: any DPDK device, probed by its arguments after the EAL has started, so that a
 * device that fails is an error that names it. One receive and one send queue each,
 * polled by one worker.
 */
#define ALLOW_EXPERIMENTAL_API /* rte_dev_dma_map */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf_pool_ops.h>

#include "dpdk/dpdk.h"

#define FRAME_EXTRA    22  /* Ethernet header and two VLAN tags */
#define TPACKET_ROOM   128 /* the kernel's header in an af_packet frame */
#define TPACKET_FRAMES 32  /* in a block: whole pages and no gap, as the PMD assumes */
#define XDP_BUFFERS    8192

static int
interface_mtu(const char *name)
{
	struct ifreq ifr = {0};
	int fd, rc;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%.*s", IFNAMSIZ - 1, name);
	rc = ioctl(fd, SIOCGIFMTU, &ifr) < 0 ? -errno : ifr.ifr_mtu;
	close(fd);
	return rc;
}

/* What the kernel says of a kernel interface; drivers on top of one do not know. */
static bool
interface_up(const struct nic_port *p)
{
	struct ifreq ifr = {0};
	int fd;
	bool up;

	if (p->interface == NULL)
		return true;
	if (nic_gone(p))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%.*s", IFNAMSIZ - 1, p->interface);
	up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &ifr) == 0 && ifr.ifr_flags & IFF_RUNNING;
	if (fd >= 0)
		close(fd);
	return up;
}

/* DPDK's device arguments for NIC, which receives into buffers of BUF_SIZE bytes. */
static int
nic_devargs(const struct model_nic *nic, uint16_t number, uint32_t buf_size, char *text,
	    size_t size, const char *file, struct errs *e)
{
	uint32_t frame, count;
	int mtu;

	if (nic->pci[0]) {
		snprintf(text, size, "%s", nic->pci);
		return 0;
	}
	if (nic->devargs[0]) {
		snprintf(text, size, "%s", nic->devargs);
		return 0;
	}
	mtu = interface_mtu(nic->interface);
	if (mtu < 0) {
		errs_add(e, file, nic->line, "NIC %s: there is no interface %s (%s)",
			 nic->name, nic->interface, strerror(-mtu));
		return mtu;
	}
	if (nic->driver == MODEL_AF_XDP) {
		snprintf(text, size, "net_af_xdp%u,iface=%s", number, nic->interface);
		return 0;
	}
	frame = RTE_ALIGN((uint32_t)mtu + FRAME_EXTRA + TPACKET_ROOM, TPACKET_ROOM);
	if (frame > buf_size) {
		errs_add(e, file, nic->line,
			 "NIC %s: an MTU of %d needs daemon.buffer-size = %u at least",
			 nic->name, mtu, rte_align32pow2(frame));
		return -EMSGSIZE;
	}
	count = RTE_ALIGN((uint32_t)RTE_MAX(nic->rx_ring, nic->tx_ring), TPACKET_FRAMES);
	snprintf(text, size, "net_af_packet%u,iface=%s,blocksz=%u,framesz=%u,framecnt=%u",
		 number, nic->interface, frame * TPACKET_FRAMES, frame, count);
	return 0;
}

static int
nic_probe(struct nic_port *p, const struct model_nic *nic, uint16_t number,
	  uint32_t buf_size, const char *file, struct errs *e)
{
	char args[2 * MODEL_TEXT_MAX];
	int rc;

	rc = nic_devargs(nic, number, buf_size, args, sizeof(args), file, e);
	if (rc < 0)
		return rc;
	snprintf(p->device, sizeof(p->device), "%.*s", (int)strcspn(args, ","), args);
	rc = rte_dev_probe(args);
	if (rc == 0)
		rc = rte_eth_dev_get_port_by_name(p->device, &p->port);
	p->dma = nic->pci[0] != '\0';
	p->interface = nic->interface[0] ? nic->interface : NULL;
	p->ifindex = nic->interface[0] ? if_nametoindex(nic->interface) : 0;
	if (rc < 0)
		errs_add(e, file, nic->line, "NIC %s: DPDK cannot open \"%s\": %s",
			 nic->name, args,
			 rc == -EPERM ? "the driver refused it or its arguments"
			 : rc == -EFAULT || rc == -ENODEV ? "no such device or driver"
							  : rte_strerror(-rc));
	return rc;
}

/* af_xdp takes its UMEM out of the pool it is given: an ordinary one. */
static int
nic_own_pool(struct nic_port *p, const struct model_nic *nic)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	p->copy = nic->driver == MODEL_AF_XDP && nic->interface[0];
	if (!p->copy)
		return 0;
	snprintf(name, sizeof(name), "xdp_%u", p->port);
	p->own = rte_pktmbuf_pool_create(name, XDP_BUFFERS, 0, 0,
					 RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	return p->own ? 0 : -rte_errno;
}

static int
nic_setup(struct nic_port *p, const struct model_nic *nic, struct dp_pool *pool)
{
	struct rte_eth_conf conf = {.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE};
	uint16_t rxd = (uint16_t)nic->rx_ring, txd = (uint16_t)nic->tx_ring, mtu = 1500;
	int rc;

	rc = nic_own_pool(p, nic);
	if (rc == 0)
		rc = rte_eth_dev_configure(p->port, 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->port, &rxd, &txd);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(p->port, 0, rxd, SOCKET_ID_ANY, NULL,
					    p->own ? p->own : pool->mempool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(p->port, 0, txd, SOCKET_ID_ANY, NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(p->port);
	if (rc < 0)
		return rc;
	rte_eth_promiscuous_enable(p->port); /* not all drivers know it */
	rte_eth_dev_get_mtu(p->port, &mtu);
	p->max_len = mtu + FRAME_EXTRA;
	return 0;
}

int
nic_open(struct nic_port *p, const struct model_nic *nic, uint16_t number,
	 struct dp_pool *pool, const char *file, struct errs *e)
{
	int rc;

	*p = (struct nic_port){.port = RTE_MAX_ETHPORTS};
	rc = nic_probe(p, nic, number, 1u << pool->shift, file, e);
	if (rc < 0)
		return rc;
	rc = nic_setup(p, nic, pool);
	if (rc < 0) {
		errs_add(e, file, nic->line, "NIC %s: %s cannot be set up: %s", nic->name,
			 p->device, rte_strerror(-rc));
		nic_close(p);
	}
	return rc;
}

int
nic_map(const struct nic_port *p, const struct region *r)
{
	struct rte_eth_dev_info info;
	int rc;

	if (!p->dma || r->fd < 0)
		return 0;
	rc = rte_eth_dev_info_get(p->port, &info);
	if (rc < 0)
		return rc;
	if (rte_extmem_register(r->addr, r->size, NULL, 0, r->page) < 0 &&
	    rte_errno != EEXIST)
		return -rte_errno;
	rc = rte_dev_dma_map(info.device, r->addr, (uintptr_t)r->addr, r->size);
	return rc < 0 ? -rte_errno : 0;
}

void
nic_unmap(const struct nic_port *p, const struct region *r)
{
	struct rte_eth_dev_info info;

	if (!p->dma || r->fd < 0 || rte_eth_dev_info_get(p->port, &info) < 0)
		return;
	rte_dev_dma_unmap(info.device, r->addr, (uintptr_t)r->addr, r->size);
}

bool
nic_gone(const struct nic_port *p)
{
	return p->interface && if_nametoindex(p->interface) != p->ifindex;
}

void
nic_close(struct nic_port *p)
{
	struct rte_eth_dev_info info;

	if (p->port == RTE_MAX_ETHPORTS)
		return;
	rte_eth_dev_stop(p->port);
	if (rte_eth_dev_info_get(p->port, &info) == 0 && info.device)
		rte_dev_remove(info.device);
	else
		rte_eth_dev_close(p->port);
	rte_mempool_free(p->own);
	p->own = NULL;
	p->port = RTE_MAX_ETHPORTS;
}

void
nic_look(const struct nic_port *p, struct nic_state *s)
{
	struct rte_eth_link link = {0};
	struct rte_ether_addr mac = {{0}};

	memset(s, 0, sizeof(*s));
	rte_eth_link_get_nowait(p->port, &link);
	rte_eth_macaddr_get(p->port, &mac);
	rte_eth_dev_get_mtu(p->port, &s->mtu);
	rte_eth_stats_get(p->port, &s->stats);
	rte_ether_format_addr(s->mac, sizeof(s->mac), &mac);
	s->up = link.link_status == RTE_ETH_LINK_UP && interface_up(p);
	s->speed_mbps =
		link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
}
