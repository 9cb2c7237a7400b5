/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Every struct that crosses from the kernel side to user space. Natural alignment, explicit padding, never packed.
 * src/Eider.Core/Abi holds the mirror; size and offsets of both are compared through the object's BTF, in tests and at load.
 * Integers are in host order; addresses are 16 octets in network order, IPv4 as ::ffff:a.b.c.d.
 */
#ifndef EIDER_ABI_H
#define EIDER_ABI_H

#include <linux/types.h>

#define EIDER_ABI_VERSION 14

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
	EIDER_PROBES = 7,
	EIDER_ICMP = 8,
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
#define EIDER_DNS_UNATTRIBUTED 0x02 /* a frame that no socket sent; the owner's cgroup is the workload its device belongs to */
#define EIDER_DNS_UNDELIVERED 0x04 /* a response to a port that no socket listens on; of the owner only the namespace is known */
/* Not on a DNS port: a query that somebody wants told, or (UDP) what may be an answer. One message without length prefix, over TCP as well. */
#define EIDER_DNS_ELSEWHERE 0x08
#define EIDER_DNS_ENCRYPTED 0x10 /* to port 853, where only the server can be told; there is no payload */
#define EIDER_DNS_FRAGMENTED 0x20 /* received in fragments */

enum eider_action {
	EIDER_ALLOW = 1,
	EIDER_DENY = 2,
	EIDER_PASS = 3, /* a cluster policy leaves it to the namespace's */
};

enum eider_reason {
	EIDER_REASON_NONE, /* no policy selects the workload */
	EIDER_REASON_NAME,
	EIDER_REASON_DEFAULT,
	EIDER_REASON_RESOLVER,
	EIDER_REASON_RATE,
	EIDER_REASON_MALFORMED,
	/* Of a response: */
	EIDER_REASON_SOURCE, /* another server answers than was asked */
	EIDER_REASON_QUESTION, /* it answers another question */
	EIDER_REASON_UNASKED, /* nothing was asked under its port and id */
	EIDER_REASON_PRIVATE, /* a private address for a public name */
	EIDER_REASON_ALIAS, /* an alias of a denied name */
	EIDER_REASON_HELD, /* held back while a better answer may come */
	EIDER_REASON_REDIRECT, /* said by user space alone: an audited policy would have another server asked */
	EIDER_REASON_GUESSED, /* a response that fits, but somebody guesses ids at its port */
	/* Of a query: */
	EIDER_REASON_RESPONSE, /* its name is denied in response to an alert */
	EIDER_REASON_QUARANTINE, /* its workload may ask another server only, in response to an alert */
};

/*
 * Of a query, or of a response that is not what was asked for. All zero where nothing was to be judged. Of a response that an audited policy alone would
 * have kept back, reason says why.
 */
struct eider_verdict {
	__u32 generation;
	__u16 rule; /* that decided; 0: none */
	__u16 audit_rule; /* that would have decided were its policy enforced; 0: none */
	__u8 action; /* enum eider_action: allow or deny */
	__u8 reason; /* enum eider_reason */
	__u8 audit_action; /* 0: no audited policy says anything */
	__u8 pad;
};

