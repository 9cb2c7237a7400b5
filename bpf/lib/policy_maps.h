/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* The tables that policies are compiled into; abi.h says what stands in them, and how a change of policies swaps their sides. */
#ifndef EIDER_POLICY_MAPS_H
#define EIDER_POLICY_MAPS_H

#include "abi.h"
#include "lib/kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct eider_state);
} policy_state __weak SEC(".maps");

/* Set before load. 0: there will be no policies, and the verifier does not walk what could only judge. */
const volatile __u8 has_policies __weak = 1;

/* Null where there are no policies. */
static __always_inline struct eider_state *state_of_policies(void)
{
	__u32 zero = 0;

	return has_policies ? bpf_map_lookup_elem(&policy_state, &zero) : NULL;
}

struct eider_name_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct eider_bucket)); /* sizes: a type behind an inner map is not described (abi.bpf.c) */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, EIDER_GENERATIONS);
	__type(key, __u32);
	__array(values, struct eider_name_table);
} policy_names __weak SEC(".maps");

struct eider_decision_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, sizeof(struct eider_decision_key));
	__uint(value_size, sizeof(struct eider_decision));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, EIDER_GENERATIONS);
	__type(key, __u32);
	__array(values, struct eider_decision_table);
} policy_decisions __weak SEC(".maps");

/* cgroup id to what holds there. */
struct eider_workload_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct eider_workload));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, EIDER_GENERATIONS);
	__type(key, __u32);
	__array(values, struct eider_workload_table);
} policy_workloads __weak SEC(".maps");

#define EIDER_MAX_POSTURES 4096
#define EIDER_MAX_RULES 16384
#define EIDER_MAX_RESOLVERS 16384
#define EIDER_MAX_USERS 4096
/* Question types of a side, eight to a word. */
#define EIDER_TYPE_WORDS (65536 / 8)

/* Index: side * EIDER_MAX_POSTURES + posture. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EIDER_GENERATIONS *EIDER_MAX_POSTURES);
	__type(key, __u32);
	__type(value, struct eider_posture);
} policy_postures __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EIDER_GENERATIONS *EIDER_MAX_RULES);
	__type(key, __u32);
	__type(value, struct eider_rule);
} policy_rules __weak SEC(".maps");

/* Key with the side in the top bit of .resolvers. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EIDER_GENERATIONS *EIDER_MAX_RESOLVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct eider_resolver_key);
	__type(value, __u8);
} policy_resolvers __weak SEC(".maps");

struct eider_side_key {
	__u32 side;
	__u32 value; /* a uid */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EIDER_GENERATIONS *EIDER_MAX_USERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct eider_side_key);
	__type(value, __u32);
} policy_users __weak SEC(".maps");

/* Class of each question type, an octet each. Index: side * EIDER_TYPE_WORDS + type / 8. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EIDER_GENERATIONS *EIDER_TYPE_WORDS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} policy_types __weak SEC(".maps");

/* Index: side * EIDER_FILTER_WORDS + word. The table of names itself cannot be looked into without a call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EIDER_GENERATIONS *EIDER_FILTER_WORDS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} policy_filter __weak SEC(".maps");

struct eider_bucket_state {
	__u64 free_at_ns; /* when all tokens spent so far have come back: the generic cell rate algorithm */
};

#define EIDER_RATE_SLOTS 4096

struct eider_rate_slot {
	__u64 tag; /* of the key; 0: nobody's yet */
	__u64 free_at_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EIDER_RATE_SLOTS);
	__type(key, __u32);
	__type(value, struct eider_rate_slot);
} policy_rate_slots __weak SEC(".maps");

struct eider_rate_key {
	__u64 id; /* of the cgroup, or of the process */
	__u32 posture;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 16);
	__type(key, struct eider_rate_key);
	__type(value, struct eider_bucket_state);
} policy_rates __weak SEC(".maps");

#endif
