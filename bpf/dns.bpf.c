// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: every DNS message that a socket of this node sends or receives, with the process behind the socket.
 * cgroup_skb on the root of cgroup v2 sees datagrams whole: before fragmentation on the way out, after reassembly on the way in.
 */
#include "abi.h"
#include "lib/asking.h"
#include "lib/elsewhere.h"
#include "lib/emit.h"
#include "lib/ending.h"
#include "lib/forged.h"
#include "lib/judge.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/other_ports.h"
#include "lib/packet.h"
#include "lib/policy.h"
#include "lib/ports.h"
#include "lib/received.h"
#include "lib/segment.h"
#include "lib/socket_packet.h"
#include "lib/verdict.h"

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

static __always_inline int see_udp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	struct socket_state *socket;
	int denied = 0;
	bool held = false;
	__u32 flags = 0;
	struct udp udp;

	if (!read_transport(skb, message->offset, &udp, sizeof(udp))) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	message->flow.ports = udp.ports;
	message->offset += sizeof(udp);
	message->left = payload_len(skb, message->offset, &udp);
	count(EIDER_COUNT_DNS_PACKETS);
	socket = find_owner(skb, sk, message->direction == EIDER_EGRESS, owner);
	if (message->direction == EIDER_EGRESS) {
		if (is_dns_port(message->flow.ports.destination))
			note_asking(&message->flow.ports, message->time_ns);
		/* Whatever is judged: the wire layer looks the verdict up by it. */
		if (message->left >= sizeof(message->flow.id))
			bpf_skb_load_bytes(skb, message->offset, &message->flow.id, sizeof(message->flow.id));
		denied = judge_datagram(message, owner, socket);
	} else if (is_dns_port(message->flow.ports.source) || message->elsewhere) {
		flags = fragments_flag(skb) | (message->elsewhere ? EIDER_DNS_ELSEWHERE : 0);
		denied = judge_answer(message, socket, owner);
		held = denied && message->verdict.reason == EIDER_REASON_HELD;
		if (denied && !may_tell(message->time_ns) && !held)
			return DROP;
	}
	if (emit_packet(message, flags) && held) {
		/* Nobody has it who could let go of it. */
		count(EIDER_NOT_HELD);
		return PASS;
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
__weak int judge_socket_headers(struct __sk_buff *skb)
{
	__u32 zero = 0, generation = generation_in_force();
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	if (!state || !generation || !enforces(generation, posture_of_socket(state, generation & 1, skb)))
		return PASS;
	count(EIDER_DENIED);
	count(EIDER_DENIED_MALFORMED);
	count(EIDER_DENIED_DROPPED);
	return DROP;
}

/* From the record that is about to be sent. */
static __noinline int deny_short(struct __sk_buff *skb, const struct eider_dns *record)
{
	struct message message = {};

	if (!record)
		return DROP;
	message.skb = skb;
	message.time_ns = record->header.time_ns;
	message.verdict = record->verdict;
	__builtin_memcpy(message.flow.source, record->source, 32);
	message.flow.ports.source = bpf_htons(record->source_port);
	message.flow.ports.destination = bpf_htons(record->destination_port);
	__builtin_memcpy(&message.flow.id, record + 1, sizeof(message.flow.id));
	message.flow.protocol = PROTO_UDP;
	return deny(&message, &record->owner);
}

/* As allow does it, where the wire layer is known to wait. */
static __noinline void allow_short(const struct eider_dns *record)
{
	struct judged_query judged = {.open = 1};
	struct flow flow = {.protocol = PROTO_UDP};

	if (!record)
		return;
	judged.time_ns = record->header.time_ns;
	judged.verdict = record->verdict;
	judged.verdict.action = EIDER_ALLOW;
	__builtin_memcpy(flow.source, record->source, 32);
	flow.ports.source = bpf_htons(record->source_port);
	flow.ports.destination = bpf_htons(record->destination_port);
	__builtin_memcpy(&flow.id, record + 1, sizeof(flow.id));
	hand_over(&flow, &judged);
}

/* The verdict on a query where it lies in its record. False: it has to be read elsewhere. */
static __always_inline bool judge_short(struct __sk_buff *skb, struct eider_dns *record, struct socket_state *socket, __u32 len,
					__u32 generation)
{
	const struct short_message *message = (const struct short_message *)(record + 1);
	struct asker asker;
	__u32 posture = 0, of_socket = 0;

	record->verdict = (struct eider_verdict){};
	asker.generation = generation;
	if (!generation)
		return true;
	asker.rated = find_postures(skb, generation, socket, &record->owner, true, &posture, &of_socket);
	asker.posture = posture;
	if ((!asker.posture && !of_socket) || (len >= DNS_HEADER_LEN && message->octets[2] & 0x80))
		return true;
	asker.process = record->owner.start_ns ^ record->owner.pid;
	__builtin_memcpy(asker.server, record->destination, 16);
	asker.server_port = bpf_htons(record->destination_port);
	return of_socket == asker.posture &&
	       decide_in_place(message, len, &asker, &record->verdict, record->header.time_ns, &record->hold_ms);
}

/*
 * The usual datagram: its record holds it whole, and it is judged there. Below zero: nothing was done, for want of room in the
 * ring or because the name is not usual.
 */
static __always_inline int see_short(struct __sk_buff *skb, __u32 offset, const __u32 direction)
{
	struct eider_dns *record;
	struct socket_state *socket;
	struct bpf_sock *sk = skb->sk;
	struct udp udp;
	int passes = PASS;
	__u32 len, generation;

	/* A raw socket gets a copy of what another socket receives as its own. */
	if (direction == EIDER_INGRESS && sk) {
		sk = bpf_sk_fullsock(sk);
		if (sk && sk->type == SOCK_RAW)
			return PASS;
	}
	if (!reach_transport(skb, offset, &udp, sizeof(udp)))
		return -1;
	offset += sizeof(udp);
	len = payload_len(skb, offset, &udp);
	if (len > SHORT_LEN || skb->gso_size)
		return -1;
	generation = generation_in_force();
	/* Answers to questions that are kept are judged elsewhere. */
	if (direction == EIDER_INGRESS && generation && sk && keeps_questions()) {
		socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);
		if (socket && (socket->traits & SOCKET_ASKS || (is_fresh(socket) && is_dns_port(udp.ports.source))))
			return -1;
	}
	record = bpf_ringbuf_reserve(&events, sizeof(*record) + sizeof(struct short_message), 0);
	if (!record) {
		/* A query is judged without one; nothing else is left to be done. */
		if (direction == EIDER_EGRESS && generation)
			return -1;
		count(EIDER_LOST_RING_FULL);
		count_cheaply(EIDER_COUNT_DNS_PACKETS);
		return PASS;
	}
	/* Where few paths lead, so that the running task's pointers are followed in place: a call would cost as much as a label. */
	socket = find_owner_by(skb, sk, direction == EIDER_EGRESS, &record->owner, true);
	if (!read_addresses(skb, record->source) || !read_payload(skb, offset, len, (struct short_message *)(record + 1))) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return -1;
	}
	record->header.type = EIDER_DNS;
	record->header.size = sizeof(*record) + len;
	record->header.time_ns = bpf_ktime_get_boot_ns();
	record->source_port = bpf_ntohs(udp.ports.source);
	record->destination_port = bpf_ntohs(udp.ports.destination);
	record->tcp_sequence = 0;
	record->wire_len = len;
	record->len = len;
	record->protocol = PROTO_UDP;
	record->direction = direction;
	record->flags = direction == EIDER_INGRESS ? fragments_flag(skb) : 0;
	record->tcp_flags = 0;
	record->hold_ms = 0;
	if (direction == EIDER_INGRESS) {
		record->verdict = (struct eider_verdict){};
	} else {
		if (is_dns_port(udp.ports.destination))
			note_asking(&udp.ports, record->header.time_ns);
		if (!judge_short(skb, record, socket, len, generation)) {
			bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
			return -1;
		}
		if (record->verdict.action == EIDER_DENY)
			passes = deny_short(skb, record);
		else if (generation && is_dns_port(udp.ports.destination) && reaches(skb, socket, record->owner.netns_cookie))
			allow_short(record);
		if (generation && keeps_questions())
			keep_short_question(skb, (struct short_record *)record, socket);
	}
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record) + sizeof(struct short_message)));
	count_cheaply(EIDER_COUNT_DNS_PACKETS);
	return passes;
}

