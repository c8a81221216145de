WHEN {is_long_folder}
      THEN 'out_of_range {name}: too long for the name of a folder'
    WHEN {field} = '{null_folder}'
      THEN 'out_of_range {name}: {null_folder} stands for null in the name of a folder'
