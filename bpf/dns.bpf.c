// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: every DNS message that a socket of this node sends or receives, with the process behind the socket.
 * cgroup_skb on the root of cgroup v2 sees datagrams whole: before fragmentation on the way out, after reassembly on the way in.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/owner.h"
#include "lib/packet.h"

#define UDP_HEADER_LEN 8
#define PASS 1

/* One bit a port, set by user space; 53 and 5353 unless configured otherwise. */
__u8 dns_ports[8192];

static __always_inline bool is_dns_port(__be16 port)
{
	__u16 number = bpf_ntohs(port);

	return dns_ports[number >> 3] & (1 << (number & 7));
}

static __always_inline void read_addresses(struct __sk_buff *skb, struct eider_dns *record)
{
	if (skb->protocol == bpf_htons(0x0800)) {
		__u32 mapped = bpf_htonl(0xffff);

		__builtin_memset(record->source, 0, 32);
		__builtin_memcpy(record->source + 8, &mapped, 4);
		__builtin_memcpy(record->destination + 8, &mapped, 4);
		bpf_skb_load_bytes(skb, 12, record->source + 12, 4);
		bpf_skb_load_bytes(skb, 16, record->destination + 12, 4);
	} else {
		bpf_skb_load_bytes(skb, 8, record->source, 32);
	}
}

struct message {
	struct __sk_buff *skb;
	const struct eider_owner *owner;
	__u64 time_ns;
	__u32 offset; /* of the payload, from the network header */
	__u32 left; /* octets of payload not yet sent */
	__u32 tcp_sequence;
	struct ports ports;
	__u8 protocol;
	__u8 direction;
	__u8 tcp_flags;
};

/*
 * A ring record must be reserved with a size the verifier knows, so it comes in classes; what the ring wastes on the
 * common case is less than a second copy of every payload would cost.
 */
static __always_inline int emit_class(const struct message *message, const __u32 class_len, __u32 len, __u8 flags)
{
	struct eider_dns *record = bpf_ringbuf_reserve(&events, sizeof(*record) + class_len, 0);

	if (!record) {
		count(EIDER_LOST_RING_FULL);
		return -1;
	}
	if (len > class_len) /* never: the caller chose the class; the verifier wants to see it */
		len = class_len;
	if (len && bpf_skb_load_bytes(message->skb, message->offset, record + 1, len)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(EIDER_LOST_LOAD_FAILED);
		return -1;
	}
	record->header.type = EIDER_DNS;
	record->header.size = sizeof(*record) + len;
	record->header.time_ns = message->time_ns;
	record->owner = *message->owner;
	record->socket_cookie = bpf_get_socket_cookie(message->skb);
	read_addresses(message->skb, record);
	record->source_port = bpf_ntohs(message->ports.source);
	record->destination_port = bpf_ntohs(message->ports.destination);
	record->tcp_sequence = message->tcp_sequence;
	record->wire_len = flags & EIDER_DNS_CUT ? message->left : len;
	record->len = len;
	record->protocol = message->protocol;
	record->direction = message->direction;
	record->flags = flags;
	record->tcp_flags = message->tcp_flags;
	record->pad = 0;
	record->pad2 = 0;
	bpf_ringbuf_submit(record, wake_flags());
	count(EIDER_COUNT_DNS_RECORDS);
	return 0;
}

static __noinline int emit(const struct message *message, __u32 len, __u32 flags)
{
	if (!message || !message->skb || !message->owner)
		return -1;
	if (len <= 128)
		return emit_class(message, 128, len, flags);
	if (len <= 512)
		return emit_class(message, 512, len, flags);
	if (len <= 1536)
		return emit_class(message, 1536, len, flags);
	return emit_class(message, EIDER_CHUNK_LEN, len, flags);
}

static long emit_next_chunk(__u32 index, void *context)
{
	struct message *message = context;
	__u32 len = message->left;

	if (len > EIDER_CHUNK_LEN)
		len = EIDER_CHUNK_LEN;
	emit(message, len, 0); /* a lost chunk is counted, and the stream shows the gap */
	message->offset += len;
	message->left -= len;
	message->tcp_sequence += len;
	return message->left == 0;
}

