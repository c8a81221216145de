IF({text} RLIKE '^#-?[0-9]+$', try_cast(substr({text}, 2) AS {type}), NULL)
