WHEN octet_length(regexp_replace(substr({tagged}, 2),
           r'[\x01-\x1F\x7F\x22#%\x27*/:=?\[\\\]^{]', '%XX')) > {limit}
      THEN 'out_of_range {name}: too long for the name of a folder'
    WHEN {tagged} = '~{null_folder}'
      THEN 'out_of_range {name}: {null_folder} stands for null in the name of a folder'
