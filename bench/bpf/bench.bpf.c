// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * What benchmarks need of the kernel: a program that does nothing, to compare with, and one that fills the ring with exchanges
 * as fast as it can. Linked with Eider's own programs, so that the ring is the real one.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"

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

/* These files are Apache-2.0 or GPL-2.0; this tells the kernel which of the two they are loaded under. */
char LICENSE[] SEC("license") = "GPL";
