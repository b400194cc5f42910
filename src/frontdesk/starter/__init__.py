"""A new desk: the answers it is made from, and the files that ``frontdesk init`` writes."""
