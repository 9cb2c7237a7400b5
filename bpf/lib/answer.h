/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Turns a query into its answer, in place: RFC 1035 4.1, RFC 6891 (EDNS), RFC 8914 (extended errors). */
#ifndef EIDER_ANSWER_H
#define EIDER_ANSWER_H

#include "lib/emit.h"
#include "lib/packet.h"
#include "lib/policy.h"
#include "lib/questions.h"
#include "lib/verdict.h"

#define ETHERNET_LEN 14
#define TCP_LEN 20

#define TYPE_A 1
#define TYPE_AAAA 28
#define TYPE_OPT 41

/* Short, so that a change of policy is soon felt. */
#define SINKHOLE_TTL 10
#define EDNS_PAYLOAD_SIZE 1232
#define OPTION_EXTENDED_ERROR 15

#define FLAGS_RESPONSE 0x8080 /* QR, RA */
#define FLAGS_KEPT 0x7910 /* opcode, RD, CD (RFC 4035 3.2.2) */
#define FLAG_TRUNCATED 0x0200
#define RCODE_NXDOMAIN 3
#define RCODE_REFUSED 5

/* A packet on the wire, in offsets from its first octet. */
struct packet {
	struct flow flow;
	__u32 network;
	__u32 transport;
	__u32 payload;
	__u32 payload_len;
	__u32 next_sequence; /* behind the payload (TCP) */
	bool v6;
	bool opens; /* a connection */
};

/* Octets of headers: where they lie if they can be reached, or by a helper, which costs as much as a look into a table. */
static __always_inline bool read_header(struct __sk_buff *skb, __u32 offset, void *to, const __u32 len)
{
	void *at = (void *)(long)skb->data + (offset & 0x7fff);

	if (at + len <= (void *)(long)skb->data_end) {
		__builtin_memcpy(to, at, len);
		return true;
	}
	return !bpf_skb_load_bytes(skb, offset, to, len);
}

/* False where its headers are not whole. */
static __always_inline bool read_packet(struct __sk_buff *skb, struct packet *packet)
{
	__u8 version;
	__u8 transport[TCP_LEN];
	__u16 len;

	if (!read_header(skb, packet->network, &version, 1))
		return false;
	packet->v6 = version >> 4 == 6;
	if (packet->v6) {
		if (!read_header(skb, packet->network + 8, packet->flow.source, 32))
			return false;
	} else {
		__u32 mapped = bpf_htonl(0xffff);

		__builtin_memcpy(packet->flow.source + 8, &mapped, 4);
		__builtin_memcpy(packet->flow.destination + 8, &mapped, 4);
		if (!read_header(skb, packet->network + 12, packet->flow.source + 12, 4) ||
		    !read_header(skb, packet->network + 16, packet->flow.destination + 12, 4))
			return false;
	}
	if (packet->flow.protocol == PROTO_UDP) {
		if (!read_header(skb, packet->transport, transport, UDP_LEN))
			return false;
		len = transport[4] << 8 | transport[5];
		packet->payload = packet->transport + UDP_LEN;
		packet->payload_len = skb->len > packet->payload ? skb->len - packet->payload : 0;
		/* A length that lies hides nothing; in a fragment it speaks of more than is here. */
		if (len >= UDP_LEN && len - UDP_LEN < packet->payload_len)
			packet->payload_len = len - UDP_LEN;
		if (packet->payload_len >= 2 && !read_header(skb, packet->payload, &packet->flow.id, 2))
			return false;
	} else {
		if (bpf_skb_load_bytes(skb, packet->transport, transport, TCP_LEN))
			return false;
		packet->payload = packet->transport + (transport[12] >> 4) * 4;
		packet->payload_len = skb->len > packet->payload ? skb->len - packet->payload : 0;
		packet->next_sequence = transport[4] << 24 | transport[5] << 16 | transport[6] << 8 | transport[7];
		packet->opens = transport[13] & TCP_SYN;
		packet->next_sequence += packet->payload_len + packet->opens;
	}
	__builtin_memcpy(&packet->flow.ports, transport, sizeof(packet->flow.ports));
	return true;
}

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Source and destination change places at every layer; sums over them stay the same. */
static __always_inline bool swap_ends(struct __sk_buff *skb, const struct packet *packet)
{
	struct ports ports = {.source = packet->flow.ports.destination, .destination = packet->flow.ports.source};
	__u8 mac[12], swapped[12];

	if (packet->network >= ETHERNET_LEN) {
		if (bpf_skb_load_bytes(skb, 0, mac, sizeof(mac)))
			return false;
		__builtin_memcpy(swapped, mac + 6, 6);
		__builtin_memcpy(swapped + 6, mac, 6);
		if (bpf_skb_store_bytes(skb, 0, swapped, sizeof(swapped), 0))
			return false;
	}
	if (packet->v6) {
		if (bpf_skb_store_bytes(skb, packet->network + 8, packet->flow.destination, 16, 0) ||
		    bpf_skb_store_bytes(skb, packet->network + 24, packet->flow.source, 16, 0))
			return false;
	} else if (bpf_skb_store_bytes(skb, packet->network + 12, packet->flow.destination + 12, 4, 0) ||
		   bpf_skb_store_bytes(skb, packet->network + 16, packet->flow.source + 12, 4, 0)) {
		return false;
	}
	return !bpf_skb_store_bytes(skb, packet->transport, &ports, sizeof(ports), 0);
}

