/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Which posture holds for a socket's sender: the nearest control group above it that a policy covers. */
#ifndef EIDER_WORKLOAD_H
#define EIDER_WORKLOAD_H

#include "lib/maps.h"
#include "lib/policy.h"

#define MAX_CGROUP_DEPTH 32

static __always_inline __u32 user_class(const struct eider_state *state, __u32 side, __u32 uid)
{
	struct eider_side_key key = {.side = side, .value = uid};
	__u32 *class;

	if (state->side[side & 1].user_classes <= 1)
		return 0;
	class = bpf_map_lookup_elem(&policy_users, &key);
	return class && *class < state->side[side & 1].user_classes ? *class : 0;
}

/*
 * With the number of the workload, which has a rate of its own, in the upper half; 0: none is known.
 * A cgroup made a moment ago, or while no agent ran, has no entry yet; its parents may have.
 */
static __noinline __u64 posture_of_task(const struct eider_state *state, __u32 side, struct task_struct *task)
{
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;
	void *workloads = bpf_map_lookup_elem(&policy_workloads, &side);

	if (!workloads)
		return state->side[side & 1].default_posture;
	for (int i = 0; i < MAX_CGROUP_DEPTH; i++) {
		__u64 id = cgroup->kn->id;
		__u64 *posture;

		if (!id)
			break;
		posture = bpf_map_lookup_elem(workloads, &id);
		if (posture)
			return *posture;
		cgroup = cgroup->self.parent->cgroup;
	}
	return state->side[side & 1].default_posture;
}

#endif
