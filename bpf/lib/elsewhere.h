/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * DNS away from its own ports: encrypted to port 853, where the server is all that can be judged, and in the clear on any
 * other port, where a message must be a query in every octet to be taken for one.
 */
#ifndef EIDER_ELSEWHERE_H
#define EIDER_ELSEWHERE_H

#include "lib/asking.h"
#include "lib/names.h"
#include "lib/policy.h"
#include "lib/verdict.h"

/* DNS over TLS (RFC 7858 3.1), DTLS (RFC 8094) and QUIC (RFC 9250 4.1.1) all have this one. */
#define ENCRYPTED_PORT 853

#define JUDGED_PORTS (EIDER_POSTURE_WATCH_PORTS | EIDER_POSTURE_JUDGE_PORTS)
#define TRIED_PORTS (EIDER_POSTURE_JUDGE_PORTS | EIDER_POSTURE_TRY_PORTS)

#define CLASS_INTERNET 1
#define CLASS_CHAOS 3
#define CLASS_ANY 255
/* The last of the types in use that stand in one row (IANA's registry ends it with 263); DLV and TA stand alone. */
#define LAST_TYPE 263
#define TYPE_TA 32768
#define TYPE_DLV 32769
#define RECORD_HEAD_LEN 11 /* of a record of the root: what follows a name of one octet, and that octet */
/* Long queries carry keys and padding; none is near this. */
#define LONGEST_QUERY 4096

static __always_inline bool is_encrypted_port(__be16 port)
{
	return port == bpf_htons(ENCRYPTED_PORT);
}

/* What the postures in force want, all together; 0 where there are none. */
static __always_inline __u32 wanted(void)
{
	struct eider_state *state = state_of_policies();

	return state ? state->side[state->generation & 1].flags : 0;
}

/* Whether anybody wants packets to this port, which is none of DNS, looked at. */
static __always_inline bool is_wanted(const struct ports *ports)
{
	__u32 flags = wanted();

	return flags & JUDGED_PORTS ||
	       (flags & (EIDER_POSTURE_RESOLVERS | EIDER_POSTURE_RESPOND) && is_encrypted_port(ports->destination));
}

/* Whether a message of so many octets, its question in place, is a query from its first octet to its last. */
static __always_inline bool reads_as_query(struct question *question, const __u8 *header, __u32 len)
{
	__u32 asked, records = header[9] + header[11];

	question->seed = 0;
	read_question(question);
	if (question->malformed)
		return false;
	if (question->class != CLASS_INTERNET && question->class != CLASS_CHAOS && question->class != CLASS_ANY)
		return false;
	if (!question->type || (question->type > LAST_TYPE && question->type != TYPE_TA && question->type != TYPE_DLV))
		return false;
	asked = DNS_HEADER_LEN + question->at + 4;
	return records ? len >= asked + records * RECORD_HEAD_LEN && len <= LONGEST_QUERY : len == asked;
}

static __always_inline bool lists(const struct eider_posture *posture, __u32 side, const __u8 *server)
{
	struct eider_resolver_key key = {.resolvers = posture->resolvers | side << 31};

	__builtin_memcpy(key.address, server, sizeof(key.address));
	return bpf_map_lookup_elem(&policy_resolvers, &key);
}

/* As a quarantine has it, where the workload is in one; else as its posture does. */
static __always_inline struct eider_response *quarantine_of(const struct eider_posture *posture, __u32 workload)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();

	return any_response(posture, now_ns) ? response_in_force(0, workload, now_ns) : NULL;
}

/* Whether the workload, which has this posture, may ask the server of this flow; the verdict says so, without a name. Verified once. */
__weak int judge_server(__u32 generation, __u32 number, const struct flow *flow, __u32 workload, struct eider_verdict *verdict)
{
	struct eider_posture *posture = posture_numbered(generation & 1, number), *tried;
	struct eider_response *quarantine;

	if (!posture || !flow || !verdict)
		return true;
	quarantine = quarantine_of(posture, workload);
	if (quarantine) {
		verdict->generation = generation;
		verdict->action = EIDER_ALLOW;
		if (is_server_of(quarantine, flow->destination))
			return true;
		deny_query(verdict, EIDER_REASON_QUARANTINE, posture->quarantine_rule);
		return false;
	}
	tried = tried_for(generation & 1, posture, EIDER_POSTURE_RESOLVERS);
	if (!tried && !(posture->flags & EIDER_POSTURE_RESOLVERS))
		return true;
	verdict->generation = generation;
	verdict->action = EIDER_ALLOW;
	if (posture->flags & EIDER_POSTURE_RESOLVERS && !lists(posture, generation & 1, flow->destination)) {
		deny_query(verdict, EIDER_REASON_RESOLVER, posture->resolver_rule);
		return false;
	}
	if (tried && !lists(tried, generation & 1, flow->destination))
		would_deny(verdict, tried->resolver_rule);
	return true;
}

/*
 * Whether a packet to the port of encrypted DNS opens something: what audited policies would have refused is told once. A SYN;
 * a long header of QUIC (RFC 9000 17.2); a handshake of DTLS (RFC 6347 4.1).
 */
static __always_inline bool opens_encrypted(__u32 protocol, bool is_syn, __u8 first)
{
	return protocol == PROTO_TCP ? is_syn : first & 0x80 || first == 22;
}

#endif
