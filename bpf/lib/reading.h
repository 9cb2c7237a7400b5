/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* An answer that is being read, and its names against the table of names: as lib/names.h reads questions, but with pointers. */
#ifndef EIDER_READING_H
#define EIDER_READING_H

#include "lib/policy.h"

/*
 * Longer answers are not read, and so are denied where answers are judged. Pointers (RFC 1035 4.1.4) reach no further either. Over UDP
 * most servers refuse to send a quarter of it (RFC 9715).
 */
#define ANSWER_LEN 16384
#define ANSWER_MASK (ANSWER_LEN - 1)
/* An answer that comes in pieces is put together from pieces of this length at most: the verifier bounds place and length each by itself. */
#define PIECE_LEN 512

struct reading {
	__u32 busy;
	__u32 len;
	__u32 at;
	__u32 records; /* of the answer section, still to be read */
	__u32 aliases; /* that may still be judged */
	__u32 generation; /* of the policies it is judged by */
	__u32 posture; /* of who asked */
	__u16 type; /* that was asked for */
	__u16 rule; /* that denies an alias */
	__u16 tried_rule; /* that would, were audited policies enforced */
	__u8 over_tcp;
	__u8 watches_aliases; /* ALIASES_* of lib/content.h */
	__u8 malformed;
	__u8 is_private;
	__u8 denied; /* an alias was */
	__u8 whole; /* the name at hand */
	__u32 end; /* of the record at hand */
	__u32 hint; /* address in it, the end of their list, and how long each is */
	__u32 hints_end;
	__u32 hint_len;
	/* The name at hand: */
	__u32 from; /* its next label */
	__u32 name_len;
	__u32 labels;
	struct place place;
	__u64 best; /* struct eider_decision */
	__u64 unnamed; /* where no name matches */
	struct eider_names names; /* how they are hashed */
	__u64 label_hash[MAX_LABELS];
	__u8 before[8]; /* the length prefix, in its last octets */
	__u8 octets[ANSWER_LEN + PIECE_LEN + 8];
};

/* Answers come in softirqs, which do not nest; where they are threads, one may be preempted. */
#define READINGS 4

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, READINGS);
	__type(key, __u32);
	__type(value, struct reading);
} readings __weak SEC(".maps");

static __always_inline struct reading *claim_reading(void)
{
	for (__u32 i = 0; i < READINGS; i++) {
		__u32 slot = i;
		struct reading *reading = bpf_map_lookup_elem(&readings, &slot);

		if (reading && __sync_val_compare_and_swap(&reading->busy, 0, 1) == 0)
			return reading;
	}
	return NULL;
}

static __always_inline void release_reading(struct reading *reading)
{
	__sync_lock_test_and_set(&reading->busy, 0);
}

/* Labels and pointers that are read at one go, as nearly all names have; and how often: no server makes names of many pointers. */
#define NAME_STEPS 8
#define NAME_STRETCHES 20

/* Past a label of the name at reading->at. True: it ends here. */
static __always_inline bool skip_next_label(struct reading *reading)
{
	__u32 len = reading->octets[reading->at & ANSWER_MASK];

	if (reading->at >= reading->len || (len > MAX_LABEL_LEN && len < 0xc0)) {
		reading->malformed = 1;
		return true;
	}
	reading->at += len >= 0xc0 ? 2 : 1 + len;
	return !len || len >= 0xc0;
}

static long skip_label(__u32 index, void *context)
{
	return skip_next_label(*(struct reading **)context);
}

/* Past the name at reading->at. A function of its own, verified once. */
__weak int skip_name(struct reading *reading)
{
	if (!reading)
		return 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < NAME_STEPS; i++)
		if (skip_next_label(reading))
			return 0;
	bpf_loop(MAX_LABELS, skip_label, &reading, 0);
	return 0;
}

__weak __u64 hash_long_answer_label(const struct reading *reading, __u32 start, __u32 len)
{
	return reading ? hash_words(reading->octets, ANSWER_MASK, start, len, reading->names.seed, reading->names.multiplier) : 0;
}

/* Hashes a label of the name at reading->from, or follows a pointer, which leads backwards (RFC 1035 4.1.4). False: there are no more. */
static __always_inline bool read_next_label(struct reading *reading)
{
	__u32 from = reading->from & ANSWER_MASK, len = reading->octets[from], labels = reading->labels;

	if (reading->from >= reading->len)
		return false;
	if (len >= 0xc0) {
		__u32 target = (len & 0x3f) << 8 | reading->octets[from + 1];

		if (target >= from)
			return false;
		reading->from = target;
		return true;
	}
	if (!len) {
		reading->whole = 1;
		return false;
	}
	reading->name_len += 1 + len;
	if (len > MAX_LABEL_LEN || reading->name_len >= MAX_NAME_LEN || from + 1 + len >= reading->len)
		return false;
	reading->label_hash[labels & (MAX_LABELS - 1)] =
		len > 16 ? hash_long_answer_label(reading, from + 1, len)
			 : hash_two_words(reading->octets, ANSWER_MASK, from + 1, len, reading->names.seed, reading->names.multiplier);
	reading->labels = labels + 1;
	reading->from = from + 1 + len;
	return true;
}

/* Reads on in a name; 0: to its end. A function of its own, so that the verifier finds each turn of the loop around it like the one before. */
__weak int read_stretch(struct reading *reading)
{
	if (!reading)
		return 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < NAME_STEPS; i++)
		if (!read_next_label(reading))
			return 0;
	return 1;
}

/*
 * Reads the name at an offset of the answer, and replaces the rules of reading->best by what is decided for it. Returns 0 where it is
 * no name.
 */
__weak int match_answer_name(struct reading *reading, __u32 offset)
{
	__u32 label;
	__u64 fold;

	if (!reading)
		return 0;
	reading->from = offset;
	reading->name_len = 0;
	reading->labels = 0;
	reading->whole = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < NAME_STRETCHES; i++)
		if (!read_stretch(reading))
			break;
	if (!reading->whole)
		return 0;
	fold = reading->names.seed;
	/* The suffix that starts at this label; a longer one, found later, is more specific. */
#pragma clang loop unroll(disable)
	for (int i = 1; i < MAX_LABELS; i++) {
		label = reading->labels - i;
		if (label >= MAX_LABELS)
			break;
		fold = mix(fold, reading->label_hash[label], reading->names.multiplier[0], reading->names.multiplier[1]);
		if (!may_hold(reading->place.side, fold))
			continue;
		reading->place.exact = label == 0;
		reading->best = override(fold, &reading->place, reading->best);
	}
	return 1;
}

#endif
