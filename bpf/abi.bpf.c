// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Puts every struct of abi.h into the object's BTF, where user space compares its mirror with them. The compiler describes
 * only what a global reaches.
 */
#include "abi.h"
#include "lib/kernel.h"

union eider_abi {
	struct eider_header header;
	struct eider_owner owner;
	struct eider_dns dns;
	struct eider_exec exec;
	struct eider_fork fork;
	struct eider_exit exit;
	struct eider_cgroup cgroup;
	struct eider_probes probes;
	struct eider_icmp icmp;
	struct eider_state state;
	struct eider_bucket bucket;
	struct eider_names names;
	struct eider_decision_key decision_key;
	struct eider_workload workload;
	struct eider_decision decision;
	struct eider_posture posture;
	struct eider_rule rule;
	struct eider_resolver_key resolver_key;
	struct eider_verdict verdict;
	struct eider_explain explain;
	struct eider_response_key response_key;
	struct eider_response response;
	struct eider_device device;
	struct eider_device_owner device_owner;
};

const union eider_abi *eider_abi;