/* The payload of one UDP datagram, or one chunk of a TCP segment, on a DNS port. */
struct eider_dns {
	struct eider_header header;
	struct eider_owner owner;
	struct eider_verdict verdict;
	__u8 source[16];
	__u8 destination[16];
	__u16 source_port;
	__u16 destination_port;
	__u32 tcp_sequence; /* of the first octet of payload (TCP); where an answer is held back, the device it came in by */
	__u32 wire_len; /* octets of transport payload that were sent; of this chunk for TCP */
	__u16 len; /* octets of payload that follow */
	__u8 protocol; /* 6 TCP, 17 UDP */
	__u8 direction; /* enum eider_direction */
	__u8 flags; /* EIDER_DNS_* */
	__u8 tcp_flags; /* FIN 0x01, SYN 0x02, RST 0x04, as on the wire */
	__u16 hold_ms; /* for how long an answer is held back */
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
	__u32 exe_start; /* EIDER_PATH_LEN where the path is not known or too long */
	__u32 pad;
	char comm[EIDER_COMM_LEN];
	char path[EIDER_PATH_LEN]; /* as given to execve, NUL-terminated */
	char exe[2 *
		 EIDER_PATH_LEN]; /* path of the binary from the root of its mount namespace, from exe_start to EIDER_PATH_LEN; no NUL */
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

#define EIDER_PROBE_WORDS 4

/* Packets from one address to ports that nothing listens on, which are no DNS responses: since the last such record. */
struct eider_probes {
	struct eider_header header;
	__u64 netns_cookie;
	__u8 source[16];
	__u8 destination[16]; /* of the last */
	__u64 ports[EIDER_PROBE_WORDS]; /* a bit for each port, by its hash: different ports are about as many as bits */
	__u32 packets;
	__u16 source_port;
	__u16 destination_port; /* of the last */
};

enum eider_icmp_kind {
	/* About a question that is said to have been asked from here: */
	EIDER_ICMP_UNREACHABLE = 1,
	EIDER_ICMP_TOO_BIG = 2,
	EIDER_ICMP_REDIRECT = 3,
	/* About an answer from here: it is to be cut smaller than any path needs */
	EIDER_ICMP_ANSWER_TOO_BIG = 4,
};

#define EIDER_QUOTED_PORTS 16

/* ICMP errors of one kind that quote packets between a client and a server: since the last such record. */
struct eider_icmp {
	struct eider_header header;
	__u8 client[16];
	__u8 server[16];
	__u8 sender[16]; /* of the last error */
	__u64 ports[EIDER_PROBE_WORDS]; /* the client's: a bit for each, by its hash */
	__u64 senders; /* a bit for each, by its hash */
	__u16 last_ports[EIDER_QUOTED_PORTS]; /* the client's: of the last packets, as many as there were */
	__u32 packets;
	__u16 server_port; /* of the last */
	__u16 smallest_mtu; /* 65535: none is told */
	__u32 kind; /* enum eider_icmp_kind */
	__u32 pad;
};

/*
 * Policy. User space compiles policies into the tables below, on the side that is not in use, and then counts the
 * generation up: one packet is judged by one generation from its first lookup to its last.
 */

#define EIDER_GENERATIONS 2

/* Of a table of names: stands in its bucket 0, and in the side that the table belongs to. */
struct eider_names {
	__u64 seed;
	__u64 multiplier[2]; /* odd, secret */
	__u32 buckets; /* that follow the first */
	__u32 pad;
	__u64 pad2[4];
};

struct eider_side {
	__u32 default_posture; /* of cgroups that no workload entry covers */
	__u32 user_classes; /* postures of one workload stand side by side, one for each class of users; 1 where no policy names users */
	__u32 flags; /* EIDER_POSTURE_* of all its postures together: what nobody wants is not looked for */
	__u32 pad;
	struct eider_names names;
};

/* One element; written by user space alone. */
struct eider_state {
	__u32 generation; /* of the policies, counted up by each change; its lowest bit names the side in force. 0: no policies */
	__u32 pad;
	struct eider_side side[EIDER_GENERATIONS];
	__u64 questions_since_ns; /* open questions are kept since then, because some policy judges answers; 0: they are not */
	__u64 secret[2]; /* odd; keys the table of open questions */
	__u64 holding_until_ns; /* until then somebody is there to let go of answers that are held back */
	__u64 names_until_ns; /* names are denied in response to alerts, the last of them until then */
	__u64 quarantines_until_ns; /* workloads are quarantined, the last of them until then */
	__u64 response_keys[3]; /* seed and multipliers of the names' hashes, for as long as the table of responses is there */
};

/*
 * In front of the table of names, so that a suffix that is not in it, as most are, costs one load: a Bloom filter with all
 * bits of a name in one word. Of the 48 bits that make a fingerprint, the upper 17 choose the word, the lower 12 the bits.
 */
#define EIDER_FILTER_WORDS (1 << 17) /* of one side */
#define EIDER_FILTER_WORD_SHIFT 31

#define EIDER_BUCKET_SLOTS 8
/* A name is in one of this many buckets, side by side. */
#define EIDER_BUCKET_PROBES 16

/*
 * Names as keyed fingerprints: 48 bits of hash, 16 bits of set id, which is never 0; a slot of 0 is empty. Slots fill from the
 * first, so a bucket whose last slot is empty ends a search.
 */
struct eider_bucket {
	__u64 slot[EIDER_BUCKET_SLOTS];
};

/* What a rule's verdict is when the name's best match in each tier is known. 0: the tier has no match. */
enum eider_tier {
	EIDER_TIER_CLUSTER,
	EIDER_TIER_NAMESPACE,
	EIDER_TIER_CLUSTER_AUDIT,
	EIDER_TIER_NAMESPACE_AUDIT,
	EIDER_TIERS,
};

struct eider_decision_key {
	__u32 posture;
	__u16 set; /* of a table's slot; 0: every name */
	__u8 type_class; /* 0: a type no rule names */
	__u8 exact; /* 1: the whole name matched; 0: a suffix of it */
};

struct eider_decision {
	__u16 rule[EIDER_TIERS];
};

/* What holds for a cgroup and those below it that have no entry. Read as one word. */
struct eider_workload {
	__u32 posture; /* the first of its postures */
	__u32 number; /* of the workload it belongs to, which has a rate and responses of its own; never 0 */
};

#define EIDER_POSTURE_NAMES 0x01 /* some rule names names */
#define EIDER_POSTURE_RESOLVERS 0x02 /* only listed servers may be asked */
#define EIDER_POSTURE_RATE_WORKLOAD 0x04
#define EIDER_POSTURE_RATE_PROCESS 0x08
#define EIDER_POSTURE_ENFORCE 0x10 /* some policy enforces: what cannot be read is denied */
#define EIDER_POSTURE_REDIRECT_V4 0x20
#define EIDER_POSTURE_REDIRECT_V6 0x40
#define EIDER_POSTURE_FORGED 0x80 /* forged answers are dropped */
#define EIDER_POSTURE_REBINDING 0x100 /* answers with private addresses for public names are denied */
#define EIDER_POSTURE_ALIASES 0x200 /* answers with aliases of denied names are denied */
#define EIDER_POSTURE_TRY_PORTS 0x400 /* queries on other than DNS ports are judged by audited policies alone */
#define EIDER_POSTURE_EVERY_NAME 0x800 /* some rule speaks of types alone: its decisions stand under set 0 */
#define EIDER_POSTURE_WATCH_PORTS 0x1000 /* queries on other than DNS ports are told */
#define EIDER_POSTURE_JUDGE_PORTS 0x2000 /* and judged as on DNS ports */
#define EIDER_POSTURE_HOLD 0x4000 /* suspicious early answers are held back */
#define EIDER_POSTURE_RESPOND 0x8000 /* responses to alerts are looked for */
/* What audited policies alone would do to answers; each but the aliases where it is not done anyway, by the same rule of the posture. */
#define EIDER_POSTURE_TRY_FORGED 0x10000
#define EIDER_POSTURE_TRY_REBINDING 0x20000
#define EIDER_POSTURE_TRY_ALIASES 0x40000
#define EIDER_POSTURE_TRY_HOLD 0x80000

/* Servers that are compared without a look into the table of resolvers. */
#define EIDER_FIRST_SERVERS 2

/* Everything that holds for a workload besides names. Index 0: nothing is selected, everything is allowed. */
struct eider_posture {
	__u32 flags; /* EIDER_POSTURE_* */
	__u32 resolvers; /* first part of the key in the resolver table */
	__u16 default_rule[EIDER_TIERS]; /* where no name matches */
	__u16 resolver_rule; /* for a server that is not listed */
	__u16 rate_rule; /* past the rate */
	__u16 malformed_rule;
	__u16 forged_rule;
	__u64 ns_per_query; /* one token takes this long to come back */
	__u64 burst_ns; /* burst * ns_per_query */
	__u8 redirect_v4[4]; /* the server to ask in place of any other */
	__u16 redirect_v4_port;
	__u16 redirect_v6_port;
	__u8 redirect_v6[16];
	__u8 server[EIDER_FIRST_SERVERS][16];
	__u32 first_servers; /* how many of the listed servers stand in server; all of them where there are fewer than it holds */
	__u16 rebinding_rule;
	__u16 hold_rule;
	__u32 tried; /* the posture that would hold were audited policies enforced, without its names; 0: nothing but names would differ */
	__u16 redirect_rule; /* of a posture that is tried: the audited redirect */
	__u16 response_rule; /* for a name that is denied in response to an alert */
	__u16 quarantine_rule; /* for a server that a quarantined workload may not ask */
	__u16 pad[3];
};

struct eider_response_key {
	__u64 name; /* hash of the whole name; 0: the workload is quarantined */
	__u32 workload; /* number */
	__u32 pad;
};

#define EIDER_RESPONSE_NOTE_LEN 1024

/* What is done in response to an alert, for as long as it lasts. Written by user space alone. */
struct eider_response {
	__u64 until_ns; /* CLOCK_BOOTTIME */
	__u8 server_v4[4]; /* of a quarantine: the server to ask; port 0: none of this family */
	__u16 server_v4_port;
	__u16 server_v6_port;
	__u8 server_v6[16];
	/* The rest is for the next agent. */
	__u64 since_ns;
	__u64 cgroup_id; /* of the workload */
	__u8 name[256]; /* as on the wire, in lower case */
	__u8 note[EIDER_RESPONSE_NOTE_LEN]; /* ends at NUL */
};

enum eider_reply {
	EIDER_REPLY_NXDOMAIN,
	EIDER_REPLY_NODATA,
	EIDER_REPLY_REFUSED,
	EIDER_REPLY_SINKHOLE,
	EIDER_REPLY_TRUNCATE,
	EIDER_REPLY_DROP,
};

struct eider_rule {
	__u8 action; /* enum eider_action */
	__u8 reply; /* enum eider_reply */
	__u16 extended_error; /* RFC 8914 info-code */
	__u8 has_sinkhole; /* bit 0: v4, bit 1: v6 */
	__u8 pad[3];
	__u8 sinkhole_v4[4];
	__u8 sinkhole_v6[16];
};

struct eider_resolver_key {
	__u32 resolvers;
	__u8 address[16];
};

/* A network device as a sender's namespace numbers it. */
struct eider_device {
	__u64 netns_cookie;
	__u32 ifindex;
	__u32 pad;
};

/* Value of wire_devices. */
enum eider_reach {
	EIDER_REACH_HOST = 1, /* the wire layer answers what the socket layer denied */
	EIDER_REACH_WORKLOAD = 2, /* and judges what no socket sent */
};

#define EIDER_DEVICE_CGROUPS 8

/* Whose frames come in over a device of the node: the workload's cgroup and those around it, the nearest first; 0: no more. */
struct eider_device_owner {
	__u64 cgroup_id[EIDER_DEVICE_CGROUPS];
};

/* Context of answer_release: the answers to this question are held back no longer. */
struct eider_release {
	__u64 netns_cookie; /* the client's: others may ask the same server by the same port and id */
	__u8 server[16];
	__u16 client_port;
	__u16 id; /* as on the wire */
	__u32 released; /* questions found */
};

#define EIDER_QUESTION_LEN 260

/* Context of policy_explain: a question that nobody asked, judged by the program that judges real ones. */
struct eider_explain {
	__u64 cgroup_id; /* for the workload's rate; 0: do not count against any rate */
	__u32 posture;
	__u32 len; /* octets of question */
	__u8 server[16];
	struct eider_verdict verdict; /* the answer */
	__u8 question[EIDER_QUESTION_LEN]; /* name, type and class as on the wire */
	__u32 pad;
};

/* Slots of the per-CPU counter array; append only. */
enum eider_counter {
	EIDER_COUNT_DNS_PACKETS, /* packets on a DNS port that carried payload */
	EIDER_LOST_RING_FULL, /* DNS records lost: no room in the ring */
	EIDER_LOST_RING_FULL_PROCESS, /* process and cgroup records lost: no room in the ring */
	EIDER_LOST_LOAD_FAILED, /* DNS records lost: bpf_skb_load_bytes failed */
	EIDER_CUT_PAYLOAD, /* UDP payloads longer than EIDER_CHUNK_LEN, or segments longer than EIDER_MAX_CHUNKS chunks */
	EIDER_MALFORMED_HEADERS, /* packets whose IP or transport headers contradict themselves */
	EIDER_OWNER_UNKNOWN, /* DNS records without an owner */
	EIDER_OWNER_STORE_FAILED, /* bpf_sk_storage_get could not allocate */
	EIDER_ARGS_FAILED, /* command lines that could not be read */
	EIDER_DENIED, /* queries denied */
	EIDER_DENIED_MALFORMED, /* among them those that could not be read */
	EIDER_ANSWERED, /* denied queries answered on the wire */
	EIDER_DENIED_DROPPED, /* denied queries dropped, where the wire layer does not reach */
	EIDER_VERDICT_FAILED, /* no room to judge in: denied where policy is enforced */
	EIDER_ANSWER_FAILED, /* a denied query could not be turned into its answer, and was dropped */
	EIDER_UNATTRIBUTED, /* queries on the wire that no socket sent: judged by their device's workload */
	EIDER_QUESTIONS_SHED, /* open questions let go of: their answers cannot be judged */
	EIDER_FORGED, /* forged answers dropped */
	EIDER_UNJUDGED, /* answers that fit no question and were let pass, because it may have been let go of or not seen */
	EIDER_UNDELIVERED, /* responses to ports that no socket listens on */
	EIDER_ANSWERS_DENIED, /* answers denied for what they say */
	EIDER_ANSWERS_REPLACED, /* among them those replaced on the wire */
	EIDER_HELD, /* suspicious early answers held back */
	EIDER_HELD_BETTER, /* questions whose better answer came while another was held back */
	EIDER_HELD_RELEASED, /* answers let go of because none came */
	EIDER_NOT_HELD, /* suspicious early answers let pass, for want of somebody to let go of them */
	EIDER_UNTOLD, /* dropped and undelivered responses past the rate at which they are told one by one */
	EIDER_ANSWERS_UNREAD, /* among the answers denied those that could not be read or followed */
	EIDER_SEGMENTS_WITHHELD, /* segments of answers over TCP that are to come again, in order */
	EIDER_CONNECTIONS_RESET, /* connections ended on the wire for an answer that was denied */
	EIDER_PROBED, /* packets from DNS ports to ports that no socket listens on, which are no responses */
	EIDER_ICMP_QUOTES, /* ICMP errors received that quote questions, or answers that are to be cut small */
	EIDER_COUNTERS,
};

#endif
