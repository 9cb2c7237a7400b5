// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: which processes and control groups come and go, so that one that lived for a millisecond can still be named.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/owner.h"

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *program)
{
	struct eider_exec *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	unsigned long start, len;

	if (!record) {
		count(EIDER_LOST_RING_FULL_PROCESS);
		return 0;
	}
	record->header.type = EIDER_EXEC;
	record->header.size = sizeof(*record);
	record->header.time_ns = bpf_ktime_get_boot_ns();
	record->start_ns = task->group_leader->start_boottime;
	record->cgroup_id = cgroup_id_of(task);
	record->pid = task->tgid;
	record->parent_pid = task->real_parent->tgid;
	record->uid = task->cred->uid.val;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), &task->comm);
	if (bpf_probe_read_kernel_str(record->path, sizeof(record->path), program->filename) < 0)
		record->path[0] = 0;

	start = task->mm->arg_start;
	len = task->mm->arg_end - start;
	record->args_cut = len > EIDER_ARGS_LEN;
	if (len > EIDER_ARGS_LEN)
		len = EIDER_ARGS_LEN;
	if (bpf_probe_read_user(record->args, len, (void *)start)) {
		/* Paged out already: user space has /proc. */
		count(EIDER_ARGS_FAILED);
		len = 0;
	}
	record->args_len = len;
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct eider_fork *record;

	if (child->pid != child->tgid) /* a thread */
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count(EIDER_LOST_RING_FULL_PROCESS);
		return 0;
	}
	record->header.type = EIDER_FORK;
	record->header.size = sizeof(*record);
	record->header.time_ns = bpf_ktime_get_boot_ns();
	record->start_ns = child->start_boottime;
	record->cgroup_id = cgroup_id_of(child);
	record->pid = child->tgid;
	record->parent_pid = parent->tgid;
	record->uid = child->cred->uid.val;
	record->pad = 0;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), &child->comm);
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct eider_exit *record;

	if (task->signal->live.counter) /* other threads of the process go on */
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count(EIDER_LOST_RING_FULL_PROCESS);
		return 0;
	}
	record->header.type = EIDER_EXIT;
	record->header.size = sizeof(*record);
	record->header.time_ns = bpf_ktime_get_boot_ns();
	record->start_ns = task->group_leader->start_boottime;
	record->pid = task->tgid;
	record->exit_code = task->exit_code;
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

static __always_inline int tell_cgroup(struct cgroup *cgroup, const char *path, __u32 type)
{
	struct eider_cgroup *record;

	if (cgroup->root->hierarchy_id != 0) /* not the unified hierarchy */
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count(EIDER_LOST_RING_FULL_PROCESS);
		return 0;
	}
	record->header.type = type;
	record->header.size = sizeof(*record);
	record->header.time_ns = bpf_ktime_get_boot_ns();
	record->id = cgroup->kn->id;
	if (bpf_probe_read_kernel_str(record->path, sizeof(record->path), path) < 0)
		record->path[0] = 0;
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_created, struct cgroup *cgroup, const char *path)
{
	return tell_cgroup(cgroup, path, EIDER_CGROUP_CREATED);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_removed, struct cgroup *cgroup, const char *path)
{
	return tell_cgroup(cgroup, path, EIDER_CGROUP_REMOVED);
}
