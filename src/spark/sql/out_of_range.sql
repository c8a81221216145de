concat('out_of_range {name}: ', substr({text}, 2, 40), ' is not {range}')
