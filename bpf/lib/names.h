/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * A question's name against the table of names, in one pass over its labels and one over its suffixes.
 *
 * Labels are hashed from the left, eight octets at a time, lower-cased within the register; the suffixes' hashes are folded
 * from the right and each is looked up: one word of a filter, and one cache line where that does not rule it out. Hashes are
 * keyed with a secret of this boot, so nobody can make a name that collides with another. src/Eider.Core/Policy/NameHash.cs is
 * the same arithmetic.
 *
 * Names of up to eight labels in messages of up to 128 octets, as nearly all are, are read where the message lies; all others
 * from scratch.
 */
#ifndef EIDER_NAMES_H
#define EIDER_NAMES_H

#include "abi.h"
#include "lib/kernel.h"

#define DNS_HEADER_LEN 12
#define LENGTH_PREFIX 2 /* in front of each message over TCP (RFC 1035 4.2.2) */
#define MAX_NAME_LEN 255 /* RFC 1035 2.3.4, the root's octet included */
#define MAX_LABELS 128
#define MAX_LABEL_LEN 63

/* A name, then type and class. */
#define QUESTION_LEN (MAX_NAME_LEN + 4)
/* The part of an OPT record (RFC 6891 6.1.2) that tells of its sender, which comes next in most queries. */
#define EDNS_HEAD_LEN 11
/* A power of two for masks, and a word more: the load of a label's last word may reach behind what is filled. */
#define QUESTION_MASK 0x1ff
#define QUESTION_ROOM (QUESTION_MASK + 1 + 8)

struct question {
	__u8 header[16]; /* of the message, in its last 12 octets: header and question are loaded as one */
	__u8 octets[QUESTION_ROOM];
	__u64 label_hash[MAX_LABELS];
	__u64 seed;
	__u64 multiplier[2];
	__u32 labels;
	__u32 at; /* in octets */
	__u32 len; /* octets that are filled */
	__u32 malformed;
	__u16 type;
	__u16 class;
};

static __always_inline __u64 lower_case(__u64 word)
{
	const __u64 every = 0x0101010101010101ULL;
	__u64 low_bits = word & (every * 0x7f);
	__u64 from_a = low_bits + every * (0x80 - 'A');
	__u64 past_z = low_bits + every * (0x7f - 'Z');
	__u64 upper = (from_a ^ past_z) & ~word & (every * 0x80);

	return word | (upper >> 2);
}

static __always_inline __u64 mix(__u64 hash, __u64 word, __u64 first, __u64 second)
{
	hash = (hash ^ word) * first;
	hash = (hash ^ (hash >> 32)) * second;
	return hash ^ (hash >> 29);
}

/* The last len (1 to 8) octets of a label: those that belong to what follows are cleared. */
static __always_inline __u64 last_word(__u64 word, __u32 len)
{
	return word & (~0ULL >> ((8 - len) * 8 & 63));
}

static __always_inline __u64 hash_words(const __u8 *octets, const __u32 mask, __u32 start, __u32 len, __u64 seed,
					const __u64 *multiplier)
{
	__u64 hash = seed ^ len;

	for (int word = 0; word < 8; word++) {
		__u32 done = word * 8;
		__u64 next;

		if (done >= len)
			break;
		next = lower_case(*(__u64 *)(octets + ((start + done) & mask)));
		if (len - done < 8)
			next = last_word(next, len - done);
		hash = mix(hash, next, multiplier[0], multiplier[1]);
	}
	return hash;
}

/* Labels of up to 16 octets, without a loop. */
static __always_inline __u64 hash_two_words(const __u8 *octets, const __u32 mask, __u32 start, __u32 len, __u64 seed,
					    const __u64 *multiplier)
{
	__u64 hash = seed ^ len;
	__u64 next = lower_case(*(__u64 *)(octets + (start & mask)));

	if (len <= 8)
		return mix(hash, last_word(next, len), multiplier[0], multiplier[1]);
	hash = mix(hash, next, multiplier[0], multiplier[1]);
	next = lower_case(*(__u64 *)(octets + ((start + 8) & mask)));
	return mix(hash, last_word(next, len - 8), multiplier[0], multiplier[1]);
}

