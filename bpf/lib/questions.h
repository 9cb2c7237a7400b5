/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Open questions: what was asked over UDP and is yet to be answered. The socket layer writes them as queries leave; answers
 * are held against them. A table of our own rather than an LRU hash: it costs a third, and it knows when it has let go of a
 * question that still waits, so that its answer is not taken for a forged one.
 */
#ifndef EIDER_QUESTIONS_H
#define EIDER_QUESTIONS_H

#include "lib/maps.h"
#include "lib/names.h"
#include "lib/policy.h"
#include "lib/policy_maps.h"

/* Postures whose sockets' questions are kept. */
#define POSTURE_JUDGES_ANSWERS                                                                                                        \
	(POSTURE_JUDGES_CONTENT | EIDER_POSTURE_FORGED | EIDER_POSTURE_HOLD | EIDER_POSTURE_TRY_FORGED | EIDER_POSTURE_TRY_HOLD)

#define QUESTION_SLOTS 4

/* A stub asks again after this long (resolv.conf(5), timeout), and whoever asked before we looked has his answer or has given up. */
#define QUESTION_NS 5000000000ULL

struct open_question {
	__u64 tag; /* of the client's port and the id; 0: empty */
	__u64 time_ns;
	__u64 words; /* hash of name, type and class, case folded */
	__u32 held_us; /* round trip of an answer that waits for a better one */
	__u8 held_hops; /* its hop limit */
	__u8 is_held;
	__u8 is_released; /* no better one came: the next that fits passes */
	__u8 pad3;
	__u8 server[16];
	__be16 server_port;
	__u16 len; /* octets of name, type and class */
	__u32 client; /* the address it left from, folded */
	__u32 generation; /* of the policies that allowed it; 0: it was denied, and Eider answers it */
	__u16 posture;
	__u8 answered;
	__u8 edns; /* QUESTION_* */
	/* Who asked, for what the wire tells of it. */
	__u64 start_ns;
	__u64 cgroup_id;
	__u64 netns_cookie;
	__u32 pid;
	__u32 uid;
};

#define QUESTION_EDNS 0x01
#define QUESTION_DNSSEC 0x80 /* the DO bit, where it stands in the OPT record */

struct question_bucket {
	struct bpf_spin_lock lock;
	__u32 pad;
	__u64 lost_ns; /* when a question was last let go of that still waited */
	struct open_question slot[QUESTION_SLOTS];
};

/* A power of two, set by user space: one where no policy can be in force. */
const volatile __u32 question_buckets __weak = 1;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct question_bucket);
} open_questions __weak SEC(".maps");

static __always_inline bool keeps_questions(void)
{
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	return state && state->questions_since_ns;
}

static __always_inline __u64 question_tag(const struct eider_state *state, __be16 client_port, __be16 id)
{
	return mix(state->secret[0], (__u32)client_port << 16 | id, state->secret[0], state->secret[1]) | 1;
}

static __always_inline struct question_bucket *question_bucket(__u64 tag)
{
	__u32 index = (tag >> 32) & (question_buckets - 1);

	return bpf_map_lookup_elem(&open_questions, &index);
}

/*
 * Hash of len octets of a question. Case is folded: what a server makes of it is its own business. The last word is read behind the loop: within it, the
 * verifier would walk on from each.
 */
static __always_inline __u64 hash_question(const __u8 *octets, const __u32 room, __u32 len, __u64 first, __u64 second)
{
	__u64 hash = second ^ len;
	__u32 at;

	if (len > room)
		return 0;
#pragma clang loop unroll(disable)
	for (at = 0; at + 8 <= len; at += 8)
		hash = mix(hash, lower_case(*(__u64 *)(octets + at)), first, second);
	if (len & 7) {
		at = len & ~7;
		hash = mix(hash, last_word(lower_case(*(__u64 *)(octets + at)), len & 7), first, second);
	}
	return hash;
}

/* Functions of their own, verified once. */
__weak __u64 question_words(const struct question *question, __u32 len, __u64 first, __u64 second)
{
	return question ? hash_question(question->octets, QUESTION_LEN, len, first, second) : 0;
}

__weak __u64 short_question_words(const struct short_message *message, __u32 len, __u64 first, __u64 second)
{
	return message ? hash_question(message->octets + DNS_HEADER_LEN, SHORT_LEN - DNS_HEADER_LEN, len, first, second) : 0;
}

static __always_inline bool same_address(const void *one, const void *other)
{
	const __u64 *a = one, *b = other;

	return a[0] == b[0] && a[1] == b[1];
}

/* Of IPv4 it is as good as the address itself. */
static __always_inline __u32 fold_address(const void *address)
{
	const __u32 *word = address;

	return word[0] ^ word[1] ^ word[2] ^ word[3];
}

/* An earlier send of the same question. Another client's may be the same in all but its place: who is denied it must not speak for who is not. */
static __always_inline bool is_same_question(const struct open_question *one, const struct open_question *other)
{
	return one->tag == other->tag && one->words == other->words && one->client == other->client &&
	       one->netns_cookie == other->netns_cookie && one->server_port == other->server_port &&
	       same_address(one->server, other->server);
}

/* Which slot a question takes: its own from an earlier send, a free one, an answered one, the oldest. Under the bucket's lock. */
static __always_inline __u32 choose_slot(const struct question_bucket *bucket, const struct open_question *asked)
{
	__u64 best_rank = ~0ULL;
	__u32 best = 0;

#pragma unroll
	for (int i = 0; i < QUESTION_SLOTS; i++) {
		const struct open_question *slot = &bucket->slot[i];
		__u64 rank = slot->time_ns >> 1;

		if (is_same_question(slot, asked))
			rank = 0;
		else if (!slot->tag)
			rank = 1;
		else if (!slot->answered)
			rank |= 1ULL << 63;
		if (rank < best_rank) {
			best_rank = rank;
			best = i;
		}
	}
	return best;
}

static __always_inline void put_question(struct question_bucket *bucket, const struct open_question *asked)
{
	bool lost;
	__u32 at;

	bpf_spin_lock(&bucket->lock);
	at = choose_slot(bucket, asked) & (QUESTION_SLOTS - 1);
	lost = bucket->slot[at].tag && !bucket->slot[at].answered &&
	       elapsed_ns(bucket->slot[at].time_ns, asked->time_ns) < QUESTION_NS &&
	       (bucket->slot[at].tag != asked->tag || bucket->slot[at].words != asked->words);
	if (lost)
		bucket->lost_ns = asked->time_ns;
	bucket->slot[at] = *asked;
	bpf_spin_unlock(&bucket->lock);
	if (lost)
		count(EIDER_QUESTIONS_SHED);
}

#endif
