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
};

const union eider_abi *eider_abi;
