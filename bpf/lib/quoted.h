/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * ICMP errors that quote a DNS packet. What is looked for ports of open questions with is an error of this kind, and so is what
 * has a server cut its answers (SAD DNS, 2020 and 2021). They are counted by whom they are about; nothing is dropped.
 */
#ifndef EIDER_QUOTED_H
#define EIDER_QUOTED_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/ports.h"

#define PROTO_ICMP 1
#define PROTO_ICMPV6 58

/*
 * Who looks for a port tries one after the other, thousands of them. Hosts and routers hold errors to one address back: Linux to
 * 6 and then one a second (net.ipv4.icmp_ratelimit), which is 16 in the window.
 */
#define QUOTES_WINDOW_NS 10000000000ULL
#define QUOTES_TOLD 64
#define QUOTES_TOLD_NS 1000000000ULL

/* Nothing needs to be cut smaller: what every host of IPv4 takes whole (RFC 791 3.1), and every path of IPv6 (RFC 8200 5). */
#define LEAST_MTU_V4 576
#define LEAST_MTU_V6 1280
#define NO_MTU 0xffff

struct quotes_key {
	__u64 kind; /* enum eider_icmp_kind; 0: of no interest */
	__u8 client[16];
	__u8 server[16];
};

struct quotes_tally {
	__u64 since_ns;
	__u64 told_ns;
	__u64 ports[EIDER_PROBE_WORDS];
	__u64 senders;
	__u16 last_ports[EIDER_QUOTED_PORTS];
	__u32 packets;
	__u16 smallest_mtu;
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 12);
	__type(key, struct quotes_key);
	__type(value, struct quotes_tally);
} icmp_quotes __weak SEC(".maps");

static const struct quotes_tally no_quotes;

/* An error, and the packet that it quotes. */
struct quote {
	struct quotes_key key;
	__u8 sender[16];
	__u32 at; /* of the quoted packet, from the start of the frame; then of its UDP header */
	__u32 mtu;
	__u16 port; /* the client's */
	__u16 server_port;
};

static __always_inline void map_v4(__u8 *to, const __u8 *v4)
{
	__u32 mapped = bpf_htonl(0xffff);

	__builtin_memset(to, 0, 8);
	__builtin_memcpy(to + 8, &mapped, 4);
	__builtin_memcpy(to + 12, v4, 4);
}

static __always_inline void begin(struct quotes_tally *tally, __u64 now_ns)
{
	__u64 told_ns = tally->told_ns;

	__builtin_memset(tally, 0, sizeof(*tally));
	tally->told_ns = told_ns;
	tally->since_ns = now_ns;
	tally->smallest_mtu = NO_MTU;
}

static __always_inline void tell_quotes(struct quotes_tally *tally, const struct quote *quote, __u64 now_ns)
{
	struct eider_icmp *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record)
		return; /* told with the next */
	record->header.type = EIDER_ICMP;
	record->header.size = sizeof(*record);
	record->header.time_ns = now_ns;
	__builtin_memcpy(record->client, quote->key.client, sizeof(record->client));
	__builtin_memcpy(record->server, quote->key.server, sizeof(record->server));
	__builtin_memcpy(record->sender, quote->sender, sizeof(record->sender));
	__builtin_memcpy(record->ports, tally->ports, sizeof(record->ports));
	__builtin_memcpy(record->last_ports, tally->last_ports, sizeof(record->last_ports));
	record->senders = tally->senders;
	record->packets = tally->packets;
	record->server_port = quote->server_port;
	record->smallest_mtu = tally->smallest_mtu;
	record->kind = quote->key.kind;
	record->pad = 0;
	begin(tally, now_ns);
	tally->told_ns = now_ns;
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record)));
}

