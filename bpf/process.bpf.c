// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: which processes and control groups come and go, so that one that lived for a millisecond can still be named.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/owner.h"

#define PATH_STEPS 64 /* directories and the mount points between them */
#define PATH_MASK (EIDER_PATH_LEN - 1)

struct path_walk {
	struct dentry *at;
	struct mount *mount;
	char *to;
	__u32 start; /* in to: what is written so far begins here and ends with to */
	__u32 whole;
};

/* One turn: a directory upwards, its name in front of what there is; or from a mount's root to where it is mounted. */
static long walk_up(__u32 index, void *context)
{
	struct path_walk *walk = context;
	struct dentry *at = walk->at, *parent = BPF_CORE_READ(at, d_parent);
	struct mount *mount = walk->mount;
	__u32 len;

	if (at == BPF_CORE_READ(mount, mnt.mnt_root) || at == parent) {
		struct mount *below = BPF_CORE_READ(mount, mnt_parent);

		if (below == mount) {
			walk->whole = 1;
			return 1;
		}
		walk->at = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = below;
		return 0;
	}
	len = BPF_CORE_READ(at, d_name.len) & PATH_MASK;
	if (len + 1 > walk->start)
		return 1;
	walk->start -= len;
	if (bpf_probe_read_kernel(walk->to + (walk->start & PATH_MASK), len, BPF_CORE_READ(at, d_name.name)))
		return 1;
	walk->start--;
	walk->to[walk->start & PATH_MASK] = '/';
	walk->at = parent;
	return 0;
}

/*
 * Writes the path of a file. There is no helper for that in a tracepoint, so its directories are walked up and written
 * from the end. Returns where it begins, or EIDER_PATH_LEN where there is no room for all of it.
 */
static __always_inline __u32 write_path(struct file *file, char *to)
{
	struct path_walk walk = {
		.at = file->f_path.dentry,
		.mount = (void *)file->f_path.mnt - bpf_core_field_offset(struct mount, mnt),
		.to = to,
		.start = EIDER_PATH_LEN,
	};

	bpf_loop(PATH_STEPS, walk_up, &walk, 0);
	return walk.whole ? walk.start : EIDER_PATH_LEN;
}

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

	record->exe_start = write_path(program->file, record->exe);
	record->pad = 0;

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
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record)));
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
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record)));
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
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record)));
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
	/* What will run in a new one may be subject to a policy by then: its posture cannot wait for the reader's next look. */
	bpf_ringbuf_submit(record, type == EIDER_CGROUP_CREATED ? BPF_RB_FORCE_WAKEUP : wake_flags(record, sizeof(*record)));
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
