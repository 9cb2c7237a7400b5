/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Hold-On (Duan et al., 2012): who forges an answer on its way sees the question, so everything in it fits; but he is nearer
 * than the server, or farther, and cannot know from how far the server's packets come. An answer that comes sooner than any
 * answer of this server could, with a hop limit that none of them had, or written in another manner than all of late, is held
 * back while a better one may come. User space lets go of it when none has: nothing is lost but some milliseconds.
 */
#ifndef EIDER_HOLD_H
#define EIDER_HOLD_H

#include "lib/emit.h"
#include "lib/questions.h"

/* Answers of a server from which its ways are known: enough that a second path or a first cache hit has shown itself. */
#define KNOWN_ANSWERS 16
/*
 * Hop limits of one server: anycast sites, and paths that alternate or change. Of one with more ways than are kept, some answers are held back time and
 * again; each that is kept is one more that a forger may hit.
 */
#define KNOWN_HOPS 6
/* Its shortest round trip is that of the last one or two of these: servers move, and caches grow cold. */
#define ROUND_TRIP_NS 300000000000ULL
/*
 * An answer that was not held back may be forged all the same, a little later than half of it, and would let in those that come still earlier: what is
 * clearly shorter is believed when this many more answers were than were not.
 */
#define SHORTER_ANSWERS 64

/* How a server writes its answers, which a forger who only copies the question gets wrong. */
enum manner {
	MANNER_RECURSION, /* RA (RFC 1035 4.1.1) */
	MANNER_EDNS, /* a question with OPT gets an answer with one (RFC 6891 6.1.1) */
	MANNERS,
};

#define HOLD_LEAST_MS 100
#define HOLD_MOST_MS 1000
/* What is held is sent to its socket again by user space, in one frame. */
#define HOLD_LEN 1400

struct server_ways {
	__u64 since_ns; /* of this window */
	__u32 shortest_us[2]; /* in this window and the one before; 0: no answer yet */
	__u32 usual_us; /* mean, of late */
	__u32 answers;
	__u8 hops[KNOWN_HOPS];
	__u8 known_hops;
	__u8 shorter; /* answers that came sooner than known, less those that did not */
	__u8 manner; /* a bit for each enum manner, of the last answer that shows it */
	__u8 steady[MANNERS]; /* answers before it that were written so as well, up to KNOWN_ANSWERS */
	__u8 pad[5];
};

/* What is seen of one answer. */
struct way {
	__u32 round_trip_us;
	__u8 hops;
	__u8 manner;
	__u8 shows; /* of which manners it speaks */
	__u8 pad;
};

/* From each network namespace a server is at another distance. */
struct server_key {
	__u8 address[16];
	__u64 netns_cookie;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 13);
	__type(key, struct server_key);
	__type(value, struct server_ways);
} server_ways __weak SEC(".maps");

static __always_inline bool knows_hops(const struct server_ways *ways, __u8 hops)
{
	bool known = false;

#pragma unroll
	for (int i = 0; i < KNOWN_HOPS; i++)
		known |= i < ways->known_hops && ways->hops[i] == hops;
	return known;
}

/* 0: not known. */
static __always_inline __u32 shortest_round_trip(const struct server_ways *ways)
{
	__u32 now = ways->shortest_us[0], before = ways->shortest_us[1];

	return !now || (before && before < now) ? before : now;
}

/* Failures and truncated answers are often written by another hand than the rest (RFC 6891 7, rate limits), and say nothing. */
static __always_inline void read_manner(const __u8 *header, const struct open_question *asked, struct way *way)
{
	__u8 rcode = header[3] & 0x0f;

	if ((rcode && rcode != 3) || header[2] & 0x02)
		return;
	way->shows = 1 << MANNER_RECURSION;
	if (header[3] & 0x80)
		way->manner |= 1 << MANNER_RECURSION;
	if (!(asked->edns & QUESTION_EDNS))
		return;
	way->shows |= 1 << MANNER_EDNS;
	if (header[10] | header[11])
		way->manner |= 1 << MANNER_EDNS;
}

static __always_inline bool knows_manner(const struct server_ways *ways, const struct way *way)
{
	bool known = true;

#pragma unroll
	for (int i = 0; i < MANNERS; i++)
		known &= !((ways->manner ^ way->manner) & way->shows & 1 << i) || ways->steady[i] < KNOWN_ANSWERS;
	return known;
}

static __always_inline void learn_manner(struct server_ways *ways, const struct way *way)
{
#pragma unroll
	for (int i = 0; i < MANNERS; i++) {
		if ((ways->manner ^ way->manner) & way->shows & 1 << i)
			ways->steady[i] = 0;
		else if (way->shows & 1 << i && ways->steady[i] < KNOWN_ANSWERS)
			ways->steady[i]++;
	}
	ways->manner = (ways->manner & ~way->shows) | (way->manner & way->shows);
}

/*
 * Of an answer that is believed. Processors may race here: what one learns and loses the next answer brings again. A function of its own, verified once.
 */