/* Who stands behind this packet. UDP leaves in the sender's own context; for the rest it is who used the socket last. */
static __always_inline void find_owner(struct __sk_buff *skb, struct bpf_sock *sk, bool sender_runs, struct eider_owner *owner)
{
	struct eider_owner *stored = NULL;

	if (sk)
		stored = bpf_sk_storage_get(&owners, sk, NULL, sender_runs ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (sender_runs) {
		owner_of_task(owner, bpf_get_current_task_btf());
		if (stored)
			*stored = *owner;
		else if (sk)
			count(EIDER_OWNER_STORE_FAILED);
	} else if (stored) {
		*owner = *stored;
	} else {
		count(EIDER_OWNER_UNKNOWN);
	}
	if (sk) {
		__u64 socket_cgroup = bpf_skb_cgroup_id(skb);

		if (socket_cgroup)
			owner->cgroup_id = socket_cgroup;
	}
}

static __always_inline void see_udp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	__be16 length;

	if (bpf_skb_load_bytes(skb, message->offset + 4, &length, sizeof(length))) {
		count(EIDER_MALFORMED_HEADERS);
		return;
	}
	message->offset += UDP_HEADER_LEN;
	/* A length below the header's own stands for "to the end of the packet" (RFC 2675), or is a lie: nothing is hidden behind it. */
	message->left = skb->len > message->offset ? skb->len - message->offset : 0;
	if (bpf_ntohs(length) >= UDP_HEADER_LEN && bpf_ntohs(length) - UDP_HEADER_LEN < message->left)
		message->left = bpf_ntohs(length) - UDP_HEADER_LEN;
	count(EIDER_COUNT_DNS_PACKETS);
	find_owner(skb, sk, message->direction == EIDER_EGRESS, owner);
	if (message->left > EIDER_CHUNK_LEN) {
		count(EIDER_CUT_PAYLOAD);
		emit(message, EIDER_CHUNK_LEN, EIDER_DNS_CUT);
	} else {
		emit(message, message->left, 0);
	}
}

static __always_inline void see_tcp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	__u8 header[14];
	__be32 sequence;
	__u32 header_len;

	if (bpf_skb_load_bytes(skb, message->offset, header, sizeof(header))) {
		count(EIDER_MALFORMED_HEADERS);
		return;
	}
	__builtin_memcpy(&sequence, header + 4, sizeof(sequence));
	message->tcp_sequence = bpf_ntohl(sequence);
	message->tcp_flags = header[13];
	header_len = (header[12] >> 4) * 4;
	if (header_len < 20 || message->offset + header_len > skb->len) {
		count(EIDER_MALFORMED_HEADERS);
		return;
	}
	message->offset += header_len;
	message->left = skb->len - message->offset;
	if (!message->left && !(message->tcp_flags & 0x07)) /* a bare acknowledgement */
		return;
	if (message->left)
		count(EIDER_COUNT_DNS_PACKETS);
	find_owner(skb, sk, false, owner);
	if (message->tcp_flags & 0x02)
		message->tcp_sequence++; /* the SYN takes a number itself, whether data follows (RFC 7413) or not */
	if (message->left <= EIDER_CHUNK_LEN) {
		emit(message, message->left, 0);
		return;
	}
	if (message->left > EIDER_CHUNK_LEN * EIDER_MAX_CHUNKS)
		count(EIDER_CUT_PAYLOAD);
	bpf_loop(EIDER_MAX_CHUNKS, emit_next_chunk, message, 0);
}

/* Out of line, so that a packet of no interest pays for none of this room on the stack. */
static __noinline int see_dns(struct __sk_buff *skb, __u32 offset, __u32 protocol, __u32 direction)
{
	struct message message = {};
	struct eider_owner owner = {};
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	/* A raw socket gets a copy of what another socket receives as its own. */
	if (direction == EIDER_INGRESS && sk && sk->type == 3 /* SOCK_RAW */)
		return PASS;
	if (bpf_skb_load_bytes(skb, offset, &message.ports, sizeof(message.ports)))
		return PASS;
	message.skb = skb;
	message.owner = &owner;
	message.time_ns = bpf_ktime_get_boot_ns();
	message.offset = offset;
	message.protocol = protocol;
	message.direction = direction;
	if (protocol == PROTO_UDP)
		see_udp(skb, sk, &message, &owner);
	else
		see_tcp(skb, sk, &message, &owner);
	return PASS;
}

static __always_inline int see(struct __sk_buff *skb, __u8 direction)
{
	struct transport at;
	struct ports ports;
	enum parse_result parsed = parse_network(skb, &at);

	if (parsed != PARSE_OK) {
		if (parsed == PARSE_MALFORMED)
			count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	if (at.later_fragment || !read_ports(skb, &at, &ports))
		return PASS;
	if (!is_dns_port(ports.source) && !is_dns_port(ports.destination))
		return PASS;
	return see_dns(skb, at.offset, at.protocol, direction);
}

SEC("cgroup_skb/egress")
int dns_egress(struct __sk_buff *skb)
{
	return see(skb, EIDER_EGRESS);
}

SEC("cgroup_skb/ingress")
int dns_ingress(struct __sk_buff *skb)
{
	return see(skb, EIDER_INGRESS);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