/* Processors may race here: what one counts and loses is one packet of many. */
static __always_inline void note_quote(const struct quote *quote)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct quotes_tally *tally = bpf_map_lookup_elem(&icmp_quotes, &quote->key);
	__u32 bit = (__u32)(quote->port * 0x9e3779b1u) >> 24, enough, end;

	count(EIDER_ICMP_QUOTES);
	if (!tally) {
		bpf_map_update_elem(&icmp_quotes, &quote->key, &no_quotes, BPF_NOEXIST);
		tally = bpf_map_lookup_elem(&icmp_quotes, &quote->key);
		if (!tally)
			return;
	}
	if (!tally->since_ns || now_ns - tally->since_ns > QUOTES_WINDOW_NS)
		begin(tally, now_ns);
	else if (tally->packets && tally->last_ports[(tally->packets - 1) & (EIDER_QUOTED_PORTS - 1)] == quote->port)
		return; /* nothing new: the packet was seen at a bridge and at its port, or comes again */
	tally->last_ports[tally->packets & (EIDER_QUOTED_PORTS - 1)] = quote->port;
	tally->packets++;
	tally->ports[bit >> 6 & (EIDER_PROBE_WORDS - 1)] |= 1ULL << (bit & 63);
	__builtin_memcpy(&end, quote->sender + 12, sizeof(end));
	tally->senders |= 1ULL << ((end * 0x9e3779b1u) >> 26);
	if (quote->mtu < tally->smallest_mtu)
		tally->smallest_mtu = quote->mtu;
	enough = quote->key.kind == EIDER_ICMP_ANSWER_TOO_BIG ? 1 : QUOTES_TOLD;
	if (tally->packets >= enough && now_ns - tally->told_ns >= QUOTES_TOLD_NS)
		tell_quotes(tally, quote, now_ns);
}

static __always_inline bool is_plain_dns_port(__be16 port)
{
	return is_dns_port(port) && port != bpf_htons(5353);
}

/* A redirect of IPv6 quotes the packet in an option, behind two addresses (RFC 4861 4.5 and 4.6.3). */
static __always_inline bool find_redirected(struct __sk_buff *skb, struct quote *quote)
{
	__u8 option[2];

	quote->at += 32;
#pragma unroll
	for (int i = 0; i < 3; i++) {
		if (bpf_skb_load_bytes(skb, quote->at, option, sizeof(option)) || !option[1])
			return false;
		if (option[0] == 4) {
			quote->at += 8;
			return true;
		}
		quote->at += option[1] * 8;
	}
	return false;
}

/* The quoted packet's source to client, its destination to server. False where it is no beginning of a UDP datagram. */
static __always_inline bool read_quoted_v4(struct __sk_buff *skb, struct quote *quote)
{
	__u8 ip[20];

	if (bpf_skb_load_bytes(skb, quote->at, ip, sizeof(ip)) || ip[0] >> 4 != 4 || (ip[0] & 0x0f) < 5 || ip[9] != PROTO_UDP ||
	    ip[6] & 0x1f || ip[7])
		return false;
	map_v4(quote->key.client, ip + 12);
	map_v4(quote->key.server, ip + 16);
	quote->at += (ip[0] & 0x0f) * 4;
	return true;
}

static __always_inline bool read_quoted_v6(struct __sk_buff *skb, struct quote *quote)
{
	__u8 ip[40];

	if (bpf_skb_load_bytes(skb, quote->at, ip, sizeof(ip)) || ip[0] >> 4 != 6)
		return false;
	__builtin_memcpy(quote->key.client, ip + 8, 16);
	__builtin_memcpy(quote->key.server, ip + 24, 16);
	quote->at += sizeof(ip);
	if (ip[6] != PROTO_FRAGMENT)
		return ip[6] == PROTO_UDP;
	if (bpf_skb_load_bytes(skb, quote->at, ip, 8) || ip[2] || ip[3] & 0xf8)
		return false;
	quote->at += 8;
	return ip[0] == PROTO_UDP;
}

/* The quoted packet was sent from here, or so it is said: a question of a client, or an answer of a server. */
static __always_inline void judge_quote(struct __sk_buff *skb, struct quote *quote, __u32 least_mtu)
{
	struct ports ports;

	if (bpf_skb_load_bytes(skb, quote->at, &ports, sizeof(ports)))
		return;
	quote->port = bpf_ntohs(ports.source);
	quote->server_port = bpf_ntohs(ports.destination);
	if (!is_plain_dns_port(ports.destination)) {
		__u8 client[16];

		if (!is_plain_dns_port(ports.source) || quote->key.kind != EIDER_ICMP_TOO_BIG || quote->mtu >= least_mtu)
			return;
		__builtin_memcpy(client, quote->key.server, sizeof(client));
		__builtin_memcpy(quote->key.server, quote->key.client, sizeof(client));
		__builtin_memcpy(quote->key.client, client, sizeof(client));
		quote->key.kind = EIDER_ICMP_ANSWER_TOO_BIG;
		quote->port = bpf_ntohs(ports.destination);
		quote->server_port = bpf_ntohs(ports.source);
	}
	note_quote(quote);
}

