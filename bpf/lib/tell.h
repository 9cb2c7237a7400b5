/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* How many of the packets that nobody receives are told one by one. */
#ifndef EIDER_TELL_H
#define EIDER_TELL_H

#include "lib/maps.h"

/*
 * A flood of forged answers must not push everything else out of the ring: so many a second and processor are told one by
 * one, which is ample evidence, and the rest are counted.
 */
#define TOLD_NS 500000ULL
#define TOLD_BURST_NS 500000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} told_until __weak SEC(".maps");

static __always_inline bool may_tell(__u64 now_ns)
{
	__u32 zero = 0;
	__u64 *until = bpf_map_lookup_elem(&told_until, &zero);

	if (!until)
		return false;
	if (*until > now_ns + TOLD_BURST_NS) {
		count(EIDER_UNTOLD);
		return false;
	}
	*until = (*until > now_ns ? *until : now_ns) + TOLD_NS;
	return true;
}

#endif
