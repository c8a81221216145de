
UNION ALL
SELECT '{source}', name, NULL, records
FROM (
  SELECT coalesce(sum({unknown_values}), 0) AS unknown, coalesce(sum(discarded), 0) AS faulty
  FROM sparkify_{source}_judged WHERE fault IS NULL{and_is_kept}
)
LATERAL VIEW stack(2, 'unknown_discarded', unknown, 'faulty_discarded', faulty) AS name, records
