/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* How a packet ends at the socket layer once it is judged: it goes on, goes on to the wire layer, or stops here. */
#ifndef EIDER_ENDING_H
#define EIDER_ENDING_H

#include "lib/emit.h"
#include "lib/judge.h"
#include "lib/policy.h"
#include "lib/verdict.h"

#define DROP 0
#define PASS 1

/*
 * A denied query goes on only where the wire layer waits for it and turns it round; everywhere else it ends here, and the
 * sender's system call fails.
 */
static __noinline int deny(const struct message *message, const struct eider_owner *owner)
{
	struct eider_rule *rule;

	if (!message || !owner)
		return DROP;
	rule = rule_of(message->verdict.generation & 1, message->verdict.rule);

	count(EIDER_DENIED);
	if (message->verdict.reason == EIDER_REASON_MALFORMED)
		count(EIDER_DENIED_MALFORMED);
	/* A buffer of several datagrams cannot be turned round as one. */
	if (rule && rule->reply != EIDER_REPLY_DROP && !(message->flow.protocol == PROTO_UDP && message->skb->gso_size) &&
	    hand_to_wire(message->skb, &message->flow, owner->netns_cookie, &message->verdict, message->time_ns, 1))
		return PASS;
	count(EIDER_DENIED_DROPPED);
	return DROP;
}

/* Where nothing was to be judged as well: the workload of the device may be another's, with a policy that is not the sender's. */
static __noinline int allow(const struct message *message, const struct eider_owner *owner, __u32 open)
{
	struct eider_verdict verdict;

	if (!message || !owner || !generation_in_force())
		return PASS;
	verdict = message->verdict;
	verdict.action = EIDER_ALLOW;
	hand_to_wire(message->skb, &message->flow, owner->netns_cookie, &verdict, message->time_ns, open);
	return PASS;
}

#endif
