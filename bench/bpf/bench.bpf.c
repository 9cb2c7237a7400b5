// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * What benchmarks need of the kernel: programs that do nothing, to compare with, one that fills the ring with exchanges
 * as fast as it can, and the socket layer for a socket that has asked. Linked with Eider's own programs, so that the ring is the real one.
 */
/* The socket layer once more, under other names: it is to meet a socket that has asked, which a test-run's has not. */
#define dns_egress bench_asks
#define dns_ingress bench_receives
#define query_streams bench_streams
#define answer_streams bench_answer_streams
#include "dns.bpf.c"

#define PAYLOAD 128

struct sample {
	struct eider_dns record;
	__u8 payload[PAYLOAD];
};

/* Of a run of bench_feed. At 300 octets each they take a hundredth of the ring. */
#define EXCHANGES 128

/* A query and its response, as the packet of the run has them; id and client port are counted up from exchange to exchange. */
struct {
	struct sample query;
	struct sample response;
} samples;
__u32 exchange;

static __always_inline void put(const struct sample *sample, __u16 client_port, __u16 id, bool from_client)
{
	struct sample *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record) {
		count(EIDER_LOST_RING_FULL);
		return;
	}
	__builtin_memcpy(record, sample, sizeof(*record));
	record->record.header.time_ns = bpf_ktime_get_boot_ns();
	if (from_client)
		record->record.source_port = client_port;
	else
		record->record.destination_port = client_port;
	record->payload[0] = id >> 8;
	record->payload[1] = id;
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record)));
	count(EIDER_COUNT_DNS_PACKETS);
}

static long feed_one(__u32 index, void *context)
{
	__u32 number = exchange++;
	__u16 client_port = 1024 + number % 60000;

	put(&samples.query, client_port, number >> 8, true);
	put(&samples.response, client_port, number >> 8, false);
	return 0;
}

SEC("cgroup_skb/egress")
int bench_feed(struct __sk_buff *skb)
{
	if (bpf_skb_load_bytes(skb, 0, &samples, sizeof(samples)))
		return 0;
	bpf_loop(EXCHANGES, feed_one, NULL, 0);
	return 1;
}

SEC("cgroup_skb/egress")
int bench_empty(struct __sk_buff *skb)
{
	return 1;
}

SEC("tc")
int bench_empty_wire(struct __sk_buff *skb)
{
	return -1;
}

/* What a query of this socket would have left behind: it has asked under the policies in force, everybody's first posture. */
static __always_inline struct socket_state *asked_before(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct bpf_sock *sk = skb->sk;
	struct socket_state *socket;

	if (!sk || !state)
		return NULL;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return NULL;
	socket = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!socket)
		return NULL;
	socket->traits = SOCKET_ASKS;
	socket->judged_generation = state->generation;
	socket->posture = state->side[state->generation & 1].default_posture;
	return socket;
}

SEC("cgroup_skb/ingress")
int bench_asked(struct __sk_buff *skb)
{
	return asked_before(skb) ? PASS : DROP;
}

SEC("cgroup_skb/ingress")
int bench_asked_and_receives(struct __sk_buff *skb)
{
	return asked_before(skb) && see(skb, EIDER_INGRESS) == PASS ? PASS : DROP;
}
