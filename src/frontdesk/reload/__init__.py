"""A changed desk beside the running one: versions, and the swap to a new one."""
