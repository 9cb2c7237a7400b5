/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Maps that several sensors share. They are weak: the static linker makes one of the copies. */
#ifndef EIDER_MAPS_H
#define EIDER_MAPS_H

#include "abi.h"
#include "lib/kernel.h"

/* Everything user space hears of, in the order it happened: a process is announced before its first packet. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024); /* user space sets the configured size */
} events __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EIDER_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters __weak SEC(".maps");

struct socket_state {
	struct eider_owner owner; /* who used the socket last */
	__u64 netns_cookie; /* of the socket; a process may use one of another namespace */
	__u64 task; /* whose the owner was read from: as long as it is the same thread, most of it need not be read again */
	/* What was found for the last query, good while these stay the same: */
	__u64 judged_cgroup; /* of the sender */
	__u32 judged_uid;
	__u32 judged_generation; /* 0: nothing found yet */
	__u32 posture; /* of the sender's workload */
	__u32 socket_posture; /* of the workload that made the socket */
	/* A stream on another port that was found to be no DNS, as long as these stay the same: */
	__u64 foreign_cgroup; /* of the sender */
	__u32 foreign_generation;
	__u32 workload; /* of the sender, found with his posture; 0: not known */
	/* Where the sender thinks its queries go, when they are redirected; port 0: they are not. */
	__u32 asked[4];
	__u32 sent_to[4]; /* where they really go */
	__be16 asked_port;
	__be16 sent_to_port;
	__u32 traits; /* SOCKET_* */
	__u32 named[4]; /* the server that the last unconnected send named, after redirection; port 0: none */
	__be16 named_port;
	/* Whether the wire layer waits where this socket's packets leave; good for the device, until devices change. */
	__u16 reach;
	__u32 reach_as_of;
	__u32 leaves_by;
	__u32 pad;
};

#define SOCKET_ASKS 0x01 /* some of its questions are kept */
/* some of its questions are not kept, or its packets are translated on the way: an answer that fits none may still be one */
#define SOCKET_ASKS_UNSEEN 0x02
#define SOCKET_NEW 0x04 /* was made while somebody looked */

/* A socket that has asked nothing yet, on whatever port: what is not kept of its questions would be known by SOCKET_ASKS_UNSEEN. */
static __always_inline bool is_fresh(const struct socket_state *socket)
{
	return (socket->traits & (SOCKET_ASKS | SOCKET_ASKS_UNSEEN | SOCKET_NEW)) == SOCKET_NEW;
}

/* A query leaves, or may leave, which is not kept. */
static __always_inline void note_unseen(struct socket_state *socket)
{
	if (socket)
		socket->traits |= SOCKET_ASKS_UNSEEN;
}

/* An accepted socket inherits its listener's. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_state);
} sockets __weak SEC(".maps");

/* Time from then to now; 0 where another processor has been here since the clock was read. */
static __always_inline __u64 elapsed_ns(__u64 then_ns, __u64 now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

static __always_inline void count(enum eider_counter what)
{
	__u32 slot = what;
	__u64 *value = bpf_map_lookup_elem(&counters, &slot);

	/* Programs may interrupt each other on a CPU: an atomic add loses none. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

/* Of what every packet pays for: an interrupt in the middle may cost a count, but an atomic add costs as much as a label. */
static __always_inline void count_cheaply(enum eider_counter what)
{
	__u32 slot = what;
	__u64 *value = bpf_map_lookup_elem(&counters, &slot);

	if (value)
		*(volatile __u64 *)value += 1;
}

/*
 * A wake-up costs the sender microseconds and steals its processor for the reader. So the reader looks by itself every few
 * milliseconds, and is woken once, when so much waits that its next look may come too late.
 */
#define EIDER_WAKE_OCTETS (256 * 1024)
#define EIDER_WAKE_STEP (16 * 1024)

/* How much waits is looked up only by the record that lies across a line in the ring. */
static __always_inline __u64 wake_flags(const void *record, __u32 size)
{
	__u32 at, start, end;

	/* A move of its own, after which it is a number: the compiler would calculate with half of a pointer, which the verifier refuses. */
	at = (__u64)record;
	asm volatile("%0 = %0" : "+w"(at));
	start = at - BPF_RINGBUF_HDR_SZ;
	end = at + size;
	if (((start ^ end) & EIDER_WAKE_STEP) == 0)
		return BPF_RB_NO_WAKEUP;
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= EIDER_WAKE_OCTETS ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

#endif
