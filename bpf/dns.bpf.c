// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: every DNS message that a socket of this node sends or receives, with the process behind the socket.
 * cgroup_skb on the root of cgroup v2 sees datagrams whole: before fragmentation on the way out, after reassembly on the way in.
 */
#include "abi.h"
#include "lib/emit.h"
#include "lib/forged.h"
#include "lib/judge.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/policy.h"
#include "lib/ports.h"
#include "lib/verdict.h"

#define UDP_HEADER_LEN 8
#define DROP 0
#define PASS 1

/* The network header is in the linear part: its length was checked when it was parsed. */
static __always_inline bool read_addresses(struct __sk_buff *skb, struct flow *flow)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(0x0800)) {
		__u32 mapped = bpf_htonl(0xffff);

		if (data + 20 > end)
			return false;
		__builtin_memset(flow->source, 0, 32);
		__builtin_memcpy(flow->source + 8, &mapped, 4);
		__builtin_memcpy(flow->source + 12, data + 12, 4);
		__builtin_memcpy(flow->destination + 8, &mapped, 4);
		__builtin_memcpy(flow->destination + 12, data + 16, 4);
		return true;
	}
	if (data + 40 > end)
		return false;
	__builtin_memcpy(flow->source, data + 8, 32);
	return true;
}

/* The first octets of the transport header: where they lie if they can be reached, or by a helper. */
static __always_inline bool read_transport(struct __sk_buff *skb, __u32 offset, void *header, const __u32 len)
{
	void *at = (void *)(long)skb->data + (offset & 0x7fff);

	if (at + len <= (void *)(long)skb->data_end) {
		__builtin_memcpy(header, at, len);
		return true;
	}
	return !bpf_skb_load_bytes(skb, offset, header, len);
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

/*
 * A denied query goes on only where the wire layer waits for it and turns it round; everywhere else it ends here, and the
 * sender's system call fails.
 */
static __noinline int deny(const struct message *message, const struct eider_owner *owner)
{
	struct eider_rule *rule;

	if (!message || !owner)
		return DROP;
	rule = rule_of(message->verdict.generation & 1, message->verdict.rule);

	count(EIDER_DENIED);
	if (message->verdict.reason == EIDER_REASON_MALFORMED)
		count(EIDER_DENIED_MALFORMED);
	/* A buffer of several datagrams cannot be turned round as one. */
	if (rule && rule->reply != EIDER_REPLY_DROP && !(message->flow.protocol == PROTO_UDP && message->skb->gso_size) &&
	    hand_to_wire(message->skb, &message->flow, owner->netns_cookie, &message->verdict, message->time_ns, 1))
		return PASS;
	count(EIDER_DENIED_DROPPED);
	return DROP;
}

/* Where nothing was to be judged as well: the workload of the device may be another's, with a policy that is not the sender's. */
static __noinline int allow(const struct message *message, const struct eider_owner *owner, __u32 open)
{
	struct eider_verdict verdict;

	if (!message || !owner || !has_policies())
		return PASS;
	verdict = message->verdict;
	verdict.action = EIDER_ALLOW;
	hand_to_wire(message->skb, &message->flow, owner->netns_cookie, &verdict, message->time_ns, open);
	return PASS;
}

static __always_inline int see_udp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	struct socket_state *socket;
	int denied = 0;
	__u8 header[UDP_HEADER_LEN];
	__be16 length;

	if (!read_transport(skb, message->offset, header, sizeof(header))) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	__builtin_memcpy(&message->flow.ports, header, sizeof(message->flow.ports));
	__builtin_memcpy(&length, header + 4, sizeof(length));
	message->offset += UDP_HEADER_LEN;
	/* A length below the header's own stands for "to the end of the packet" (RFC 2675), or is a lie: nothing is hidden behind it. */
	message->left = skb->len > message->offset ? skb->len - message->offset : 0;
	if (bpf_ntohs(length) >= UDP_HEADER_LEN && bpf_ntohs(length) - UDP_HEADER_LEN < message->left)
		message->left = bpf_ntohs(length) - UDP_HEADER_LEN;
	count(EIDER_COUNT_DNS_PACKETS);
	socket = find_owner(skb, sk, message->direction == EIDER_EGRESS, owner);
	if (message->direction == EIDER_EGRESS) {
		/* Whatever is judged: the wire layer looks the verdict up by it. */
		if (message->left >= sizeof(message->flow.id))
			bpf_skb_load_bytes(skb, message->offset, &message->flow.id, sizeof(message->flow.id));
		denied = judge_datagram(message, owner, socket);
	} else if (is_dns_port(message->flow.ports.source)) {
		denied = judge_answer(message, socket);
		if (denied && !may_tell(message->time_ns))
			return DROP;
	}
	if (message->left > EIDER_CHUNK_LEN) {
		count(EIDER_CUT_PAYLOAD);
		emit(message, EIDER_CHUNK_LEN, EIDER_DNS_CUT);
	} else {
		emit(message, message->left, 0);
	}
	if (denied)
		return message->direction == EIDER_EGRESS ? deny(message, owner) : DROP;
	if (message->direction == EIDER_EGRESS && is_dns_port(message->flow.ports.destination))
		allow(message, owner, 1);
	return PASS;
}

