/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * What is done in response to alerts: names that are denied to a workload, and workloads that may ask one server only, each
 * until its time is over by the kernel's own clock. User space writes the table; whether it lives does not matter after that.
 */
#ifndef EIDER_RESPOND_H
#define EIDER_RESPOND_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/match.h"
#include "lib/names.h"
#include "lib/policy_maps.h"
#include "lib/rate.h"

#define EIDER_MAX_RESPONSES 4096

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EIDER_MAX_RESPONSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct eider_response_key);
	__type(value, struct eider_response);
} responses __weak SEC(".maps");

/* What responses say of a query. */
#define RESPONSE_NAME 0x1 /* its name is denied */
#define RESPONSE_PINNED 0x2 /* its workload is quarantined, and it is to the server that this is for */
#define RESPONSE_ASTRAY 0x4 /* its workload is quarantined, and it is to another */

/* Whether there may be any: most of the time there are none, and this is all that it costs. */
static __always_inline bool any_response(const struct eider_posture *posture, __u64 now_ns)
{
	__u32 zero = 0;
	struct eider_state *state;

	if (!(posture->flags & EIDER_POSTURE_RESPOND))
		return false;
	state = bpf_map_lookup_elem(&policy_state, &zero);
	return state && now_ns && (now_ns < state->names_until_ns || now_ns < state->quarantines_until_ns);
}

static __always_inline __u32 responses_of(const struct scratch *scratch)
{
	return scratch ? scratch->responses : 0;
}

static __always_inline struct eider_response *response_in_force(__u64 name, __u32 workload, __u64 now_ns)
{
	struct eider_response_key key = {.name = name, .workload = workload};
	struct eider_response *found = bpf_map_lookup_elem(&responses, &key);

	return found && now_ns < found->until_ns ? found : NULL;
}

static __always_inline bool is_server_of(const struct eider_response *quarantine, const __u8 *server)
{
	const __u32 *asked = (const __u32 *)server, *v6 = (const __u32 *)quarantine->server_v6;

	if (quarantine->server_v4_port && !asked[0] && !asked[1] && asked[2] == bpf_htonl(0xffff) &&
	    asked[3] == *(const __u32 *)quarantine->server_v4)
		return true;
	return quarantine->server_v6_port && asked[0] == v6[0] && asked[1] == v6[1] && asked[2] == v6[2] && asked[3] == v6[3];
}

/* The name at octets[0..len), its last octet the root's. Lengths of labels are below every letter, so that they stay as they are. */
static __always_inline __u64 hash_name(const struct question *question, __u32 len, const __u64 *keys)
{
	__u64 hash = keys[0] ^ len, last;
	__u32 done;

	/* The last word is read behind the loop: within it, the verifier would walk on from each. */
#pragma clang loop unroll(disable)
	for (done = 0; done + sizeof(__u64) <= len && done < MAX_NAME_LEN; done += sizeof(__u64))
		hash = mix(hash, lower_case(*(const __u64 *)(question->octets + (done & QUESTION_MASK))), keys[1], keys[2]);
	if (len & 7) {
		last = lower_case(*(const __u64 *)(question->octets + (len & QUESTION_MASK & ~7)));
		hash = mix(hash, last_word(last, len & 7), keys[1], keys[2]);
	}
	return hash;
}

/* What responses say of the question in scratch, which has been read; to scratch->responses. */
__weak int find_responses(struct scratch *scratch, const struct asker *asker)
{
	__u64 now_ns = scratch ? scratch->now_ns : 0;
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct eider_response *quarantine;

	if (!scratch || !asker || !state || !asker->rated)
		return 0;
	quarantine = response_in_force(0, asker->rated, now_ns);
	if (quarantine)
		scratch->responses = is_server_of(quarantine, asker->server) ? RESPONSE_PINNED : RESPONSE_ASTRAY;
	if (now_ns < state->names_until_ns &&
	    response_in_force(hash_name(&scratch->question, scratch->question.at, state->response_keys), asker->rated, now_ns))
		scratch->responses |= RESPONSE_NAME;
	return 0;
}

#endif
