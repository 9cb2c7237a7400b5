/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Who runs: the owner of what the current task does with a socket. */
#ifndef EIDER_OWNER_H
#define EIDER_OWNER_H

#include "abi.h"
#include "lib/kernel.h"

static __always_inline __u64 cgroup_id_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline void owner_of_task(struct eider_owner *owner, struct task_struct *task)
{
	owner->pid = BPF_CORE_READ(task, tgid);
	owner->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	owner->uid = BPF_CORE_READ(task, cred, uid.val);
	owner->cgroup_id = cgroup_id_of(task);
	owner->netns_cookie = BPF_CORE_READ(task, nsproxy, net_ns, net_cookie);
	bpf_probe_read_kernel(owner->comm, sizeof(owner->comm), &task->comm);
}

#endif
