SELECT /*+ REBALANCE({partitions}) */ * FROM (
{select}
)