static __always_inline int see_tcp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	struct socket_state *socket;
	__u8 header[14];
	__be32 sequence;
	__u32 header_len;
	int denied = 0;

	if (!read_transport(skb, message->offset, header, sizeof(header))) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	__builtin_memcpy(&message->flow.ports, header, sizeof(message->flow.ports));
	__builtin_memcpy(&sequence, header + 4, sizeof(sequence));
	message->tcp_sequence = bpf_ntohl(sequence);
	message->tcp_flags = header[13];
	header_len = (header[12] >> 4) * 4;
	if (header_len < 20 || message->offset + header_len > skb->len) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	message->offset += header_len;
	message->left = skb->len - message->offset;
	if (!message->left && !(message->tcp_flags & 0x07)) /* a bare acknowledgement */
		return PASS;
	if (message->left)
		count(EIDER_COUNT_DNS_PACKETS);
	socket = find_owner(skb, sk, message->direction == EIDER_EGRESS && is_used_by_task(sk), owner);
	if (message->tcp_flags & 0x02)
		message->tcp_sequence++; /* the SYN takes a number itself, whether data follows (RFC 7413) or not */
	if (message->direction == EIDER_EGRESS && message->left && is_dns_port(message->flow.ports.destination)) {
		denied = judge_segment(message, sk, owner, socket);
		if (!denied)
			allow(message, owner, message->tcp_sequence + message->left);
	}
	if (message->left <= EIDER_CHUNK_LEN) {
		emit(message, message->left, 0);
	} else {
		if (message->left > EIDER_CHUNK_LEN * EIDER_MAX_CHUNKS)
			count(EIDER_CUT_PAYLOAD);
		bpf_loop(EIDER_MAX_CHUNKS, emit_next_chunk, message, 0);
	}
	return denied ? deny(message, owner) : PASS;
}

/* A packet whose transport cannot be found may hold anything: it does not leave a workload whose queries are judged. */
static __noinline int judge_headers(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	if (!state || !state->generation || !enforces(state, posture_of_socket(state, skb)))
		return PASS;
	count(EIDER_DENIED);
	count(EIDER_DENIED_MALFORMED);
	count(EIDER_DENIED_DROPPED);
	return DROP;
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
	if (direction == EIDER_INGRESS && sk && sk->type == SOCK_RAW)
		return PASS;
	if (!read_addresses(skb, &message.flow))
		return PASS;
	message.skb = skb;
	message.owner = &owner;
	message.time_ns = bpf_ktime_get_boot_ns();
	message.offset = offset;
	message.flow.protocol = protocol;
	message.direction = direction;
	if (protocol == PROTO_UDP)
		return see_udp(skb, sk, &message, &owner);
	return see_tcp(skb, sk, &message, &owner);
}

static __always_inline int see(struct __sk_buff *skb, __u8 direction)
{
	struct transport at;
	struct ports ports;
	enum parse_result parsed = parse_network(skb, &at);

	if (parsed != PARSE_OK) {
		if (parsed == PARSE_OTHER)
			return PASS;
		count(EIDER_MALFORMED_HEADERS);
		return direction == EIDER_EGRESS ? judge_headers(skb) : PASS;
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

/* These files are Apache-2.0 or GPL-2.0; this tells the kernel which of the two they are loaded under. */
char LICENSE[] SEC("license") = "GPL";
