/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Which ports carry DNS. */
#ifndef EIDER_PORTS_H
#define EIDER_PORTS_H

#include "lib/kernel.h"

/* One bit a port, set by user space; 53 and 5353 unless configured otherwise. */
__weak __u8 dns_ports[8192];

static __always_inline bool is_dns_port(__be16 port)
{
	__u16 number = bpf_ntohs(port);

	return dns_ports[number >> 3] & (1 << (number & 7));
}

#endif
