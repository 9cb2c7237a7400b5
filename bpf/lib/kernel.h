/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * The kernel's own types, cut down to the fields in use. CO-RE finds each field's real place when the object is loaded,
 * so order and size here mean nothing; only the names must be the kernel's.
 */
#ifndef EIDER_KERNEL_H
#define EIDER_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* A program's parameters are the hook's, wanted or not. */
#pragma clang diagnostic ignored "-Wunused-parameter"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct signal_struct {
	atomic_t live;
};

struct net {
	__u64 net_cookie;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	__u64 start_boottime;
	char comm[16];
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	const struct cred *cred;
	struct css_set *cgroups;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock_common {
	__u16 skc_family;
	possible_net_t skc_net;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct sock_cgroup_data sk_cgrp_data;
};

struct socket {
	struct sock *sk;
};

/* Begins with its struct sock. */
struct tcp_sock;

struct net_device {
	possible_net_t nd_net;
};

struct sk_buff {
	struct net_device *dev;
	unsigned char *head;
	__u16 transport_header; /* both are offsets from head */
	__u16 network_header;
	__u32 len;
	__u32 data_len; /* octets of len that are not in the linear part */
	unsigned char *data;
	char cb[48]; /* the layer's that has the packet: of IP, the next two */
};

struct inet_skb_parm {
	__u16 frag_max_size; /* of the fragments it was made of; 0: it came whole */
};

struct inet6_skb_parm {
	__u16 frag_max_size;
};

enum skb_drop_reason {
	SKB_DROP_REASON_NO_SOCKET = 3,
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* Keeps the compiler from proving a bound away that the verifier needs to see tested. */
#define FORGET_BOUNDS(variable) asm volatile("" : "+r"(variable))

/* Keeps the verifier from learning of one variable what is tested of its copy: paths that differ in nothing else become one. */
#define FORGET_ORIGIN(variable) asm volatile("%0 ^= 0" : "+r"(variable))

#define AF_INET 2
#define AF_INET6 10
#define ESTABLISHED 1 /* TCP_ESTABLISHED; a UDP socket that is connected, too */

#endif
