IF(startswith({text}, '#') AND abs(try_cast(substr({text}, 2) AS DOUBLE)) < double('Infinity'),
        try_cast(substr({text}, 2) AS DOUBLE), NULL)