static __always_inline void see_v4(struct __sk_buff *skb, __u32 network)
{
	struct quote quote = {.mtu = NO_MTU};
	__u8 ip[20], icmp[8];

	if (bpf_skb_load_bytes(skb, network, ip, sizeof(ip)) || ip[9] != PROTO_ICMP || ip[6] & 0x1f || ip[7])
		return;
	quote.at = network + (ip[0] & 0x0f) * 4;
	if (bpf_skb_load_bytes(skb, quote.at, icmp, sizeof(icmp)))
		return;
	quote.key.kind = icmp[0] == 5	? EIDER_ICMP_REDIRECT
			 : icmp[0] != 3 ? 0
			 : icmp[1] == 4 ? EIDER_ICMP_TOO_BIG
					: EIDER_ICMP_UNREACHABLE;
	if (!quote.key.kind)
		return;
	if (quote.key.kind == EIDER_ICMP_TOO_BIG)
		quote.mtu = icmp[6] << 8 | icmp[7];
	quote.at += sizeof(icmp);
	map_v4(quote.sender, ip + 12);
	if (read_quoted_v4(skb, &quote))
		judge_quote(skb, &quote, LEAST_MTU_V4);
}

/* Extension headers before an ICMP message; who sends more wants not to be seen, and most hosts take none. */
#define EXTENSIONS_BEFORE_ICMP 3

/* Where the ICMP message is; 0: this is none. */
static __always_inline __u32 find_icmp_v6(struct __sk_buff *skb, __u32 network)
{
	__u32 offset = network + 40;
	__u8 next, header[2];

	if (bpf_skb_load_bytes(skb, network + 6, &next, sizeof(next)))
		return 0;
#pragma unroll
	for (int i = 0; i < EXTENSIONS_BEFORE_ICMP; i++) {
		if (next != PROTO_HOP_BY_HOP && next != PROTO_ROUTING && next != PROTO_DESTINATION)
			break;
		if (bpf_skb_load_bytes(skb, offset, header, sizeof(header)))
			return 0;
		next = header[0];
		offset += (header[1] + 1) * 8;
	}
	return next == PROTO_ICMPV6 ? offset : 0;
}

static __always_inline void see_v6(struct __sk_buff *skb, __u32 network)
{
	struct quote quote = {.mtu = NO_MTU};
	__u8 icmp[8];

	quote.at = find_icmp_v6(skb, network);
	if (!quote.at || bpf_skb_load_bytes(skb, quote.at, icmp, sizeof(icmp)))
		return;
	quote.key.kind = icmp[0] == 137 ? EIDER_ICMP_REDIRECT
			 : icmp[0] == 2 ? EIDER_ICMP_TOO_BIG
			 : icmp[0] == 1 ? EIDER_ICMP_UNREACHABLE
					: 0;
	if (!quote.key.kind || bpf_skb_load_bytes(skb, network + 8, quote.sender, sizeof(quote.sender)))
		return;
	if (quote.key.kind == EIDER_ICMP_TOO_BIG && !icmp[4] && !icmp[5])
		quote.mtu = icmp[6] << 8 | icmp[7];
	quote.at += sizeof(icmp);
	if ((quote.key.kind != EIDER_ICMP_REDIRECT || find_redirected(skb, &quote)) && read_quoted_v6(skb, &quote))
		judge_quote(skb, &quote, LEAST_MTU_V6);
}

/*
 * Takes a frame that is neither UDP nor TCP, where it enters the node: network octets into it IP begins, if it is IP. A function
 * of its own, verified once.
 */
__weak int note_other(struct __sk_buff *skb, __u32 network)
{
	__u8 version;

	if (bpf_skb_load_bytes(skb, network, &version, sizeof(version)))
		return 0;
	if (version >> 4 == 4)
		see_v4(skb, network);
	else if (version >> 4 == 6)
		see_v6(skb, network);
	return 0;
}

#endif