/* The packet ends where its transport says; the network header is told. */
static __always_inline bool resize(struct __sk_buff *skb, const struct packet *packet, __u32 transport_len)
{
	__u32 end = packet->transport + transport_len;
	__be16 old, new;

	if (bpf_skb_change_tail(skb, end, 0))
		return false;
	if (packet->v6) {
		new = bpf_htons(end - packet->network - 40);
		return !bpf_skb_store_bytes(skb, packet->network + 4, &new, sizeof(new), 0);
	}
	new = bpf_htons(end - packet->network);
	if (bpf_skb_load_bytes(skb, packet->network + 2, &old, sizeof(old)) ||
	    bpf_l3_csum_replace(skb, packet->network + 10, old, new, sizeof(new)))
		return false;
	return !bpf_skb_store_bytes(skb, packet->network + 2, &new, sizeof(new), 0);
}

static __always_inline void put16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* The sinkhole's address record behind the question; its length, or 0 for types that have none. */
static __always_inline __u32 put_sinkhole(__u8 *at, __u16 type, const struct eider_rule *rule)
{
	bool v4 = type == TYPE_A && rule->has_sinkhole & 1;

	if (!v4 && !(type == TYPE_AAAA && rule->has_sinkhole & 2))
		return 0;
	put16(at, 0xc000 | DNS_HEADER_LEN); /* the question's name (RFC 1035 4.1.4) */
	put16(at + 2, type);
	put16(at + 4, 1);
	put16(at + 6, 0);
	put16(at + 8, SINKHOLE_TTL);
	if (v4) {
		put16(at + 10, 4);
		__builtin_memcpy(at + 12, rule->sinkhole_v4, 4);
		return 16;
	}
	put16(at + 10, 16);
	__builtin_memcpy(at + 12, rule->sinkhole_v6, 16);
	return 28;
}

static __always_inline __u32 put_opt(__u8 *at, __u8 flags, __u16 extended_error)
{
	at[0] = 0;
	put16(at + 1, TYPE_OPT);
	put16(at + 3, EDNS_PAYLOAD_SIZE);
	put16(at + 5, 0);
	put16(at + 7, (flags & 0x80) << 8); /* DO is copied (RFC 3225 3) */
	put16(at + 9, extended_error != 0xffff ? 6 : 0);
	if (extended_error == 0xffff)
		return EDNS_HEAD_LEN;
	put16(at + 11, OPTION_EXTENDED_ERROR);
	put16(at + 13, 2);
	put16(at + 15, extended_error);
	return EDNS_HEAD_LEN + 6;
}

/* The sum of what stands at an odd octet counts with its octets exchanged (RFC 1071 2 B). */
static __always_inline __u64 at_offset(__u64 sum, __u32 offset)
{
	__u16 folded = ~fold(sum);

	return offset & 1 ? (__u16)(folded << 8 | folded >> 8) : folded;
}

/* The sum of a UDP datagram with its pseudo header (RFC 768, RFC 8200 8.1), payload given. */
static __always_inline __be16 udp_checksum(const struct packet *packet, __u16 len, __u64 payload_sum)
{
	__u64 sum = payload_sum;
	__u16 checksum;

	/* The prefix of a mapped address sums to nothing, so both families are summed alike. */
	sum += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)packet->flow.source, 32, 0);
	sum += bpf_htons(PROTO_UDP) + bpf_htons(len);
	sum += packet->flow.ports.source + packet->flow.ports.destination + bpf_htons(len);
	checksum = fold(sum);
	return checksum ? checksum : 0xffff;
}

/* That the packet is an answer already, which another takes the place of. Besides, QUESTION_* of the query. */
#define REPLACES 0x100

/*
 * Rewrites the query as its answer; the question stays where it is, with the case it was asked in. The checksum is made
 * anew, which is right whether or not the sender's had been filled in yet. False where that cannot be done.
 */