/* Labels of more than 16 octets, the rarer case; a function of its own so that the verifier walks it once. */
__weak __u64 hash_long_label(struct question *question, __u32 start, __u32 len)
{
	return question ? hash_words(question->octets, QUESTION_MASK, start, len, question->seed, question->multiplier) : 0;
}

static __always_inline __u64 hash_label(struct question *question, __u32 start, __u32 len)
{
	if (len > 16)
		return hash_long_label(question, start, len);
	return hash_two_words(question->octets, QUESTION_MASK, start, len, question->seed, question->multiplier);
}

/* One turn of a loop: hashes the label at question->at. Ends at the root, or at what is no name. */
static long read_label(__u32 index, void *context)
{
	struct question *question = *(struct question **)context;
	__u32 at = question->at & QUESTION_MASK;
	__u32 len = question->octets[at];

	if (len == 0) {
		question->labels = index;
		question->at = at + 1;
		return 1;
	}
	/* A pointer has nothing to point at in the first question; the other label types are history (RFC 6891 5). */
	if (len > MAX_LABEL_LEN || at + 1 + len >= MAX_NAME_LEN || at + 1 + len >= question->len) {
		question->malformed = 1;
		return 1;
	}
	question->label_hash[index & (MAX_LABELS - 1)] = hash_label(question, at + 1, len);
	question->at = at + 1 + len;
	return 0;
}

/* Reads the name, type and class at octets[0]; sets malformed where there are none. */
static __always_inline void read_question(struct question *question)
{
	__u32 at;

	question->malformed = 0;
	question->at = 0;
	question->labels = 0;
	bpf_loop(MAX_LABELS, read_label, &question, 0);
	at = question->at;
	if (question->malformed || at + 4 > question->len || at > MAX_NAME_LEN || question->octets[(at - 1) & QUESTION_MASK]) {
		question->malformed = 1;
		return;
	}
	question->type = question->octets[at & QUESTION_MASK] << 8 | question->octets[(at + 1) & QUESTION_MASK];
	question->class = question->octets[(at + 2) & QUESTION_MASK] << 8 | question->octets[(at + 3) & QUESTION_MASK];
}

#define SHORT_MASK 0x7f
#define SHORT_LEN (SHORT_MASK + 1)
#define SHORT_LABELS 8

/* A message of up to SHORT_LEN octets, from its header on, and a word more. */
struct short_message {
	__u8 octets[SHORT_LEN + 8];
};

__weak __u64 hash_long_short_label(const struct short_message *message, const struct eider_names *names, __u32 start, __u32 len)
{
	return message && names ? hash_words(message->octets, SHORT_MASK, start, len, names->seed, names->multiplier) : 0;
}

#define NOT_A_NAME 0xff
#define TOO_MANY_LABELS 0xfe

/* Hashes of the labels of a message's first name, from the left; *at is then behind it. How many, or why not. */
static __always_inline __u32 read_short_name(const struct short_message *message, __u32 len, const struct eider_names *names,
					     __u64 hash[SHORT_LABELS], __u32 *at)
{
	__u32 start = DNS_HEADER_LEN, label_len, labels;

#pragma clang loop unroll(disable)
	for (labels = 0; labels < SHORT_LABELS; labels++) {
		label_len = message->octets[start & SHORT_MASK];
		if (!label_len)
			break;
		/* As read_label has it. */
		if (label_len > MAX_LABEL_LEN || start + 1 + label_len >= len)
			return NOT_A_NAME;
		start++;
		if (label_len > 16)
			hash[labels] = hash_long_short_label(message, names, start, label_len);
		else
			hash[labels] = hash_two_words(message->octets, SHORT_MASK, start, label_len, names->seed, names->multiplier);
		start += label_len;
	}
	if (message->octets[start & SHORT_MASK])
		return TOO_MANY_LABELS;
	*at = start + 1;
	return labels;
}

#endif