/* Each way for itself, so that the verifier walks no more for a program than it needs. */
__weak int see_short_sent(struct __sk_buff *skb, __u32 offset)
{
	return see_short(skb, offset, EIDER_EGRESS);
}

__weak int see_short_received(struct __sk_buff *skb, __u32 offset)
{
	return see_short(skb, offset, EIDER_INGRESS);
}

/* What is known of a packet before it is read. */
#define JUDGED_STREAM 0x01 /* there is a verdict on it */
#define FROM_ELSEWHERE 0x02 /* it may be an answer, and comes from a port that is none of DNS */

static __always_inline int see_dns(struct __sk_buff *skb, __u32 offset, __u32 protocol, const __u32 direction, __u32 traits)
{
	struct message message = {};
	struct eider_owner owner = {};
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	/* A raw socket gets a copy of what another socket receives as its own. */
	if (direction == EIDER_INGRESS && sk && sk->type == SOCK_RAW)
		return PASS;
	if (!read_addresses(skb, message.flow.source))
		return PASS;
	message.skb = skb;
	message.owner = &owner;
	message.time_ns = bpf_ktime_get_boot_ns();
	message.offset = offset;
	message.flow.protocol = protocol;
	message.direction = direction;
	message.elsewhere = !!(traits & FROM_ELSEWHERE);
	if (protocol == PROTO_UDP)
		return see_udp(skb, sk, &message, &owner);
	if (traits & JUDGED_STREAM)
		refusal(sk, &message.verdict);
	return see_tcp(skb, sk, &message, &owner);
}