static __noinline int answer_in(struct scratch *scratch, struct __sk_buff *skb, const struct packet *packet,
				const struct eider_rule *rule, __u32 replaces)
{
	struct question *question = &scratch->question;
	__u8 header[DNS_HEADER_LEN], tail[48] = {};
	__u32 asked, tail_len = 0;
	__u16 flags, udp_len;
	__be16 udp[2];
	__u64 sum;
	bool edns;

	if (bpf_skb_load_bytes(skb, packet->payload, header, sizeof(header)) || header[4] || header[5] != 1)
		return 0;
	question->seed = 0;
	read_question(question);
	asked = question->at + 4;
	if (question->malformed || asked > QUESTION_LEN)
		return 0;
	/* The OPT record of a query stands right behind its question in all that is common; elsewhere it is not looked for. */
	edns = replaces ? replaces & QUESTION_EDNS
			: (header[10] || header[11]) && !header[6] && !header[7] && !header[8] && !header[9] &&
				  question->len >= asked + EDNS_HEAD_LEN && !question->octets[asked & QUESTION_MASK] &&
				  !question->octets[(asked + 1) & QUESTION_MASK] &&
				  question->octets[(asked + 2) & QUESTION_MASK] == TYPE_OPT;

	flags = ((header[2] << 8 | header[3]) & FLAGS_KEPT) | FLAGS_RESPONSE;
	if (rule->reply == EIDER_REPLY_NXDOMAIN)
		flags |= RCODE_NXDOMAIN;
	else if (rule->reply == EIDER_REPLY_REFUSED)
		flags |= RCODE_REFUSED;
	else if (rule->reply == EIDER_REPLY_TRUNCATE)
		flags |= FLAG_TRUNCATED;
	else if (rule->reply == EIDER_REPLY_SINKHOLE)
		tail_len = put_sinkhole(tail, question->type, rule);
	put16(header + 2, flags);
	put16(header + 6, tail_len ? 1 : 0);
	put16(header + 8, 0);
	put16(header + 10, edns);
	if (edns) {
		__u8 dnssec = replaces ? replaces & QUESTION_DNSSEC : question->octets[(asked + 7) & QUESTION_MASK];

		/* Two places the verifier can tell apart, rather than one it cannot bound. */
		if (tail_len == 16)
			tail_len += put_opt(tail + 16, dnssec, rule->extended_error);
		else if (tail_len == 28)
			tail_len += put_opt(tail + 28, dnssec, rule->extended_error);
		else
			tail_len = put_opt(tail, dnssec, rule->extended_error);
	}

	udp_len = UDP_LEN + DNS_HEADER_LEN + asked + tail_len;
	*(__u32 *)(question->octets + (asked & QUESTION_MASK)) = 0; /* what is summed ends with the question */
	sum = (__u32)bpf_csum_diff(NULL, 0, (__be32 *)header, sizeof(header), 0);
	sum += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)question->octets, (asked + 3) & 0x1fc, 0);
	sum += at_offset((__u32)bpf_csum_diff(NULL, 0, (__be32 *)tail, sizeof(tail), 0), asked);
	udp[0] = bpf_htons(udp_len);
	udp[1] = udp_checksum(packet, udp_len, sum);

	if (!resize(skb, packet, udp_len) || (!replaces && !swap_ends(skb, packet)))
		return 0;
	if (bpf_skb_store_bytes(skb, packet->transport + 4, udp, sizeof(udp), 0) ||
	    bpf_skb_store_bytes(skb, packet->payload, header, sizeof(header), 0))
		return 0;
	tail_len &= 0x3f;
	return !tail_len || !bpf_skb_store_bytes(skb, packet->payload + DNS_HEADER_LEN + asked, tail, tail_len, 0);
}

static __always_inline bool answer_query(struct __sk_buff *skb, const struct packet *packet, const struct eider_rule *rule)
{
	struct scratch *scratch = claim_scratch();
	int answered;

	if (!scratch)
		return false;
	answered = load_question(skb, packet->payload, packet->payload_len, scratch) && answer_in(scratch, skb, packet, rule, 0);
	release_scratch(scratch);
	return answered;
}

/* What is to be told of a packet on the wire. */
static __always_inline void read_message(struct message *message, struct __sk_buff *skb, const struct packet *packet,
					 const struct eider_owner *owner, const struct eider_verdict *verdict)
{
	message->skb = skb;
	message->owner = owner;
	message->time_ns = bpf_ktime_get_boot_ns();
	message->offset = packet->payload;
	message->left = packet->payload_len;
	message->verdict = *verdict;
	message->flow = packet->flow;
}

#endif
