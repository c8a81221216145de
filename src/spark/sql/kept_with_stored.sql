{kept}
UNION ALL
SELECT {stored} FROM {view}
