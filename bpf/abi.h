/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Every struct that crosses from the kernel side to user space. Natural alignment, explicit padding, never packed.
 * src/Eider.Core/Abi holds the mirror; size and offsets of both are compared through the object's BTF, in tests and at load.
 * Integers are in host order; addresses are 16 octets in network order, IPv4 as ::ffff:a.b.c.d.
 */
#ifndef EIDER_ABI_H
#define EIDER_ABI_H

#include <linux/types.h>

#define EIDER_ABI_VERSION 1

#define EIDER_COMM_LEN 16
#define EIDER_PATH_LEN 256
#define EIDER_ARGS_LEN 512
#define EIDER_CGROUP_PATH_LEN 1024
/* A UDP message longer than this is cut; a TCP segment is sent in as many chunks of this size as it takes. */
#define EIDER_CHUNK_LEN 4096
/* 16 * 4096 = 65,536: the longest segment that segmentation offload hands to the hook. */
#define EIDER_MAX_CHUNKS 16

enum eider_record_type {
	EIDER_DNS = 1,
	EIDER_EXEC = 2,
	EIDER_FORK = 3,
	EIDER_EXIT = 4,
	EIDER_CGROUP_CREATED = 5,
	EIDER_CGROUP_REMOVED = 6,
};

/* Leads every record of the ring. */
struct eider_header {
	__u32 type; /* enum eider_record_type */
	__u32 size; /* octets of this record that are filled in, header included */
	__u64 time_ns; /* CLOCK_BOOTTIME */
};

/* The process that used the socket last: who asks, or who serves. All zero where it is not known. */
struct eider_owner {
	__u64 start_ns; /* task->group_leader->start_boottime */
	__u64 cgroup_id; /* cgroup v2, of the socket where there is one, else of the task */
	__u64 netns_cookie;
	__u32 pid; /* tgid in the initial pid namespace */
	__u32 uid; /* in the initial user namespace */
	char comm[EIDER_COMM_LEN]; /* NUL-terminated, of the thread that used the socket */
};

enum eider_direction {
	EIDER_INGRESS = 0,
	EIDER_EGRESS = 1,
};

#define EIDER_DNS_CUT 0x01 /* payload is shorter than what was sent */

/* The payload of one UDP datagram, or one chunk of a TCP segment, on a DNS port. */
struct eider_dns {
	struct eider_header header;
	struct eider_owner owner;
	__u64 socket_cookie;
	__u8 source[16];
	__u8 destination[16];
	__u16 source_port;
	__u16 destination_port;
	__u32 tcp_sequence; /* of the first octet of payload (TCP) */
	__u32 wire_len; /* octets of transport payload that were sent; of this chunk for TCP */
	__u16 len; /* octets of payload that follow */
	__u8 protocol; /* 6 TCP, 17 UDP */
	__u8 direction; /* enum eider_direction */
	__u8 flags; /* EIDER_DNS_* */
	__u8 tcp_flags; /* FIN 0x01, SYN 0x02, RST 0x04, as on the wire */
	__u16 pad;
	__u32 pad2;
	/* __u8 payload[len] follows */
};

struct eider_exec {
	struct eider_header header;
	__u64 start_ns;
	__u64 cgroup_id;
	__u32 pid;
	__u32 parent_pid;
	__u32 uid;
	__u16 args_len; /* octets of args filled in; arguments end in NUL each */
	__u16 args_cut; /* 1 when the command line is longer */
	char comm[EIDER_COMM_LEN];
	char path[EIDER_PATH_LEN]; /* as given to execve, NUL-terminated */
	char args[EIDER_ARGS_LEN];
};

struct eider_fork {
	struct eider_header header;
	__u64 start_ns;
	__u64 cgroup_id;
	__u32 pid;
	__u32 parent_pid;
	__u32 uid;
	__u32 pad;
	char comm[EIDER_COMM_LEN];
};

struct eider_exit {
	struct eider_header header;
	__u64 start_ns;
	__u32 pid;
	__u32 exit_code;
};

struct eider_cgroup {
	struct eider_header header;
	__u64 id;
	char path[EIDER_CGROUP_PATH_LEN]; /* below the cgroup v2 mount, NUL-terminated */
};

/* Slots of the per-CPU counter array; append only. */
enum eider_counter {
	EIDER_COUNT_DNS_PACKETS, /* packets on a DNS port that carried payload */
	EIDER_COUNT_DNS_RECORDS, /* records handed to the ring */
	EIDER_LOST_RING_FULL, /* DNS records lost: no room in the ring */
	EIDER_LOST_RING_FULL_PROCESS, /* process and cgroup records lost: no room in the ring */
	EIDER_LOST_LOAD_FAILED, /* DNS records lost: bpf_skb_load_bytes failed */
	EIDER_CUT_PAYLOAD, /* UDP payloads longer than EIDER_CHUNK_LEN, or segments longer than EIDER_MAX_CHUNKS chunks */
	EIDER_MALFORMED_HEADERS, /* packets whose IP or transport headers contradict themselves */
	EIDER_OWNER_UNKNOWN, /* DNS records without an owner */
	EIDER_OWNER_STORE_FAILED, /* bpf_sk_storage_get could not allocate */
	EIDER_ARGS_FAILED, /* command lines that could not be read */
	EIDER_COUNTERS,
};

#endif