/* Out of line, so that a packet of no interest pays for none of this room on the stack. */
__weak int see_dns_sent(struct __sk_buff *skb, __u32 offset, __u32 protocol)
{
	return see_dns(skb, offset, protocol, EIDER_EGRESS, 0);
}

__weak int see_dns_received(struct __sk_buff *skb, __u32 offset, __u32 protocol, __u32 traits)
{
	return see_dns(skb, offset, protocol, EIDER_INGRESS, traits);
}

/* Whether a datagram to a port that has ever asked, which comes from none of DNS, may be taken for an answer there. */
__weak int answers_from_elsewhere(struct __sk_buff *skb, __u32 offset)
{
	__u8 header[DNS_HEADER_LEN], addresses[32];
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct ports ports;

	if (!read_transport(skb, offset + UDP_LEN, header, sizeof(header)) || !heads_response(header))
		return 0;
	if (!read_transport(skb, offset, &ports, sizeof(ports)) || !has_asked_lately(ports.destination, now_ns))
		return 0;
	return read_addresses(skb, addresses) && !is_other_server(addresses, &ports, now_ns);
}

/* A first look, where the octets can be reached: of a datagram that somebody made in another way nothing is noted. */
static __always_inline bool asks_elsewhere(struct __sk_buff *skb, __u32 offset)
{
	void *header = (void *)(long)skb->data + ((offset + UDP_LEN) & 0x7fff);

	return header + DNS_HEADER_LEN <= (void *)(long)skb->data_end && heads_query(header);
}

/* A query to a port that is none of DNS, which nobody's policy is about. */
__weak int pass_by(struct __sk_buff *skb, __u32 offset)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;
	struct socket_state *socket = sk ? bpf_sk_storage_get(&sockets, sk, NULL, 0) : NULL;
	struct ports ports;
	__u8 addresses[32];

	/* Its server may be one of DNS by another address, to which the socket's packets are translated: the answer will come from there. */
	note_unseen(socket);
	if (read_transport(skb, offset, &ports, sizeof(ports)) && read_addresses(skb, addresses))
		note_other_server(addresses, &ports, bpf_ktime_get_boot_ns());
	return PASS;
}

/* A packet to a port that is none of DNS. */
static __always_inline int send_elsewhere(struct __sk_buff *skb, const struct transport *at, const struct ports *ports)
{
	if (is_wanted(ports))
		return see_elsewhere(skb, at->offset, at->protocol, is_dns_port(ports->source));
	return at->protocol == PROTO_UDP && asks_elsewhere(skb, at->offset) ? pass_by(skb, at->offset) : PASS;
}

static __always_inline int see(struct __sk_buff *skb, const __u8 direction)
{
	struct transport at;
	struct ports ports;
	int seen = LET_IN;
	enum parse_result parsed = parse_network(skb, &at);

	if (parsed != PARSE_OK) {
		if (parsed == PARSE_OTHER)
			return PASS;
		count(EIDER_MALFORMED_HEADERS);
		return direction == EIDER_EGRESS ? judge_socket_headers(skb) : PASS;
	}
	if (at.later_fragment || !read_ports(skb, &at, &ports))
		return PASS;
	if (direction == EIDER_EGRESS && !is_dns_port(ports.destination) && send_elsewhere(skb, &at, &ports) == DROP)
		return DROP;
	if (direction == EIDER_INGRESS && !is_dns_port(ports.source) && at.protocol == PROTO_UDP &&
	    has_ever_asked(ports.destination) && answers_from_elsewhere(skb, at.offset))
		return see_dns_received(skb, at.offset, PROTO_UDP, FROM_ELSEWHERE);
	if (!is_dns_port(ports.source) && !is_dns_port(ports.destination))
		return PASS;
	if (at.protocol == PROTO_UDP) {
		seen = direction == EIDER_EGRESS ? see_short_sent(skb, at.offset) : see_short_received(skb, at.offset);
		if (seen >= 0)
			return seen;
	} else if (direction == EIDER_INGRESS && is_dns_port(ports.source) && content_is_judged()) {
		seen = receive_answers(skb, at.offset);
		if (seen == REFUSED && may_tell(bpf_ktime_get_boot_ns()))
			see_dns_received(skb, at.offset, at.protocol, JUDGED_STREAM);
		if (seen != LET_IN && seen != LET_IN_TRIED)
			return DROP; /* what is withheld is told when it comes again */
	}
	if (direction == EIDER_EGRESS)
		return see_dns_sent(skb, at.offset, at.protocol);
	return see_dns_received(skb, at.offset, at.protocol, seen == LET_IN_TRIED ? JUDGED_STREAM : 0);
}

SEC("cgroup_skb/egress")
int dns_egress(struct __sk_buff *skb)
{
	return see(skb, EIDER_EGRESS) & 1; /* for the verifier, which walks what it calls by itself */
}

SEC("cgroup_skb/ingress")
int dns_ingress(struct __sk_buff *skb)
{
	return see(skb, EIDER_INGRESS) & 1;
}

/* These files are Apache-2.0 or GPL-2.0; this tells the kernel which of the two they are loaded under. */
char LICENSE[] SEC("license") = "GPL";
