IF({text} RLIKE '^#-?[0-9]+$' AND try_cast(substr({text}, 2) AS BIGINT) BETWEEN 0 AND {greatest},
        try_cast(substr({text}, 2) AS BIGINT), NULL)
