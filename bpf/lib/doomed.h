/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Connections that are to end because an answer on them was denied. The socket layer cannot answer or change a packet; it drops the
 * segment, so the server sends it again, and the wire layer makes that one a reset.
 */
#ifndef EIDER_DOOMED_H
#define EIDER_DOOMED_H

#include "lib/maps.h"
#include "lib/verdict.h"

/* The client's address may be another on the wire. The sequence number tells its connection from another's. */
struct doomed_key {
	__u8 server[16];
	__be16 server_port;
	__be16 client_port;
	__u32 pad;
};

struct doomed {
	__u32 expected; /* sequence number that the client waits for, which a reset must have (RFC 5961 3.2) */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 12);
	__type(key, struct doomed_key);
	__type(value, struct doomed);
} doomed_connections __weak SEC(".maps");

static __always_inline void doomed_key(struct doomed_key *key, const struct flow *flow)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->server, flow->source, sizeof(key->server));
	key->server_port = flow->ports.source;
	key->client_port = flow->ports.destination;
}

/* Of the connection that a segment of this flow, from its server, belongs to. */
static __always_inline void doom(const struct flow *flow, __u32 expected)
{
	struct doomed doomed = {.expected = expected};
	struct doomed_key key;

	doomed_key(&key, flow);
	bpf_map_update_elem(&doomed_connections, &key, &doomed, BPF_ANY);
}

#endif