__weak int learn_ways(struct server_ways *ways, __u64 now_ns, const struct way *way, __u32 waited)
{
	__u32 round_trip_us, known, at;
	__u8 hops;

	if (!ways || !way)
		return 0;
	round_trip_us = way->round_trip_us;
	hops = way->hops;
	learn_manner(ways, way);
	if (now_ns - ways->since_ns > ROUND_TRIP_NS) {
		ways->shortest_us[1] = now_ns - ways->since_ns > 2 * ROUND_TRIP_NS ? 0 : ways->shortest_us[0];
		ways->shortest_us[0] = 0;
		ways->since_ns = now_ns;
	}
	if (!round_trip_us)
		round_trip_us = 1;
	known = shortest_round_trip(ways);
	if (waited || ways->answers < KNOWN_ANSWERS || round_trip_us >= known - known / 16)
		ways->shorter -= ways->shorter > 0;
	else if (++ways->shorter < SHORTER_ANSWERS)
		round_trip_us = known;
	else
		ways->shorter = 0;
	if (!ways->shortest_us[0] || round_trip_us < ways->shortest_us[0])
		ways->shortest_us[0] = round_trip_us;
	ways->usual_us = ways->answers ? ways->usual_us - ways->usual_us / 8 + round_trip_us / 8 : round_trip_us;
	if (!knows_hops(ways, hops)) {
		at = (ways->known_hops < KNOWN_HOPS ? ways->known_hops++ : ways->answers) & 7;
		ways->hops[at < KNOWN_HOPS ? at : 0] = hops;
	}
	ways->answers++;
	return 0;
}

static __always_inline bool is_suspicious(const struct server_ways *ways, const struct way *way)
{
	return ways->answers >= KNOWN_ANSWERS &&
	       (!knows_hops(ways, way->hops) || way->round_trip_us < shortest_round_trip(ways) / 2 || !knows_manner(ways, way));
}

/* With the number of the rule, where an audited policy alone would hold back. */
#define HOLD_TRIED 0x10000
/* The audited have ways of their own: what was not held back is learnt at once, which it must not be for those for whom it is. */
#define TRIED_WAYS (1ULL << 63)

/* True: the answer, which fits the question, is held back. */
static __noinline int hold_back(const struct eider_state *state, struct message *message, const struct question *answer,
				struct open_question *asked, __u32 rule)
{
	struct server_ways fresh = {}, *ways;
	struct server_key key;
	struct way way = {};
	__u32 hold_ms;

	if (!state || !message || !answer || !asked || message->left > HOLD_LEN)
		return 0;
	/* Hop limit of IPv6 (RFC 8200 3), time to live of IPv4. */
	if (bpf_skb_load_bytes(message->skb, message->skb->protocol == bpf_htons(0x86dd) ? 7 : 8, &way.hops, 1))
		return 0;
	way.round_trip_us = (message->time_ns - asked->time_ns) / 1000;
	read_manner(answer->header + sizeof(answer->header) - DNS_HEADER_LEN, asked, &way);
	__builtin_memcpy(key.address, asked->server, sizeof(key.address));
	key.netns_cookie = asked->netns_cookie | (rule & HOLD_TRIED ? TRIED_WAYS : 0);
	ways = bpf_map_lookup_elem(&server_ways, &key);
	if (!ways) {
		fresh.since_ns = message->time_ns;
		learn_ways(&fresh, message->time_ns, &way, false);
		bpf_map_update_elem(&server_ways, &key, &fresh, BPF_NOEXIST);
		return 0;
	}
	if (asked->is_released) {
		/* Nobody said better: that is how this server answers now. */
		way.round_trip_us = asked->held_us;
		way.hops = asked->held_hops;
		learn_ways(ways, message->time_ns, &way, true);
		asked->is_released = 0;
		asked->is_held = 0;
		count(EIDER_HELD_RELEASED);
		return 0;
	}
	if (!is_suspicious(ways, &way)) {
		if (!asked->answered)
			learn_ways(ways, message->time_ns, &way, false);
		if (asked->is_held) {
			asked->is_held = 0;
			count(EIDER_HELD_BETTER);
		}
		return 0;
	}
	if (asked->answered)
		return 0; /* too late to do harm */
	if (rule & HOLD_TRIED) {
		/* Were no better one to come, its way would be known from then on. */
		learn_ways(ways, message->time_ns, &way, true);
		would_deny_answer(&message->verdict, state->generation, rule, EIDER_REASON_HELD);
		return 0;
	}
	if (message->time_ns > state->holding_until_ns) {
		count(EIDER_NOT_HELD);
		return 0;
	}
	if (!asked->is_held) {
		asked->is_held = 1;
		asked->held_us = way.round_trip_us;
		asked->held_hops = way.hops;
	}
	hold_ms = ways->usual_us / 500 + HOLD_LEAST_MS; /* twice the usual */
	message->hold_ms = hold_ms < HOLD_MOST_MS ? hold_ms : HOLD_MOST_MS;
	message->tcp_sequence = message->skb->ifindex;
	message->verdict.generation = state->generation;
	message->verdict.rule = rule;
	message->verdict.action = EIDER_DENY;
	message->verdict.reason = EIDER_REASON_HELD;
	count(EIDER_HELD);
	return 1;
}

#endif
