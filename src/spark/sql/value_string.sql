CASE WHEN left({text}, 1) IN ('~', '#') THEN substr({text}, 2)
        WHEN left({text}, 1) NOT IN ('{', '[') THEN {text} END
