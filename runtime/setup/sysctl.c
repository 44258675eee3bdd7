// SPDX-License-Identifier: Apache-2.0
/*
 * Kernel parameters and names of the container's namespaces.
 * Should: write through the private procfs only.
 * Must not: know which parameters are whose: the plan has checked.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/setup/setup.h"

int setup_sysctl(struct setup *setup, struct err *err)
{
	const struct spec_pairs *pairs = &setup->plan->sysctl;
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		auto_text struct text path = { 0 };

		text_addf(&path, "sys/%s", pairs->items[i].key);
		if (setup_proc_write(setup, text_string(&path), pairs->items[i].value, err) < 0)
			return err_context(err, "/linux/sysctl");
	}
	return 0;
}

int setup_hostname(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;

	if (plan->hostname != NULL && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return err_set(err, errno, "/hostname: %s", plan->hostname);
	if (plan->domainname != NULL &&
	    setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
		return err_set(err, errno, "/domainname: %s", plan->domainname);
	return 0;
}
