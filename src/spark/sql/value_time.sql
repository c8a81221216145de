transform({text_times}, at -> IF(at BETWEEN 0 AND {greatest}, at, NULL))[0]
