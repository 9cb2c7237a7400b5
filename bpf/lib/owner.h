/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Who runs: the owner of what the current task does with a socket. */
#ifndef EIDER_OWNER_H
#define EIDER_OWNER_H

#include "abi.h"
#include "lib/kernel.h"

/* Typed kernel pointers are followed by plain loads, which the kernel guards; a helper call for each step would cost ten times as much. */
static __always_inline __u64 cgroup_id_of(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

static __always_inline void owner_of_task(struct eider_owner *owner, struct task_struct *task)
{
	owner->pid = task->tgid;
	owner->start_ns = task->group_leader->start_boottime;
	owner->uid = task->cred->uid.val;
	owner->cgroup_id = cgroup_id_of(task);
	owner->netns_cookie = task->nsproxy->net_ns->net_cookie;
	bpf_probe_read_kernel(owner->comm, sizeof(owner->comm), &task->comm);
}

#endif
